"""What is written into the commands for an IMAP server, apart from sockets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from . import utf7
from .lines import one_line

_MOST_UIDS = 500
"""With more, a line could become longer than servers take (RFC 7162, 4: 8,192 bytes)."""


def argument(field: str, text: str) -> bytes:
    """Write a text as a quoted string, or as a literal if it is not ASCII.

    The literal is one that waits for the server; ImapDialogue knows when it need not.
    """
    data = one_line(field, text).encode("utf-8", "surrogatepass")
    if text.isascii():
        return b'"%b"' % data.replace(b"\\", b"\\\\").replace(b'"', b'\\"')
    return b"{%d}\r\n%b" % (len(data), data)


def folder_name(folder: str) -> bytes:
    """Write the name of a folder."""
    return argument("folder", utf7.encode(one_line("folder", folder)))


def uid_sets(uids: Iterable[str]) -> Iterator[bytes]:
    """Write uids as sets, each of them fit for one command."""
    numbers = sorted(set(map(int, uids)))
    for start in range(0, len(numbers), _MOST_UIDS):
        yield uid_set(numbers[start : start + _MOST_UIDS])


def uid_set(numbers: Sequence[int]) -> bytes:
    """Write ascending numbers, those that follow each other as a range."""
    ranges: list[tuple[int, int]] = []
    for number in numbers:
        if ranges and number == ranges[-1][1] + 1:
            ranges[-1] = (ranges[-1][0], number)
        else:
            ranges.append((number, number))
    return b",".join(
        b"%d" % first if first == last else b"%d:%d" % (first, last) for first, last in ranges
    )
