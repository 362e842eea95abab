"""The members of an archive become files in a folder, and nowhere else.

An archive is looked through from beginning to end before anything is written: one that is broken,
that leads out of the folder, or that holds devices, changes nothing. While it is unpacked, what is
on the disk is looked at again, since links that are harmless one by one can lead out together.
"""

from __future__ import annotations

import os
import posixpath
import shutil
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from fnmatch import fnmatchcase
from pathlib import Path
from tempfile import NamedTemporaryFile

from ..runner.dataclasses import dataclass, field, replace
from ..runner.task import Context, Diff, TaskError
from . import files, folders, links, paths, permissions, times
from .content import Content
from .files import Manner
from .permissions import Access
from .renaming import Renaming
from .unpacking import Member

_IN_MEMORY = 4 * 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is taken out of an archive, and what becomes of it."""

    include: Sequence[str] = ()
    exclude: Sequence[str] = ()
    strip: int = 0
    renamings: Sequence[Renaming] = ()
    keep_newer: bool = False
    keep_owners: bool = False
    keep_modes: bool = False
    """Whether permissions are as the archive says, or without set-user bits, and by the umask."""
    access: Access = field(default_factory=Access)

    def path(self, member: Member) -> str:
        """Where a member goes, from the folder; nothing if it is left out.

        Raises TaskError for what leads elsewhere.
        """
        parts = _parts(member.name)
        name = "/".join(parts)
        if self.include and not any(_matches(pattern, parts) for pattern in self.include):
            return ""
        if any(_matches(each, parts) or fnmatchcase(name, f"*/{each}") for each in self.exclude):
            return ""
        return self.place_of(name)

    def place_of(self, name: str) -> str:
        """Where what has this name goes. Raises TaskError if that is elsewhere."""
        for each in self.renamings:
            name = each.of(name)
        return "/".join(_parts(name)[self.strip :])

    def target(self, member: Member) -> str:
        """What a link points to."""
        target = member.target
        for each in self.renamings:
            target = each.of(target) if each.of_links else target
        return target

    def root(self, member: Member) -> bool:
        """Tell whether it is the folder itself, as `./` in a tar."""
        return not (_parts(member.name) or self.include or self.strip)


def _parts(name: str) -> list[str]:
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts or "\0" in name:
        raise TaskError(f"the archive holds {name!r}, which leads elsewhere; it is not unpacked")
    return parts


def means(pattern: str, member: Member) -> bool:
    """Tell whether a pattern means a member, or a folder that it lies in."""
    return _matches(pattern, _parts(member.name))


def _matches(pattern: str, parts: Sequence[str]) -> bool:
    wanted = pattern.removeprefix("./").strip("/")
    return any(fnmatchcase("/".join(parts[:end]), wanted) for end in range(1, len(parts) + 1))


def check(member: Member, wanted: Wanted) -> None:
    """Look at a member, and read it to its end, before anything is written."""
    path = wanted.path(member)
    if path and member.kind == "special":
        raise TaskError(
            f"the archive holds {member.name!r}, a device or a pipe; it is not unpacked"
        )
    if path and member.kind == "link":
        target = posixpath.join(posixpath.dirname(path), wanted.target(member))
        target = posixpath.normpath(target)
        if target.startswith(("/", "../")) or target == "..":
            raise _leads_out(member)
    if path and member.kind == "hard":
        wanted.place_of(member.target)
    if member.kind == "file":
        with member.open() as file:
            while file.read(_IN_MEMORY):
                pass


def _leads_out(member: Member) -> TaskError:
    return TaskError(
        f"the archive holds {member.name!r}, a link to {member.target!r}, which leads out of the"
        " folder; it is not unpacked"
    )


class Extraction:
    """Puts one member after the other in its place."""

    def __init__(self, folder: Path, wanted: Wanted, ctx: Context) -> None:
        self._folder, self._wanted, self._ctx = folder, wanted, ctx
        self._root = Path(os.path.realpath(folder))
        self._umask = permissions.umask()
        self._folders: list[tuple[Path, Access]] = []
        self._tops: set[Path] = set()
        self.changed = False
        self.diffs: list[Diff] = []

    def take(self, member: Member) -> None:
        if not (relative := self._wanted.path(member)):
            if self._wanted.root(member):
                self._folders.append((self._folder, self._access(member)))
            return
        path = self._folder / relative
        if path.parent != self._folder:
            self._tops.add(self._folder / relative.partition("/")[0])
        self._stay_inside(path.parent, member)
        match member.kind:
            case "directory":
                self._make(path)
                self._folders.append((path, self._access(member)))
            case "file":
                self._make(path.parent)
                self._file(member, path)
            case "link":
                self._make(path.parent)
                self._link(member, path)
            case "hard":
                self._make(path.parent)
                self._hard(member, path)

    def finish(self) -> None:
        """Give folders their permissions, now that nothing is written into them any more.

        The topmost have those that are wanted also if only what is in them stands in the archive.
        """
        tops = [(path, self._wanted.access) for path in sorted(self._tops)]
        for path, access in reversed(tops + self._folders):
            if paths.status(path):
                self._note(path, permissions.adjust(path, access, check=self._ctx.check))

    def _stay_inside(self, path: Path, member: Member) -> None:
        """Refuse a path that leads out by links, whether they were there or have just been made."""
        if not Path(os.path.realpath(path)).is_relative_to(self._root):
            raise TaskError(
                f"{member.name!r} in the archive leads out of {self._folder} by a link; unpacking"
                " stopped there"
            )

    def _make(self, path: Path) -> None:
        access = Access(uid=self._wanted.access.uid, gid=self._wanted.access.gid)
        if folders.make(path, access, check=self._ctx.check):
            self._note(path, {"state": ("absent", "directory")})

    def _note(self, path: Path, changes: permissions.Changes) -> None:
        self.changed |= bool(changes)
        self.diffs += files.facts_diff(path, changes, self._ctx)

    def _access(self, member: Member) -> Access:
        is_folder = member.kind == "directory"
        bits = (0o777 if is_folder else 0o666) if member.mode is None else member.mode
        if member.mode is None or not self._wanted.keep_modes:
            bits &= 0o777 & ~self._umask
        current = bits | (stat.S_IFDIR if is_folder else stat.S_IFREG)
        mode = permissions.mode_of(self._wanted.access, current)
        return replace(self._owner(member), mode=f"{mode:04o}")

    def _owner(self, member: Member) -> Access:
        """Who is wanted, or whom the archive names."""
        wanted, named = self._wanted.access, member.owner
        if not self._wanted.keep_owners:
            return Access(uid=wanted.uid, gid=wanted.gid)
        return Access(
            uid=named.uid if wanted.uid is None else wanted.uid,
            gid=named.gid if wanted.gid is None else wanted.gid,
        )

    def _file(self, member: Member, path: Path) -> None:
        found = paths.status(path)
        if found and self._wanted.keep_newer and found.st_mtime > member.mtime:
            return
        with _content(member, self._ctx) as content:
            placed = files.place(content, path, Manner(access=self._access(member)), self._ctx)
        self.changed |= placed.changed
        self.diffs += placed.diff
        now = paths.status(path)
        # As tar does, by whole seconds.
        if now and int(now.st_mtime) != int(member.mtime):
            modified = float(int(member.mtime))
            self._note(path, times.adjust(path, None, modified, check=self._ctx.check))

    def _link(self, member: Member, path: Path) -> None:
        target = self._wanted.target(member)
        self._stay_inside(Path(os.path.realpath(path.parent)) / target, member)
        self._note(path, links.symbolic(target, path, self._ctx))
        if paths.status(path):
            owner = self._owner(member)
            self._note(path, permissions.adjust(path, owner, check=self._ctx.check))

    def _hard(self, member: Member, path: Path) -> None:
        source = self._folder / self._wanted.place_of(member.target)
        self._stay_inside(source, member)
        if paths.status(source) is not None:
            self._note(path, links.hard(source, path, self._ctx))
        elif self._ctx.check:
            self._note(path, {"state": ("absent", "hard")})
        else:
            raise TaskError(
                f"the archive holds {member.name!r}, another name of {member.target!r}, which is"
                " not there; unpacking stopped there"
            )


@contextmanager
def _content(member: Member, ctx: Context) -> Iterator[Content]:
    """What is in a file of the archive, where it can be read twice."""
    with member.open() as source:
        head = source.read(_IN_MEMORY)
        if len(head) < _IN_MEMORY:
            yield Content.of_bytes(head, member.name)
            return
        with NamedTemporaryFile(dir=ctx.temp_dir()) as file:
            file.write(head)
            shutil.copyfileobj(source, file)
            file.flush()
            yield Content(member.name, Content.of_file(Path(file.name)).open)
