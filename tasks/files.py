"""How a step puts a file in its place: compared, shown, checked, backed up, whole or not at all.

The bytes go to a temporary name in the same folder, which is renamed when all of them are safe on
the disk: whoever looks sees the old file or the new one, also after a crash.
"""

from __future__ import annotations

import errno
import os
import secrets
import shlex
import shutil
import stat
import threading
import time
from contextlib import contextmanager, suppress
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, TYPE_CHECKING

from ..runner.dataclasses import dataclass, field, replace
from ..runner.task import Cancelled, Context, Diff, TaskError
from . import attributes, paths, permissions
from .content import Content, shown
from .permissions import Access, Changes

if TYPE_CHECKING:
    from collections.abc import Iterator

_CHUNK = 1024 * 1024
_LONGEST_SUFFIX = 20
_ACL = "system.posix_acl_access"
_IN_THE_WAY = {errno.EACCES, errno.EPERM, errno.EBUSY, errno.EXDEV, errno.ETXTBSY, errno.EROFS}
"""A folder that is not ours, or a file that is mounted, as those of containers are."""
_NAMING = threading.Lock()
"""Hosts that replace one file at once keep each a backup of their own."""


@dataclass(frozen=True, kw_only=True)
class Manner:
    """How a file is put in its place."""

    access: Access = field(default_factory=Access)
    mode_comes_along: bool = False
    """The mode is the content's: a file that has this content already keeps its own."""
    times: tuple[int, int] | None = None
    """When a file that is written was used and changed last, if that comes along, too."""
    backup: bool = False
    force: bool = True
    validate: str | None = None
    follow: bool = False
    unsafe: bool = False
    """Where the old file cannot be replaced, its content may be written over."""
    whole_diff: bool = False
    """A diff shows the texts however long they are: it is known that little is different."""


@dataclass(frozen=True, kw_only=True)
class Placed:
    """What was done, or would be, and where the file lies; `written`: its content is new."""

    path: Path
    changed: bool
    diff: tuple[Diff, ...] = ()
    backup: Path | None = None
    written: bool = False


def place(content: Content, dest: Path, manner: Manner, ctx: Context) -> Placed:
    """Give `dest` this content and access."""
    if manner.follow and os.path.islink(dest):  # noqa: PTH114  # of any name, never raises
        dest = Path(os.path.realpath(dest))
    found = replaceable(dest)
    if found and not manner.force:
        return Placed(path=dest, changed=False)
    with paths.told(f"compare {content.name} with {dest}"):
        same = found is not None and stat.S_ISREG(found.st_mode) and _same(content, dest, ctx)
    if same:
        access = replace(manner.access, mode=None) if manner.mode_comes_along else manner.access
        return adjusted(dest, access, ctx)
    diff = _diff(content, dest, found, ctx, whole=manner.whole_diff) if ctx.diff else ()
    if ctx.check:
        check_way(dest)
        return Placed(path=dest, changed=True, diff=diff, written=True)
    backup = _write(content, dest, manner, ctx)
    return Placed(path=dest, changed=True, diff=diff, backup=backup, written=True)


def check_way(dest: Path) -> None:
    """Raise TaskError for a file in the way; a folder that is missing, a task before may make."""
    above = next(folder for folder in dest.parents if folder.exists())
    if not above.is_dir():
        raise TaskError(f"cannot write {dest}: {os.strerror(errno.ENOTDIR)}")


def replaceable(dest: Path) -> os.stat_result | None:
    """Look at what a file or link is to replace. Raises TaskError for a folder or a device."""
    found = paths.status(dest)
    if found and stat.S_ISDIR(found.st_mode):
        raise TaskError(f"{dest} is a folder; it is not replaced by a file")
    if found and paths.is_special(found):
        raise TaskError(f"{dest} is a device, a pipe or a socket; it is not replaced by a file")
    return found


def _same(content: Content, dest: Path, ctx: Context) -> bool:
    if not paths.is_readable(dest):
        return False  # It may still be ours to replace.
    with content.open() as new, dest.open("rb") as old:
        while (chunk := new.read(_CHUNK)) == old.read(_CHUNK):
            ctx.cancellation.check()
            if not chunk:
                return True
    return False


