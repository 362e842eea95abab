"""What is in an archive, one member after the other, be it a tar of any packing or a zip.

What an archive says is outside data: names, links and sizes are looked at by whoever unpacks; here
is only what keeps reading itself from going astray: how much comes out is bounded, and a broken
archive is told in words.
"""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import shutil
import stat
import subprocess
import tarfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import IO, Any, BinaryIO, Literal, Self, TypeAlias

from ..runner.dataclasses import dataclass, field
from ..runner.task import Context, TaskError
from .permissions import Access

Kind: TypeAlias = Literal["directory", "file", "hard", "link", "special"]

_BROKEN = (
    *(OSError, EOFError, UnicodeError, zipfile.BadZipFile, tarfile.TarError),
    *(lzma.LZMAError, zlib.error),
    # A password is asked for, or a method of packing that nobody knows.
    *(RuntimeError, NotImplementedError),
)
_BROKEN_HEADERS = (
    tarfile.InvalidHeaderError,  # type: ignore[attr-defined]  # all of them are there
    tarfile.TruncatedHeaderError,  # type: ignore[attr-defined]
)
_FLOOR = 1024**3
"""So much comes out of any archive, however small it is."""
ZIP = "ZipArchive"
_BLOCK = 512
_MAGIC = slice(257, 262)
_LONGEST_LINK = 4096
_SAYS_UTF_8 = 0x800
_DOS = 0
_NOBODY = 2**32 - 1
"""A number that no user has."""
_Opener: TypeAlias = Callable[[BinaryIO], Any]


@contextmanager
def _zstd(file: BinaryIO) -> Iterator[IO[bytes]]:
    """What the program zstd makes of a file; tar asks it, too."""
    if not (program := shutil.which("zstd")):
        raise TaskError("the archive is packed with zstd, and there is no such program")
    command = [program, "--decompress", "--stdout", "--quiet"]
    silent = subprocess.DEVNULL
    with subprocess.Popen(command, stdin=file, stdout=subprocess.PIPE, stderr=silent) as child:
        try:
            yield child.stdout or io.BytesIO()
            if child.wait():
                raise tarfile.ReadError("zstd finds it broken")
        finally:
            child.kill()


# The other packings have no handler of their own with Ansible, either: tar knows them by itself.
_PACKINGS: Mapping[bytes, tuple[str, _Opener]] = {
    b"\x1f\x8b": ("TgzArchive", gzip.open),
    b"BZh": ("TarArchive", bz2.open),
    b"\xfd7zXZ": ("TarArchive", lzma.open),
    b"\x28\xb5\x2f\xfd": ("TarArchive", _zstd),
}


@dataclass(frozen=True, kw_only=True)
class Member:
    """One thing in an archive; `target` is what a link says, `open` gives what is in a file."""

    name: str
    kind: Kind
    mode: int | None
    mtime: float
    owner: Access = field(default_factory=Access)
    target: str = ""
    open: Callable[[], IO[bytes]] = io.BytesIO


class Bounded(io.RawIOBase):
    """What is unpacked, counted: a small file that unpacks without end is given up."""

    def __init__(self, file: IO[bytes], path: Path, ratio: float, ctx: Context) -> None:
        self._file, self._path, self._ctx = file, path, ctx
        self._left = max(_FLOOR, path.stat().st_size * ratio)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # no other is given
        self._ctx.cancellation.check()
        data = self._file.read(len(buffer))
        buffer[: len(data)] = data
        self.count(len(data))
        return len(data)

    def count(self, size: int) -> None:
        self._left -= size
        if self._left < 0:
            raise TaskError(
                f"{self._path} unpacks to far more than its size; if it is to be trusted, raise"
                " `max_ratio`"
            )


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn what a broken archive raises into words; the first are Ansible's."""
    try:
        yield
    except _BROKEN as error:
        if isinstance(error, OSError) and error.errno:  # It is the disk, not the archive.
            raise TaskError(f"cannot unpack {path}: {error.strerror}") from error
        why = str(error) or "it is cut short"
        missing = f'Failed to find handler for "{path}"'
        raise TaskError(f"{missing}: it cannot be unpacked: {why}") from error


def handler(path: Path) -> str:
    """Name what unpacks the archive, as Ansible does."""
    return _packing(path)[0]


def _packing(path: Path) -> tuple[str, _Opener]:
    with path.open("rb") as file:
        head = file.read(_BLOCK)
    for magic, packing in _PACKINGS.items():
        if head.startswith(magic):
            return packing
    # A zip is known by its end, but a tar may end with a zip that is in it.
    is_tar = head[_MAGIC].startswith(b"ustar") or not zipfile.is_zipfile(path)
    return "TarArchive" if is_tar else ZIP, lambda file: file


