"""What uploads and downloads have in common: how they compare, and how they tell what they did."""

from __future__ import annotations

import posixpath
import threading
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain, islice
from typing import Annotated, Literal

from ..runner.task import MOST_UNREGISTERED, Context, Diff, Mode, Range, Result, TaskError
from .clients.ftp import FtpClient
from .clients.path_filter import PathFilter
from .clients.throttle import Throttle, rate
from .clients.transfer_plan import Action, Item, Step, clashes
from .ftp_job import Job
from .ftp_lanes import Lanes, Together, Work
from .ftp_login import FtpLogin
from .ftp_site import FtpSite
from .reading import PIECE

RETURNS = {
    "files": (
        "Every file and folder: `path` where it lies now, `type` (`file`, `dir`),"
        " `action` (`created`, `replaced`, `unchanged`, `deleted`), `bytes`, and of what was"
        " moved `seconds`, `checksum` (if one was compared) and `attempts`. Without `register` no"
        f" more than {MOST_UNREGISTERED:,} are told, first those that have changed."
    ),
    "created": "How many files and folders are new.",
    "replaced": "How many files were replaced.",
    "unchanged": "How many files and folders were as they should be.",
    "deleted": "How many files and folders were deleted, since they are not in `src`.",
    "bytes": "How many bytes all new and replaced files have.",
    "seconds": "How long it took.",
    "rate": "Bytes a second.",
    "failed_files": "After a failure: `path` and `msg` of each file that could not be moved.",
}

_ACTIONS: tuple[Action, ...] = ("created", "replaced", "unchanged", "deleted")


@dataclass(frozen=True, kw_only=True, repr=False)
class Move:
    move: Annotated[str, "The folder to move it to; made if missing."]


# Params inherit it; nobody makes one, shows or compares it.
@dataclass(frozen=True, kw_only=True, init=False, repr=False, eq=False)
class Transfer(FtpLogin):
    """What is copied, when it is taken to be the same, and how it is proved."""

    include: Annotated[
        str | list[str] | None,
        "Take only files that match one of these patterns. A pattern without a slash means a"
        " name at any depth, one with a slash a path from the top; `**` goes through folders.",
    ] = None
    exclude: Annotated[
        str | list[str] | None, "Leave out files and whole folders that match one of these."
    ] = None
    compare: Annotated[
        Literal["size+mtime", "size", "checksum", "always"],
        "When a file is taken to be the same and left alone: by size and time, by size alone, by"
        " what is in it (the server's checksum if it has one, otherwise the file is read);"
        " `always` copies every file again.",
    ] = "size+mtime"
    delete: Annotated[
        bool, "Make a mirror: remove from `dest` what is not in `src`, which must be a folder."
    ] = False
    allow_empty: Annotated[
        bool, "Let `delete` remove everything when there is nothing in `src`."
    ] = False
    resume: Annotated[
        bool,
        "Go on where an interrupted transfer stopped, if what is there is provably the beginning"
        " of the file.",
    ] = True
    verify_transfer: Annotated[
        Literal["size", "checksum", "readback"],
        "How it is proved that a file has arrived: by its size, by a checksum that the server"
        " computes (HASH, XSHA256, XSHA1, XMD5, XCRC), or by reading it from the server once more.",
    ] = "size"
    preserve_mtime: Annotated[
        bool, "Whether the copy gets the time of the original, where that can be."
    ] = True
    mode: Annotated[
        Mode | None, 'Permissions of the files that are copied, as `"0644"`; by default as usual.'
    ] = None
    create_dirs: Annotated[bool, "Make the folders that are missing."] = True
    after: Annotated[
        Literal["keep", "delete"] | Move,
        "What becomes of each file in `src` once its copy is proved to be there.",
    ] = "keep"
    connections: Annotated[
        int,
        "How many files to move side by side, each over a session of its own; a server that"
        " allows fewer gets fewer.",
        Range(1, 64),
    ] = 4
    limit_rate: Annotated[
        int | str | None, "The most bytes a second over all connections, as `500K` or `2M`."
    ] = None
    manifest: Annotated[
        str | None,
        "A file that is to hold what lies at `dest` afterwards: a line of JSON for each file, with"
        " `path`, `bytes`, `sha256`, `mtime` and `action`.",
    ] = None

    @property
    def throttle(self) -> Throttle:
        """What keeps to `limit_rate`; raises TaskError if that is no rate."""
        return Throttle(rate(self.limit_rate) if self.limit_rate is not None else None)

    @property
    def wanted(self) -> PathFilter:
        return PathFilter.of(self.include, self.exclude)

    def is_meant(self, path: str, top: str, item: Item) -> bool:
        """Whether a mirror whose folder is `top` may remove what lies at a path."""
        return _is_below(path, top) and self.wanted.takes_all(
            posixpath.relpath(path, top), folder=item.folder
        )


def _is_below(path: str, folder: str) -> bool:
    return path.startswith(f"{folder.rstrip('/')}/")


_TELL_EVERY = 0.1
_TELL_AT_LEAST = 20
"""Seconds between two words about the progress, and how many there are of whatever is quick."""
_SMALL_STEP = 128 * 1024


