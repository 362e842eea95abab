"""A mail's text as it travels: its dots doubled, in blocks of a size that suits sockets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

BLOCK = 64 * 1024


def blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Put small pieces together and cut large ones: each block is a call, and at least a packet."""
    gathered: list[bytes] = []
    size = 0
    for piece in pieces:
        if size + len(piece) > BLOCK and gathered:
            yield b"".join(gathered)
            gathered, size = [], 0
        whole = len(piece) - len(piece) % BLOCK
        yield from (piece[at : at + BLOCK] for at in range(0, whole, BLOCK))
        gathered.append(piece[whole:])
        size += len(gathered[-1])
    if size:
        yield b"".join(gathered)


def stuffed(text: Iterable[bytes]) -> Iterator[bytes]:
    """Double the dots at the start of lines (RFC 5321, 4.5.2)."""
    before = b"\r\n"
    for block in text:
        doubled = block
        if b"." in block:  # base64 has none, and there is no faster way to see it
            doubled = (before + block).replace(b"\r\n.", b"\r\n..")[len(before) :]
        before = (before + block[-2:])[-2:]
        yield doubled