def members(path: Path, ratio: float, encoding: str | None, ctx: Context) -> Iterator[Member]:
    """Everything in the archive; what is in a file is read before the next member is asked for.

    One that is broken is noticed at its end at the latest; `told` puts into words what is raised.
    """
    kind = _zipped if handler(path) == ZIP else _tarred
    return kind(path, ratio, encoding, ctx)


# tar ----------------------------------------------------------------------------------------


class _Whole(tarfile.TarInfo):
    """Python takes a header that is broken, but for the first one, for the end of the tar."""

    @classmethod
    def fromtarfile(cls, tarfile_: tarfile.TarFile) -> Self:
        try:
            return super().fromtarfile(tarfile_)
        except _BROKEN_HEADERS as error:
            raise tarfile.ReadError(str(error)) from error


def _tarred(path: Path, ratio: float, encoding: str | None, ctx: Context) -> Iterator[Member]:
    with path.open("rb") as file, _packing(path)[1](file) as packed:
        counted = Bounded(packed, path, ratio, ctx)
        bounded = io.BufferedReader(counted, 256 * 1024)
        with tarfile.open(
            fileobj=bounded,
            mode="r|",
            encoding=encoding or "utf-8",
            errors="surrogateescape",
            tarinfo=_Whole,
        ) as tar:
            for info in tar:
                if info.issparse():
                    counted.count(info.size)  # Its holes take no room in the tar.
                yield _tar_member(tar, info)
                # Else every name would be kept till the end.
                tar.members = []  # type: ignore[attr-defined]
        while bounded.read(_BLOCK * _BLOCK):
            pass


def _tar_member(tar: tarfile.TarFile, info: tarfile.TarInfo) -> Member:
    def opened() -> IO[bytes]:
        return tar.extractfile(info) or io.BytesIO()

    return Member(
        name=info.name,
        kind=_tar_kind(info),
        mode=info.mode,
        mtime=info.mtime,
        owner=Access(uid=_user(info.uname, info.uid), gid=_group(info.gname, info.gid)),
        target=info.linkname,
        open=opened,
    )


@cache
def _user(name: str, number: int) -> int | None:
    """The user of this name here; if there is none, the one of this number."""
    import pwd

    try:
        return pwd.getpwnam(name).pw_uid
    except (KeyError, ValueError):
        return number if 0 <= number < _NOBODY else None


@cache
def _group(name: str, number: int) -> int | None:
    import grp

    try:
        return grp.getgrnam(name).gr_gid
    except (KeyError, ValueError):
        return number if 0 <= number < _NOBODY else None


def _tar_kind(info: tarfile.TarInfo) -> Kind:
    kinds: list[tuple[bool, Kind]] = [
        (info.isdir(), "directory"),
        (info.issym(), "link"),
        (info.islnk(), "hard"),
        (info.isfile(), "file"),
    ]
    return next((kind for is_kind, kind in kinds if is_kind), "special")


# zip ----------------------------------------------------------------------------------------


def _zipped(path: Path, ratio: float, encoding: str | None, ctx: Context) -> Iterator[Member]:
    with zipfile.ZipFile(path, metadata_encoding=encoding) as zipped:
        total = Bounded(io.BytesIO(), path, ratio, ctx)
        for info in zipped.infolist():
            # A size that is a lie is noticed when the file is read, as its sum is wrong, too.
            total.count(info.file_size + _BLOCK)
            name = info.filename if encoding else _zip_name(info)
            if info.create_system == _DOS and "/" not in name:
                name = name.replace("\\", "/")
            yield _zip_member(zipped, info, name)


def _zip_name(info: zipfile.ZipInfo) -> str:
    """What unzip reads: whoever packs on Unix writes UTF-8, mostly without saying so."""
    if not info.flag_bits & _SAYS_UTF_8:
        with suppress(UnicodeError):
            return info.filename.encode("cp437").decode("utf-8")
    return info.filename


def _zip_member(zipped: zipfile.ZipFile, info: zipfile.ZipInfo, name: str) -> Member:
    mode = info.external_attr >> 16
    kind: Kind = "directory" if name.endswith("/") else "file"
    target = ""
    if stat.S_ISLNK(mode):
        kind, target = "link", _zip_link(zipped, info)
    elif mode and stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        kind = "special"
    return Member(
        name=name,
        kind=kind,
        mode=mode & 0o777 if mode else None,
        mtime=_zip_time(info),
        target=target,
        open=lambda: zipped.open(info),
    )


def _zip_link(zipped: zipfile.ZipFile, info: zipfile.ZipInfo) -> str:
    with zipped.open(info) as file:
        return file.read(_LONGEST_LINK).decode("utf-8", "surrogateescape")


def _zip_time(info: zipfile.ZipInfo) -> float:
    """What a zip tells is the local time of whoever made it."""
    try:
        return time.mktime((*info.date_time, 0, 0, -1))
    except (ValueError, OverflowError):
        return 0.0
