"""The local files that a step's `src` means, and where each of them goes."""

from __future__ import annotations

import glob
import os
import posixpath
import stat
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path, PurePath

from ..runner.dataclasses import dataclass
from ..runner.task import Context, TaskError
from . import paths
from .clients.transfer_plan import Item, NoMatch, means_folder
from .local_walk import Manner, is_meant, walk
from .reading import Reading, reading, reading_text


@dataclass(frozen=True, kw_only=True, slots=True)
class Source(Item):
    """A local file or folder, or a text in place of a file."""

    path: str | None = None
    text: bytes = b""

    def open(self) -> AbstractContextManager[Reading]:
        return reading_text(self.text) if self.path is None else reading(self.path)


def of_text(text: str, dest: str) -> dict[str, Source]:
    if means_folder(dest):
        raise TaskError(f"dest {dest} is a folder; content needs the name of a file")
    data = text.encode("utf-8", "surrogateescape")
    return {dest: Source(size=len(data), text=data)}


def each_file(
    src: str | list[str], dest: str, ctx: Context, manner: Manner
) -> Iterator[tuple[str, Source]]:
    """Give files with the paths, below `dest`, that they go to; a folder before what is in it."""
    several = not isinstance(src, str)
    for written in [src] if isinstance(src, str) else src:
        yield from _of_one(written, dest, ctx, manner, several=several)


def together(sources: Iterable[tuple[str, Source]]) -> dict[str, Source]:
    """Give each by its path; raises TaskError where two would go to the same."""
    found: dict[str, Source] = {}
    for path, source in sources:
        if (other := found.setdefault(path, source)).path != source.path:
            raise TaskError(f"{other.path} and {source.path} would both become {path}")
    return found


def _of_one(
    written: str, dest: str, ctx: Context, manner: Manner, *, several: bool
) -> Iterator[tuple[str, Source]]:
    matches = None if _exists(written, ctx) else _matches(written, ctx)
    if matches is not None:
        for path, relative in matches:
            if _is_meant(path, relative, manner):
                yield from _with_content(path, posixpath.join(dest, relative), manner)
        return
    path = ctx.find(written)
    into = (several or means_folder(dest)) and not written.endswith("/")
    yield from _with_content(path, posixpath.join(dest, _name(path)) if into else dest, manner)


def _is_meant(path: Path, relative: str, manner: Manner) -> bool:
    """Whether a match of a pattern is to be sent; `relative` is its path from the fixed part."""
    if path.is_symlink():
        root = os.path.realpath(str(path)[: -len(relative)])
        if not is_meant(str(path), root, manner.links):
            return False
    return manner.wanted.takes_all(relative, folder=path.is_dir())


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
    raise NoMatch(f"no file matches {pattern}; looked for\n{tried}")


def _fixed_part(pattern: PurePath) -> PurePath:
    magic = next(index for index, part in enumerate(pattern.parts) if glob.has_magic(part))
    return PurePath(*pattern.parts[:magic])


def _name(path: Path) -> str:
    return path.name if path.name not in ("", "..") else path.resolve().name


def _with_content(top: Path, dest: str, manner: Manner) -> Iterator[tuple[str, Source]]:
    dest = posixpath.normpath(dest)
    with paths.told(f"read {top}"):
        found = top.stat()
    if not stat.S_ISDIR(found.st_mode):
        if manner.wanted.takes(top.name, folder=False):
            yield dest, _source(str(top), found)
        return
    yield dest, _source(str(top), found)
    inside = "" if dest == "." else posixpath.join(dest, "")
    for relative, path, status in walk(str(top), manner):
        yield inside + relative, _source(path, status)


def _source(path: str, found: os.stat_result) -> Source:
    if stat.S_ISREG(found.st_mode):
        return Source(size=found.st_size, mtime=found.st_mtime, path=path)
    if stat.S_ISDIR(found.st_mode):
        return Source(folder=True, path=path)
    raise TaskError(f"{path} is neither a file nor a folder")
