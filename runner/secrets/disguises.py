"""The forms in which a text may show a secret, but those of URLs, of which there are too many."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress

_SHORTEST_LINE = 8
_SHORTEST_BASE64 = 6
_IN_YAML = dict(zip('\0\a\b\t\n\v\f\r\x1b"\\\x85\xa0\u2028\u2029', '0abtnvfre"\\N_LP', strict=True))


def disguises(value: str) -> Iterator[str]:
    """Some come twice."""
    raw = value.encode(errors="surrogateescape")
    yield value
    yield from _in_base64(raw)
    if value.isascii() and value.isalnum():
        # Nothing of it is ever escaped.
        return
    for line in value.splitlines():
        if len(line.strip()) >= _SHORTEST_LINE:
            yield line.strip()
    yield from _in_json(value)
    yield from _in_yaml(value)
    yield from _in_xml(value)
    yield from _in_python(value, raw)
    yield from _in_shells(value)
    yield from _in_tables_and_mails(value, raw)
    yield from _misread(value, raw)


def _in_json(value: str) -> Iterator[str]:
    """As a text in JSON, and in JSON that is itself a text in JSON."""
    from json import dumps

    for ascii_only in (True, False):
        once = dumps(value, ensure_ascii=ascii_only)[1:-1]
        yield once
        yield dumps(once, ensure_ascii=ascii_only)[1:-1]
        yield once.replace("/", r"\/")
        # As Jinja's `tojson` does it.
        yield re.sub("[<>&']", lambda found: rf"\u{ord(found[0]):04x}", once)


def _in_yaml(value: str) -> Iterator[str]:
    """In either kind of quotes."""
    yield value.replace("'", "''")
    yield re.sub(r"[^ -~]|[\"\\]", _escaped_in_yaml, value)
    yield re.sub('[\0-\x1f"\\\\\x7f-\xa0\u2028\u2029]', _escaped_in_yaml, value)


def _escaped_in_yaml(found: re.Match[str]) -> str:
    character = found[0]
    if character in _IN_YAML:
        return "\\" + _IN_YAML[character]
    number = ord(character)
    if number <= 0xFF:  # noqa: PLR2004  # what fits into two digits
        return rf"\x{number:02X}"
    return rf"\u{number:04X}" if number <= 0xFFFF else rf"\U{number:08X}"  # noqa: PLR2004  # four


def _in_xml(value: str) -> Iterator[str]:
    """And in HTML."""
    from html import escape

    yield escape(value)
    yield escape(value, quote=False)
    yield escape(value).encode("ascii", "xmlcharrefreplace").decode()
    # As Jinja's `e` does it.
    yield escape(value).replace("&quot;", "&#34;").replace("&#x27;", "&#39;")


def _in_python(value: str, raw: bytes) -> Iterator[str]:
    """As repr shows it; the quotes that it chooses hang on what stands around."""
    for shown in (repr, ascii):
        yield shown(value)[1:-1]
        yield shown(value + "\"'")[1:-4]
    yield repr(raw)[2:-1]


def _in_shells(value: str) -> Iterator[str]:
    """As a shell is given it in quotes, and bare."""
    yield value.replace("'", "'\"'\"'")
    yield value.replace("'", r"'\''")
    yield re.sub(r'(["$`\\])', r"\\\1", value)
    yield re.sub(r"([^\w@%+=:,./-])", r"\\\1", value)


def _in_tables_and_mails(value: str, raw: bytes) -> Iterator[str]:
    from binascii import b2a_qp

    yield value.replace('"', '""')
    yield b2a_qp(raw).decode()


def _misread(value: str, raw: bytes) -> Iterator[str]:
    """In the wrong one of the two character sets that servers use."""
    yield raw.decode("latin-1")
    with suppress(UnicodeEncodeError):
        yield value.encode("latin-1").decode(errors="surrogateescape")


def _in_base64(raw: bytes) -> Iterator[str]:
    """The characters that stand for the value wherever it begins in a group of three bytes."""
    from base64 import b64encode, urlsafe_b64encode

    for encode in (b64encode, urlsafe_b64encode):
        yield encode(raw).decode().rstrip("=")
        for shift, first in enumerate((0, 2, 3)):
            coded = encode(b"\0" * shift + raw).decode().rstrip("=")
            # The first and the last character may hold bits of the neighbours too.
            last = len(coded) - ((shift + len(raw)) % 3 != 0)
            if last - first >= _SHORTEST_BASE64:
                yield coded[first:last]
                yield coded[first:last].replace("+", "%2B").replace("/", "%2F")
