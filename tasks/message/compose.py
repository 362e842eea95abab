"""Make a message: right to the last byte, for any server, whatever it holds.

Everything leaves as 7-bit lines of at most 998 bytes that end in CRLF, so no server has to change
it on the way:

    multipart/mixed              if there are attachments
      multipart/alternative      if there is text and HTML
        text/plain
        multipart/related        if there are inline pictures
          text/html
          image/…                by its Content-ID
      application/…              an attachment each
"""

from __future__ import annotations

import binascii
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from functools import cached_property
from mimetypes import MimeTypes
from urllib.parse import unquote

from ...runner.task import TaskError
from ..clients.lines import one_line
from . import fields, parameters
from .addresses import Address

# The system's table of types differs from one machine to the next; Python's own does not.
_TYPES = MimeTypes(filenames=())
_TYPE = re.compile(r"[\w!#$&^.+-]+/[\w!#$&^.+-]+\Z", re.ASCII)
_CID = re.compile(r"[^\s<>\x00-\x20\x7f-\U0010ffff]+\Z")
_CID_IN_HTML = re.compile(r"""["'(=]\s*cid:([^"'\s>)]+)""", re.IGNORECASE)
_SEVEN_BIT = re.compile(rb"(?:(?!From )[\t\x20-\x7e]{0,998}\n)*\Z")
_LINE_ENDS = re.compile(r"\r\n?")
_CHARSET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,39}\Z")
_OWN_HEADERS = {"date", "mime-version"}
_PARAMETERS = {"from", "to", "cc", "bcc", "reply-to", "subject", "message-id"}


@dataclass(frozen=True, kw_only=True)
class File:
    """A file that goes with a letter."""

    name: str
    content: bytes = field(repr=False)
    type: str = ""
    charset: str = ""
    cid: str = ""

    @cached_property
    def base64(self) -> bytes:
        """The content as lines of base64, made once, however many mails it goes with."""
        return _base64(self.content)


@dataclass(frozen=True, kw_only=True)
class Letter:
    """What a person wants to send. Hidden receivers are no part of it."""

    sender: Address
    to: Sequence[Address] = ()
    cc: Sequence[Address] = ()
    reply_to: Sequence[Address] = ()
    subject: str = ""
    text: str = ""
    html: str = ""
    inline: Sequence[File] = ()
    attachments: Sequence[File] = ()
    headers: Sequence[tuple[str, str]] = ()
    message_id: str
    date: datetime
    charset: str = "utf-8"
    filename_encoding: str = "rfc2231"


def compose(letter: Letter) -> list[bytes]:
    """Make the bytes of a letter, in pieces that end in CRLF; raises TaskError if no mail can."""
    _check_charset("charset", letter.charset)
    if letter.filename_encoding not in ("rfc2231", "rfc2047"):
        _check_charset("filename_encoding", letter.filename_encoding)
    _check_pictures(letter)
    return [_head(letter).encode("ascii"), *_body(letter)]


def _head(letter: Letter) -> str:
    lines = [fields.people("From", [letter.sender])]
    for name, people in (("To", letter.to), ("Cc", letter.cc), ("Reply-To", letter.reply_to)):
        if people:
            lines.append(fields.people(name, people))
    lines += [
        fields.text("Subject", letter.subject, field="subject", charset=letter.charset),
        fields.text("Date", format_datetime(letter.date)),
        fields.text("Message-ID", letter.message_id, field="message_id"),
        "MIME-Version: 1.0\r\n",
        *(_own_header(name, value, letter.charset) for name, value in letter.headers),
    ]
    return "".join(lines)


def _own_header(name: str, value: str, charset: str) -> str:
    fields.checked_name("headers", name)
    known = name.lower()
    if known in _PARAMETERS:
        raise TaskError(f"headers: give {name} as `{known.replace('-', '_')}`, not as a header")
    if known in _OWN_HEADERS or known.startswith("content-"):
        raise TaskError(f"headers: {name} is set by this step and cannot be given")
    return fields.text(name, value, field=f"headers: {name}", charset=charset)


def _body(letter: Letter) -> list[bytes]:
    bodies = []
    if letter.text or not letter.html:
        bodies.append(_text(letter.text, "plain", letter.charset))
    if letter.html:
        page = _text(letter.html, "html", letter.charset)
        pictures = [_file(picture, letter.filename_encoding) for picture in letter.inline]
        bodies.append(_joined("related", [page, *pictures]))
    files = [_file(attachment, letter.filename_encoding) for attachment in letter.attachments]
    return _joined("mixed", [_joined("alternative", bodies), *files])


