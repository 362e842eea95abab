"""The server's side of POP3 (RFC 1939, 2449, 2595), apart from sockets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from .dialogue import Dialogue
from .mailboxes import Box, Mailboxes, Stored

_OPEN_TO_ALL = {"CAPA", "STLS", "USER", "PASS", "QUIT", "NOOP"}


@dataclass(frozen=True)
class Pop3Rules:
    """What the server offers, and what it says first."""

    mailboxes: Mailboxes
    welcome: str


class Refused(Exception):
    """The command cannot be done; the reason goes to the client."""


class Pop3Dialogue(Dialogue):
    """One client's connection; it sees the mailbox as it was when it logged in."""

    _too_long = b"-ERR line too long\r\n"

    def __init__(
        self, rules: Pop3Rules, on_event: Callable[[str], None], *, is_secure: bool
    ) -> None:
        super().__init__(on_event, is_secure=is_secure)
        self._rules = rules
        self._user = ""
        self._box: Box | None = None
        self._letters: list[Stored] = []
        self._deleted: set[int] = set()

    def greeting(self) -> bytes:
        return f"+OK {self._rules.welcome}\r\n".encode()

    def _answer(self, line: bytes) -> bytes:
        verb, _, rest = line.decode("utf-8", "replace").partition(" ")
        try:
            answer = self._command(verb.upper())(self, rest)
        except Refused as refusal:
            return f"-ERR {refusal}\r\n".encode()
        return f"+OK {answer}\r\n".encode() if isinstance(answer, str) else answer

    def _command(self, verb: str) -> Callable[[Pop3Dialogue, str], str | bytes]:
        if verb not in self._COMMANDS:
            raise Refused("no such command")
        if self._box is None and verb not in _OPEN_TO_ALL:
            raise Refused("log in first")
        return self._COMMANDS[verb]

    def _capa(self, _: str) -> bytes:
        lines = ["USER", "UIDL", "TOP", "PIPELINING", "RESP-CODES", "IMPLEMENTATION opsplay"]
        if not self._is_secure:
            lines.append("STLS")
        return _listed("these:", lines)

    def _stls(self, _: str) -> str:
        if self._is_secure:
            raise Refused("TLS is not to be had now")
        self.upgrading = True
        return "go ahead"

    def _name(self, user: str) -> str:
        self._user = user
        return "and the password?"

    def _password(self, password: str) -> str:
        if self._box is not None:
            raise Refused("you are logged in")
        box = self._rules.mailboxes.login(self._user, password)
        if box is None:
            self.failed_logins += 1
            self._on_event(f"login of {self._user} refused")
            raise Refused("[AUTH] wrong user or password")
        self._box, self._letters = box, box.letters()
        self._on_event(f"{self._user} logged in, {len(self._letters)} mails")
        return f"{len(self._letters)} mails"

    def _stat(self, _: str) -> str:
        here = self._here()
        return f"{len(here)} {sum(letter.size for _, letter in here)}"

    def _list(self, rest: str) -> str | bytes:
        return self._told(rest, lambda letter: str(letter.size))

    def _uidl(self, rest: str) -> str | bytes:
        return self._told(rest, lambda letter: letter.uid)

    def _retr(self, rest: str) -> bytes:
        letter = self._letter(rest)
        self._on_event(f"{self._user} fetched mail {rest}, {letter.size} bytes")
        return b"+OK\r\n" + _stuffed(letter.data())

    def _top(self, rest: str) -> bytes:
        number, _, count = rest.partition(" ")
        data = self._letter(number).data()
        if not count.isdecimal():
            raise Refused("write TOP number lines")
        head, gap, body = data.partition(b"\r\n\r\n")
        lines = body.splitlines(keepends=True)[: int(count[:9])]
        return b"+OK\r\n" + _stuffed(head + gap + b"".join(lines))

    def _dele(self, rest: str) -> str:
        self._letter(rest)
        self._deleted.add(int(rest))
        return "gone when you quit"

    def _rset(self, _: str) -> str:
        self._deleted.clear()
        return "all are back"

    def _noop(self, _: str) -> str:
        return ""

    def _quit(self, _: str) -> str:
        self.closed = True
        if self._box is not None:
            for number in self._deleted:
                self._box.remove(self._letters[number - 1].uid)
        if self._deleted:
            self._on_event(f"{self._user} deleted {len(self._deleted)} mails")
        return "bye"

    def _here(self) -> list[tuple[int, Stored]]:
        numbered = enumerate(self._letters, 1)
        return [(number, letter) for number, letter in numbered if number not in self._deleted]

    def _letter(self, text: str) -> Stored:
        number = int(text) if text.isdecimal() and len(text) < 10 else 0  # noqa: PLR2004  # no DoS
        if not 0 < number <= len(self._letters) or number in self._deleted:
            raise Refused("no such mail")
        return self._letters[number - 1]

    def _told(self, rest: str, fact: Callable[[Stored], str]) -> str | bytes:
        if rest:
            return f"{rest} {fact(self._letter(rest))}"
        here = self._here()
        return _listed(f"{len(here)} mails", [f"{number} {fact(one)}" for number, one in here])

    _COMMANDS: ClassVar[dict[str, Callable[[Pop3Dialogue, str], str | bytes]]] = {
        "CAPA": _capa,
        "STLS": _stls,
        "USER": _name,
        "PASS": _password,
        "STAT": _stat,
        "LIST": _list,
        "UIDL": _uidl,
        "RETR": _retr,
        "TOP": _top,
        "DELE": _dele,
        "RSET": _rset,
        "NOOP": _noop,
        "QUIT": _quit,
    }


def _listed(first: str, lines: list[str]) -> bytes:
    return "".join(f"{line}\r\n" for line in (f"+OK {first}", *lines, ".")).encode()


def _stuffed(data: bytes) -> bytes:
    """Double the dots at the start of lines, and end with one alone."""
    stuffed = (b"\r\n" + data).replace(b"\r\n.", b"\r\n..")[2:]
    return stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") or not stuffed else b"\r\n.\r\n")
