"""What the program `file` says of a file; where it is not installed, it is not known."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..runner.task import Context, TaskError
from . import process

if TYPE_CHECKING:
    from pathlib import Path


def mime(path: Path, ctx: Context) -> dict[str, object]:
    told = _printed(["file", "--mime-type", "--mime-encoding", "--brief", str(path)], ctx)
    kind, _, charset = told.strip().partition("; charset=")
    # Of a link that leads nowhere only the kind is printed, and Ansible takes neither then.
    known = {"mimetype": kind, "charset": charset} if charset else {}
    return {"mimetype": "unknown", "charset": "unknown", **known}


def _printed(argv: list[str], ctx: Context) -> str:
    try:
        done = process.run_here(argv, ctx)
    except TaskError:
        ctx.cancellation.check()
        return ""
    return "" if done.code else done.stdout
