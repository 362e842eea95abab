"""The server's side of POP3, apart from sockets.

RFC 1939 with CAPA (2449), STLS (2595) and AUTH (5034).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar

from . import sasl
from .dialogue import Dialogue, Rules
from .folders import Folder, Refused, Stored, counted
from .mailboxes import Account

_OPEN_TO_ALL = {"CAPA", "STLS", "USER", "PASS", "APOP", "AUTH", "QUIT", "NOOP"}
_LOGINS = {"USER", "PASS", "APOP", "AUTH"}


class Pop3Dialogue(Dialogue):
    """One client's connection; it sees the mailbox as it was when it logged in."""

    _too_long = b"-ERR line too long\r\n"

    def __init__(self, rules: Rules, *, is_secure: bool) -> None:
        super().__init__(rules, is_secure=is_secure)
        self._timestamp = sasl.timestamp()
        self._user = ""
        self._folder: Folder | None = None
        self._letters: Sequence[Stored] = []
        self._deleted: set[int] = set()

    def _greeting(self) -> bytes:
        return f"+OK {self._rules.welcome} {self._timestamp}\r\n".encode()

    def _answer(self, line: bytes) -> bytes:
        word, _, rest = line.decode("utf-8", "replace").partition(" ")
        verb = word.upper()
        return self._do(verb if verb in self.COMMANDS else "", lambda: self._done(verb, rest))

    def _done(self, verb: str, rest: str) -> bytes:
        if verb not in self.COMMANDS:
            raise Refused("no such command")
        if self._folder is None and verb not in _OPEN_TO_ALL:
            raise Refused("log in first")
        if self._folder is not None and verb in _LOGINS:
            raise Refused("you are logged in")
        answer = self.COMMANDS[verb](self, rest)
        return f"+OK {answer}\r\n".encode() if isinstance(answer, str) else answer

    def _failure(self, error: Exception) -> bytes:
        match error:
            case sasl.Denied():
                return b"-ERR [AUTH] wrong user or password\r\n"
            case sasl.Malformed():
                return b"-ERR that is no login\r\n"
            case Refused():
                return f"-ERR {error}\r\n".encode()
            case _:
                return b"-ERR [SYS/TEMP] the server cannot reach this mail\r\n"

    # Before the login -------------------------------------------------------------------------

    def _capa(self, _: str) -> bytes:
        lines = ["USER", "UIDL", "TOP", "PIPELINING", "RESP-CODES", "AUTH-RESP-CODE"]
        lines += [f"SASL {' '.join(sasl.MECHANISMS)}", "IMPLEMENTATION opsplay"]
        if not self._is_secure:
            lines.append("STLS")
        return _listed("these:", lines)

    def _stls(self, _: str) -> str:
        if self._is_secure or self._folder is not None:
            raise Refused("TLS is not to be had now")
        self.upgrading = True
        return "go ahead"

    def _name(self, user: str) -> str:
        self._user = user
        return "and the password?"

    def _password(self, password: str) -> bytes:
        return self._logged_in(sasl.by_password(self._rules.mailboxes, self._user, password))

    def _apop(self, rest: str) -> bytes:
        user, _, digest = rest.rpartition(" ")

        def expected(password: str) -> str:
            return hashlib.md5((self._timestamp + password).encode()).hexdigest()  # noqa: S324  # RFC 1939

        account = sasl.by_digest(self._rules.mailboxes, user, digest.lower(), expected)
        return self._logged_in(account)

    def _auth(self, rest: str) -> bytes:
        mechanism, _, initial = rest.partition(" ")
        if not mechanism:
            return _listed("these:", list(sasl.MECHANISMS))
        return self._authenticate(mechanism, initial.encode() or None)

    def _challenge(self, text: str) -> bytes:
        return f"+ {text}\r\n".encode()

    def _admit(self, account: Account) -> bytes:
        self._user = account.user
        self._folder = self._rules.mailboxes.of(account).inbox
        self._letters = self._folder.letters()
        return f"+OK {counted(len(self._letters))}\r\n".encode()

    # After it ---------------------------------------------------------------------------------

    def _stat(self, _: str) -> str:
        here = self._here()
        return f"{len(here)} {sum(letter.size for _, letter in here)}"

    def _list(self, rest: str) -> str | bytes:
        return self._told(rest, lambda letter: str(letter.size))

    def _uidl(self, rest: str) -> str | bytes:
        folder = self._folder
        validity = folder.validity if folder else 0
        return self._told(rest, lambda letter: f"{validity}.{letter.uid}")

    def _retr(self, rest: str) -> bytes:
        letter = self._letter(rest)
        data = letter.data()
        self._rules.on_event(f"{self._user} fetched mail {rest}, {letter.size} bytes")
        return b"+OK\r\n" + _stuffed(data)

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
        if self._folder is not None and self._deleted:
            self._folder.remove([self._letters[number - 1].uid for number in self._deleted])
            self._rules.on_event(f"{self._user} deleted {counted(len(self._deleted))}")
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
        return _listed(counted(len(here)), [f"{number} {fact(one)}" for number, one in here])

    COMMANDS: ClassVar[Mapping[str, Callable[[Pop3Dialogue, str], str | bytes]]] = {
        "CAPA": _capa,
        "STLS": _stls,
        "USER": _name,
        "PASS": _password,
        "APOP": _apop,
        "AUTH": _auth,
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
    # Also after a line feed alone, as other programs write files: to many clients it ends a line.
    stuffed = (b"\n" + data).replace(b"\n.", b"\n..")[1:]
    return stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") or not stuffed else b"\r\n.\r\n")
