"""The files that go with a letter: found, read once for all mails of a run, given their names."""

from __future__ import annotations

import glob
import os
from collections.abc import Sequence
from pathlib import Path

from ..runner.task import Context, TaskError
from .mail_parameters import Attachment
from .mail_shelf import contents
from .message import charsets
from .message.file import Content, File


def attached(given: Sequence[str | Attachment], ctx: Context) -> list[File]:
    """Make the attachments that are asked for, in their order; those of a pattern by name."""
    return [
        file
        for entry in given
        for file in _attached(Attachment(path=entry) if isinstance(entry, str) else entry, ctx)
    ]


def _attached(wanted: Attachment, ctx: Context) -> list[File]:
    if (wanted.path is None) == (wanted.content is None):
        raise TaskError("attachments: give each either `path` or `content`")
    if wanted.path is None:
        return [_written(wanted)]
    found = _found(wanted.path, ctx)
    if wanted.name and len(found) > 1:
        raise TaskError(
            f"attachments: {len(found)} files match {wanted.path}, and all would be called"
            f" {wanted.name}; leave out `name`"
        )
    return [
        File(
            name=wanted.name or _name(path),
            content=contents(path, ctx),
            type=wanted.content_type or "",
            charset=wanted.charset or "",
        )
        for path in found
    ]


def _written(wanted: Attachment) -> File:
    if not wanted.name:
        raise TaskError("attachments: what is given as `content` needs a `name`")
    charset = wanted.charset or "utf-8"
    try:
        data = (wanted.content or "").encode(charset)
    except (UnicodeError, LookupError) as error:
        raise TaskError(f"attachments: {wanted.name} cannot be written as {charset}") from error
    return File(
        name=wanted.name,
        content=Content(data),
        type=wanted.content_type or "",
        charset=charset,
    )


def picture(cid: str, path: str, ctx: Context) -> File:
    """Make the picture that HTML shows as `cid:…`."""
    found = ctx.find(path)
    return File(name=_name(found), content=contents(found, ctx), cid=cid)


def _found(written: str, ctx: Context) -> list[Path]:
    """Find a file, or those that a pattern matches in the first folder where it does."""
    if not glob.has_magic(written):
        return [ctx.find(written)]
    wanted = Path(written).expanduser()
    places = dict.fromkeys(folder / part for folder in ctx.search_path for part in ("files", ""))
    for place in places:
        if (place / wanted).is_file():
            return [place / wanted]
        names = glob.glob(str(wanted), root_dir=place, recursive=True)  # noqa: PTH207  # pathlib's skips no dot files
        if files := [place / name for name in sorted(names) if (place / name).is_file()]:
            return files
    tried = "\n".join(f"  {place / wanted}" for place in places)
    raise TaskError(f"attachments: no file matches {written}; looked for\n{tried}")


def _name(path: Path) -> str:
    """Read a file's name, which on old disks is in another charset than UTF-8."""
    return charsets.decode(os.fsencode(path.name))[0]
