"""A part of a message: its headers in words, its body without its transfer encoding."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from ...runner.dataclasses import dataclass, field
from . import source, transfer
from .header_block import Headers
from .parameters import Parameters
from .source import Raw


@dataclass(eq=False)
class Part:
    """One node of the tree; `start` and `end` bound its body in `raw`."""

    raw: Raw = field(repr=False)
    headers: Headers
    start: int
    end: int
    children: list[Part] = field(default_factory=list)
    default_type: str = "text/plain"

    def header(self, name: str) -> bytes:
        """The first header of this name (in lower case) that says anything."""
        return self._said[name][0] if name in self._said else b""

    @cached_property
    def _said(self) -> dict[str, list[bytes]]:
        said: dict[str, list[bytes]] = {}
        for name, value in self.headers:
            if value:
                said.setdefault(name, []).append(value)
        return said

    @cached_property
    def parameters(self) -> Parameters:
        return Parameters(self._merged("content-type"))

    @cached_property
    def disposition(self) -> Parameters:
        return Parameters(self._merged("content-disposition"))

    def _merged(self, name: str) -> bytes:
        """All headers of this name as one, that of parts first: each may say what others do not."""
        said = sorted(self._said.get(name, []), key=_holds_parts, reverse=True)
        return b"; ".join(said)

    @cached_property
    def type(self) -> str:
        named = self.parameters.main
        if named == "multipart":
            return "multipart/mixed"
        return named if "/" in named else self.default_type

    @property
    def is_mail(self) -> bool:
        return self.type in {"message/rfc822", "message/global", "message/news"}

    @property
    def charset(self) -> str:
        return self.parameters.text("charset")

    @property
    def cid(self) -> str:
        return self.header("content-id").decode("latin-1").strip().strip("<>")

    def content(self, limit: int | None = None) -> bytes:
        """The body, its transfer encoding undone; cut if it is coded in more than `limit` bytes."""
        end = self.end if limit is None else min(self.end, self.start + limit)
        encoding = transfer.kind(self.header("content-transfer-encoding"))
        body = self.raw[self.start : end]
        return b"".join(transfer.decoded(encoding, iter([body]))) if encoding else body

    def pieces(self) -> Iterator[bytes]:
        """The same piece by piece, of any size."""
        encoding = transfer.kind(self.header("content-transfer-encoding"))
        windows = source.windows(self.raw, self.start, self.end)
        return transfer.decoded(encoding, (window for _, window in windows))

    def leaves(self) -> Iterator[Part]:
        """Every part that holds no others, in the order of the message."""
        waiting = [self]
        while waiting:
            part = waiting.pop()
            if part.children:
                waiting.extend(reversed(part.children))
            else:
                yield part


def _holds_parts(content_type: bytes) -> bool:
    return content_type[:10].lower() == b"multipart/"
