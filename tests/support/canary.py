"""A secret that is easily recognised, whatever is made of it, and those who look for it."""

from __future__ import annotations

import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import unquote_to_bytes

SONG = b"n1ghtjar7Zq"
"""What survives whatever way to escape: letters and digits alone."""
CANARY = f"""{SONG.decode()}+ "x'%&="""
_BASE64 = re.compile(rb"[A-Za-z0-9+/_-]{8,}")
_FOLDED = re.compile(rb"(?<=[A-Za-z0-9+/_-])(?:\r?\n|\\n) *(?=[A-Za-z0-9+/_-])")


def is_heard_in(data: bytes) -> bool:
    """Whether the canary sings in these bytes: in clear, in a URL, or in base64."""
    plain = unquote_to_bytes(data)
    return SONG in plain or any(SONG in text for text in _decoded(plain))


def files_that_sing(*folders: Path) -> list[str]:
    """All files in these folders in which the canary is heard, or in whose names."""
    files = [path for folder in folders for path in folder.rglob("*")]
    return [str(path) for path in files if is_heard_in(bytes(path)) or is_heard_in(_content(path))]


def _content(path: Path) -> bytes:
    return path.read_bytes() if path.is_file() else b""


def _decoded(data: bytes) -> Iterator[bytes]:
    for text in (data, _FOLDED.sub(b"", data)):
        for run in _BASE64.findall(text):
            standard = run.translate(bytes.maketrans(b"+/", b"-_"))
            for start in range(4):
                yield urlsafe_b64decode(_whole(standard[start:]))


def _whole(coded: bytes) -> bytes:
    """In groups of four, as the decoder wants them; one character alone means nothing."""
    rest = len(coded) % 4
    return coded[:-1] if rest == 1 else coded + b"=" * (-rest % 4)
