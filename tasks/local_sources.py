"""The local files that a step's `src` means, and where each of them goes."""

from __future__ import annotations

import glob
import posixpath
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePath

from ..runner.task import Context, TaskError
from . import folders, paths
from .clients.transfer_plan import Item, means_folder

_BLOCK = 256 * 1024


@dataclass(frozen=True)
class Source:
    """A local file or folder, or a text in place of a file."""

    item: Item
    path: Path | None = None
    text: bytes = b""

    def blocks(self) -> Iterator[memoryview]:
        """Read it piece by piece; a piece is gone when the next is read."""
        if self.path is None:
            yield memoryview(self.text)
            return
        buffer = memoryview(bytearray(_BLOCK))
        with paths.told(f"read {self.path}"), self.path.open("rb", buffering=0) as file:
            while count := file.readinto(buffer):
                yield buffer[:count]


def of_text(text: str, dest: str) -> dict[str, Source]:
    if means_folder(dest):
        raise TaskError(f"dest {dest} is a folder; content needs the name of a file")
    data = text.encode("utf-8", "surrogateescape")
    return {dest: Source(Item(size=len(data)), text=data)}


def of_files(src: str | list[str], dest: str, ctx: Context) -> dict[str, Source]:
    """Give every file and folder with the path, below `dest`, that it goes to."""
    found: dict[str, Source] = {}
    for written in [src] if isinstance(src, str) else src:
        several = not isinstance(src, str)
        for path, source in _of_one(written, dest, ctx, several=several):
            target = posixpath.normpath(path)
            if (other := found.setdefault(target, source)) != source:
                raise TaskError(f"{other.path} and {source.path} would both become {target}")
    return found


def _of_one(
    written: str, dest: str, ctx: Context, *, several: bool
) -> Iterator[tuple[str, Source]]:
    matches = None if _exists(written, ctx) else _matches(written, ctx)
    if matches is not None:
        for path, relative in matches:
            yield from _with_content(path, posixpath.join(dest, relative))
        return
    path = ctx.find(written)
    into = (several or means_folder(dest)) and not written.endswith("/")
    yield from _with_content(path, posixpath.join(dest, _name(path)) if into else dest)


def _exists(written: str, ctx: Context) -> bool:
    if not glob.has_magic(written):
        return True
    try:
        ctx.find(written)
    except TaskError:
        return False
    return True


def _matches(pattern: str, ctx: Context) -> list[tuple[Path, str]]:
    """Expand a pattern in the first folder where it matches; `**` reaches any depth."""
    wanted = Path(pattern).expanduser()
    fixed = _fixed_part(wanted)
    places = [folder / part for folder in ctx.search_path for part in ("files", "")]
    for place in dict.fromkeys(places):
        names = glob.glob(str(wanted), root_dir=place, recursive=True)  # noqa: PTH207  # pathlib's skips no dot files
        if names:
            return [
                (place / name, PurePath(name).relative_to(fixed).as_posix())
                for name in sorted(names)
            ]
    tried = "\n".join(f"  {place / wanted}" for place in dict.fromkeys(places))
    raise TaskError(f"no file matches {pattern}; looked for\n{tried}")


def _fixed_part(pattern: PurePath) -> PurePath:
    magic = next(index for index, part in enumerate(pattern.parts) if glob.has_magic(part))
    return PurePath(*pattern.parts[:magic])


def _name(path: Path) -> str:
    return path.name if path.name not in ("", "..") else path.resolve().name


def _with_content(top: Path, dest: str) -> Iterator[tuple[str, Source]]:
    yield dest, _source(top)
    if top.is_dir():
        with paths.told(f"read {top}"):
            for entry in folders.tree(top, Path(), follow=True):
                if entry.kind == "link" and entry.source.is_dir():
                    raise TaskError(
                        f"{entry.source} is a link that leads back to a folder above it"
                    )
                yield posixpath.join(dest, entry.dest.as_posix()), _source(entry.source)


def _source(path: Path) -> Source:
    with paths.told(f"read {path}"):
        found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        return Source(Item(folder=True), path)
    if not stat.S_ISREG(found.st_mode):
        raise TaskError(f"{path} is neither a file nor a folder")
    return Source(Item(size=found.st_size, mtime=found.st_mtime), path)
