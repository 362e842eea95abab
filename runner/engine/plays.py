"""A run: every play in turn, on its hosts; whatever happens, its open ends are closed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from functools import partial
from typing import TYPE_CHECKING

from ..dataclasses import replace
from ..errors import ExitCode
from ..events import (
    PlaybookStarted,
    PlayFinished,
    PlayStarted,
    Recap,
    RunFinished,
    RunStarted,
    WarningGiven,
)
from ..hearer import HEARER
from . import batches, conditions, locks, matching, outer, retry_file, strategies
from .batch import Batch
from .batches import Share
from .ending import Ending
from .roles import RolesOfPlay

if TYPE_CHECKING:
    from ..errors import Problem
    from ..playbook import Play
    from .run import Run


def execute(run: Run, plays: Sequence[Play], warnings: Sequence[Problem] = ()) -> ExitCode:
    """Walk the plays; raises PlaybookError only for what no check could see before.

    `warnings` came up before.
    """
    started = time.monotonic()
    files = list(dict.fromkeys(str(play.file) for play in plays))
    run.send(RunStarted, playbooks=files, check=run.options.check, diff=run.options.diff)
    for warning in warnings:
        run.warn_before(warning)
    HEARER.warn = run.warn_in_step
    HEARER.deprecate = partial(_deprecate, run)
    code = ExitCode.INVALID
    try:
        with run.interrupt.listening():
            try:
                _all(run, plays)
            finally:
                run.close()
        code = _exit_code(run)
    finally:
        seconds = time.monotonic() - started
        told = {"seconds": seconds, "exit_code": int(code), "stats": run.stats.kept}
        run.send(RunFinished, recap=_recap(run), **told)
    return code


def _deprecate(run: Run, said: Mapping[str, object]) -> None:
    from . import deprecations

    deprecations.in_step(run, said)


def _recap(run: Run) -> dict[str, Recap]:
    return {name: host.recap() for name, host in run.hosts.items() if host.counts}


def _all(run: Run, plays: Sequence[Play]) -> None:
    """Walk one play after the other; like Ansible, until all hosts of one have failed."""
    turn = None
    for number, play in enumerate(plays, 1):
        if run.interrupt.count:
            return
        if play.turn != turn:
            turn = play.turn
            count = sum(each.turn == turn for each in plays)
            run.send(PlaybookStarted, playbook=play.playbook, plays=count, recap=_recap(run))
        why = _play(run, play, number) or _ended(run, plays[number - 1 : number + 1])
        if why and number < len(plays):
            left = len(plays) - number
            what = "the next play is" if left == 1 else f"the next {left} plays are"
            run.send(WarningGiven, text=f"{why}: {what} left out")
        if why or number == len(plays):
            retry_file.write(run, play.playbook)
            return


def _ended(run: Run, pair: Sequence[Play]) -> str:
    """Why no other playbook follows, if a play was the last of its own: a host has failed."""
    failed = pair[0].turn != pair[-1].turn and _exit_code(run) != ExitCode.OK
    return f"hosts of {pair[0].playbook} have failed" if failed else ""


def _exit_code(run: Run) -> ExitCode:
    hosts = run.hosts.values()
    if run.interrupt.count:
        return ExitCode.INTERRUPTED
    if run.overrun:
        return ExitCode.FAILED
    if any(host.unreachable for host in hosts):
        return ExitCode.INVALID
    return ExitCode.FAILED if any(host.failed for host in hosts) else ExitCode.OK


def _play(run: Run, play: Play, number: int) -> str:
    """Walk a play, batch after batch; gives words if nobody may go on behind it."""
    run.live.stand_beside(play.folder)
    if not (all_names := matching.of_play(run, play)):
        title = outer.title_of(run, play)
        run.send(PlayStarted, play=title, hosts=[], number=number)
        run.send(PlayFinished, play=title)
        return ""
    strategy = outer.keyword(run, play, "strategy") or run.options.strategy
    play = replace(play, strategy=strategies.named(play, strategy))
    names = batches.ordered(all_names, outer.keyword(run, play, "order"), play.place)
    shares = batches.cut(names, outer.keyword(run, play, "serial"), play.place)
    with ExitStack() as lock:
        if not locks.take(run, play, lock):
            return ""
        for batch in shares:
            ending = Ending()
            _batch(run, play, Share(batch, all_names, number), ending)
            if ending.breaks or ending.play:
                return ending.breaks
            if run.live.has_grown:
                # As in Ansible, the next batch knows who has come in, though they take no part.
                all_names = matching.by_now(run, play)
    return ""


def _batch(run: Run, play: Play, share: Share, ending: Ending) -> None:
    if run.interrupt.count:
        return
    for host in run.hosts.values():
        host.strand()
    hosts = [host for host in map(run.host, share.names) if not (host.failed or host.unreachable)]
    run.stepping.begin()
    title = outer.title_of(run, play)
    if not hosts:
        # As in Ansible the play is told, though none of its hosts is left.
        run.send(PlayStarted, play=title, hosts=share.names, number=share.play)
        run.send(PlayFinished, play=title)
        return
    run.send(PlayStarted, play=title, hosts=[host.name for host in hosts], number=share.play)
    lost = _lost(run)
    try:
        _walked(run, play, share, ending)
    finally:
        run.send(PlayFinished, play=title)
    # As in Ansible, hosts that had failed before do not count, and others then have their turn.
    if len(share.names) == _lost(run) - lost and not ending.play:
        why = f"all hosts of the play {title} have failed"
        ending.breaks = ending.breaks or ending.fatal or why


def _lost(run: Run) -> int:
    """How many; as in Ansible, one that has failed and is out of reach counts twice."""
    return sum(host.given_up + host.unreachable for host in run.hosts.values())


def _walked(run: Run, play: Play, share: Share, ending: Ending) -> None:
    batch = _prepared(run, play, share)
    try:
        strategies.walk(batch, ending)
    finally:
        for host in batch.hosts:
            host.leave()


def _prepared(run: Run, play: Play, share: Share) -> Batch:
    """What the walk needs to know."""
    hosts = [*map(run.host, share.names)]
    batch = Batch(
        run=run,
        play=play,
        hosts=hosts,
        roles=RolesOfPlay(play),
        of_play=list(share.all_names),
        names=share.names,
        number=share.play,
    )
    limit = outer.keyword(run, play, "max_fail_percentage")
    if isinstance(limit, str):
        limit = limit.rstrip("%")
    if limit is not None:
        limit = conditions.number("max_fail_percentage", limit, play.place)
    batch = replace(batch, max_fail_percentage=limit)
    batch.read_files(hosts)
    return batch
