"""Files that stand in the text of a mail as yEnc, between `=ybegin … name=NAME` and `=yend`."""

from __future__ import annotations

import re

from .uuencode import File

# Of a file in several parts, this is one; where it belongs stands in a line of its own.
_FILE = re.compile(
    rb"^=ybegin [^\r\n]{0,200}?\bname=(?P<name>[^\r\n]{1,1000})\r?\n(?:=ypart [^\r\n]{1,200}\r?\n)?"
    rb"(?P<coded>(?:(?!=y)[^\n]*+\n)*+)=yend[^\n]*+(?:\n|\Z)",
    re.MULTILINE,
)
_PLAIN = bytes((byte - 42) % 256 for byte in range(256))
_ESCAPED = bytes((byte - 42 - 64) % 256 for byte in range(256))


def split(text: bytes) -> tuple[bytes, list[File]]:
    """Part a text from the files in it."""
    if b"=ybegin" not in text:
        return text, []
    files = [
        File(found["name"].strip(), _decoded(found["coded"])) for found in _FILE.finditer(text)
    ]
    return _FILE.sub(b"", text), files


def _decoded(coded: bytes) -> bytes:
    plain, *escaped = coded.translate(None, b"\r\n").split(b"=")
    others = (each[:1].translate(_ESCAPED) + each[1:].translate(_PLAIN) for each in escaped)
    return plain.translate(_PLAIN) + b"".join(others)
