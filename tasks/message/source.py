"""The bytes of a message: in memory, or a mapped file of which only a window is in memory."""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from typing import TypeAlias

Raw: TypeAlias = bytes | mmap.mmap

_WINDOW = 1024 * 1024
# Who touches a page may get all of a huge page mapped, also what was let go before.
_MAPPED_ALONG = 2 * 1024 * 1024


def windows(raw: Raw, start: int, end: int, overlap: int = 0) -> Iterator[tuple[int, bytes]]:
    """Give the bytes piece by piece, and where each lies; a piece may show into the next."""
    for begin in range(start, end, _WINDOW):
        stop = min(begin + _WINDOW, end)
        yield begin, raw[begin : min(stop + overlap, end)]
        _let_go(raw, begin, stop)


def _let_go(raw: Raw, start: int, end: int) -> None:
    """What was read of a mapped file counts as our memory until the system is told otherwise."""
    if isinstance(raw, mmap.mmap) and hasattr(raw, "madvise"):
        start = max(0, start - _MAPPED_ALONG)
        start -= start % mmap.PAGESIZE
        raw.madvise(mmap.MADV_DONTNEED, start, end - start)


def find(raw: Raw, needle: bytes, start: int, end: int) -> int:
    """Tell where something stands first; less than zero: nowhere."""
    if isinstance(raw, bytes):
        return raw.find(needle, start, end)
    return next(_found_in_windows(raw, needle, start, end), -1)


def occurrences(raw: Raw, needle: bytes, start: int, end: int) -> Iterator[int]:
    """Tell every place where something stands."""
    if not isinstance(raw, bytes):
        yield from _found_in_windows(raw, needle, start, end)
        return
    at = raw.find(needle, start, end)
    while at >= 0:
        yield at
        at = raw.find(needle, at + 1, end)


def _found_in_windows(raw: Raw, needle: bytes, start: int, end: int) -> Iterator[int]:
    for begin, window in windows(raw, start, end, len(needle) - 1):
        at = window.find(needle)
        while at >= 0:
            yield begin + at
            at = window.find(needle, at + 1)
