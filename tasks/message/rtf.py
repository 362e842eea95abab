"""The way Outlook compresses RTF ([MS-OXRTFCP])."""

from __future__ import annotations

import struct

_HEAD = struct.Struct("<IIII")
_COMPRESSED, _PLAIN = 0x75465A4C, 0x414C454D
_KNOWN = (
    rb"{\rtf1\ansi\mac\deff0\deftab720{\fonttbl;}{\f0\fnil \froman \fswiss \fmodern \fscript "
    rb"\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\colortbl\red0\green0\blue0"
    b"\r\n"
    rb"\par \pard\plain\f0\fs20\b\i\u\tab\tx"
)
_RING = 4096
_LARGEST = 32 * 1024 * 1024


def decompress(packed: bytes) -> bytes:
    """Undo the compression; what is damaged is given as far as it goes."""
    if len(packed) < _HEAD.size:
        return b""
    _, size, kind, _ = _HEAD.unpack_from(packed)
    if kind == _PLAIN:
        return packed[_HEAD.size : _HEAD.size + size]
    return _unpacked(packed, min(size, _LARGEST)) if kind == _COMPRESSED else b""


def _unpacked(packed: bytes, size: int) -> bytes:
    """Follow the runs: eight flags, then for each of them a byte, or a spot in what came before."""
    # The ring buffer begins with the known text, so what is behind is found by its distance.
    out = bytearray(_KNOWN)
    at, end = _HEAD.size, len(packed)
    while at < end and len(out) < size + len(_KNOWN):
        flags, at = packed[at], at + 1
        for bit in range(8):
            if not flags >> bit & 1:
                out += packed[at : at + 1]
                at += 1
                continue
            if at + 2 > end:
                return bytes(out[len(_KNOWN) :])
            spot = packed[at] << 4 | packed[at + 1] >> 4
            length = (packed[at + 1] & 15) + 2
            at += 2
            distance = (len(out) - spot) % _RING
            if not distance:
                return bytes(out[len(_KNOWN) :])
            _repeat(out, distance, length)
    return bytes(out[len(_KNOWN) : len(_KNOWN) + size])


def _repeat(out: bytearray, distance: int, length: int) -> None:
    for _ in range(length):
        out.append(out[-distance] if distance <= len(out) else 0)
