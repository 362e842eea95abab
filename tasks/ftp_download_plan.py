"""What a download has to do: what the server has, what is here, and what of it is the same."""

from __future__ import annotations

import os
import posixpath
import stat
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from ..runner.dataclasses import dataclass
from ..runner.task import Context, TaskError
from . import ftp_transfer, paths
from .clients.ftp import FtpClient
from .clients.ftp_sources import Remote
from .clients.part_names import owner, owner_of_part
from .clients.transfer_plan import FOLDER, Item, Step, plan, seconds, spelling, surplus
from .ftp_comparison import Comparison
from .ftp_job import Job
from .ftp_transfer import Move, Transfer
from .reading import reading


@dataclass(frozen=True, eq=False, repr=False)
class Plan:
    remotes: dict[str, Remote]
    steps: list[Step]
    dest: str

    @property
    def jobs(self) -> dict[str, Job]:
        return {step.path: Job(step) for step in self.steps if step.moves}


def make(
    ftp: FtpClient,
    params: Transfer,
    ctx: Context,
    remotes: dict[str, Remote],
    here: Callable[[], Mapping[str, Item]],
    dest: str,
) -> Plan:
    """Plan what to do; `here` gives what lies here already."""
    there = here()
    for path, remote in remotes.items():
        if ctx.check or there.get(path) is FOLDER:
            _refuse_untold(remote)
    if isinstance(params.after, Move):
        filed = ftp.absolute(params.after.move)
        ftp_transfer.check_filing(params, filed, [*remotes.values()])
    if params.delete:
        ftp_transfer.check_mirror(params, remotes)
    keeps_times = params.preserve_mtime
    alike = _Here(how=params.compare, ftp=ftp, remotes=remotes, keeps_times=keeps_times)
    steps = plan(remotes, there, alike)
    if params.delete:
        own = str(ctx.path(params.manifest)) if params.manifest else ""
        steps += [step for step in _surplus(params, remotes, steps) if step.path != own]
    if not params.create_dirs:
        for folder in ftp_transfer.folders_of_new(steps):
            if not Path(folder).is_dir():
                raise ftp_transfer.no_folder(folder)
    return Plan(remotes, steps, posixpath.normpath(dest))


def _refuse_untold(remote: Remote) -> None:
    """Of what would be fetched, and would then be missed."""
    if not remote.folder and remote.size is None and remote.mtime is None:
        raise TaskError(f"there is no {remote.path}, or the account may not see it")


def _surplus(params: Transfer, wanted: Mapping[str, Item], steps: Sequence[Step]) -> list[Step]:
    """Give what a mirror removes; what is on its way to a file that comes is not told."""
    top = next(iter(wanted))
    twins = cache(lambda: {spelling(path): path for path in wanted})
    coming = {whose(step.path) for step in steps if step.moves}
    there = {
        path: item
        for path, item in _everything(top)
        if (posixpath.dirname(path), owner_of_part(path)) not in coming
    }
    return surplus(
        wanted,
        there,
        lambda path, item: params.is_meant(path, top, item) and not _is_wanted(path, twins()),
    )


def _is_wanted(path: str, twins: Mapping[str, str]) -> bool:
    """Whether a file system that does not tell `A` from `a` knows it by another name that is."""
    twin = twins.get(spelling(path))
    found = paths.status(Path(twin)) if twin else None
    return found is not None and os.path.samestat(found, os.lstat(path))


def whose(path: str) -> tuple[str, str]:
    """Give what a file has in common with the parts that are on their way to it."""
    return posixpath.dirname(path), owner(posixpath.basename(path))


def found(wanted: Mapping[str, object]) -> dict[str, Item]:
    """Look at what lies here already, at each folder before what is in it."""
    there: dict[str, Item] = {}
    for path in sorted(wanted):
        folder = path.rpartition("/")[0]
        if folder in wanted and folder not in there:
            continue  # without a look, which takes longer for what is not there
        try:
            there[path] = _item(path, os.stat(path))  # noqa: PTH116  # there may be 100,000, and Path is slow
        except FileNotFoundError:
            continue
        except NotADirectoryError as error:
            raise TaskError(f"{folder} cannot be a folder: a file is in the way") from error
        except OSError as error:
            raise TaskError(f"cannot look at {path}: {error.strerror}") from error
    return there


def _item(path: str, found: os.stat_result) -> Item:
    if stat.S_ISREG(found.st_mode):
        return Item(size=found.st_size, mtime=found.st_mtime)
    if stat.S_ISDIR(found.st_mode):
        return FOLDER
    raise TaskError(f"{path} is a device, a pipe or a socket; it is not replaced by a file")


def _everything(top: str) -> Iterator[tuple[str, Item]]:
    """Give all that lies below a local folder; a link is a file of its own."""
    with paths.told(f"read {top}"):
        for folder, names, others in os.walk(top):
            for name in [*names, *others]:
                path = posixpath.join(folder, name)
                found = os.lstat(path)
                yield path, FOLDER if stat.S_ISDIR(found.st_mode) else Item(size=found.st_size)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class _Here(Comparison):
    remotes: Mapping[str, Remote]
    keeps_times: bool

    def _same_content(self, path: str) -> bool:
        from .clients.ftp_checksum import compare

        with reading(path) as here:
            return compare(self.ftp, self.remotes[path].path, here.blocks()).same

    def _same_time(self, path: str, wanted: Item, found: Item) -> bool:  # noqa: ARG002
        ours, theirs = seconds(found.mtime), seconds(wanted.mtime)
        if ours is None or theirs is None:
            return False
        # Without the original's time, the copy has that of its download: never older.
        return ours == theirs if self.keeps_times else ours >= theirs
