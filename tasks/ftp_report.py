"""What a transfer tells of each file, and of all of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import islice

from ..runner.dataclasses import dataclass
from ..runner.task import MOST_UNREGISTERED, Context, Diff, Result
from .clients.transfer_plan import Action, Item, Step
from .ftp_job import Job

RETURNS = {
    "files": (
        "Every file and folder: `path` where it lies now, `type` (`file`, `dir`),"
        " `action` (`created`, `replaced`, `unchanged`, `deleted`), `bytes`, and of what was"
        " moved `seconds`, `checksum` (if one was compared) and `attempts`. Without `register` only"
        f" those are told that have changed, {MOST_UNREGISTERED:,} at most."
    ),
    "created": "How many files and folders are new.",
    "replaced": "How many files were replaced.",
    "unchanged": "How many files and folders were as they should be.",
    "deleted": "How many files and folders were deleted, since they are not in `src`.",
    "bytes": "How many bytes all new and replaced files have.",
    "taken_away": "How many originals were deleted or moved away, as `after` says.",
    "seconds": "How long it took.",
    "rate": "Bytes a second.",
    "failed_files": "After a failure: `path` and `msg` of each file that could not be moved.",
}

ACTIONS: tuple[Action, ...] = ("created", "replaced", "unchanged", "deleted")


@dataclass(frozen=True, eq=False, repr=False)
class Done:
    """What a transfer has done, or in check mode would do."""

    steps: list[Step]
    jobs: dict[str, Job]
    warnings: Sequence[str]
    taken_away: int


def report(done: Done, ctx: Context, *, seconds: float) -> Result:
    """Tell what was done. Steps and jobs are used up, to make room for what is told of them."""
    steps = done.steps
    files = Counter([step.action for step in steps if not step.item.folder])
    folders = Counter([step.action for step in steps if step.item.folder])
    counts: dict[str, object] = {action: files[action] + folders[action] for action in ACTIONS}
    changed = counts["unchanged"] != len(steps)
    # Of a large tree mostly nothing has changed, and then nobody need look at each file again.
    moved = sum(step.item.size or 0 for step in steps if step.moves) if changed else 0
    words = [
        f"{_amount(files[action], folders[action])} {action}"
        for action in ACTIONS
        if counts[action]
    ]
    if done.taken_away:
        words.append(f"{_counted(done.taken_away, 'original')} taken away")
    diff = [_diff(steps)] if ctx.diff else ()
    if not ctx.is_registered:
        changing = (step for step in steps if step.changes) if changed else ()
        steps = list(islice(changing, MOST_UNREGISTERED))
    return Result(
        changed=changed or done.taken_away > 0,
        msg=f"{', '.join(words) or 'nothing to do'}; {moved:,} bytes",
        data={
            "files": _files(steps, done.jobs),
            **counts,
            "bytes": moved,
            "taken_away": done.taken_away,
            "seconds": round(seconds, 3),
            "rate": round(moved / seconds) if seconds else 0,
        },
        diff=diff,
        warnings=done.warnings,
    )


def _amount(files: int, folders: int) -> str:
    """`2 files and 1 folder`."""
    counts = ((files, "file"), (folders, "folder"))
    return " and ".join(_counted(count, word) for count, word in counts if count)


def _counted(count: int, word: str) -> str:
    return f"{count:,} {word}{'s' * (count != 1)}"


def _files(steps: list[Step], jobs: dict[str, Job]) -> list[dict[str, object]]:
    files = []
    steps.reverse()
    while steps:
        step = steps.pop()
        files.append(told(step, jobs.pop(step.path, None)))
    return files


def told(step: Step, job: Job | None) -> dict[str, object]:
    """What is told of a file."""
    return vars(_Told(step, job))


class _Told:
    """What is told of a file: its attributes, whose names all of them share.

    As a dict of its own it would take twice the room, and there may be 100,000.
    """

    def __init__(self, step: Step, job: Job | None) -> None:
        self.path = step.path
        self.type = "dir" if step.item.folder else "file"
        self.action = step.action
        self.bytes = step.item.size or 0
        if job:
            self.seconds = round(job.seconds, 3)
            self.checksum = job.checksum
            self.attempts = job.attempts


def _diff(steps: Sequence[Step]) -> Diff:
    changing = [step for step in sorted(steps, key=lambda step: step.path) if step.changes]
    return Diff(
        before="".join(_line(step.path, step.found) for step in changing if step.found),
        after="".join(_line(step.path, step.item) for step in changing if step.action != "deleted"),
    )


def _line(path: str, item: Item) -> str:
    if item.folder:
        return f"{path}/\n"
    size = "" if item.size is None else f"  {item.size} bytes"
    time = "" if item.mtime is None else f"  {datetime.fromtimestamp(item.mtime, UTC):%F %T}"
    return f"{path}{size}{time}\n"