def _diff(
    content: Content, dest: Path, found: os.stat_result | None, ctx: Context, *, whole: bool
) -> tuple[Diff, ...]:
    before = ""
    with paths.told(f"read {dest}"):
        if found and stat.S_ISREG(found.st_mode) and paths.is_readable(dest):
            before = shown(Content.of_file(dest), ctx, whole=whole)
        elif found and stat.S_ISLNK(found.st_mode):
            before = f"[a link to {dest.readlink()}]\n"
    after = shown(content, ctx, whole=whole)
    old_name = str(dest) if found else ""
    return (Diff(before=before, after=after, before_header=old_name, after_header=content.name),)


def adjusted(dest: Path, access: Access, ctx: Context) -> Placed:
    """Give a file or folder that stays as it is this access."""
    changes = permissions.adjust(dest, access, check=ctx.check)
    return Placed(path=dest, changed=bool(changes), diff=facts_diff(dest, changes, ctx))


def facts_diff(path: Path, changes: Changes, ctx: Context) -> tuple[Diff, ...]:
    """The diff of what is not content: `mode: 0644` becomes `mode: 0600`."""
    if not (changes and ctx.diff):
        return ()
    before, after = (
        {"path": str(path)}
        | {name: each[side] for name, each in changes.items() if each[side] != ""}
        for side in (0, 1)
    )
    return (Diff(before=before, after=after),)


# Writing ------------------------------------------------------------------------------------


def _write(content: Content, dest: Path, manner: Manner, ctx: Context) -> Path | None:
    """Write the file; returns where the old one was kept."""
    with paths.told(f"write {dest}"):
        try:
            return _replace(content, dest, manner, ctx)
        except OSError as error:
            if manner.unsafe and error.errno in _IN_THE_WAY and dest.is_file():
                return _write_over(content, dest, manner, ctx)
            if isinstance(error, PermissionError):
                hint = f"{dest}: {error.strerror or error}"
                raise TaskError(f"Destination {dest.parent} not writable", hint=hint) from error
            raise


def _replace(content: Content, dest: Path, manner: Manner, ctx: Context) -> Path | None:
    backup = None
    try:
        with replacing(dest, ctx.once) as temporary:
            with open(temporary, "xb", opener=_private) as file:  # Path.open takes no opener
                _pour(content, file, dest, ctx)
                settle(file.fileno(), dest, manner.access)
                if manner.times:
                    os.utime(file.fileno(), ns=manner.times)
                os.fsync(file.fileno())
            if manner.validate:
                validate(manner.validate, temporary, ctx)
            if manner.backup and dest.is_file():
                backup = back_up(dest)
    except OSError:
        if backup:
            backup.unlink(missing_ok=True)
        raise
    attributes.adjust(dest, manner.access.attributes, check=False)
    return backup


def _write_over(content: Content, dest: Path, manner: Manner, ctx: Context) -> Path | None:
    """Write into the file that is there: who looks meanwhile sees a part of it."""
    with NamedTemporaryFile(dir=ctx.temp_dir(), suffix=dest.suffix[:_LONGEST_SUFFIX]) as whole:
        _pour(content, whole, dest, ctx)
        if manner.validate:
            validate(manner.validate, Path(whole.name), ctx)
        backup = back_up(dest) if manner.backup else None
        shutil.copyfile(whole.name, dest)
    permissions.adjust(dest, manner.access, check=False)
    return backup


