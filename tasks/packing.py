"""Archives and compressed files, written so that the same files give the same bytes."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import stat
import tarfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import IO, BinaryIO, Literal, TypeAlias

from ..runner.dataclasses import dataclass
from ..runner.task import Context, TaskError
from . import paths

Format: TypeAlias = Literal["bz2", "gz", "tar", "xz", "zip"]

State: TypeAlias = tuple[int, int, int]
"""By which a file is known to be what it was."""
_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Piece:
    """What goes into an archive, and under which name."""

    path: Path
    name: str
    state: State
    is_home: bool = False
    """Whether the archive will lie in this folder, whose time it would change each time."""


def state(found: os.stat_result) -> State:
    return found.st_ino, found.st_size, found.st_mtime_ns


class _Watched:
    """A file that is read only as long as the user does not want to stop."""

    def __init__(self, file: BinaryIO, ctx: Context) -> None:
        self._file, self._ctx = file, ctx

    def read(self, size: int = _CHUNK) -> bytes:
        self._ctx.cancellation.check()
        return self._file.read(size)


def compress(path: Path, how: Format, target: Path, ctx: Context) -> None:
    """Pack one file, without an archive around it."""
    with paths.told(f"pack {path}"), path.open("rb") as file, _compressed(target, how) as packed:
        _pour(file, packed, ctx)


def archive(pieces: Sequence[Piece], how: Format, target: Path, ctx: Context) -> None:
    """Put all pieces, folders without what is in them, into one archive."""
    if how == "zip":
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as zipped:
            for piece in pieces:
                with paths.told(f"pack {piece.path}"), _nameable(piece):
                    _zip(piece, zipped, ctx)
        return
    with (
        _compressed(target, how) as packed,
        tarfile.open(
            fileobj=packed, mode="w", format=tarfile.GNU_FORMAT, errors="surrogateescape"
        ) as tar,
    ):
        for piece in pieces:
            with paths.told(f"pack {piece.path}"):
                _tar(piece, tar, ctx)


@contextmanager
def _compressed(target: Path, how: Format) -> Iterator[IO[bytes]]:
    with paths.told(f"write {target}"), target.open("wb") as file, _PACKED[how](file) as packed:
        yield packed


def _gzip(file: BinaryIO) -> IO[bytes]:
    # Without a name and a time in it, for which nobody asks.
    return gzip.GzipFile("", "wb", fileobj=file, mtime=0)  # type: ignore[return-value]  # it is one


_PACKED: Mapping[Format, Callable[[BinaryIO], IO[bytes]]] = {
    "bz2": partial(bz2.open, mode="wb"),
    "gz": _gzip,
    "tar": lambda file: file,
    "xz": partial(lzma.open, mode="wb"),
}


def _tar(piece: Piece, tar: tarfile.TarFile, ctx: Context) -> None:
    info = tar.gettarinfo(piece.path, piece.name)
    if piece.is_home:
        info.mtime = 0
    if not info.isreg():
        tar.addfile(info)
        return
    with piece.path.open("rb") as file:
        tar.addfile(info, _Watched(file, ctx))


@contextmanager
def _nameable(piece: Piece) -> Iterator[None]:
    try:
        yield
    except UnicodeEncodeError as error:
        msg = f"the name {piece.name!r} is no text, which a zip needs; a tar takes it as it is"
        raise TaskError(msg) from error


def _zip(piece: Piece, zipped: zipfile.ZipFile, ctx: Context) -> None:
    if piece.path.is_symlink():
        # As Info-ZIP stores links: the target is the content, be it there, a folder, or not.
        link = zipfile.ZipInfo(piece.name)
        link.external_attr = (stat.S_IFLNK | 0o777) << 16
        zipped.writestr(link, os.fsencode(piece.path.readlink()))
        return
    info = zipfile.ZipInfo.from_file(piece.path, piece.name, strict_timestamps=False)
    if piece.is_home:
        info.date_time = (1980, 1, 1, 0, 0, 0)
    if info.is_dir():
        zipped.writestr(info, b"")
    else:
        info.compress_type = zipfile.ZIP_DEFLATED
        with piece.path.open("rb") as file, zipped.open(info, "w") as packed:
            _pour(file, packed, ctx)


def _pour(file: BinaryIO, packed: IO[bytes], ctx: Context) -> None:
    watched = _Watched(file, ctx)
    while chunk := watched.read():
        packed.write(chunk)