def _joined(kind: str, parts: Sequence[list[bytes]]) -> list[bytes]:
    if len(parts) == 1:
        return parts[0]
    # "=_" can stand in no base64 and no quoted-printable text.
    boundary = f"=_{secrets.token_hex(12)}"
    head = fields.fold("Content-Type", [f"multipart/{kind};", f'boundary="{boundary}"'])
    divider = f"--{boundary}\r\n".encode()
    pieces = [f"{head}\r\n".encode()]
    for part in parts:
        pieces += [divider, *part, b"\r\n"]
    return [*pieces, f"--{boundary}--\r\n".encode()]


def _text(text: str, subtype: str, charset: str) -> list[bytes]:
    try:
        data = _LINE_ENDS.sub("\n", text).encode(charset)
    except UnicodeEncodeError as error:
        raise TaskError(fields.lacking("html" if subtype == "html" else "body", error)) from error
    encoding, body = _transfer(data)
    return _part([f"text/{subtype};", f'charset="{charset}"'], encoding, body)


def _transfer(data: bytes) -> tuple[str, bytes]:
    """Choose the transfer encoding: the one a person can read, unless another is smaller.

    Each keeps the end of the text as it is: with or without a last line break.
    """
    if _SEVEN_BIT.match(data):
        return "7bit", data.replace(b"\n", b"\r\n")
    quoted = binascii.b2a_qp(data)
    if len(quoted) > len(data) * 1.5:
        return "base64", _base64(data)
    # Mailboxes of the mbox kind change a line that starts with "From ".
    quoted = (b"\n" + quoted).replace(b"\nFrom ", b"\nF=\nrom ")[1:]
    end = b"" if quoted.endswith(b"\n") else b"=\n"
    return "quoted-printable", (quoted + end).replace(b"\n", b"\r\n")


def _base64(data: bytes) -> bytes:
    encoded = binascii.b2a_base64(data, newline=False)
    return b"".join(encoded[at : at + 76] + b"\r\n" for at in range(0, len(encoded), 76))


def _file(file: File, filename_encoding: str) -> list[bytes]:
    one_line("the name of an attachment", file.name)
    kind = file.type or _TYPES.guess_type(file.name)[0] or "application/octet-stream"
    if not _TYPE.match(kind) or kind.startswith(("multipart/", "message/")):
        raise TaskError(f"content_type: {kind!r} is no type of a file; write it like text/csv")
    content_type = [[kind]]
    if file.charset:
        _check_charset("the charset of an attachment", file.charset)
        content_type.append([f'charset="{file.charset}"'])
    if filename_encoding != "rfc2231":
        content_type.append(_name("name", file.name, filename_encoding))
    filename = _name("filename", file.name, filename_encoding)
    place = "inline" if file.cid else "attachment"
    more = [fields.fold("Content-Disposition", _separated([[place], filename]))]
    if file.cid:
        more.append(fields.fold("Content-ID", [f"<{file.cid}>"]))
    return _part(_separated(content_type), "base64", file.base64, more)


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


def _part(
    content_type: list[str], encoding: str, body: bytes, more: Iterable[str] = ()
) -> list[bytes]:
    head = fields.fold("Content-Type", content_type)
    head += f"Content-Transfer-Encoding: {encoding}\r\n{''.join(more)}\r\n"
    return [head.encode("ascii"), body] if body else [head.encode("ascii")]


def _check_charset(field: str, charset: str) -> None:
    try:
        known = _CHARSET.match(charset) and "=\n".encode(charset) == b"=\n"
    except (LookupError, ValueError):
        known = False
    if not known:
        raise TaskError(f"{field}: {charset!r} is no charset for mail; leave it out for utf-8")


def _check_pictures(letter: Letter) -> None:
    wanted = {unquote(cid) for cid in _CID_IN_HTML.findall(letter.html)}
    given = [picture.cid for picture in letter.inline]
    for cid in given:
        if not _CID.match(cid):
            raise TaskError(f"inline: {cid!r} is no Content-ID; use letters and digits")
        if cid not in wanted:
            raise TaskError(f'inline: nothing in html shows {cid}; write <img src="cid:{cid}">')
    for cid in sorted(wanted.difference(given)):
        raise TaskError(f"html shows cid:{cid}, and inline gives no file for it")
