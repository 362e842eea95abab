"""Attachments into a folder, under names that are safe whatever the sender wrote."""

from __future__ import annotations

import hashlib
import re
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from ..runner.dataclasses import dataclass, field
from ..runner.task import TaskError
from .message.filing import Folder, safe_name

if TYPE_CHECKING:
    from .message.attachments import Attachment
    from .message.read import Mail

_FIELD = re.compile(r"\{(\w*)\}")
_FIELDS = ("name", "stem", "suffix", "date", "from", "from_name", "subject", "uid")
_SEPARATORS = re.compile(r"[/\\]")
_LONGEST_VALUE = 80


@dataclass(frozen=True, kw_only=True)
class AttachmentsTo:
    path: Annotated[str, "The folder."]
    name: Annotated[
        str,
        "What to call each: may hold {name} or {stem}{suffix}, {date} (of the mail), {from} (an"
        " address), {from_name}, {subject}, {uid}; a slash in it makes a folder.",
    ] = "{name}"
    include: Annotated[
        list[str], "Save only files whose name or type matches one of these, as *.pdf or image/*."
    ] = field(default_factory=list)
    exclude: Annotated[list[str], "Leave out files whose name or type matches one of these."] = (
        field(default_factory=list)
    )


@dataclass(frozen=True)
class Saved:
    """An attachment, and where it lies if it was saved."""

    attachment: Attachment
    size: int
    sha256: str
    path: Path | None = None
    is_new: bool = False


class AttachmentFolders:
    """Saves what is wanted; with `to` None nothing is."""

    def __init__(self, to: AttachmentsTo | None, base: Path, *, check: bool) -> None:
        self._to = to
        self._base = base
        self._check = check
        self._folders: dict[Path, Folder] = {}
        if to:
            _check_template(to.name)

    def save(self, mail: Mail, uid: str) -> list[Saved]:
        return [self._save(attachment, mail, uid) for attachment in mail.attachments]

    def _save(self, attachment: Attachment, mail: Mail, uid: str) -> Saved:
        size, sha256 = _measured(attachment)
        if not (self._to and _is_wanted(self._to, attachment)):
            return Saved(attachment, size, sha256)
        if self._check:
            return Saved(attachment, size, sha256, is_new=True)
        *above, name = _path(self._to.name, _values(attachment, mail, uid))
        path, is_new = self._folder(self._base.joinpath(*above)).store(name, attachment.pieces())
        return Saved(attachment, size, sha256, path, is_new)

    def _folder(self, path: Path) -> Folder:
        return self._folders.setdefault(path, Folder(path))

    def sync(self) -> None:
        """Let all that was saved be on the disk."""
        for folder in self._folders.values():
            folder.sync()


def _measured(attachment: Attachment) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    for piece in attachment.pieces():
        size += len(piece)
        digest.update(piece)
    return size, digest.hexdigest()


def _is_wanted(to: AttachmentsTo, attachment: Attachment) -> bool:
    return not _matches(to.exclude, attachment) and (
        not to.include or _matches(to.include, attachment)
    )


def _matches(patterns: list[str], attachment: Attachment) -> bool:
    name, kind = attachment.name.casefold(), attachment.type.casefold()
    return any(
        fnmatchcase(kind if "/" in pattern else name, pattern.casefold()) for pattern in patterns
    )


# Names ------------------------------------------------------------------------------------------


def _check_template(template: str) -> None:
    unknown = [name for name in _FIELD.findall(template) if name not in _FIELDS]
    if unknown or "{" in _FIELD.sub("", template):
        known = ", ".join(f"{{{name}}}" for name in _FIELDS)
        raise TaskError(f"attachments_to: name may hold {known}; {template!r} holds something else")
    if any(part.strip(" .") == "" for part in template.split("/")):
        raise TaskError(f"attachments_to: name {template!r} leads out of the folder or nowhere")


def _values(attachment: Attachment, mail: Mail, uid: str) -> dict[str, str]:
    name = Path(safe_name(attachment.name, "attachment"))
    sender = mail.sender[0] if mail.sender else None
    return {
        "name": name.name,
        "stem": name.stem,
        "suffix": name.suffix,
        "date": mail.date[:10] or "undated",
        "from": sender.address if sender else "",
        "from_name": (sender.name or sender.address) if sender else "",
        "subject": mail.subject,
        "uid": uid,
    }


def _path(template: str, values: dict[str, str]) -> list[str]:
    """Render a template; no value can bring a folder of its own."""
    *above, name = (
        _FIELD.sub(lambda found: _tame(found[1], values), part) for part in template.split("/")
    )
    return [*(safe_name(part, "unknown") for part in above), safe_name(name, "attachment")]


def _tame(name: str, values: dict[str, str]) -> str:
    value = _SEPARATORS.sub("_", values[name])
    return value if name in ("name", "stem", "suffix") else value[:_LONGEST_VALUE].strip()
