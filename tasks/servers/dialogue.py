"""What line protocols have in common on the server's side, apart from sockets.

A dialogue is fed the bytes that came and gives the bytes to answer with. Before each piece its
owner waits for `delay` seconds; after the last one it looks at `closed` (hang up) and `upgrading`
(start TLS, then call `secured`). While the dialogue `is_idling`, it is asked for `news` now and
then.
"""

from __future__ import annotations

import base64
import binascii
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator

from ...runner.dataclasses import dataclass, field
from . import sasl
from .faults import GREETING, Fault, Faults
from .folders import Refused
from .mailboxes import Account, Mailboxes


@dataclass(frozen=True, kw_only=True)
class Rules:
    """What the servers of all protocols offer and ask for."""

    mailboxes: Mailboxes
    max_size: int
    login_required: bool = False
    login_delay: float = 0
    """Seconds that the answer to a wrong password takes."""
    welcome: str = "opsplay POP3 ready"
    faults: Faults = field(default_factory=Faults)
    on_event: Callable[[str], None] = lambda _: None


class Dialogue(ABC):
    """One connection's side of the talk."""

    _longest_line = 16_384

    def __init__(self, rules: Rules, *, is_secure: bool) -> None:
        self.closed = False
        self.upgrading = False
        self.is_idling = False
        self.delay = 0.0
        self.patience = 300.0
        """Seconds that a client may be silent."""
        self._rules = rules
        self._is_secure = is_secure
        self._buffer = bytearray()
        self._exchange: sasl.Exchange | None = None

    def begin(self) -> bytes:
        """The first words, which are the server's."""
        return self._do(GREETING, self._greeting)

    def feed(self, data: bytes) -> Iterator[bytes]:
        """Take what came, give what to answer, each piece when it is wanted."""
        self._buffer += data
        while not (self.closed or self.upgrading) and (answer := self._next()) is not None:
            yield answer

    def news(self) -> bytes:
        """Give what a client that waits is to hear."""
        return b""

    def secured(self) -> None:
        """Go on over TLS; what was sent before it could be anybody's, and is forgotten."""
        self._is_secure = True
        self.upgrading = False
        self._buffer.clear()

    # What a protocol adds ---------------------------------------------------------------------

    @abstractmethod
    def _greeting(self) -> bytes: ...

    @abstractmethod
    def _answer(self, line: bytes) -> bytes:
        """Answer one line, given without its end."""

    @abstractmethod
    def _failure(self, error: Exception) -> bytes:
        """Say why something was not done: Refused, Denied, Malformed, or an OSError of ours."""

    @abstractmethod
    def _challenge(self, text: str) -> bytes: ...

    @abstractmethod
    def _admit(self, account: Account) -> bytes:
        """Answer to a login that went well."""

    @property
    @abstractmethod
    def _too_long(self) -> bytes: ...

    # Lines ------------------------------------------------------------------------------------

    def _next(self) -> bytes | None:
        end = self._buffer.find(b"\n", 0, self._longest_line)
        if end < 0:
            if len(self._buffer) < self._longest_line:
                return None
            self.closed = True
            return self._too_long
        line = bytes(self._buffer[:end]).removesuffix(b"\r")
        del self._buffer[: end + 1]
        if exchange := self._exchange:
            self._exchange = None
            return self._tried(lambda: self._respond(exchange, line))
        return self._answer(line)

    def _do(self, verb: str, command: Callable[[], bytes]) -> bytes:
        """Answer a command, or let happen what was planned for it."""
        fault = self._rules.faults.at(verb)
        return self._mishap(fault, command) if fault else self._tried(command)

    def _mishap(self, fault: Fault, command: Callable[[], bytes], before_reply: str = "") -> bytes:
        self.delay += fault.delay
        self.closed = fault.cut is not None
        if fault.cut == "before":
            return b""
        reply = f"{before_reply}{fault.reply}\r\n".encode()
        answer = reply if fault.reply else self._tried(command)
        if fault.cut is None:
            return answer
        return answer[: len(answer) // 2] if fault.cut == "midway" else b""

    def _tried(self, command: Callable[[], bytes]) -> bytes:
        try:
            return command()
        except (sasl.Denied, sasl.Malformed, Refused, OSError) as error:
            return self._failed(error)

    def _failed(self, error: Exception) -> bytes:
        if isinstance(error, sasl.Denied):
            self.delay += self._rules.login_delay
            self._rules.on_event(f"login of {error.user} refused")
        return self._failure(error)

    # Logging in -------------------------------------------------------------------------------

    def _authenticate(self, mechanism: str, initial: bytes | None) -> bytes:
        begin = sasl.MECHANISMS.get(mechanism.upper())
        if not begin:
            raise Refused(f"use one of {' '.join(sasl.MECHANISMS)}")
        exchange = begin(self._rules.mailboxes)
        challenge = next(exchange)
        if initial is not None:
            return self._respond(exchange, b"" if initial == b"=" else initial)
        self._exchange = exchange
        return self._challenge(_base64(challenge))

    def _respond(self, exchange: sasl.Exchange, line: bytes) -> bytes:
        try:
            challenge = exchange.send(base64.b64decode(line, validate=True))
        except binascii.Error:
            raise sasl.Malformed from None
        except StopIteration as done:
            return self._logged_in(done.value)
        self._exchange = exchange
        return self._challenge(_base64(challenge))

    def _logged_in(self, account: Account) -> bytes:
        self._rules.on_event(f"{account.user} logged in")
        return self._admit(account)


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
