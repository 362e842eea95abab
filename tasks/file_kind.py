"""What `file` and `lsattr` say of a file; where they are not installed, it is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..runner.task import Context, TaskError
from . import process

if TYPE_CHECKING:
    from pathlib import Path

_ATTRIBUTES = {
    "A": "noatime",
    "C": "nocow",
    "D": "dirsync",
    "E": "encrypted",
    "I": "indexed",
    "N": "inline",
    "S": "synchronous",
    "T": "blockroot",
    "a": "append",
    "c": "compressed",
    "d": "nodump",
    "e": "extents",
    "i": "immutable",
    "j": "journalled",
    "s": "zero",
    "t": "notail",
    "u": "undelete",
}


def mime(path: Path, ctx: Context) -> dict[str, object]:
    told = _printed(["file", "--mime-type", "--mime-encoding", "--brief", str(path)], ctx)
    kind, _, charset = told.strip().partition("; charset=")
    return {"mimetype": kind or "unknown", "charset": charset or "unknown"}


def attributes(path: Path, ctx: Context) -> dict[str, object]:
    told = _printed(["lsattr", "-d", str(path)], ctx)
    flags = told.partition(" ")[0].replace("-", "")
    names = [_ATTRIBUTES[flag] for flag in flags if flag in _ATTRIBUTES]
    return {"attr_flags": flags, "attributes": names}


def _printed(argv: list[str], ctx: Context) -> str:
    command = process.Command(argv=argv, cwd=ctx.playbook_dir, environment=ctx.environment)
    try:
        done = process.run(command, ctx.cancellation)
    except TaskError:
        ctx.cancellation.check()
        return ""
    return "" if done.code else done.stdout