class Pace:
    """How far the step is over all its files, and how fast it may go."""

    def __init__(self, ctx: Context, steps: Sequence[Step], throttle: Throttle) -> None:
        self._ctx = ctx
        self._total = sum(step.item.size or 0 for step in steps if step.moves)
        self._done = 0
        self._told_at = self._tell_next = 0.0
        self._lock = threading.Lock()
        self._throttle = throttle
        self.is_limited = throttle.is_set
        self.piece = _SMALL_STEP if self.is_limited else PIECE
        """How much to move at a time: a rate is kept in small steps."""

    def start(self, job: Job, offset: int) -> None:
        """Count what is there already, and no more what must be moved again."""
        with self._lock:
            self._done += offset - job.done
        job.done = offset

    def add(self, job: Job, count: int) -> None:
        """Count what was moved; waits as long as the rate demands."""
        self._ctx.cancellation.check()
        with self._lock:
            self._done += count
            done = self._done
        job.done += count
        now = time.monotonic()
        # A word for each small file would cost more than the file.
        if now - self._told_at > _TELL_EVERY or done >= self._total or done >= self._tell_next:
            self._told_at, self._tell_next = now, done + self._total / _TELL_AT_LEAST
            self._ctx.progress(posixpath.basename(job.step.path), done, self._total)
        if self.is_limited:
            self._throttle.take(count, self._ctx.cancellation.sleep)


def check_checksum(ftp: FtpClient, verify: str) -> None:
    """Refuse to promise a comparison that the server cannot make."""
    if verify != "checksum":
        return
    from .clients.ftp_checksum import offered

    if not offered(ftp):
        raise TaskError(
            f"the server computes no checksums ({ftp.account}); prove transfers with"
            " `verify_transfer: readback`"
        )


def check_mirror(params: Transfer, wanted: Mapping[str, Item]) -> None:
    """Refuse a mirror of what is no folder, and of an empty one unless that is meant."""
    src = getattr(params, "src", None)
    top = next(iter(wanted), "")
    is_one = isinstance(src, str) and all(path == top or _is_below(path, top) for path in wanted)
    if not is_one or not wanted or not wanted[top].folder:
        raise TaskError("delete makes a mirror of a folder: src must be one folder")
    if not params.allow_empty and all(item.folder for item in wanted.values()):
        raise TaskError(
            f"src {src} holds no file: delete would remove everything at dest; if that is meant,"
            " set `allow_empty: true`"
        )


def check_filing(params: Transfer, folder: str, top: str) -> None:
    """Refuse to file originals in a folder of `src`, where the next run would find them again."""
    if _is_below(folder, top) and params.wanted.takes_all(
        posixpath.relpath(folder, top), folder=True
    ):
        raise TaskError(
            f"after: move: {folder} lies in src, so the next run would move all once more; take"
            " another folder, or exclude it"
        )


def move(
    site: FtpSite,
    params: Transfer,
    ctx: Context,
    jobs: Mapping[str, Job],
    work: Work[Job],
    together: Together[Job] | None = None,
) -> None:
    """Move all files; raises TaskError with those that could not be moved."""
    alike = clashes(jobs)
    lanes = Lanes(site, ctx, params.connections, work, together)
    failed = lanes.run(job for path, job in jobs.items() if path not in alike)
    if not failed and alike:
        # Names that are one to some kinds of servers: each must see what the other has done.
        failed = Lanes(site, ctx, 1, work).run(jobs[path] for path in sorted(alike))
    if failed:
        raise _failure(failed, len(jobs))


def report(
    steps: list[Step],
    jobs: dict[str, Job],
    ctx: Context,
    *,
    seconds: float,
    warnings: Sequence[str],
) -> Result:
    """Tell what was done. Steps and jobs are used up, to make room for what is told of them."""
    found = Counter([step.action for step in steps])
    counts: dict[str, object] = {action: found[action] for action in _ACTIONS}
    changed = any(step.changes for step in steps)
    moved = sum(step.item.size or 0 for step in steps if step.moves)
    told = ", ".join(f"{count} {action}" for action, count in counts.items() if count)
    diff = [_diff(steps)] if ctx.diff else ()
    if not ctx.is_registered:
        steps = _most_telling(steps)
    return Result(
        changed=changed,
        msg=f"{told or 'nothing to do'}; {moved} bytes",
        data={
            "files": _files(steps, jobs),
            **counts,
            "bytes": moved,
            "seconds": round(seconds, 3),
            "rate": round(moved / seconds) if seconds else 0,
        },
        diff=diff,
        warnings=warnings,
    )


def _most_telling(steps: Sequence[Step]) -> list[Step]:
    changes = (step for step in steps if step.changes)
    others = (step for step in steps if not step.changes)
    return list(islice(chain(changes, others), MOST_UNREGISTERED))


def _files(steps: list[Step], jobs: dict[str, Job]) -> list[dict[str, object]]:
    files = []
    steps.reverse()
    while steps:
        step = steps.pop()
        files.append(vars(_Told(step, jobs.pop(step.path, None))))
    return files


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


def _failure(failed: Sequence[tuple[Job, TaskError]], jobs: int) -> TaskError:
    """Tell what could not be moved: the first in full, the others by number."""
    _, first = failed[0]
    files = [{"path": job.step.path, "msg": error.msg} for job, error in failed]
    msg = first.msg
    if len(failed) > 1:
        others = "\n".join(f"  {error.msg}" for _, error in failed[1:_TOLD])
        msg = f"{len(failed)} of {jobs} files failed:\n  {msg}\n{others}"
        if len(failed) > _TOLD:
            msg += f"\n  and {len(failed) - _TOLD} more: see failed_files in the result"
    return TaskError(msg, **{**first.data, "failed_files": files})


_TOLD = 5
"""How many failures a message tells in full."""
