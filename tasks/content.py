"""The bytes that a file is to have, or has, and how a person is told of them."""

from __future__ import annotations

import hashlib
import io
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO, Literal, TypeAlias

from ..runner.dataclasses import dataclass
from . import paths

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from ..runner.task import Context

Algorithm: TypeAlias = Literal["md5", "sha1", "sha224", "sha256", "sha384", "sha512"]
DIFF_LIMIT = 100 * 1024
"""How many bytes of a file a diff shows; of a longer one it tells only that it differs."""
_CHUNK = 1024 * 1024


@dataclass(frozen=True)
class Content:
    """In memory or in a file."""

    name: str
    open: Callable[[], BinaryIO]

    @classmethod
    def of_bytes(cls, data: bytes, name: str) -> Content:
        return cls(name, lambda: io.BytesIO(data))

    @classmethod
    def of_file(cls, path: Path) -> Content:
        def opened() -> BinaryIO:
            with paths.told(f"read {path}"):
                return path.open("rb")

        return cls(str(path), opened)


def shown(content: Content, ctx: Context, *, whole: bool = False) -> str:
    """The text for a diff; of no text, or of one that is long and not `whole`, size and sum."""
    with content.open() as file:
        data = file.read() if whole else file.read(DIFF_LIMIT + 1)
    is_long = not whole and len(data) > DIFF_LIMIT
    with suppress(UnicodeDecodeError):
        if not is_long and b"\0" not in data:
            return data.decode()
    kind = "long" if is_long else "binary"
    sums = checksums(content, ctx)
    return f"[a {kind} file of {sums['size']} bytes, sha1 {sums['checksum']}]\n"


def checksums(content: Content, ctx: Context) -> dict[str, object]:
    """Size, SHA-1 and MD5 as results tell them; not meant to guard against anybody."""
    sha1, md5 = (hashlib.new(name, usedforsecurity=False) for name in ("sha1", "md5"))
    size = 0
    for chunk in _chunks(content, ctx):
        sha1.update(chunk)
        md5.update(chunk)
        size += len(chunk)
    return {"checksum": sha1.hexdigest(), "md5sum": md5.hexdigest(), "size": size}


def digest(content: Content, algorithm: str, ctx: Context) -> str:
    """One checksum, of the kind that is asked for."""
    found = hashlib.new(algorithm, usedforsecurity=False)
    for chunk in _chunks(content, ctx):
        found.update(chunk)
    return found.hexdigest()


def _chunks(content: Content, ctx: Context) -> Iterator[bytes]:
    with paths.told(f"read {content.name}"), content.open() as file:
        while chunk := file.read(_CHUNK):
            ctx.cancellation.check()
            yield chunk
