"""Programs that are run where a step does the same, and tells what it changed."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from .arguments import place_of
from .rule import Finding, Rule

if TYPE_CHECKING:
    from .program import Program, Task

_STEPS: Mapping[str, str] = {
    "mkdir": "file with state: directory",
    "rm": "file with state: absent",
    "rmdir": "file with state: absent",
    "touch": "file with state: touch",
    "ln": "file with state: link",
    "chmod": "file with mode",
    "chown": "file with owner and group",
    "cp": "copy",
    "curl": "uri or get_url",
    "wget": "get_url",
    "git clone": "git",
    "git pull": "git",
    "tar": "unarchive or archive",
    "unzip": "unarchive",
    "sed -i": "replace or lineinfile",
    "sleep": "pause",
    "mktemp": "tempfile",
    "crontab": "cron",
    "ftp": "ftp_upload or ftp_download",
    "lftp": "ftp_upload or ftp_download",
    "ncftpput": "ftp_upload",
    "ncftpget": "ftp_download",
    "mail": "send_mail",
    "mailx": "send_mail",
    "mutt": "send_mail",
    "sendmail": "send_mail",
    "swaks": "send_mail",
    "fetchmail": "fetch_mail",
}
# What only a shell understands: then it is more than this one program.
_OF_SHELL = re.compile(r"[|&;<>$`*?\n(){}]")


def _find(program: Program) -> Iterator[Finding]:
    for task in program.written:
        if task.name in ("command", "shell"):
            yield from _in(task)


def _in(task: Task) -> Iterator[Finding]:
    key = "argv" if "argv" in task.step.args else "cmd"
    words = _words(task.step.args.get(key), is_shell=task.name == "shell")
    for length in (2, 1):
        called = " ".join(words[:length])
        if step := _STEPS.get(called):
            message = f"{words[0]} is run where a step does the same"
            yield Finding(place_of(task, key), message, f"use {step}", len(called))
            return


def _words(written: object, *, is_shell: bool) -> list[str]:
    if isinstance(written, list):
        return [str(word) for word in written]
    text = str(written)
    if is_shell and _OF_SHELL.search(re.sub(r"\{\{.*?\}\}", "", text)):
        return []
    try:
        return shlex.split(text)
    except ValueError:
        return []


OWN_STEP = Rule(
    name="program-for-step",
    summary="`command` or `shell` runs one program, and there is a step for it, which changes"
    " nothing twice, tells what it changes, and can be checked: "
    + ", ".join(f"`{name}`" for name in _STEPS)
    + ".",
    find=_find,
)
