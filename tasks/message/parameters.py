"""Parameters of a header (`; filename="…"`), RFC 2231 and the many ways around it.

Written: in RFC 2231, or as quoted encoded words in a charset of choice, which the RFCs forbid and
Outlook, Foxmail, QQ and 163 write and read. Read: both, and raw bytes of any charset as well.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes

from . import charsets, words

_PARAMETER = re.compile(
    rb"""([^\s;="]{1,100}+)\s*=\s*
         (?: "((?:[^"\\]|\\.)*+)" [^;]*    # quoted
           | "([^;]*)                      # a quote that never ends
           | ((?:[^;"]|"[^"]*")*) )        # bare, though it may hold spaces
    """,
    re.VERBOSE | re.DOTALL,
)
_SECTION = re.compile(r"(?P<name>[^*]+)(?:\*(?P<number>\d{1,5}))?(?P<coded>\*)?\Z")
_CHARSET_AND_LANGUAGE = re.compile(rb"([^']*)'[^']*'")
_ESCAPE = re.compile(rb"\\([\"\\])")
_FOLD = re.compile(rb"\r?\n(?=[ \t])")
_PRINTABLE = re.compile(r"[\x20-\x7e]*\Z")
_SECTION_LENGTH = 58
_LONGEST = 65_536


def parse(raw: bytes) -> tuple[str, dict[str, str]]:
    """Split a header's value into its main word, in lower case, and its parameters."""
    raw = _FOLD.sub(b"", raw[:_LONGEST])
    head, _, rest = raw.partition(b";")
    main = head.split(b"(")[0].strip().lower().decode("latin-1")
    plain: dict[str, str] = {}
    sections: dict[str, list[tuple[int, bool, bytes]]] = {}
    for match in _PARAMETER.finditer(rest):
        section = _SECTION.match(match[1].decode("latin-1").lower())
        value = _value(match)
        if not section:
            continue
        if section["number"] is None and section["coded"] is None:
            plain.setdefault(section["name"], words.decode(value))
            continue
        entry = (int(section["number"] or 0), bool(section["coded"]), value)
        sections.setdefault(section["name"], []).append(entry)
    return main, plain | {name: _joined(parts) for name, parts in sections.items()}


def _value(match: re.Match[bytes]) -> bytes:
    if match[2] is not None:
        return _ESCAPE.sub(rb"\1", match[2])
    return (match[3] if match[3] is not None else match[4]).strip()


def _joined(parts: list[tuple[int, bool, bytes]]) -> str:
    """Join the sections of RFC 2231 in the order of their numbers."""
    charset, data = "", b""
    for position, (_, coded, value) in enumerate(sorted(parts, key=lambda part: part[0])):
        head = _CHARSET_AND_LANGUAGE.match(value) if position == 0 and coded else None
        charset = head[1].decode("latin-1") if head else charset
        rest = value[head.end() :] if head else value
        data += unquote_to_bytes(rest) if coded else rest
    if not charset and b"=?" in data:
        return words.decode(data)
    return charsets.decode(data, charset)[0]


def write(name: str, value: str, encoding: str = "rfc2231") -> list[str]:
    """Write one parameter, as pieces between which the header may be folded.

    Raises UnicodeEncodeError if `encoding` names a charset that lacks a character.
    """
    if _PRINTABLE.match(value) and "=?" not in value and len(value) <= _SECTION_LENGTH:
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return [f'{name}="{escaped}"']
    if encoding == "rfc2231":
        return _sections(name, value)
    coded = words.encode(value, "utf-8" if encoding == "rfc2047" else encoding)
    coded[0] = f'{name}="{coded[0]}'
    return [*coded[:-1], f'{coded[-1]}"']


def _sections(name: str, value: str) -> list[str]:
    coded = _percent(value)
    if len(coded) <= _SECTION_LENGTH:
        return [f"{name}*=utf-8''{coded}"]
    # The RFC lets a section end inside a character; not every reader does.
    step = _SECTION_LENGTH if value.isascii() else _SECTION_LENGTH // len("%E6%B5%8B")
    starts = range(0, len(value), step)
    sections = [
        f"{name}*{number}*={_percent(value[start : start + step])};"
        for number, start in enumerate(starts)
    ]
    sections[0] = sections[0].replace("=", "=utf-8''", 1)
    return [*sections[:-1], sections[-1].removesuffix(";")]


def _percent(text: str) -> str:
    return quote(text, safe="!#$&+^`{}|")