@contextmanager
def replacing(dest: Path, once: str | None = None) -> Iterator[Path]:
    """Lend a name beside `dest`; what the body makes there takes its place in one step.

    `once` names the step: what it left there when it was killed is taken away when it is resumed.
    """
    # Programs that validate a file may look at its suffix; a name has 255 bytes.
    suffix = dest.suffix[:_LONGEST_SUFFIX]
    token = secrets.token_hex(8) if once is None else _digest(f"{once} {dest}")
    temporary = dest.with_name(f".opsplay-{token}{suffix}")
    if once:
        temporary.unlink(missing_ok=True)
    try:
        yield temporary
        temporary.replace(dest)
    except FileNotFoundError as error:
        if dest.parent.is_dir():
            raise
        msg = f"Destination directory {dest.parent} does not exist"
        raise TaskError(msg, hint="`file` with `state: directory` makes it") from error
    finally:
        temporary.unlink(missing_ok=True)


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _pour(content: Content, file: IO[bytes], dest: Path, ctx: Context) -> None:
    with content.open() as source:
        while chunk := source.read(_CHUNK):
            ctx.cancellation.check()
            file.write(chunk)
            ctx.progress(dest.name, file.tell())
    file.flush()


def settle(new: int | Path, dest: Path, access: Access) -> None:
    """Access as the old file had it, or as new files have it, and on top what is wanted."""
    mode = stat.S_IFREG | 0o666 & ~permissions.umask()
    found = paths.status(dest)
    if found and stat.S_ISREG(found.st_mode):
        mode = found.st_mode
        _take_along(dest, new)
        try:
            os.chown(new, found.st_uid, found.st_gid)
        except PermissionError:
            # It is ours now: what ran as its old owner must not run as us.
            mode &= ~(stat.S_ISUID | stat.S_ISGID)
    permissions.own(new, access)
    os.chmod(new, permissions.mode_of(access, mode))  # noqa: PTH101  # it may be a descriptor


def _take_along(old: Path, new: int | Path) -> None:
    """Its ACL, without which others than before may read or write it, and what users have noted."""
    try:
        names = os.listxattr(old)
    except OSError:
        return  # The file system has none.
    with suppress(OSError):
        os.removexattr(new, _ACL)  # It may have got one of its folder.
    for name in names:
        if name == _ACL or name.startswith("user."):
            with suppress(PermissionError):
                os.setxattr(new, name, os.getxattr(old, name))


class Invalid(TaskError):
    """The program that was to look at a file is not content."""

    def in_one_line(self) -> TaskError:
        """As Ansible tells it of steps that edit a file."""
        rc, said, hint = (self.data[name] for name in ("exit_status", "stderr", "hint"))
        return TaskError(f"failed to validate: rc:{rc} error:{said}", hint=hint)


def validate(command: str, path: Path, ctx: Context) -> None:
    """Let a program look at the file. Raises Invalid if it is not content."""
    from . import execution, process

    if "%s" not in command:
        hint = "%s is the place of the file's name"
        raise TaskError(f"validate must contain %s: {command}", hint=hint)
    try:
        argv = [word.replace("%s", str(path)) for word in shlex.split(command)]
    except ValueError as error:
        raise TaskError(f"validate: {error}: {command}") from error
    try:
        done = process.run_here(argv, ctx)
    except Cancelled:
        raise
    except TaskError as error:
        raise execution.not_started(argv, error) from error
    if done.code:
        told = {"exit_status": done.code, **execution.output(done.stdout, done.stderr)}
        raise Invalid("failed to validate", **told, hint="nothing was written")


def back_up(dest: Path) -> Path:
    """Keep the old file under a name with process and time, as Ansible does."""
    with _NAMING:
        return _back_up(dest)


def _back_up(dest: Path) -> Path:
    stamp = time.strftime("%Y-%m-%d@%H:%M:%S~")
    first = backup = dest.with_name(f"{dest.name}.{os.getpid()}.{stamp}")
    counter = 1
    # Twice in a second: the first backup must not be overwritten by the second.
    while os.path.lexists(backup):
        counter += 1
        backup = first.with_name(f"{first.name}{counter}")
    found = dest.stat()
    with replacing(backup) as temporary:
        # For nobody else's eyes until it has the mode of the old one.
        with dest.open("rb") as old, open(temporary, "xb", opener=_private) as kept:
            shutil.copyfileobj(old, kept)
        with suppress(PermissionError):
            os.chown(temporary, found.st_uid, found.st_gid)
        shutil.copystat(dest, temporary)
    return backup
