"""An SMTP server that behaves well until it is told not to; see `mail_faults`.

What it has taken is in `server.mails`, whatever it has said about it.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial

from mail_fault_logins import LoginReplies
from mail_fault_session import Session
from mail_faults import Fault, FaultServer, Options, Work

_ADDRESS = re.compile(r"(?:FROM|TO):<([^>]*)>(.*)", re.IGNORECASE)


@dataclass(frozen=True, kw_only=True)
class SmtpOptions(Options):
    extensions: tuple[str, ...] = ("PIPELINING", "8BITMIME", "SMTPUTF8", "DSN", "CHUNKING")
    size: int = 0
    """The largest mail that it says to take; it takes any."""
    refuses: Mapping[str, str] = field(default_factory=dict)
    """What it says about receivers, by address."""
    needs_login: bool = False


@dataclass(frozen=True)
class Taken:
    sender: str
    receivers: tuple[str, ...]
    data: bytes
    session: int


class SmtpFaults(FaultServer):
    options: SmtpOptions

    def __init__(self, *faults: Fault, options: SmtpOptions | None = None) -> None:
        super().__init__(faults, options or SmtpOptions())
        self.mails: list[Taken] = []
        self.session = partial(_SmtpSession, self)


class _SmtpSession(Session):
    greeting = "220 fault.example ESMTP"

    def __init__(self, server: SmtpFaults, sock: socket.socket, number: int) -> None:
        super().__init__(server, sock, number)
        self._smtp = server
        self._sender: str | None = None
        self._receivers: list[str] = []
        self._chunks = b""

    def obey(self, line: str) -> None:
        verb, _, argument = line.partition(" ")
        verb = verb.upper()
        if verb == "BDAT":
            self._chunks += self.octets(int(argument.split()[0]))
        if "PIPELINING" in self._smtp.options.without:
            self.unread = b""  # as servers do that look at nothing but the first line
        self.meet(verb, argument, partial(self._work, verb, argument))

    def _work(self, verb: str, argument: str) -> bytes:
        if verb not in _COMMANDS or verb in self._smtp.options.without:
            return self.worded(f"500 5.5.1 {verb} is not known here")
        return self.worded(_COMMANDS[verb](self, argument))

    # Commands ----------------------------------------------------------------------------------

    def _hello(self, _: str) -> str:
        self._forget()
        options = self._smtp.options
        names = [*options.extensions, f"SIZE {options.size}" if options.size else "SIZE"]
        names += ["STARTTLS"] if self.offers_tls() else []
        names += ["AUTH " + " ".join(options.mechanisms)] if options.mechanisms else []
        lines = ["fault.example", *self.offered(*names)]
        return "\r\n".join([*(f"250-{line}" for line in lines[:-1]), f"250 {lines[-1]}"])

    def _old_hello(self, _: str) -> str:
        self._forget()
        return "250 fault.example"

    def _start_tls(self, _: str) -> str:
        if not self.offers_tls():
            return "502 5.5.1 No TLS here"
        self.then = self.secure
        return "220 2.0.0 Go ahead"

    def _auth(self, argument: str) -> str:
        words = ("334", "235 2.7.0 Welcome", "535 5.7.8 Wrong user or password")
        said = self.begin_login(argument, LoginReplies(self.worded, *words))
        return said.decode().removesuffix("\r\n")

    def _mail(self, argument: str) -> str:
        address = _ADDRESS.match(argument)
        if self._smtp.options.needs_login and not self.logged_in:
            return "530 5.7.0 Log in first"
        if not address or self._sender is not None:
            return "503 5.5.1 Not now"
        self._sender = address[1]
        return "250 2.1.0 Ok"

    def _rcpt(self, argument: str) -> str:
        address = _ADDRESS.match(argument)
        if not address or self._sender is None:
            return "503 5.5.1 Not now"
        if refusal := self._smtp.options.refuses.get(address[1]):
            return refusal
        self._receivers.append(address[1])
        return "250 2.1.5 Ok"

    def _data(self, _: str) -> str:
        if not self._receivers:
            return "554 5.5.1 No valid recipients"
        self.then = self._take_text
        return "354 Go ahead"

    def _take_text(self) -> None:
        lines: list[bytes] = []
        while (line := self._raw_line()) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        self.meet(".", "", self._ending(b"".join(lines)))

    def _raw_line(self) -> bytes:
        while b"\r\n" not in self.unread:
            self.read_on()
        line, _, self.unread = self.unread.partition(b"\r\n")
        return line + b"\r\n"

    def _bdat(self, argument: str) -> str:
        if not self._receivers:
            self._forget()
            return "554 5.5.1 No valid recipients"
        if not argument.upper().endswith("LAST"):
            return "250 2.0.0 Ok"
        return self._ending(self._chunks)().decode().removesuffix("\r\n")

    def _ending(self, data: bytes) -> Work:
        """End a mail; gives how it is taken."""
        mail = Taken(self._sender or "", tuple(self._receivers), data, self.number)
        self._forget()

        def take() -> bytes:
            self._smtp.mails.append(mail)
            return self.worded(f"250 2.0.0 Ok: queued as {len(self._smtp.mails)}")

        return take

    def _reset(self, _: str) -> str:
        self._forget()
        return "250 2.0.0 Ok"

    def _forget(self) -> None:
        self._sender = None
        self._receivers = []
        self._chunks = b""

    def _noop(self, _: str) -> str:
        return "250 2.0.0 Ok"

    def _quit(self, _: str) -> str:
        self.then = self.leave
        return "221 2.0.0 Bye"


_COMMANDS: Mapping[str, Callable[[_SmtpSession, str], str]] = {
    "EHLO": _SmtpSession._hello,
    "HELO": _SmtpSession._old_hello,
    "STARTTLS": _SmtpSession._start_tls,
    "AUTH": _SmtpSession._auth,
    "MAIL": _SmtpSession._mail,
    "RCPT": _SmtpSession._rcpt,
    "DATA": _SmtpSession._data,
    "BDAT": _SmtpSession._bdat,
    "RSET": _SmtpSession._reset,
    "NOOP": _SmtpSession._noop,
    "QUIT": _SmtpSession._quit,
}
