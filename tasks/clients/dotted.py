"""A text that ends at a lone dot (RFC 1939, 3), apart from the socket that it comes from."""

from __future__ import annotations

END = b"\r\n.\r\n"


def certain(data: bytes, at: int) -> int:
    """Tell where in what has come something may begin whose meaning only the next bytes tell."""
    doubt = data.find(b"\r", max(at, len(data) - len(END) + 1))
    return len(data) if doubt < 0 else doubt


def single_dots(text: bytes) -> bytes:
    """Make doubled dots at the beginning of lines single, but for the first line."""
    return text.replace(b"\r\n..", b"\r\n.")
