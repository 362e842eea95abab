"""The headers at the head of a message or part, as bytes; bounded, whatever their size."""

from __future__ import annotations

import re
import sys

from . import source
from .source import Raw

_ENVELOPE = re.compile(
    rb"(?:\xef\xbb\xbf|[\0\x1a]{1,100})?(?:\s{0,1000}\n)?(?:>?From [^\n]*\n|\s{0,1000}\n)?"
)
# A line that goes on is indented, or should be: an encoded word, a parameter behind a semicolon.
_HEADER = re.compile(
    rb"([!-9;-~]{1,1000}+)[ \t]*:"
    rb"([^\n]*(?:\n(?:[ \t]|=\?|(?:(?<=;\n)|(?<=;\r\n))[\w*-]{1,60}+=)[^\n]*)*)(?:\n|\Z)"
)
_INDENT = re.compile(rb"[ \t]{1,100}(?=[!-9;-~]{1,100}:)")
_BLANK_LINE = re.compile(rb"\r*\n|\Z")
_LINE = re.compile(rb"[^\n]*(?:\n|\Z)")
# Junk between headers: only where one that is beyond doubt follows within a few lines, or where it
# looks like a header, but for its name, and the headers end right behind it.
_JUNK = re.compile(
    rb"(?:(?!--\S)[^\r\n][^\n]{0,998}\n){1,5}?(?:from|to|cc|subject|date|received|return-path|"
    rb"mime-version|message-id|reply-to|content-[a-z-]{2,20}|x-[a-z-]{2,40}) ?:"
    rb"|(?:[!-9;-~]{1,30}-[^\r\n:]{0,40})?:[^\n]{0,998}\n\r*\n",
    re.IGNORECASE,
)
_MOST_HEADERS = 10_000
_LARGEST = 1024 * 1024
_LONGEST_VALUE = 65_536

Headers = list[tuple[str, bytes]]
"""Names in lower case, values as they stand."""


def start_of(raw: Raw, at: int = 0) -> int:
    """Tell where the headers begin: behind a mark of the byte order, blanks, mbox's own line."""
    envelope = _ENVELOPE.match(raw, at)
    return envelope.end() if envelope else at


def read(raw: Raw, start: int, end: int, defects: list[str]) -> tuple[Headers, int]:
    """Read the headers; tells also where the body begins."""
    headers: Headers = []
    at, limit = start, min(end, start + _LARGEST)
    while len(headers) < _MOST_HEADERS:
        if match := _HEADER.match(raw, at if headers else _unindented(raw, at), limit):
            # Of thousands of mails the names are the same.
            name = sys.intern(match[1].decode("ascii").lower())
            headers.append((name, match[2][:_LONGEST_VALUE].strip()))
        elif _BLANK_LINE.match(raw, at, limit) or not _JUNK.match(raw, at, limit):
            break
        else:
            defects.append("a line between the headers is none")
            match = _LINE.match(raw, at, limit)
        at = match.end() if match else limit
    if at == limit < end or len(headers) == _MOST_HEADERS:
        defects.append("more headers than can be read")
        return headers, _body_behind(raw, at, end)
    if blank := _BLANK_LINE.match(raw, at, end):
        return headers, blank.end()
    defects.append("no blank line between headers and body")
    return headers, at


def _unindented(raw: Raw, at: int) -> int:
    """The first header may be indented: there is none whose line it could continue."""
    return match.end() if (match := _INDENT.match(raw, at)) else at


def _body_behind(raw: Raw, at: int, end: int) -> int:
    """Look for the end of headers that are not read."""
    ends = [(source.find(raw, blank, at, end), len(blank)) for blank in (b"\n\r\n", b"\n\n")]
    return min((found + length for found, length in ends if found >= 0), default=end)
