"""What uploads and downloads have in common: their parameters, and how they set about it."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, Literal

from ..runner.dataclasses import dataclass
from ..runner.task import Check, Context, Mode, Range, TaskError
from .clients.ftp import FtpClient
from .clients.path_filter import PathFilter
from .clients.throttle import Throttle, rate
from .clients.transfer_plan import Item, Step, clashes
from .ftp_job import Job
from .ftp_lanes import Lanes, Together, Work
from .ftp_login import PATH, FtpLogin
from .ftp_site import FtpSite

if TYPE_CHECKING:
    from .clients.ftp_sources import Remote
    from .local_sources import Source


@dataclass(frozen=True, kw_only=True, repr=False)
class Move:
    move: Annotated[str, "The folder to move it to; made if missing.", PATH]


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
        " computes (HASH, XSHA256, XSHA1, XMD5, XCRC), or by reading it from the server once more,"
        " which is done too where it does not tell the checksum that it offers.",
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
        int | str | None,
        "The most bytes a second over all connections, as `500K` or `2M`.",
        Check(rate),
    ] = None
    manifest: Annotated[
        str | None,
        "A file that is to hold what lies at `dest` afterwards: a line of JSON for each file, with"
        " `path`, `bytes`, `sha256`, `mtime` and `action`.",
        PATH,
    ] = None

    @property
    def throttle(self) -> Throttle:
        """What keeps to `limit_rate`; raises TaskError if that is no rate."""
        return Throttle(
            rate("limit_rate", self.limit_rate) if self.limit_rate is not None else None
        )

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


def folders_of_new(steps: Iterable[Step]) -> list[str]:
    """Give the folders that are new, or that something new goes to."""
    new = [step for step in steps if step.action == "created"]
    return sorted({step.path if step.item.folder else posixpath.dirname(step.path) for step in new})


def no_folder(path: str) -> TaskError:
    return TaskError(f"there is no folder {path}; set `create_dirs: true`")


def check_filing(params: Transfer, folder: str, src: Sequence[Remote | Source]) -> None:
    """Refuse to file originals where the next run would find them again, as this one may have."""
    top = str(src[0].path) if src and src[0].folder else folder
    is_meant = _is_below(folder, top) and params.wanted.takes_all(
        posixpath.relpath(folder, top), folder=True
    )
    if is_meant or any(each.path == folder for each in src):
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
