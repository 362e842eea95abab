"""What an SMTP server answers: a code and lines of text, apart from sockets."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

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

    @property
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
    lines: list[str] = []
    while True:
        match = _LINE.match(next_line())
        if not match or len(lines) >= _MOST_LINES:
            raise NotSmtp
        lines.append(match[3].decode("utf-8", "replace"))
        if match[2] != b"-":
            return Reply(int(match[1]), tuple(lines))
