"""Transfers that meet any faults at any moment, several at once, and are then run again.

A run ends, well or with an error. What it says it has done is done; under a final name lies what
was there before or what is to be there, nothing in between; nothing is lost. Once the server
behaves, the next run finishes the work and leaves nothing over, and the one after that finds
nothing to do. `SEEDS=60:1000` tries others.
"""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import pytest

from ftp_exchange import Exchange, Way
from ftp_faults import (
    ALWAYS,
    BEFORE,
    END,
    Action,
    Fault,
    Options,
    corrupt,
    cut_control,
    cut_data,
    hang_up,
    last_words,
    lose,
    no_mark,
    reply,
    stall,
)
from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks.servers.certificate import Certificate

SEEDS = range(*map(int, os.environ.get("SEEDS", "0:60").split(":")))
BUILDING = ("CONNECT", "USER", "PASS", "FEAT", "TYPE", "PWD", "OPTS", "CWD")
LOOKING = ("MLSD", "MLST", "LIST", "SIZE", "MDTM", "PASV", "EPSV")
MOVING = ("STOR", "RETR", "APPE", "REST")
SETTLING = ("MFMT", "RNFR", "RNTO", "DELE", "MKD", "RMD")
OLDER = b"older"
SIZES = (0, 1, 1000, 70_000, 300_000, 900_000)
SAID = ("421 Bye", "425 No", "426 Cut", "450 Busy", "451 Later", "500 What", "550 No", "552 Full")
ACTIONS: dict[str, Action] = {
    **{text: reply(text) for text in SAID},
    "last words": last_words("421 Bye"),
    "226 and gone": last_words("226 Done"),
    "cut control": cut_control,
    "cut data": cut_data,
    "hang up": hang_up,
    "lose": lose,
    "no mark": no_mark,
    "stall": stall,
    "corrupt": corrupt,
}


@dataclass(frozen=True)
class Case:
    """What happens, and to what."""

    way: Way
    faults: tuple[Fault, ...]
    files: Mapping[str, bytes]
    older: frozenset[str]
    params: Mapping[str, Any]
    options: Mapping[str, Any] = field(default_factory=dict)


def any_case(seed: int, certificate: Certificate) -> Case:
    chance = random.Random(seed)
    names = chance.sample(["a", "b", "c", "sub/d", "sub/e", "-f g", "名"], chance.randint(1, 7))
    files = {name: chance.randbytes(chance.choice(SIZES)) for name in names}
    # Without both MLST and MDTM a server tells no times that could be compared.
    lacks = ["MFMT", "EPSV", "REST", "UTF8", "APPE", chance.choice(["MLST", "MDTM"])]
    without = chance.sample(lacks, chance.choice([0, 0, 1, 2]))
    after = chance.choice(["keep", "keep", "delete"])
    is_secret = chance.random() < 0.25
    verify = chance.choice(["size", "size", "size", "readback"])
    return Case(
        way=chance.choice(["up", "down"]),
        faults=tuple(any_fault(chance, verify) for _ in range(chance.randint(1, 4))),
        files=files,
        older=frozenset(name for name in names if chance.random() < 0.3),
        params={
            "connections": chance.choice([1, 2, 4]),
            "resume": chance.random() < 0.8,
            "after": after,
            "delete": after == "keep" and chance.random() < 0.3,
            "compare": chance.choice(["size+mtime", "size+mtime", "always", "checksum"]),
            "retries": chance.choice([0, 1, 3]),
            "verify_transfer": verify,
            "timeout": 0.4,
            **({"tls": "explicit", "verify": False} if is_secret else {}),
        },
        options={
            "certificate": certificate if is_secret else None,
            "without": frozenset(without),
            "takes_packets": chance.random() < 0.8,
            "replaces": chance.random() < 0.8,
            "restarts_uploads": chance.random() < 0.8,
            "most_sessions": chance.choice([1, 2, 100, 100, 100]),
        },
    )


def any_fault(chance: random.Random, verify: str) -> Fault:
    verb = chance.choice(chance.choice([BUILDING, LOOKING, MOVING, MOVING, SETTLING]))
    kinds = [kind for kind in ACTIONS if may_happen(kind, verb, verify)]
    return Fault(
        verb,
        ACTIONS[chance.choice(kinds)],
        at=chance.choice([BEFORE, BEFORE, END, 0, 1000, 100_000, 500_000]),
        times=chance.choice([1, 1, 2, 5, ALWAYS]),
    )


def may_happen(kind: str, verb: str, verify: str) -> bool:
    """Leave out what no client could notice."""
    if kind in ("226 and gone", "lose"):  # who says that it has done what it has not is believed
        return verb in MOVING
    if kind == "corrupt":  # what only shows where all is read back
        return verb in ("STOR", "APPE") and verify == "readback"
    return True


def shown(case: Case) -> str:
    """Tell what happens, beside a failure."""
    files = {name: (len(data), name in case.older) for name, data in case.files.items()}
    does = {action: name for name, action in ACTIONS.items()}
    faults = [f"{each.verb}: {does[each.do]} at {each.at}, {each.times} x" for each in case.faults]
    return "\n".join(map(str, (case.way, case.params, case.options, files, *faults)))


def run(exchange: Exchange, params: Mapping[str, Any], ctx: Context) -> Result:
    exchange.ctx = ctx
    try:
        return exchange.move(**params)
    finally:
        ctx.pool.close()


def is_well(exchange: Exchange, params: Mapping[str, Any], ctx: Context) -> bool:
    """Run once; tells whether it says that all is well."""
    with suppress(TaskError):
        run(exchange, params, ctx)
        return True
    return False


def named(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    """Leave out what is on its way."""
    return {name: data for name, data in files.items() if ".opsplay-" not in name}


def mixed_up(files: Mapping[str, bytes], case: Case) -> list[str]:
    """Name what lies under a final name and should lie there neither now nor before."""
    return [
        name
        for name, data in named(files).items()
        if data != case.files.get(name) and not (name in case.older and data == OLDER)
    ]


def lost(exchange: Exchange, case: Case) -> list[str]:
    """Name what lies nowhere any more."""
    at_both = [exchange.offered(), exchange.arrived()]
    return [
        name
        for name, data in case.files.items()
        if all(files.get(name) != data for files in at_both)
    ]


@pytest.mark.parametrize("seed", SEEDS)
def test_whatever_happens_the_next_run_finishes_the_work(
    seed: int, contexts: Callable[..., Context], certificate: Certificate
) -> None:
    case = any_case(seed, certificate)
    sys.stdout.write(shown(case))
    exchange = Exchange(case.faults, Options(**case.options), case.way, contexts())
    with exchange.server as server:
        exchange.offer_all(case.files)
        for name in case.older:
            exchange.lies_there(OLDER, name)
        if is_well(exchange, case.params, contexts()):
            assert named(exchange.arrived()) == case.files
        else:
            assert not mixed_up(exchange.arrived(), case)
            assert not lost(exchange, case)
        server.forgive()
        patient = {**case.params, "retries": 20}
        run(exchange, patient, contexts())
        assert exchange.arrived() == case.files
        if case.params["after"] == "delete":
            assert not exchange.offered()
        else:
            again = run(exchange, patient, contexts())
            assert again.changed == (case.params["compare"] == "always")
