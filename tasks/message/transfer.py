"""Content-Transfer-Encoding, undone piece by piece, however badly it was done."""

from __future__ import annotations

import binascii
import itertools
import re
import string
from collections.abc import Iterable, Iterator, Sequence

from . import uuencode

_BASE64 = (string.ascii_letters + string.digits + "+/=").encode()
_BASE64_AND_BLANK = _BASE64 + b" "
_NO_BASE64 = bytes(set(range(256)) - set(_BASE64))
# The alphabet that is safe in URLs; where signs of the other one stand as well, these are junk.
_OF_URLS = re.compile(rb"(?<=[A-Za-z0-9])[-_](?=[A-Za-z0-9])")
_FROM_URLS = bytes.maketrans(b"-_", b"+/")
# What a mailing list writes below a body that it takes for text: behind the padding, or, where
# there is none, as words or a rule behind an empty line; or what is left of a boundary.
_FOOTER = re.compile(
    rb"(?<![=\s])=[=\s]*+(?<=\n)(?=[A-Za-z0-9+/]*[^A-Za-z0-9+/=\r\n])"
    rb"|(?<!\s)\r?\n\r?\n(?=[A-Za-z0-9+/]+[ ]\S|[-_*]{3})|(?<!\s)\r?\n(?=--)"
)
_NO_LINES = (b"=", b"\n\n", b"\n\r\n")
_SAMPLE = 1000
# The decoder knows a soft line break; with blanks in it, or half an end of line, it does not.
_BLANKS_IN_BREAK = re.compile(rb"=[ \t]+(?=\r*\n)")
_HALF_A_BREAK = re.compile(rb"=\r(?!\r*\n)")
# Blanks at the end of a line were added on the way (RFC 2045, 6.7): those that are meant are coded.
_BLANKS_AT_END = re.compile(rb"(?<![ \t])[ \t]++(?=\r*\n)")
# Of two signs of equality, the first begins no escape; the decoder drops one.
_NO_ESCAPE = re.compile(rb"=(?==)")
_CUT_ESCAPE = re.compile(rb"=+[^\n=]{0,2}\Z")
_LONGEST_LINE = 65_536


def kind(header: bytes) -> str:
    """Name the encoding that a header means: base64, quoted-printable, uuencode or nothing."""
    said = header.lower().translate(None, b"-_ ")
    if b"base64" in said:
        return "base64"
    if b"quoted" in said:
        return "quoted-printable"
    return "uuencode" if b"uue" in said or said == b"xuu" else ""


def decoded(encoding: str, pieces: Iterator[bytes]) -> Iterator[bytes]:
    """Undo an encoding as named by `kind`."""
    if encoding == "base64":
        first = next(pieces, b"")
        pieces = itertools.chain([first], pieces)
        return base64(pieces) if _may_be_base64(first) else pieces
    if encoding == "quoted-printable":
        return _quoted_printable(pieces)
    if encoding == "uuencode":
        return uuencode.content(pieces)
    return pieces


def _may_be_base64(data: bytes) -> bool:
    """Tell base64 with junk in it from what is no base64 at all, whatever is said of it."""
    footer = _FOOTER.search(data, 0, _SAMPLE)
    lines = data[: footer.end() if footer else _SAMPLE]
    sample = lines.translate(None, b"\r\n\t")
    junk = len(sample.translate(None, _BASE64_AND_BLANK))
    if sample.count(b" ") * 30 > len(sample) and not _is_in_fours(lines.split()[:-1]):
        return False
    return junk * 6 <= len(sample)


def _is_in_fours(words: Sequence[bytes]) -> bool:
    return sum(len(word) % 4 > 0 for word in words) * 10 <= len(words)


def base64(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Decode base64 that may hold junk, lack padding or be several pieces on end."""
    rest = b""
    for piece in pieces:
        data = rest + piece
        quick, begin = _whole_lines(data)
        footer = _FOOTER.search(data, begin)
        others = _in_one_alphabet(data[begin : footer.end() if footer else None])
        *ended, open_end = others.translate(None, _NO_BASE64).split(b"=")
        whole = len(open_end) - len(open_end) % 4
        rest = open_end[whole:]
        yield quick + b"".join(map(_unpadded, [*filter(None, ended), open_end[:whole]]))
        if footer:
            break
    yield _unpadded(rest)


def _in_one_alphabet(data: bytes) -> bytes:
    is_safe = b"+" not in data and b"/" not in data and _OF_URLS.search(data)
    return data.translate(_FROM_URLS) if is_safe else data


def _whole_lines(piece: bytes) -> tuple[bytes, int]:
    """Decode the lines of base64 as it should be, at once; tells how far that went."""
    if b"-" in piece or b"_" in piece:
        return b"", 0
    stops = [piece.find(sign) for sign in _NO_LINES if sign in piece]
    end = piece.rfind(b"\n", 0, min(stops, default=len(piece))) + 1
    try:
        return binascii.a2b_base64(piece[:end]), end
    except binascii.Error:
        return b"", 0


def _unpadded(piece: bytes) -> bytes:
    if len(piece) % 4 == 1:
        piece = piece[:-1]
    return binascii.a2b_base64(piece + b"=" * (-len(piece) % 4))


def _quoted_printable(pieces: Iterable[bytes]) -> Iterator[bytes]:
    rest = b""
    for piece in pieces:
        data = rest + piece
        end = data.rfind(b"\n", -_LONGEST_LINE) + 1
        if not end:
            cut = _CUT_ESCAPE.search(data, max(0, len(data) - 8))
            end = cut.start() if cut else len(data)
        rest = data[end:]
        yield _unquoted(data[:end])
    yield _unquoted(rest)


def _unquoted(data: bytes) -> bytes:
    data = _BLANKS_AT_END.sub(b"", _BLANKS_IN_BREAK.sub(b"=", data))
    if b"=\r" in data:
        data = _HALF_A_BREAK.sub(b"", data)
    return binascii.a2b_qp(_NO_ESCAPE.sub(b"=3D", data) if b"==" in data else data)
