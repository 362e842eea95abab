"""Encoded words (RFC 2047): how text beyond ASCII stands in a header.

Written: each word at most 75 characters and whole by itself. Read: as real mail has them, split
inside a character, without padding, with spaces, in quotes, with raw bytes beside them.
"""

from __future__ import annotations

import binascii
import re
import string
from collections.abc import Iterator, Sequence
from itertools import chain, groupby

from . import charsets, transfer

_LONGEST = 75
# It ends in ?= or with the header; what holds =? is two words, the first without its end.
_WORD = re.compile(
    rb"=\?[ ]?([^?*\t\r\n]{0,60}?)(?:\*[^?\s]{0,20})?[ ]?\?[ ]?([bBqQ])[ ]?\?"
    rb"((?:[^?=]|=(?!\?[^=])|\?(?!=|\Z))*+)(?:\?=|\??\Z|(?==\?))"
)
_GAP = re.compile(rb"[ \t\r\n]*\Z")
_FOLD = re.compile(rb"\r*\n(?:[ ]|\t+)")
_LINE_BREAK = re.compile(rb"[\r\n]+")
_CONTROL = re.compile("[\r\n\0]+")
_LETTERS = (string.ascii_letters + string.digits).encode()
_URL_SAFE = bytes.maketrans(b"-_", b"+/")
_IN_Q = [chr(byte) if byte in _LETTERS + b"!*+-/" else f"={byte:02X}" for byte in range(256)]
_IN_Q[ord(" ")] = "_"


def encode(text: str, charset: str = "utf-8") -> list[str]:
    """Write text as encoded words; raises UnicodeEncodeError if the charset lacks a character."""
    whole = text.encode(charset)
    letter = min("BQ", key=lambda letter: len(_payload(whole, letter)))
    room = _LONGEST - len(f"=?{charset}?{letter}??=")
    words, start = [], 0
    while start < len(text):
        end = _longest_fit(text, start, room, charset, letter)
        words.append(f"=?{charset}?{letter}?{_payload(text[start:end].encode(charset), letter)}?=")
        start = end
    return words


def _longest_fit(text: str, start: int, room: int, charset: str, letter: str) -> int:
    end = min(len(text), start + room)
    while end > start + 1 and len(_payload(text[start:end].encode(charset), letter)) > room:
        end -= max(1, (end - start) // 8)
    return end


def _payload(data: bytes, letter: str) -> str:
    if letter == "B":
        return binascii.b2a_base64(data, newline=False).decode()
    return "".join(_IN_Q[byte] for byte in data)


def decode(raw: bytes, likely: str = "") -> str:
    """Read a header's value: folded lines joined, words decoded, no line break left.

    `likely` is the charset of bytes that stand outside of words.
    """
    value = raw.strip(b" \t\r\n\0")
    if b"\n" in value or b"\r" in value:
        value = _LINE_BREAK.sub(b"", _FOLD.sub(b" ", value))
    is_plain = b"=?" not in value
    if is_plain:
        is_simple = value.isascii() and b"\x1b" not in value
        text = value.decode() if is_simple else charsets.decode(value, "", likely)[0]
    else:
        text = "".join(_texts(value, likely))
    return text if text.isprintable() else _CONTROL.sub(" ", text)


def _texts(value: bytes, likely: str) -> list[str]:
    """Decode runs of words in one piece, so that a character split between two is made whole."""
    texts: list[str] = []
    charset, run, end = "", list[re.Match[bytes]](), 0
    for match in _WORD.finditer(value):
        between, end_before = value[end : match.start()], end
        end = match.end()
        name = match[1].decode("latin-1").lower()
        joined = bool(run) and _GAP.match(between) is not None
        if run and not (joined and name == charset):
            texts.append(charsets.decode(_bytes_of(run), charset, likely)[0])
            run = []
        if not joined and not (end_before and not between.strip()):
            texts.append(charsets.decode(between, likely=likely)[0])
        charset = name
        run.append(match)
    rest = charsets.decode(value[end:], likely=likely)[0]
    return [*texts, charsets.decode(_bytes_of(run), charset, likely)[0], rest]


def _bytes_of(run: Sequence[re.Match[bytes]]) -> bytes:
    pieces: list[bytes] = []
    for letter, words in groupby(run, key=lambda word: word[2].upper()):
        payloads = [word[3] for word in words]
        pieces += _unbased(payloads) if letter == b"B" else map(_unquoted, payloads)
    return b"".join(pieces)


def _unbased(payloads: Sequence[bytes]) -> Iterator[bytes]:
    """Decode base64: of some words the padding is lost, others are cut within a group of four."""
    whole = b"".join(payloads).translate(_URL_SAFE, b" \t")
    pieces = [whole] if len(whole) % 4 == 0 else [each.translate(_URL_SAFE) for each in payloads]
    return chain.from_iterable(transfer.base64([piece]) for piece in pieces)


def _unquoted(payload: bytes) -> bytes:
    # Without something behind it, the decoder drops a last sign of equality.
    return binascii.a2b_qp(payload.replace(b" ", b"_") + b".", header=True)[:-1]
