"""What the steps that edit a text file have in common: how it is read, and put in its place."""

from __future__ import annotations

import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

from ..runner.dataclasses import dataclass, replace
from ..runner.task import Alias, Check, Context, Diff, Mode, Result, TaskError
from . import files, folders, paths, permissions
from .content import Content
from .encoding_names import no_encoding
from .files import Manner
from .permissions import Access, Changes

RETURNS = {
    "path": "The file.",
    "backup_file": "Where the old file was kept, when it was changed and `backup` is set.",
}
DIFF = {"diff": "What is different, with `--diff`; otherwise only of which file it would be."}
_MISSING = 257
_FOLDER = 256


@dataclass(frozen=True, kw_only=True)
class Editing(permissions.Ownership):
    """The parameters that steps which edit a file share."""

    path: Annotated[str, "The file.", Alias("dest", "destfile", "name")]
    mode: Annotated[Mode | None, "Its permissions; by default it keeps those it has."] = None
    backup: Annotated[bool, "Keep the old file, under a name with the time."] = False
    validate: Annotated[
        str | None, "A command that must succeed before the file counts; `%s` is its name."
    ] = None
    encoding: Annotated[str, "How the file is written.", Check(_check_encoding)] = "utf-8"


@dataclass(frozen=True, kw_only=True)
class Creating(Editing):
    """The parameters of those that may begin a file."""

    create: Annotated[bool, "Make the file, and the folders that lead to it, if need be."] = False


@dataclass(frozen=True)
class Text:
    """What is in the file; bytes that are no text in its encoding are kept as they are."""

    path: Path
    text: str
    exists: bool = True

    def lines(self) -> list[str]:
        """Its lines with their ends; only a line feed ends one."""
        *lines, rest = self.text.split("\n")
        return [f"{line}\n" for line in lines] + ([rest] if rest else [])


def read(params: Editing, ctx: Context) -> Text:
    """Read the file; of one that is not there, the text is empty."""
    path = ctx.path(params.path)
    found = paths.status(path, follow=True)
    if found is None:
        return Text(path, "", exists=False)
    if not stat.S_ISREG(found.st_mode):
        what = "a directory" if stat.S_ISDIR(found.st_mode) else "no file"
        raise TaskError(f"Path {path} is {what} !", rc=_FOLDER)
    try:
        with paths.told(f"read {path}"):
            return Text(path, path.read_bytes().decode(params.encoding, "surrogateescape"))
    except LookupError as error:
        raise _unknown(params.encoding) from error
    except UnicodeError as error:
        raise TaskError(f"{path} is not written in {params.encoding}: {error}") from error


def read_present(params: Editing, ctx: Context, what: str = "Path") -> Text:
    """Read a file that must be there, unless the step may begin it; `what` Ansible calls it."""
    text = read(params, ctx)
    if text.exists or (isinstance(params, Creating) and params.create):
        return text
    hint = {"hint": "`create: true` makes it"} if isinstance(params, Creating) else {}
    raise TaskError(f"{what} {text.path} does not exist !", rc=_MISSING, **hint)


def _make_folder(folder: Path, *, check: bool) -> None:
    try:
        folders.make(folder, Access(), check=check)
    except TaskError as error:
        # In Ansible's words: playbooks look for them.
        raise TaskError(f"Error creating {folder}", hint=str(error)) from error


def save(before: Text, after: str, msg: str, params: Editing, ctx: Context) -> Result:
    """Put the edited text in the place of the file; `msg` says what is different in it."""
    content = Content.of_bytes(_encoded(after, params), f"{before.path} (edited)")
    if not before.exists:
        _make_folder(before.path.parent, check=ctx.check)
    access = permissions.wanted(params.mode, params)
    # Told before the file is placed: afterwards it has what is wanted.
    adjusted = _adjustments(before, access, check=ctx.check)
    manner = Manner(
        access=access,
        backup=params.backup,
        validate=params.validate,
        follow=True,
        unsafe=params.unsafe_writes,
        whole_diff=True,
    )
    try:
        placed = files.place(content, before.path, manner, ctx)
    except files.Invalid as error:
        raise error.in_one_line() from error
    said = [] if before.exists and after == before.text else [msg]
    said += ["ownership, perms or SE linux context changed"] if adjusted else []
    msg = " and ".join(said)
    backup = {"backup_file": str(placed.backup)} if placed.backup else {}
    data: dict[str, object] = {"msg": msg, "path": str(before.path), **backup}
    if isinstance(params, Creating) and not ctx.diff:
        data["diff"] = _undiffed(before.path, adjusted)
    diff = _diff(before.path, placed.diff, adjusted) if ctx.diff else ()
    return Result(changed=placed.changed, msg=msg, data=data, diff=diff)


def _adjustments(before: Text, access: Access, *, check: bool) -> Changes:
    if not before.exists:
        return {} if check else permissions.differences_of_new(access)
    return permissions.adjust(Path(os.path.realpath(before.path)), access, check=True)


def _undiffed(path: Path, changes: Changes) -> list[Mapping[str, object]]:
    """What `register` keeps where no diff is asked for, as in Ansible: all of it but the text."""
    text, facts = (
        {"before_header": f"{path} ({kind})", "after_header": f"{path} ({kind})"}
        for kind in ("content", "file attributes")
    )
    before, after = _sides(changes)
    return [
        {**text, "before": "", "after": ""},
        {**facts, "before": before, "after": after} if changes else facts,
    ]


def _diff(path: Path, placed: tuple[Diff, ...], changes: Changes) -> tuple[Diff, Diff]:
    """First the text, then what else is known of the file: as in Ansible, also if it stays."""
    texts = (each for each in placed if not isinstance(each.before, Mapping))
    before, after = _sides(changes)
    return (
        _named(next(texts, Diff(before="", after="")), f"{path} (content)"),
        _named(Diff(before=before, after=after), f"{path} (file attributes)"),
    )


def _sides(changes: Changes) -> tuple[Mapping[str, object], Mapping[str, object]]:
    before, after = ({name: each[side] for name, each in changes.items()} for side in (0, 1))
    return before, after


def _named(diff: Diff, name: str) -> Diff:
    return replace(diff, before_header=name, after_header=name)


def _encoded(text: str, params: Editing) -> bytes:
    try:
        return text.encode(params.encoding, "surrogateescape")
    except LookupError as error:
        raise _unknown(params.encoding) from error
    except UnicodeEncodeError as error:
        character = text[error.start]
        raise TaskError(f"{character!r} cannot be written in {params.encoding}") from error


def _check_encoding(_: str, name: str) -> None:
    try:
        "".encode(name)
    except LookupError as error:
        raise _unknown(name) from error


def _unknown(name: str) -> TaskError:
    return no_encoding(f"encoding: there is no encoding called {name!r}", name)


def bare(line: str) -> str:
    """Give a line without its end."""
    return line.rstrip("\r\n")
