"""A file of this machine that is named by an address, `file:///…`, as if a server had sent it."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import Message
from pathlib import Path
from urllib.parse import unquote, urlsplit

from ..runner.task import TaskError
from . import paths
from .clients.http import Answer

_BLOCK = 1 << 20


def is_one(url: str) -> bool:
    return url.startswith("file://")


def answer(url: str) -> Answer:
    """What is to be read; raises TaskError if there is nothing."""
    path = Path(unquote(urlsplit(url).path))
    if not path.is_file():
        raise TaskError(f"Request failed: {url} cannot be had: there is no such file", url=url)
    if not paths.is_readable(path):
        raise TaskError(f"Request failed: {url} cannot be had: Permission denied", url=url)
    headers = Message()
    headers["Content-Length"] = str(path.stat().st_size)
    return Answer(
        url=url,
        status=200,
        reason="OK",
        headers=headers,
        cookies={},
        blocks=lambda: _blocks(path),
    )


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(_BLOCK):
            yield block
