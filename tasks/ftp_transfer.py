"""What uploads and downloads have in common: how they compare, and how they tell what they did."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal

from ..runner.task import Context, Diff, Result
from .clients.transfer_plan import Action, Item, Step
from .ftp_login import FtpLogin

RETURNS = {
    "files": (
        "Every file and folder: `path` where it lies now, `type` (`file`, `dir`),"
        " `action` (`created`, `replaced`, `unchanged`), `bytes`."
    ),
    "created": "How many files and folders are new.",
    "replaced": "How many files were replaced.",
    "unchanged": "How many files and folders were as they should be.",
    "bytes": "How many bytes were sent.",
}

_ACTIONS: tuple[Action, ...] = ("created", "replaced", "unchanged")


@dataclass(frozen=True, kw_only=True)
class Transfer(FtpLogin):
    compare: Annotated[
        Literal["size+mtime", "size", "always"],
        "When a file is taken to be the same and left alone: by size and time, by size alone;"
        " `always` copies every file again.",
    ] = "size+mtime"
    preserve_mtime: Annotated[
        bool, "Whether the copy gets the time of the original, where that can be."
    ] = True


@dataclass
class Bar:
    """How far the step is, over all its files."""

    ctx: Context
    total: int
    done: int = 0

    def add(self, what: str, count: int) -> None:
        self.ctx.cancellation.check()
        self.done += count
        self.ctx.progress(what, self.done, self.total)


def bytes_to_move(steps: Sequence[Step]) -> int:
    return sum(step.wanted.size or 0 for step in steps if step.changes)


def report(steps: Sequence[Step], ctx: Context, warnings: Sequence[str] = ()) -> Result:
    counts: dict[str, object] = {
        action: sum(step.action == action for step in steps) for action in _ACTIONS
    }
    moved = bytes_to_move(steps)
    told = ", ".join(f"{count} {action}" for action, count in counts.items() if count)
    return Result(
        changed=any(step.changes for step in steps),
        msg=f"{told or 'nothing to do'}; {moved} bytes",
        data={"files": [_as_data(step) for step in steps], **counts, "bytes": moved},
        diff=[_diff(steps)] if ctx.diff else (),
        warnings=warnings,
    )


def _as_data(step: Step) -> dict[str, object]:
    return {
        "path": step.path,
        "type": "dir" if step.wanted.folder else "file",
        "action": step.action,
        "bytes": step.wanted.size or 0,
    }


def _diff(steps: Sequence[Step]) -> Diff:
    changing = [step for step in steps if step.changes]
    return Diff(
        before="".join(_line(step.path, step.found) for step in changing if step.found),
        after="".join(_line(step.path, step.wanted) for step in changing),
    )


def _line(path: str, item: Item) -> str:
    if item.folder:
        return f"{path}/\n"
    size = "" if item.size is None else f"  {item.size} bytes"
    time = "" if item.mtime is None else f"  {datetime.fromtimestamp(item.mtime, UTC):%F %T}"
    return f"{path}{size}{time}\n"
