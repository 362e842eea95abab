"""Parameters of a header (`; filename="…"`), RFC 2231 and the many ways around it.

Written: in RFC 2231, or as quoted encoded words in a charset of choice, which the RFCs forbid and
Outlook, Foxmail, QQ and 163 write and read. Read: both, and raw bytes of any charset as well.
"""

from __future__ import annotations

import re
from urllib.parse import quote, unquote_to_bytes

from . import charsets, words

# What is followed by = is a parameter: the main word is missing.
_MAIN = re.compile(rb"[\s\"']*([^\s;,=()/\"']*+)(?:\s*/\s*([^\s;,=()\"']*+))?+(?!\s*=)")
_PARAMETER = re.compile(
    rb"""([^\s;="]{1,100}+)\s*=\s*
         (?: "((?:[^"\\]|\\.)*+)"\s*(?=;|\Z|\(|(?:file)?name\*?[\d*]*=|charset=|boundary=)  # quoted
           | "([^;]{0,300})"\s*(?=;|\Z)                             # with quotes inside
           | "((?:[^"\\]|\\.)*+)"                                 # with something behind
           | "([^;]*)                                             # a quote that never ends
           | ((?:=\?[^?;]{1,40}\?[bBqQ]\?[^?]{0,400}\?=
               |(?!\s(?:(?:file)?name|charset|boundary)=)[^;"]|"[^"]*")*) )   # with spaces, bare
    """,
    re.VERBOSE | re.DOTALL,
)
_SECTION = re.compile(r"(?P<name>[^*]+)(?:\*(?P<number>\d{1,5}))?(?P<coded>\*)?\Z")
_CHARSET_AND_LANGUAGE = re.compile(rb"([^']*)'[^']*'")
# Coded like RFC 2231, though the star that says so is missing.
_CODED_UNSAID = re.compile(rb"[A-Za-z][\w-]{2,20}'[A-Za-z-]{0,10}'[^'\s]*%[0-9A-Fa-f]{2}")
_ESCAPE = re.compile(rb"\\([\"\\])")
_FOLD = re.compile(rb"\r*\n[ \t]")
_LINE_BREAK = re.compile(rb"[\r\n]+")
_TOKEN_AND_COMMENT = re.compile(rb"(\S+)[ \t]+\([^()]*\)\Z")
_PRINTABLE = re.compile(r"[\x20-\x7e]*\Z")
_WHOLE = -1
"""The number of a value that is in one piece."""
_SECTION_LENGTH = 58
_LONGEST = 65_536


class Parameters:
    """A header's main word, in lower case, and what stands behind it, decoded when asked for."""

    def __init__(self, raw: bytes) -> None:
        self.main = ""
        self._plain: dict[str, bytes] = {}
        self._sections: dict[str, dict[int, tuple[bool, bytes]]] = {}
        if raw:
            self._read(_unfolded(raw[:_LONGEST]))

    def _read(self, raw: bytes) -> None:
        main = _MAIN.match(raw)
        words = [word for word in (main.groups() if main else ()) if word]
        self.main = b"/".join(words).lower().decode("latin-1")
        for match in _PARAMETER.finditer(raw, main.end() if main else 0):
            self._add(match[1].decode("latin-1").lower(), _value(match))

    def _add(self, name: str, value: bytes) -> None:
        if "*" not in name:
            self._plain.setdefault(name, value)
        elif section := _SECTION.match(name):
            number = int(section["number"] or _WHOLE)
            sections = self._sections.setdefault(section["name"], {})
            sections.setdefault(number, (bool(section["coded"]), value))

    def raw(self, name: str) -> bytes:
        """Give a value that is no text but a mark, such as a boundary, as it stands."""
        if sections := self._sections.get(name):
            return _data(sections)[0]
        return self._plain.get(name, b"")

    def text(self, name: str, likely: str = "") -> str:
        """Decode a value; `likely` is the charset of bytes that name none."""
        data, charset = self._plain.get(name, b""), ""
        if sections := self._sections.get(name):
            data, charset = _data(sections)
        elif not data:
            return ""
        elif _CODED_UNSAID.match(data):
            data, charset = _data({_WHOLE: (True, data)})
        if charset or b"=?" not in data:
            return charsets.decode(data, charset, likely)[0]
        return words.decode(data, likely)


def _unfolded(raw: bytes) -> bytes:
    return _LINE_BREAK.sub(b"", _FOLD.sub(b" ", raw)) if b"\n" in raw or b"\r" in raw else raw


def _value(match: re.Match[bytes]) -> bytes:
    if match[2] is not None:
        return _ESCAPE.sub(rb"\1", match[2])
    value = next(filter(None, match.groups()[2:]), b"").strip()
    commented = _TOKEN_AND_COMMENT.match(value)
    return commented[1] if commented else value


def _data(sections: dict[int, tuple[bool, bytes]]) -> tuple[bytes, str]:
    """Join the sections of RFC 2231 in the order of their numbers; tells their charset, too."""
    numbers = [_WHOLE] if _WHOLE in sections else sorted(sections)
    is_coded, first = sections[numbers[0]]
    is_coded_unsaid = not is_coded and _CODED_UNSAID.match(first) is not None
    head = _CHARSET_AND_LANGUAGE.match(first) if is_coded or is_coded_unsaid else None
    said = head[0] if head else b""
    data = b"".join(
        unquote_to_bytes(value.removeprefix(said)) if coded or is_coded_unsaid else value
        for coded, value in map(sections.__getitem__, numbers)
    )
    return data, head[1].decode("latin-1") if head else ""


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
