"""Commands to an IMAP server and what it says, over one connection.

Rules that are easily broken:

* A server may tell anything at any time: that mail has come, or gone, or that it closes. All is
  heeded wherever it comes; who asks for something must skip what it did not ask for.
* Several commands may be under way. Who leaves one before its end leaves its responses behind: they
  are read and thrown away before the next is asked.
* A literal in a command waits for the server's `+`, unless the server has LITERAL+ (RFC 7888).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import starmap
from typing import TypeAlias

from .imap_reply import (
    GIVEN,
    GIVEN_END,
    LISTED,
    Continuation,
    Count,
    Data,
    Fetched,
    Response,
    Status,
    given,
    listed,
    literal_size,
    parse,
)
from .imap_values import Literal, NotImap
from .mail_account import MailAccount
from .mail_words import MailError
from .mailbox import SPOOL_FROM
from .wire import Wire

_LONGEST_RESPONSE = 16 * 1024 * 1024
"""Without its literals: the uids of two million mails fit."""
_COST_OF_A_LITERAL = 1024 * 1024
"""What it takes of that room, lest one response be made of literals without end."""
_SHORT_COMMAND = 4096
_LATER = "the server is busy or out of order; try again later (`until`, `retries`)"

_ADVICE: Mapping[str, str] = {
    "CANNOT": "the server never does this; check the folder's name",
    "CONTACTADMIN": "ask who runs the server",
    "EXPIRED": "the password is no longer good; set a new one",
    "INUSE": _LATER,
    "LIMIT": "a limit of the server is reached; use fewer sessions or folders",
    "NOPERM": "the account may not do this in that folder",
    "OVERQUOTA": "the mailbox is full; delete mail, or ask for more room",
    "PRIVACYREQUIRED": "the server wants TLS first; set `tls: starttls` or `tls: implicit`",
    "READ-ONLY": "the account may only read this folder",
    "SERVERBUG": _LATER,
    "UNAVAILABLE": _LATER,
}
"""RFC 3501, 7.1 and RFC 5530."""

Keep: TypeAlias = Callable[[int], Literal]
"""Reads a literal of so many bytes."""


class Refused(MailError):
    """The server does not do what it was asked; `status` is what it said."""

    def __init__(self, account: MailAccount, doing: str, status: Status, hint: str = "") -> None:
        self.status = status
        code = f"[{status.code}] " if status.code else ""
        said = "; ".join(filter(None, [code + status.text, _ADVICE.get(status.code, hint)]))
        super().__init__(account, f"cannot {doing} ({account}): {said}", reply=status.text)


class ImapDialogue:
    """Open its `wire` first, and close it last."""

    def __init__(self, account: MailAccount) -> None:
        self.account = account
        self.wire = Wire(account)
        self.capabilities: frozenset[str] = frozenset()
        self.exists = 0
        """How many messages the folder has."""
        self.has_news = False
        """Whether mail has come since somebody last set this to False."""
        self.refusals: list[str] = []
        """What could not be done with single messages, in words."""
        self._count = 0
        self._under_way: dict[str, Status | None] = {}

    # Asking -----------------------------------------------------------------------------------

    def ask(self, doing: str, command: bytes, hint: str = "") -> list[Response]:
        """Send a command, and give all that comes up to its end, which must be good."""
        self.settle()
        responses = list(self.responses(self.begin(doing, command, hint)))
        self.expect_ok(responses[-1], hint)
        return responses

    def begin(self, doing: str, command: bytes, hint: str = "") -> str:
        """Send a command, and give its tag without waiting for what comes.

        `doing` is what an error calls it, `hint` what it says to do if the server refuses.
        """
        self.wire.doing = doing
        self._count += 1
        tag = f"A{self._count}"
        self._under_way[tag] = None
        first, *others = self._parts(command)
        self.wire.send(tag.encode() + b" " + first)
        for part in others:
            self.go_ahead(tag, hint)
            self.wire.send(part)
        return tag

    def _parts(self, command: bytes) -> list[bytes]:
        """Cut a command wherever the server must be heard before it goes on."""
        is_short = "LITERAL-" in self.capabilities and len(command) < _SHORT_COMMAND
        if is_short or "LITERAL+" in self.capabilities:
            return [command.replace(b"}\r\n", b"+}\r\n") + b"\r\n"]
        *heads, last = re.split(rb"(?<=\}\r\n)", command)
        return [*heads, last + b"\r\n"]

    def go_ahead(self, tag: str, hint: str = "") -> None:
        """Wait for the server's `+`."""
        for response in self.responses(tag):
            if isinstance(response, Continuation):
                return
            self.expect_ok(response, hint)
        raise self._nonsense()

    def expect_ok(self, response: Response, hint: str = "") -> None:
        """Raise Refused if this is how a command ends that was not done."""
        if isinstance(response, Status) and response.tag != "*" and response.word != "OK":
            raise self.refusal(response, hint)

    def refusal(self, status: Status, hint: str = "") -> Refused:
        """Say that the server does not do what it was asked last."""
        return Refused(self.account, self.wire.doing, status, hint)

    def settle(self) -> None:
        """Hear to the end what was asked for and is no longer wanted."""
        for tag in list(self._under_way):
            for _ in self.responses(tag):
                pass

    @property
    def is_settled(self) -> bool:
        return not self._under_way

    def has_ended(self, tag: str) -> bool:
        return self._under_way[tag] is not None

    # Hearing ----------------------------------------------------------------------------------

    def greeting(self) -> Status:
        """Hear what the server says at first; BYE is an error."""
        status = self.hear()
        if not isinstance(status, Status):
            raise self._nonsense()
        return status

    def responses(self, tag: str, keep: Keep | None = None) -> Iterator[Response]:
        """Give what comes up to the end of a command, and at last its Status."""
        while (status := self._under_way[tag]) is None:
            response = self.hear(keep)
            if not (isinstance(response, Status) and response.tag in self._under_way):
                yield response
        del self._under_way[tag]
        yield status

    def listed(self, tag: str) -> Iterator[Fetched]:
        """Give what comes of all messages up to the end of a command, which must be good."""
        for response in self.responses(tag):
            if isinstance(response, Fetched):
                yield response
            self.expect_ok(response)
            # A mailbox has many messages: those that have come need no turn of their own.
            yield from map(listed, self.wire.matching(LISTED))

    def fetched(self, tag: str, keep: Keep | None, limit: int) -> Iterator[Response]:
        """As `responses`; literals of up to `limit` bytes may come without `keep`."""
        for response in self.responses(tag, keep):
            yield response
            if isinstance(response, Fetched):  # as a rule many follow each other
                yield from starmap(given, self.wire.counted_texts(GIVEN, GIVEN_END, limit))

    def hear(self, keep: Keep | None = None) -> Response:
        """Wait for what the server says next."""
        try:
            response = self._response(keep or self._dropped)
        except NotImap:
            raise self._nonsense() from None
        if not isinstance(response, Fetched):
            self._heed(response)
        return response

    def _response(self, keep: Keep) -> Response:
        line = self.wire.line(_LONGEST_RESPONSE)
        if (size := literal_size(line, is_first=True)) is None:
            return parse(line)
        room = _LONGEST_RESPONSE - len(line)
        literals: list[Literal] = []
        lines: list[bytes] = []
        try:
            while size is not None:
                literals.append(keep(size))
                lines.append(self._line(room))
                room -= len(lines[-1]) + _COST_OF_A_LITERAL
                size = literal_size(lines[-1], is_first=False)
            return parse(line, list(zip(literals, lines, strict=True)))
        except BaseException:
            for literal in literals:
                discard(literal)
            raise

    def _line(self, room: int) -> bytes:
        if room < 0:
            raise NotImap
        return self.wire.line(room)

    def _dropped(self, size: int) -> Literal:
        if size <= SPOOL_FROM:
            return self.wire.exactly(size)
        for _ in self.wire.counted(size):
            pass
        return b""

    def _heed(self, response: Response) -> None:
        match response:
            case Count("EXISTS", number):
                self.has_news = self.has_news or number > self.exists
                self.exists = number
            case Count("EXPUNGE"):
                self.exists -= 1
            case Data("CAPABILITY", values):
                self.capabilities = _capabilities(map(str, values))
            case Status("*", "BYE"):
                self.wire.is_broken = True
                raise self.refusal(response, _LATER)
            case Status(tag, _, code, detail):
                if code == "CAPABILITY":
                    self.capabilities = _capabilities(detail.split())
                if tag != "*":
                    self._end(tag, response)

    def _end(self, tag: str, status: Status) -> None:
        if tag not in self._under_way:
            raise self._nonsense()
        self._under_way[tag] = status

    def _nonsense(self) -> MailError:
        self.wire.is_broken = True
        what = "the server's answer makes no sense"
        if self.wire.doing == "connect":
            what = "what answers there is no IMAP; check `port` and `tls`"
        return MailError(self.account, f"cannot {self.wire.doing} ({self.account}): {what}")


def _capabilities(names: Iterable[str]) -> frozenset[str]:
    return frozenset(name.upper() for name in names)


def discard(literal: Literal | None) -> None:
    """Close what nobody wants."""
    if not isinstance(literal, bytes | None):
        literal.close()
