"""The files in a mail: what each is called and where its bytes are."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cached_property
from pathlib import PurePosixPath

from ...runner.dataclasses import dataclass, field
from . import charsets, uuencode, words
from .head import subject
from .part import Part

_SUFFIXES = {
    "message/delivery-status": ".txt",
    "text/plain": ".txt",
    "text/html": ".html",
    "text/calendar": ".ics",
    "text/rfc822-headers": ".txt",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "application/pdf": ".pdf",
}
_FILE_NAME = re.compile(r"[^/\\:]{1,200}\.[A-Za-z0-9]{1,5}\Z")
_HEAD_OF_MAIL = 65_536


@dataclass(frozen=True)
class Attachment:
    """A file in a mail; `name` is as the sender wrote it, so never a path to write to."""

    name: str
    type: str
    cid: str
    is_inline: bool
    """Shown in the text, say as a picture, rather than beside it."""
    body: Part | bytes = field(repr=False)
    """A part is decoded when it is asked for: the bytes of the message must still be there."""

    @cached_property
    def content(self) -> bytes:
        return self.body.content() if isinstance(self.body, Part) else self.body

    def pieces(self) -> Iterator[bytes]:
        """The content piece by piece, of any size."""
        return self.body.pieces() if isinstance(self.body, Part) else iter([self.body])


def of_part(part: Part, number: int, likely: str) -> Attachment:
    """Describe a part; `likely` is the charset of a name that names none."""
    return Attachment(
        name=file_name(part, likely) or _name_for(part, number),
        type=part.type,
        cid=part.cid,
        is_inline=_is_inline(part),
        body=part,
    )


def of_uuencode(file: uuencode.File, likely: str) -> Attachment:
    """Describe a file that stood in a text."""
    name = charsets.decode(file.name, likely=likely)[0]
    return Attachment(name, "application/octet-stream", "", is_inline=False, body=file.content)


def file_name(part: Part, likely: str) -> str:
    """Find the name that a part's headers give it, wherever; empty if there is none."""
    return (
        part.disposition.text("filename", likely)
        or part.parameters.text("name", likely)
        or part.disposition.text("name", likely)
        or part.parameters.text("filename", likely)
        or _name_in(part.header("content-location"), likely)
        or _name_in(part.header("content-description"), likely)
    )


def _name_in(value: bytes, likely: str) -> str:
    """Take a name from a header that may hold one, if it looks like one."""
    name = PurePosixPath(words.decode(value, likely)).name if value else ""
    return name if _FILE_NAME.match(name) else ""


def _is_inline(part: Part) -> bool:
    said = part.disposition.main
    return said == "inline" or (said != "attachment" and bool(part.cid))


def _name_for(part: Part, number: int) -> str:
    if part.is_mail:
        return f"{subject(part.content(_HEAD_OF_MAIL)) or f'part-{number}'}.eml"
    return f"part-{number}{_SUFFIXES.get(part.type, '.bin')}"
