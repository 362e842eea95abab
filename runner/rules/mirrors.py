"""Mirrors that delete without anybody having looked."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from .arguments import literal, place_of
from .rule import Finding, Rule

if TYPE_CHECKING:
    from .program import Program, Task

_MIRRORS = ("ftp_upload", "ftp_download")
_GUARDS = ("assert", "fail")


def _find(program: Program) -> Iterator[Finding]:
    for view in program.plays:
        guarded: set[str] = set()
        for task in view.tasks:
            if task.name in _GUARDS:
                guarded.update(_MIRRORS)
            if task.name in _MIRRORS and literal(task, "delete") is True:
                if not (task.name in guarded or _is_guarded(task)):
                    yield _told(task)
                guarded.add(task.name)


def _is_guarded(task: Task) -> bool:
    return bool(task.step.inherited.when) or task.step.inherited.flags.get("check_mode") is True


def _told(task: Task) -> Finding:
    message = "delete: true makes a mirror, and nothing has looked what it would delete"
    hint = f"first run {task.name} with check_mode: true, or put an assert before it"
    return Finding(place_of(task, "delete"), message, hint, len("true"))


UNCHECKED = Rule(
    name="mirror-without-check",
    summary="`delete: true` of `ftp_upload` or `ftp_download` without a `when`, an `assert` or a"
    " `fail` before it, or the same step with `check_mode: true`.",
    find=_find,
)
