"""The server's side of SMTP (RFC 5321, 4954, 3207), apart from sockets."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from .dialogue import Dialogue, decoded
from .mailboxes import Box, Mailboxes

_PATH = re.compile(r"(?:FROM|TO):\s*<([^<>]*)>\s*(.*)\Z", re.IGNORECASE)
_SIZE = re.compile(r"\bSIZE=(\d{1,18})", re.IGNORECASE)
_END = b"\r\n.\r\n"


@dataclass(frozen=True)
class SmtpRules:
    """What the server offers and asks for."""

    mailboxes: Mailboxes
    max_size: int
    login_required: bool


class SmtpDialogue(Dialogue):
    """One client's connection."""

    _too_long = b"500 5.5.2 line too long\r\n"

    def __init__(
        self, rules: SmtpRules, on_event: Callable[[str], None], *, is_secure: bool
    ) -> None:
        super().__init__(on_event, is_secure=is_secure)
        self._rules = rules
        self._user = ""
        self._expects: Callable[[bytes], str] | None = None
        self._in_data = False
        self._reset()

    def greeting(self) -> bytes:
        return b"220 opsplay ESMTP ready\r\n"

    def secured(self) -> None:
        super().secured()
        self._user = ""
        self._reset()

    def _reset(self) -> None:
        self._sender: str | None = None
        self._receivers: list[tuple[str, Box]] = []

    def _answer(self, line: bytes) -> bytes:
        if expects := self._expects:
            self._expects = None
            return f"{expects(line)}\r\n".encode()
        verb, _, rest = line.decode("utf-8", "replace").partition(" ")
        command = self._COMMANDS.get(verb.upper())
        reply = command(self, rest.strip()) if command else "500 5.5.1 no such command"
        return f"{reply}\r\n".encode()

    # Commands ---------------------------------------------------------------------------------

    def _ehlo(self, _: str) -> str:
        self._reset()
        offers = ["opsplay", "PIPELINING", "8BITMIME", f"SIZE {self._rules.max_size}"]
        offers += ["AUTH PLAIN LOGIN"]
        if not self._is_secure:
            offers.append("STARTTLS")
        last = offers.pop()
        return "".join(f"250-{offer}\r\n" for offer in offers) + f"250 {last}"

    def _helo(self, _: str) -> str:
        self._reset()
        return "250 opsplay"

    def _starttls(self, _: str) -> str:
        if self._is_secure:
            return "503 5.5.1 TLS is not to be had now"
        self.upgrading = True
        return "220 2.0.0 go ahead"

    def _auth(self, rest: str) -> str:
        mechanism, _, first = rest.partition(" ")
        if self._user:
            return "503 5.5.1 you are logged in"
        match mechanism.upper():
            case "PLAIN" if first:
                return self._plain(first.encode())
            case "PLAIN":
                self._expects = self._plain
                return "334 "
            case "LOGIN" if first:
                return self._login_name(first.encode())
            case "LOGIN":
                self._expects = self._login_name
                return "334 VXNlcm5hbWU6"
        return "504 5.5.4 use AUTH PLAIN or AUTH LOGIN"

    def _plain(self, token: bytes) -> str:
        fields = (decoded(token) or b"").split(b"\0")
        if len(fields) != 3:  # noqa: PLR2004  # who to act as, who it is, password
            return "501 5.5.2 that is not what AUTH PLAIN sends"
        return self._log_in(*(field.decode("utf-8", "replace") for field in fields[1:]))

    def _login_name(self, token: bytes) -> str:
        if token == b"*" or (name := decoded(token)) is None:
            return "501 5.5.2 login given up"
        user = name.decode("utf-8", "replace")
        self._expects = lambda token: self._login_password(user, token)
        return "334 UGFzc3dvcmQ6"

    def _login_password(self, user: str, token: bytes) -> str:
        if token == b"*" or (password := decoded(token)) is None:
            return "501 5.5.2 login given up"
        return self._log_in(user, password.decode("utf-8", "replace"))

    def _log_in(self, user: str, password: str) -> str:
        if self._rules.mailboxes.login(user, password) is None:
            self.failed_logins += 1
            self._on_event(f"login of {user} refused")
            return "535 5.7.8 wrong user or password"
        self._user = user
        self._on_event(f"{user} logged in")
        return "235 2.7.0 welcome"

    def _mail(self, rest: str) -> str:
        path = _PATH.match(rest)
        if not path:
            return "501 5.5.4 write MAIL FROM:<address>"
        if self._rules.login_required and not self._user:
            return "530 5.7.0 log in first"
        if (size := _SIZE.search(path[2])) and int(size[1]) > self._rules.max_size:
            return f"552 5.3.4 a mail may have {self._rules.max_size} bytes at most"
        self._reset()
        self._sender = path[1]
        return "250 2.1.0 ok"

    def _rcpt(self, rest: str) -> str:
        path = _PATH.match(rest)
        if not path or not path[1]:
            return "501 5.5.4 write RCPT TO:<address>"
        if self._sender is None:
            return "503 5.5.1 MAIL FROM comes first"
        box = self._rules.mailboxes.box_for(path[1])
        if box is None:
            return f"550 5.1.1 <{path[1]}> has no mailbox here"
        self._receivers.append((path[1], box))
        return "250 2.1.5 ok"

    def _data(self, _: str) -> str:
        if not self._receivers:
            return "503 5.5.1 RCPT TO comes first"
        self._in_data = True
        # The dot that ends an empty message has its line break in the command before it.
        self._buffer[:0] = b"\r\n"
        self._searched, self._is_too_big = 0, False
        return "354 end with a dot on a line of its own"

    def _rset(self, _: str) -> str:
        self._reset()
        return "250 2.0.0 ok"

    def _noop(self, _: str) -> str:
        return "250 2.0.0 ok"

    def _vrfy(self, _: str) -> str:
        return "252 2.5.0 send it and see"

    def _quit(self, _: str) -> str:
        self.closed = True
        return "221 2.0.0 bye"

    # The message itself -----------------------------------------------------------------------

    def _next(self) -> bytes | None:
        return self._message() if self._in_data else super()._next()

    def _message(self) -> bytes | None:
        end = self._buffer.find(_END, self._searched)
        if end < 0:
            self._wait_for_more()
            return None
        data = bytes(self._buffer[: end + 2]).replace(b"\r\n..", b"\r\n.")[2:]
        self._is_too_big = self._is_too_big or len(data) > self._rules.max_size
        del self._buffer[: end + len(_END)]
        self._in_data = False
        reply = f"552 5.3.4 more than {self._rules.max_size} bytes"
        if not self._is_too_big:
            self._deliver(data)
            reply = "250 2.0.0 accepted"
        self._reset()
        return f"{reply}\r\n".encode()

    def _wait_for_more(self) -> None:
        if len(self._buffer) > 2 * self._rules.max_size + len(_END):
            self._is_too_big = True
            del self._buffer[: -len(_END)]
        self._searched = max(0, len(self._buffer) - len(_END))

    def _deliver(self, data: bytes) -> None:
        for address, box in self._receivers:
            envelope = f"Return-Path: <{self._sender}>\r\nDelivered-To: {address}\r\n"
            box.add(envelope.encode() + data)
        receivers = ", ".join(address for address, _ in self._receivers)
        self._on_event(f"mail of {len(data)} bytes from {self._sender} to {receivers}")

    _COMMANDS: ClassVar[dict[str, Callable[[SmtpDialogue, str], str]]] = {
        "EHLO": _ehlo,
        "HELO": _helo,
        "STARTTLS": _starttls,
        "AUTH": _auth,
        "MAIL": _mail,
        "RCPT": _rcpt,
        "DATA": _data,
        "RSET": _rset,
        "NOOP": _noop,
        "VRFY": _vrfy,
        "QUIT": _quit,
    }
