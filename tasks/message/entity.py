"""The parts of a message, each a list of pieces that end in CRLF; the first piece is its head.

Everything leaves as 7-bit lines of at most 998 bytes, so no server has to change it on the way.
"""

from __future__ import annotations

import binascii
import codecs
import re
import secrets
from collections.abc import Iterable, Sequence
from functools import lru_cache

from ...runner.task import TaskError
from ..clients.lines import one_line
from ..encoding_names import no_encoding
from . import fields, parameters
from .file import MESSAGE, File, base64_lines

Entity = list[bytes]

_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+\Z", re.ASCII)
_OF_PARTS = ("multipart/", "message/")
_PLAIN = bytes([*b"\t\n", *range(0x20, 0x7F)])
_LONGEST_LINE = 998
_LINE_ENDS = re.compile(r"\r\n?")
_PYTHON_ONLY = ("idna", "raw-unicode-escape")
_CHARSET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,39}\Z")


def joined(kind: str, parts: Sequence[Entity], *more: str) -> Entity:
    """Make one entity of several; `more` are parameters of its type."""
    # "=_" can stand in no base64 and no quoted-printable text; the rest nobody can foretell.
    boundary = f"=_{secrets.token_hex(12)}"
    pieces = [f"multipart/{kind};", *(f"{each};" for each in more), f'boundary="{boundary}"']
    head = fields.fold("Content-Type", pieces)
    divider = f"--{boundary}\r\n".encode()
    entity = [f"{head}\r\n".encode()]
    for part in parts:
        entity += [divider, *part, b"\r\n"]
    return [*entity, f"--{boundary}--\r\n".encode()]


def of_text(field: str, text: str, subtype: str, charset: str) -> Entity:
    """Make a part of a text; raises TaskError, which names the field, for what it cannot hold."""
    try:
        data = (_LINE_ENDS.sub("\n", text) if "\r" in text else text).encode(charset)
    except UnicodeEncodeError as error:
        raise TaskError(fields.lacking(field, error)) from error
    encoding, body = _transfer(data)
    return of_bytes([f"text/{subtype};", f'charset="{charset}"'], encoding, body)


def _transfer(data: bytes) -> tuple[str, bytes]:
    """Choose the transfer encoding: the one a person can read, unless another is smaller.

    Each keeps the end of the text as it is: with or without a last line break.
    """
    if _is_seven_bit(data):
        return "7bit", data.replace(b"\n", b"\r\n")
    quoted = binascii.b2a_qp(data)
    if len(quoted) > len(data) * 1.5:
        return "base64", base64_lines(data)
    # Mailboxes of the mbox kind change a line that starts with "From ".
    quoted = (b"\n" + quoted).replace(b"\nFrom ", b"\nF=\nrom ")[1:]
    end = b"" if quoted.endswith(b"\n") else b"=\n"
    return "quoted-printable", (quoted + end).replace(b"\n", b"\r\n")


def _is_seven_bit(data: bytes) -> bool:
    """Whether these are lines that every server takes as they are; a pattern is much slower."""
    return (
        not data.translate(None, _PLAIN)
        and not data.startswith(b"From ")
        and b"\nFrom " not in data
        and (data.endswith(b"\n") or not data)
        and not _has_long_line(data)
    )


def _has_long_line(data: bytes) -> bool:
    at = 0
    while len(data) - at > _LONGEST_LINE:
        at = data.rfind(b"\n", at, at + _LONGEST_LINE + 1) + 1
        if not at:
            return True
    return False


def of_file(file: File, filename_encoding: str) -> Entity:
    """Make a part of a file."""
    one_line("the name of an attachment", file.name)
    kind = file.media_type
    is_message = kind == MESSAGE
    if not _TYPE.match(kind) or (kind.startswith(_OF_PARTS) and not is_message):
        raise TaskError(f"content_type: {kind!r} is no type of a file; write it like text/csv")
    content_type = [[kind]]
    if charset := file.said_charset:
        checked_charset("the charset of an attachment", charset)
        content_type.append([f'charset="{charset}"'])
    if filename_encoding != "rfc2231":
        content_type.append(_name("name", file.name, filename_encoding))
    filename = _name("filename", file.name, filename_encoding)
    place = "inline" if file.cid else "attachment"
    more = [fields.fold("Content-Disposition", _separated([[place], filename]))]
    if file.cid:
        more.append(fields.fold("Content-ID", [f"<{file.cid}>"]))
    if is_message:
        return of_bytes(_separated(content_type), "7bit", file.content.data, more)
    return of_bytes(_separated(content_type), "base64", file.content.base64, more)


def _separated(parameters: Sequence[list[str]]) -> list[str]:
    return [
        f"{piece};" if position == len(parameter) and parameter is not parameters[-1] else piece
        for parameter in parameters
        for position, piece in enumerate(parameter, 1)
    ]


def _name(parameter: str, name: str, encoding: str) -> list[str]:
    try:
        return parameters.write(parameter, name, encoding)
    except UnicodeEncodeError as error:
        raise TaskError(fields.lacking(f"the name of the attachment {name}", error)) from error


def of_bytes(
    content_type: Iterable[str], encoding: str, body: bytes, more: Iterable[str] = ()
) -> Entity:
    """Make a part of a body that is encoded already."""
    head = _head(tuple(content_type), encoding, "".join(more))
    return [head, body] if body else [head]


@lru_cache(maxsize=64)  # of a loop many mails are alike in all but their texts
def _head(content_type: Iterable[str], encoding: str, more: str) -> bytes:
    head = fields.fold("Content-Type", content_type)
    return f"{head}Content-Transfer-Encoding: {encoding}\r\n{more}\r\n".encode("ascii")


@lru_cache
def checked_charset(field: str, charset: str) -> str:
    """Give the name of a charset back, or raise TaskError."""
    try:
        known = _CHARSET.match(charset) and "=\n".encode(charset) == b"=\n"
        known = known and codecs.lookup(charset).name not in _PYTHON_ONLY
    except (LookupError, ValueError):
        known = False
    if not known:
        raise no_encoding(f"{field}: {charset!r} is no charset for mail", charset)
    return charset


def checked_filename_encoding(field: str, encoding: str) -> None:
    """Raise TaskError for what is neither one of the standards nor a charset."""
    if encoding not in ("rfc2231", "rfc2047"):
        checked_charset(field, encoding)
