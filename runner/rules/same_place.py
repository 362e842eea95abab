"""Files of several hosts, or items, that go to one name: the last one is left."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from ..template_text import Template
from .arguments import literal, place_of
from .rule import Finding, Rule

if TYPE_CHECKING:
    from .program import Program, Task

_ACCOUNT = ("host", "port", "user", "cwd")


def _find(program: Program) -> Iterator[Finding]:
    for view in program.plays:
        for task in view.all:
            once = task.step.inherited.flags.get("run_once", False) is not False
            many = task.step.loop or (len(view.hosts) > 1 and not once)
            # With a condition it may be for one of them.
            if many and not task.step.inherited.when and _is_for_one(task):
                yield _told(task)


def _is_for_one(task: Task) -> bool:
    """Whether each gets or sends something else, and the place is the same."""
    dest = literal(task, "dest")
    if not isinstance(dest, str):
        return False
    # A mirror takes away whatever the others have put there.
    is_mirror = literal(task, "delete") is True
    if task.name == "ftp_download":
        return _varies(task, "src", *_ACCOUNT) and (is_mirror or not _varies(task, "src"))
    # A place without a suffix may be a folder.
    is_file = not dest.endswith("/") and PurePosixPath(dest).suffix != ""
    differ = _varies(task, "content") or (_varies(task, "src") and (is_mirror or is_file))
    return task.name == "ftp_upload" and differ and not _varies(task, *_ACCOUNT)


def _varies(task: Task, *names: str) -> bool:
    return any(isinstance(task.step.args.get(name), Template) for name in names)


def _told(task: Task) -> Finding:
    loop = task.step.loop
    word, name = ("item", loop.loop_var) if loop else ("host", "inventory_hostname")
    what = "are taken away by the next" if literal(task, "delete") is True else "replace each other"
    message = f"the files of each {word} go to this place, and {what}"
    width = len(str(task.step.args["dest"]))
    return Finding(place_of(task, "dest"), message, f"put {{{{ {name} }}}} into dest", width)


SAME_PLACE = Rule(
    name="same-place",
    summary="`ftp_download` from several hosts, or in a loop, has one `dest` for the files of all,"
    " or `ftp_upload` one name, or mirror, on one server: what the last has sent is left, the rest"
    " is lost.",
    find=_find,
)
