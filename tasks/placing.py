"""What copy and template have in common: where a file goes, how, and what is told of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from ..runner.dataclasses import dataclass, replace
from ..runner.task import Context, Mode, Result, TaskError
from . import files, folders, paths, permissions
from .content import Content, checksums
from .files import Manner, Placed

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

RETURNS = {
    "dest": "Where the file lies now.",
    "path": "The same, if the content was there already.",
    "checksum": "Its SHA-1.",
    "md5sum": "Its MD5.",
    "backup_file": "Where the old file was kept, when there was one and `backup` is set.",
    **paths.DESCRIBED,
}
RETURNS_OF_WRITTEN = {
    **RETURNS,
    "md5sum": "Its MD5, if it was written.",
    "diff": "What is different, with `--diff`; otherwise an empty list.",
}
"""Of what goes through `diffed`."""


@dataclass(frozen=True, kw_only=True)
class Placing(permissions.Ownership):
    """The parameters that copy and template share."""

    dest: Annotated[str, "Where to. A slash at the end means: into this folder."]
    mode: Annotated[
        Mode | Literal["preserve"] | None,
        'Permissions, as `"0644"` or `u=rw,go=r`; `preserve` takes the source\'s. '
        "By default an existing file keeps its own.",
    ] = None
    backup: Annotated[bool, "Keep the old file, under a name with the time."] = False
    force: Annotated[bool, "Replace a file that differs; otherwise only write what is new."] = True
    validate: Annotated[
        str | None, "A command that must succeed before the file counts; `%s` is its name."
    ] = None
    follow: Annotated[bool, "If `dest` is a link to a file that is there, write to that."] = False


def manner(params: Placing, source: Path | None, dest: Path) -> Manner:
    """How the parameters want a file to be put in its place."""
    try:
        access = permissions.wanted(_mode(params, source), params)
    except TaskError as error:
        raise TaskError(error.msg, path=str(dest), **paths.describe(dest)) from error
    return Manner(
        access=access,
        backup=params.backup,
        force=params.force,
        validate=params.validate,
        follow=params.follow and paths.status(dest, follow=True) is not None,
        unsafe=params.unsafe_writes,
    )


def _mode(params: Placing, source: Path | None) -> str | None:
    if params.mode != "preserve":
        return params.mode
    if source is None:
        return "0600"  # As a text has no mode of its own, Ansible takes its temporary file's.
    with paths.told(f"look at {source}"):
        return paths.mode_text(source.stat().st_mode)


def target(params: Placing, name: str, folder_mode: str | None, ctx: Context) -> Path:
    """Where a file called `name` goes; a folder that is to hold it is made."""
    found = goal(params, name, ctx)
    if found != ctx.path(params.dest):
        folders.make(found.parent, permissions.wanted(folder_mode, params), check=ctx.check)
    return found


def goal(params: Placing, name: str, ctx: Context) -> Path:
    """The same, and nothing is made."""
    dest = ctx.path(params.dest)
    return dest / name if params.dest.endswith("/") or paths.is_folder(dest) else dest


def diffed(result: Result) -> Result:
    """As Ansible has it of what comes from here.

    `diff` is there without a diff, too, and `md5sum` only of what was written.
    """
    data = {**result.data, "diff": []}
    if "path" in data:
        data.pop("md5sum", None)
    return replace(result, data=data)


def deliver(content: Content, dest: Path, how: Manner, ctx: Context) -> Result:
    """Put one file in its place and tell about it."""
    sums = checksums(content, ctx)
    try:
        placed = files.place(content, dest, how, ctx)
    except TaskError as error:
        error.data = {"checksum": sums["checksum"], **error.data}
        raise
    return told(placed, sums)


def told(placed: Placed, sums: Mapping[str, object]) -> Result:
    """What there is to tell of a file that was put in its place."""
    data = {"dest": str(placed.path), **sums, **paths.describe(placed.path)}
    if not placed.written:
        data["path"] = str(placed.path)
    if placed.backup:
        data["backup_file"] = str(placed.backup)
    return Result(changed=placed.changed, data=data, diff=placed.diff)
