"""Pack files and folders into an archive, or one file into a compressed one."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from fnmatch import fnmatch
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Annotated

from ..runner.dataclasses import dataclass, field
from ..runner.task import Context, Mode, Repeat, Result, TaskError
from . import files, folders, packing, paths, permissions
from .alone import alone
from .content import Content
from .files import Manner, Placed
from .packing import Format, Piece
from .word_list import Words

SUPPORTS_CHECK = True
RETURNS = {
    "dest": "The archive.",
    "dest_state": "`archive`, `compress` for a single file, `incomplete` if a path is missing.",
    "archived": "The files that are in it.",
    "missing": "The paths that were not there.",
    "arcroot": "The folder that the names in the archive begin from.",
    "expanded_paths": "The paths that the patterns of `path` stand for.",
    "expanded_exclude_paths": "Those of `exclude_path`.",
    **paths.DESCRIBED,
}
EXAMPLES = """\
- name: A folder
  archive:
    path: /srv/reports/2025
    dest: /srv/archive/2025.tar.gz

- name: Yesterday's logs, which are removed when they are packed
  archive:
    path: /var/log/app/*.log
    dest: /srv/archive/logs.zip
    format: zip
    remove: true

- name: One file, as report.csv.xz
  archive:
    path: /srv/reports/report.csv
    format: xz
"""


@dataclass(frozen=True, kw_only=True)
class Params(permissions.Ownership):
    path: Annotated[Words, "Files and folders, or glob patterns of such."]
    dest: Annotated[
        str | None, "The archive. For a single file it is by default that with `.gz` or the like."
    ] = None
    format: Annotated[
        Format, "How it is packed; what has several files in it is a tar, packed so, or a zip."
    ] = "gz"
    exclude_path: Annotated[Words, "Which of the paths are left out, or patterns of them."] = field(
        default_factory=list
    )
    exclusion_patterns: Annotated[
        Words | None, "Patterns of names, or of paths in the archive, that are left out."
    ] = None
    force_archive: Annotated[bool, "Make an archive of a single file too."] = False
    remove: Annotated[bool, "Remove what was packed."] = False
    mode: Annotated[Mode | None, "Permissions of the archive."] = None


@dataclass(frozen=True)
class _Sources:
    """What is to be packed."""

    expanded: Sequence[Path]
    excluded: Sequence[Path]

    @property
    def found(self) -> Sequence[Path]:
        return [path for path in self.expanded if os.path.lexists(path)]

    @property
    def missing(self) -> Sequence[str]:
        return [str(path) for path in self.expanded if not os.path.lexists(path)]

    @property
    def is_single_file(self) -> bool:
        return len(self.expanded) == 1 and self.expanded[0].is_file()

    @property
    def root(self) -> Path:
        """Where the names in the archive begin."""
        parents = [path.parent for path in self.expanded]
        return Path(os.path.commonpath(parents)) if parents else Path("/")


def _repeat(params: Params) -> Repeat:
    """What is left of sources that were half removed would take the place of the whole archive."""
    return "unsafe" if params.remove else "safe"


REPEAT = _repeat


def run(params: Params, ctx: Context) -> Result:
    if not params.remove:
        return _run(params, ctx)
    # What one host has not removed yet, another would put in the place of the whole archive.
    with alone(ctx.path(params.dest or [*params.path, "."][0]), ctx):
        return _run(params, ctx)


def _run(params: Params, ctx: Context) -> Result:
    excluded = _expanded(params.exclude_path, ctx)
    own = _place(ctx.path(params.dest)) if params.dest else None
    expanded = [path for path in _expanded(params.path, ctx, own) if path not in excluded]
    sources = _Sources(expanded, excluded)
    is_archive = not sources.is_single_file or params.force_archive
    dest = _dest(sources, params, ctx, is_archive=is_archive)
    told = _told(sources, dest, is_archive=is_archive or params.format in ("tar", "zip"))
    if not sources.found:
        return _nothing(sources, dest, told)
    if params.remove and any(_place(dest).is_relative_to(_place(top)) for top in sources.found):
        # The next run would put an archive of nothing in the place of all that is gone.
        words = "Error, created archive can not be contained in source paths when remove=true"
        raise TaskError(words, hint=f"give {dest} another folder")
    with paths.told(f"pack into {dest}"):
        pieces = list(_pieces(sources, dest, params))
    if not pieces:
        raise TaskError(
            f"nothing is left to pack into {dest}", hint="all is left out, or it itself"
        )
    archived = [str(piece.path) for piece in pieces if not _is_folder(piece.path)]
    placed = _packed(pieces, dest, params, ctx, is_archive=told["dest_state"] != "compress")
    return Result(
        changed=placed.changed or params.remove,
        data={**told, "archived": archived, **paths.describe(dest)},
        diff=placed.diff,
        warnings=_remove(pieces) if params.remove and not ctx.check else [],
    )


def _told(sources: _Sources, dest: Path, *, is_archive: bool) -> dict[str, object]:
    state = "incomplete" if sources.missing else "archive"
    return {
        "dest": str(dest),
        "dest_state": state if is_archive else "compress",
        "missing": sources.missing,
        "arcroot": str(sources.root).rstrip("/") + "/",
        "expanded_paths": [str(path) for path in sources.expanded],
        "expanded_exclude_paths": [str(path) for path in sources.excluded],
    }


def _nothing(sources: _Sources, dest: Path, told: dict[str, object]) -> Result:
    """Tell that what is to be packed is not there, as after an earlier run with `remove`."""
    if paths.status(dest) is None:
        hint = f"there is no {', no '.join(sources.missing) or 'path'}"
        raise TaskError("Error, no source paths were found", hint=hint)
    return Result(data={**told, "archived": [], **paths.describe(dest)})


def _place(path: Path) -> Path:
    """The one path of a file, through whichever links its folder is reached."""
    whole = Path(os.path.normpath(path))
    return Path(os.path.realpath(whole.parent), whole.name)


def _expanded(given: Words, ctx: Context, own: Path | None = None) -> list[Path]:
    """Every path once, and in order; a pattern that stands for nothing is a path of its own.

    No pattern means `own`, the archive of an earlier run.
    """
    found: dict[Path, None] = {}
    for text in given:
        path = os.path.normpath(ctx.path(text))
        names = sorted(glob.glob(path))  # noqa: PTH207  # of an absolute pattern
        for name in [each for each in names if each == path or _place(Path(each)) != own] or [path]:
            found[Path(name)] = None
    return list(found)


def _dest(sources: _Sources, params: Params, ctx: Context, *, is_archive: bool) -> Path:
    if params.dest is not None:
        return Path(os.path.normpath(ctx.path(params.dest)))
    if is_archive:
        words = 'Error, must specify "dest" when archiving multiple files or trees'
        raise TaskError(words)
    path = sources.expanded[0]
    return path.with_name(f"{path.name}.{params.format}")


def _pieces(sources: _Sources, dest: Path, params: Params) -> Iterator[Piece]:
    """What goes into the archive, once, but for itself; a folder comes before what is in it."""
    taken, left_out, root = {dest}, set[Path](), sources.root
    for top in sources.found:
        for path in _tree(top):
            name = str(path.relative_to(root))
            if path.parent in left_out or _is_excluded(name, params):
                left_out.add(path)
            elif path not in taken:
                taken.add(path)
                state = packing.state(path.lstat())
                yield Piece(path, name, state, is_home=path == dest.parent)


def _tree(top: Path) -> Iterator[Path]:
    """What may be packed: no pipes, no sockets, no devices."""
    if paths.is_special(top.lstat()):
        return
    yield top
    if _is_folder(top):
        with paths.told(f"read the folder {top}"):
            entries = list(folders.tree(top, top, follow=False))
        yield from sorted(entry.source for entry in entries if entry.kind != "special")


def _is_excluded(name: str, params: Params) -> bool:
    patterns = params.exclusion_patterns or ()
    return any(fnmatch(text, each) for each in patterns for text in (name, Path(name).name))


def _packed(
    pieces: Sequence[Piece], dest: Path, params: Params, ctx: Context, *, is_archive: bool
) -> Placed:
    with NamedTemporaryFile(dir=ctx.temp_dir()) as file:
        packed = Path(file.name)
        if is_archive:
            packing.archive(pieces, params.format, packed, ctx)
        else:
            packing.compress(pieces[0].path, params.format, packed, ctx)
        content = Content(str(dest), Content.of_file(packed).open)
        manner = Manner(access=permissions.wanted(params.mode, params))
        return files.place(content, dest, manner, ctx)


def _remove(pieces: Sequence[Piece]) -> list[str]:
    """Remove what was packed; a folder stays if something is left in it. Gives warnings."""
    warnings = []
    for piece in reversed(pieces):
        with paths.told(f"remove {piece.path}"):
            if _is_folder(piece.path):
                if not any(piece.path.iterdir()):
                    piece.path.rmdir()
            elif (found := paths.status(piece.path)) and packing.state(found) != piece.state:
                # A log, perhaps, to which somebody writes.
                warnings.append(f"{piece.path} stays: it has changed since it was packed")
            else:
                piece.path.unlink(missing_ok=True)
    return warnings


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()
