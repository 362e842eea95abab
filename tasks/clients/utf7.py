"""Names of IMAP folders in modified UTF-7 (RFC 3501, 5.1.3), both ways."""

from __future__ import annotations

import binascii
import re

_OTHERS = re.compile(r"[^ -~]+")
_SHIFTED = re.compile(r"&([^-]*)-?")


def encode(name: str) -> str:
    """Write any name in printable ASCII."""
    return _OTHERS.sub(lambda run: f"&{_base64(run[0])}-", name.replace("&", "&-"))


def decode(text: str) -> str:
    """Read a name; what is no modified UTF-7 stays as it is."""
    try:
        return _SHIFTED.sub(lambda run: _text(run[1]) if run[1] else "&", text)
    except ValueError:
        return text


def _base64(text: str) -> str:
    units = text.encode("utf-16-be", "surrogatepass")
    return binascii.b2a_base64(units, newline=False).decode().rstrip("=").replace("/", ",")


def _text(base64: str) -> str:
    padded = base64.replace(",", "/") + "=" * (-len(base64) % 4)
    return binascii.a2b_base64(padded, strict_mode=True).decode("utf-16-be")
