"""Look something up in the system's databases: users, groups, and others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from ..runner.dataclasses import dataclass
from ..runner.task import Context, Result, TaskError
from . import process

SUPPORTS_CHECK = True
REPEAT = "harmless"
RETURNS = {"ansible_facts": "`getent_` and the database: for each key the fields of its entry."}
EXAMPLES = """\
- name: Who is root?
  getent:
    database: passwd
    key: root

- name: Where is root at home?
  debug:
    msg: "{{ getent_passwd.root[4] }}"
"""
_WITH_COLONS = ("passwd", "shadow", "group", "gshadow")
_NOT_FOUND = 2
_REASONS = {
    1: "Missing arguments, or database unknown.",
    _NOT_FOUND: "One or more supplied key could not be found in the database.",
    3: "Enumeration not supported on this database.",
}


@dataclass(frozen=True, kw_only=True)
class Params:
    database: Annotated[str, "The database: `passwd`, `group`, `hosts`, `services` …"]
    key: Annotated[str | None, "The entry that is wanted; without it, all are."] = None
    service: Annotated[str | None, "Ask this service instead of those of nsswitch.conf."] = None
    split: Annotated[str | None, "What stands between fields; else what the database has."] = None
    fail_key: Annotated[bool, "Fail if there is no such entry."] = True


def run(params: Params, ctx: Context) -> Result:
    argv = ["getent", *(["-s", params.service] if params.service else []), params.database]
    argv += [params.key] if params.key is not None else []
    done = process.run_here(argv, ctx)
    if done.code == _NOT_FOUND and params.key is not None and not params.fail_key:
        missing = {f"getent_{params.database}": {params.key: None}}
        return Result(msg=_REASONS[_NOT_FOUND], facts=missing)
    if done.code:
        raise TaskError(_REASONS.get(done.code, "Unexpected failure!"))
    return Result(facts={f"getent_{params.database}": _by_name(_entries(done.stdout, params))})


def _by_name(entries: Iterator[tuple[str, list[str]]]) -> dict[str, object]:
    """What one entry has is a list; what several of one name have is a list of such lists."""
    found: dict[str, list[list[str]]] = {}
    for name, fields in entries:
        found.setdefault(name, []).append(fields)
    return {name: each if len(each) > 1 else each[0] for name, each in found.items()}


def _entries(text: str, params: Params) -> Iterator[tuple[str, list[str]]]:
    between = params.split or (":" if params.database in _WITH_COLONS else None)
    for line in text.splitlines():
        name, *fields = line.split(between)
        yield name, fields
