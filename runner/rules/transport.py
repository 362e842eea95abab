"""Logins, files and mails that cross a network in clear."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..registry import GROUPS
from .arguments import is_elsewhere, literal, place_of
from .rule import Finding, Rule

if TYPE_CHECKING:
    from .program import Program, Task


def _ftp(program: Program) -> Iterator[Finding]:
    for task in program.written:
        is_plain = "tls" not in task.step.args or literal(task, "tls") == "none"
        if task.name in GROUPS["ftp"] and is_plain and is_elsewhere(task):
            yield _told(
                task, "FTP without TLS: the login and the files can be read on the way", "explicit"
            )


def _mail(program: Program) -> Iterator[Finding]:
    for task in program.written:
        if task.name in GROUPS["mail"] and literal(task, "tls") == "none" and is_elsewhere(task):
            yield _told(task, "mail without TLS: it can be read on the way", "starttls")


def _told(task: Task, message: str, tls: str) -> Finding:
    name = "tls" if "tls" in task.step.args else "host"
    width = len(str(task.step.args[name]))
    return Finding(place_of(task, name), message, f"say tls: {tls}", width)


FTP = Rule(
    name="ftp-without-tls",
    summary="An FTP step talks to another machine without TLS. What `host` is must be known"
    " before the run.",
    find=_ftp,
)
MAIL = Rule(
    name="mail-without-tls",
    summary="A mail step says `tls: none` to another machine.",
    find=_mail,
)
