"""What an FTP server answers, apart from sockets: replies, and what can be read out of them."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

SIZE_OR_TIME = 213
PASSIVE = 227
EXTENDED_PASSIVE = 229
PATH = 257
CLOSING = 421

_MOST_LINES = 10_000
_MOST_PORTS = 65536

_CODES: Mapping[str, int] = {f"{code}{end}": code for code in range(100, 700) for end in ("", " ")}
"""How a reply of one line begins."""
_PASV = re.compile(r"\d+,\d+,\d+,\d+,(\d+),(\d+)")
_EPSV = r"\((.)\1\1(\d+)\1\)"
_STATISTICS = r"\d+[.,]\d+ seconds"
"""What pure-ftpd adds to every reply of a transfer, also to one that failed."""
_QUOTED = r'"((?:[^"]|"")*)"'


class NotFtp(ConnectionError):
    """Something answers, but not as FTP servers do."""


class NotOffered(ConnectionError):
    """The server has no way to do what is needed."""


class Reply(NamedTuple):
    """A reply: its code, and its lines without the code."""

    code: int
    lines: tuple[str, ...]

    @property
    def kind(self) -> int:
        """The first digit: 1 goes on, 2 done, 3 more wanted, 4 not now, 5 no."""
        return self.code // 100

    @property
    def goes_on(self) -> bool:
        return self.code < 200  # noqa: PLR2004  # told above

    @property
    def done(self) -> bool:
        return 200 <= self.code < 300  # noqa: PLR2004  # told above

    @property
    def wants_more(self) -> bool:
        return self.kind == 3  # noqa: PLR2004  # told above

    @property
    def not_now(self) -> bool:
        return self.kind == 4  # noqa: PLR2004  # told above

    @property
    def text(self) -> str:
        if len(self.lines) == 1:
            return self.lines[0].strip()
        return " ".join(filter(None, (line.strip() for line in self.lines)))

    def __str__(self) -> str:
        words = (line.strip() for line in self.lines if not re.match(_STATISTICS, line))
        return f"{self.code} {' '.join(filter(None, words))}".rstrip(" .")


class ReplyReader:
    """Puts lines together to replies (RFC 959, 4.2): `211-` begins what `211 ` ends."""

    def __init__(self) -> None:
        self._code = ""
        self._lines: list[str] = []

    @property
    def has_begun(self) -> bool:
        """Whether the end of a reply is still to come."""
        return bool(self._lines)

    def read(self, lines: Sequence[str]) -> list[Reply]:
        """Take lines; gives the replies that they end."""
        if not self._lines:  # all of one line, mostly, and then it is done at once
            replies = [Reply(code, (line[4:],)) for line in lines if (code := _CODES.get(line[:4]))]
            if len(replies) == len(lines):
                return replies
        return [reply for line in lines if (reply := self.feed(line))]

    def feed(self, line: str) -> Reply | None:
        """Take a line; gives the reply that it ends."""
        if not self._lines:
            if code := _CODES.get(line[:4]):
                return Reply(code, (line[4:],))
            self._begin(line)
            return None
        if len(self._lines) > _MOST_LINES:
            raise NotFtp(f"the server's reply {self._code} has no end")
        is_last = line[:4] in (f"{self._code} ", self._code)
        self._lines.append(line[4:] if is_last else line.removeprefix(f"{self._code}-"))
        return self._end() if is_last else None

    def _begin(self, line: str) -> None:
        if line[:3] not in _CODES or line[3:4] != "-":
            raise NotFtp(f"what answers is no FTP server, it says {line[:60]!r}")
        self._code = line[:3]
        self._lines.append(line[4:])

    def _end(self) -> Reply:
        reply = Reply(int(self._code), tuple(self._lines))
        self._lines.clear()
        return reply


def passive_port(reply: Reply) -> int | None:
    """Give the port of a 227 or 229; the address in a 227 is often wrong, and never used."""
    if reply.code == EXTENDED_PASSIVE and (match := re.search(_EPSV, reply.text)):
        port = int(match[2])
    elif reply.code == PASSIVE and (match := _PASV.search(reply.text)):
        port = int(match[1]) * 256 + int(match[2])
    else:
        return None
    return port if 0 < port < _MOST_PORTS else None


def quoted_path(reply: Reply) -> str | None:
    """Give the path of a 257; a quote inside it is doubled."""
    match = re.search(_QUOTED, "\n".join(reply.lines)) if reply.code == PATH else None
    return match[1].replace('""', '"') if match else None


def features(reply: Reply) -> Mapping[str, str]:
    """Read a FEAT reply: each feature in capitals, with what is said about it."""
    if not reply.done:
        return {}
    words = (line.strip().partition(" ") for line in reply.lines[1:-1])
    return {name.upper(): rest for name, _, rest in words if name}
