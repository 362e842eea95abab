"""What an SMTP server answers: a code and lines of text, apart from sockets."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cached_property, lru_cache

from ...runner.dataclasses import dataclass

_LINE = re.compile(rb"([2-5]\d\d)([ -]?)(.*)\Z", re.DOTALL)
_ENHANCED = re.compile(r"[245]\.\d{1,3}\.\d{1,3}(?= |\Z)")
_MOST_LINES = 500


class NotSmtp(Exception):
    """The server speaks something else."""


@dataclass(frozen=True)
class Reply:
    """The code, and every line's text after it."""

    code: int
    lines: tuple[str, ...]

    @cached_property
    def text(self) -> str:
        """All lines; what each begins with, once."""
        first, *rest = self.lines
        again = f"{self.enhanced} " if self.enhanced else ""
        return " ".join([first, *(line.removeprefix(again) for line in rest)])

    @property
    def enhanced(self) -> str:
        """The code that tells more, as in 5.1.1 (RFC 3463); empty if there is none."""
        found = _ENHANCED.match(self.lines[0])
        return found[0] if found else ""

    @property
    def done(self) -> bool:
        return 200 <= self.code < 300  # noqa: PLR2004  # RFC 5321, 4.2.1

    @property
    def extensions(self) -> dict[str, str]:
        """What EHLO's reply offers, by name."""
        words = (line.replace("=", " ", 1).split(" ", 1) for line in self.lines[1:])
        return {name.upper(): rest[0] if rest else "" for name, *rest in words}


def read_reply(next_line: Callable[[], bytes]) -> Reply:
    """Put the lines of one reply together."""
    reply, goes_on = _said(next_line())
    if not goes_on:
        return reply
    lines = [*reply.lines]
    while goes_on:
        if len(lines) >= _MOST_LINES:
            raise NotSmtp
        reply, goes_on = _said(next_line())
        lines += reply.lines
    return Reply(reply.code, tuple(lines))


@lru_cache(maxsize=64)  # of a thousand mails a server says the same
def _said(line: bytes) -> tuple[Reply, bool]:
    """What one line says, and whether another follows."""
    match = _LINE.match(line)
    if not match:
        raise NotSmtp
    return Reply(int(match[1]), (match[3].decode("utf-8", "replace"),)), match[2] == b"-"
