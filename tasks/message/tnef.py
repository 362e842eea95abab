"""winmail.dat: what Outlook packs a mail's files into (TNEF, [MS-OXTNEF]), and often its text.

Attributes follow each other to the end, some of them lists of properties. A file begins with an
attribute of its own; its long name, its type and sometimes its content are among its properties.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from ...runner.dataclasses import dataclass, field
from . import charsets, rtf

_SIGNATURE = 0x223E9F78
_HEAD = struct.Struct("<IH")
_ATTRIBUTE = struct.Struct("<BHHI")
_CHECKSUM = 2
_MESSAGE_CLASS_OF_OBJECT = bytes.fromhex("0703020000000000c000000000000046")

# Attributes.
_BODY, _TITLE, _DATA, _FILE_BEGINS = 0x800C, 0x8010, 0x800F, 0x9002
_MESSAGE_PROPERTIES, _FILE_PROPERTIES, _CODE_PAGE = 0x9003, 0x9005, 0x9007
# Properties.
_P_BODY, _P_RTF, _P_HTML = 0x1000, 0x1009, 0x1013
_P_DISPLAY_NAME, _P_DATA, _P_SHORT_NAME, _P_NAME = 0x3001, 0x3701, 0x3704, 0x3707
_P_TYPE, _P_CID = 0x370E, 0x3712

_OBJECT, _STRING, _UNICODE, _BINARY = 0x000D, 0x001E, 0x001F, 0x0102
_SIZES = {0x0005: 8, 0x0006: 8, 0x0007: 8, 0x0014: 8, 0x0040: 8, 0x0048: 16}
_MULTIPLE = 0x1000
_NAMED = 0x8000
_MOST = 10_000


@dataclass
class File:
    name: str = ""
    type: str = "application/octet-stream"
    cid: str = ""
    content: bytes = field(default=b"", repr=False)


@dataclass
class Package:
    """What was in a winmail.dat."""

    text: str = ""
    html: bytes = b""
    rtf: bytes = b""
    files: list[File] = field(default_factory=list)
    is_whole: bool = False


def unpack(data: bytes) -> Package | None:
    """Unpack as far as it can be read; None if this is no TNEF."""
    if len(data) < _HEAD.size or _HEAD.unpack_from(data)[0] != _SIGNATURE:
        return None
    unpacking = _Unpacking()
    try:
        for name, value in _attributes(data):
            unpacking.take(name, value)
    except struct.error:
        return unpacking.package  # it ends too early
    unpacking.package.is_whole = True
    return unpacking.package


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = _HEAD.size
    while at + _ATTRIBUTE.size <= len(data):
        level, name, _, length = _ATTRIBUTE.unpack_from(data, at)
        if level not in {1, 2}:
            return  # something else behind the end
        at += _ATTRIBUTE.size
        yield name, data[at : at + length]
        at += length + _CHECKSUM


class _Unpacking:
    def __init__(self) -> None:
        self.package = Package()
        self._code_page = ""

    def take(self, name: int, value: bytes) -> None:
        if name == _CODE_PAGE:
            self._code_page = f"cp{struct.unpack_from('<I', value)[0]}"
        elif name == _BODY:
            self.package.text = self._decoded(value)
        elif name == _MESSAGE_PROPERTIES:
            self._take_message(dict(_properties(value)))
        elif name == _FILE_BEGINS and len(self.package.files) < _MOST:
            self.package.files.append(File())
        elif self.package.files:
            self._take_file(self.package.files[-1], name, value)

    def _take_message(self, properties: dict[int, tuple[int, bytes]]) -> None:
        kind, body = properties.get(_P_BODY, (0, b""))
        self.package.text = self._text(kind, body) or self.package.text
        self.package.html = properties.get(_P_HTML, (0, b""))[1] or self.package.html
        packed = properties.get(_P_RTF, (0, b""))[1]
        self.package.rtf = rtf.decompress(packed) or self.package.rtf

    def _take_file(self, file: File, name: int, value: bytes) -> None:
        if name == _TITLE:
            file.name = file.name or self._decoded(value)
        elif name == _DATA:
            file.content = value
        elif name == _FILE_PROPERTIES:
            self._take_properties(file, dict(_properties(value)))

    def _take_properties(self, file: File, found: dict[int, tuple[int, bytes]]) -> None:
        texts = {key: self._text(*found[key]) for key in found if found[key][0] != _OBJECT}
        names = (texts.get(key) for key in (_P_NAME, _P_DISPLAY_NAME, _P_SHORT_NAME))
        file.name = next(filter(None, names), file.name)
        file.type = texts.get(_P_TYPE) or file.type
        file.cid = (texts.get(_P_CID) or file.cid).strip("<>")
        kind, content = found.get(_P_DATA, (0, b""))
        if kind == _OBJECT:
            is_message = content.startswith(_MESSAGE_CLASS_OF_OBJECT)
            file.type = "application/ms-tnef" if is_message else file.type
            content = content[len(_MESSAGE_CLASS_OF_OBJECT) :]
        file.content = content or file.content

    def _text(self, kind: int, value: bytes) -> str:
        if kind == _UNICODE:
            return value.decode("utf-16-le", "replace").rstrip("\0")
        return self._decoded(value) if kind == _STRING else ""

    def _decoded(self, value: bytes) -> str:
        return charsets.decode(value.rstrip(b"\0"), self._code_page)[0]


def _properties(data: bytes) -> Iterator[tuple[int, tuple[int, bytes]]]:
    """Give each property's name, type and first value."""
    count, at = struct.unpack_from("<I", data)[0], 4
    for _ in range(min(count, _MOST)):
        kind, name = struct.unpack_from("<HH", data, at)
        at = _behind_name(data, at + 4) if name >= _NAMED else at + 4
        is_multiple, kind = bool(kind & _MULTIPLE), kind & ~_MULTIPLE
        has_lengths = kind in {_OBJECT, _STRING, _UNICODE, _BINARY}
        values, at = _counted(data, at) if is_multiple or has_lengths else (1, at)
        first = b""
        for number in range(min(values, _MOST)):
            length, at = _counted(data, at) if has_lengths else (_SIZES.get(kind, 4), at)
            first = data[at : at + length] if number == 0 else first
            at += _padded(length)
        yield name, (kind, first)


def _behind_name(data: bytes, at: int) -> int:
    is_text = struct.unpack_from("<I", data, at + 16)[0] == 1
    length, at = _counted(data, at + 20)
    return at + _padded(length) if is_text else at


def _counted(data: bytes, at: int) -> tuple[int, int]:
    return struct.unpack_from("<I", data, at)[0], at + 4


def _padded(length: int) -> int:
    return length + -length % 4
