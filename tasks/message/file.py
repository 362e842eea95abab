"""A file that goes with a letter, and its bytes, made ready once for any number of mails."""

from __future__ import annotations

import binascii
import hashlib
import re
from functools import cache, cached_property
from io import BytesIO
from typing import TYPE_CHECKING

from ...runner.dataclasses import dataclass, field

if TYPE_CHECKING:
    from mimetypes import MimeTypes

_LINES = rb"(?:(?!From )[\t\x20-\x7e]{0,998}\r\n)+\Z"
_WIDTH = 76
_BLOCK = 1000 * _WIDTH // 4 * 3
_ANY_BYTES = "application/octet-stream"
MESSAGE = "message/rfc822"


@dataclass(frozen=True)
class Content:
    """Bytes that many mails may share; what is made of them is made once."""

    data: bytes = field(repr=False)

    @cached_property
    def base64(self) -> bytes:
        """The bytes as lines of base64."""
        return base64_lines(self.data)

    @cached_property
    def digest(self) -> bytes:
        return hashlib.sha256(self.data).digest()

    @cached_property
    def is_utf_8(self) -> bool:
        """Whether it is text beyond ASCII that can be nothing but UTF-8."""
        try:
            self.data.decode()
        except UnicodeError:
            return False
        return not self.data.isascii()

    @cached_property
    def is_lines(self) -> bool:
        """Whether it can be part of a mail as it is: short lines of ASCII that end in CRLF."""
        return re.match(_LINES, self.data) is not None


@dataclass(frozen=True, kw_only=True)
class File:
    """An attachment, or, with a `cid`, a picture that HTML shows."""

    name: str
    content: Content
    type: str = ""
    charset: str = ""
    cid: str = ""

    @property
    def media_type(self) -> str:
        """The type that was given, or that of the name's suffix."""
        found = self.type or _types().guess_type(self.name)[0] or _ANY_BYTES
        # A message may not be base64; one that needs it goes as a file that holds a message.
        return found if found != MESSAGE or self.content.is_lines else _ANY_BYTES

    @property
    def said_charset(self) -> str:
        """The charset that was given, or that a text shows by itself."""
        if self.charset or not self.media_type.startswith("text/"):
            return self.charset
        return "utf-8" if self.content.is_utf_8 else ""


@cache
def _types() -> MimeTypes:
    """Python's own table of types: the system's differs from one machine to the next."""
    from mimetypes import MimeTypes

    return MimeTypes(filenames=())


def base64_lines(data: bytes) -> bytes:
    """Encode as lines that end in CRLF; many lines at a time, as each takes room meanwhile."""
    lines = BytesIO()
    for start in range(0, len(data), _BLOCK):
        block = binascii.b2a_base64(data[start : start + _BLOCK], newline=False)
        cut = (block[at : at + _WIDTH] for at in range(0, len(block), _WIDTH))
        lines.write(b"\r\n".join([*cut, b""]))
    return lines.getvalue()
