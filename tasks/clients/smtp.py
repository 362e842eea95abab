"""A login on an SMTP server that takes any number of mails.

Rules that are easily broken:

* What the server offers before TLS is forgotten after it (RFC 3207, 4.2).
* A password goes over a connection in clear only to this machine, or if that was asked for.
* MAIL and all RCPTs leave together where PIPELINING is offered; DATA waits for their replies, so
  that nothing is sent if nobody is served.
"""

from __future__ import annotations

import base64
import socket
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from .lines import one_line
from .mail_account import MailAccount
from .mail_words import MailError, refused
from .smtp_reply import NotSmtp, Reply, read_reply
from .wire import Wire

_TRUSTED_IDLE = 20.0
# More at once could fill both directions' buffers, and each side would wait for the other.
_GROUP = 100
_UNKNOWN_COMMAND = (500, 501, 502, 504)


@dataclass(frozen=True)
class Delivery:
    """What became of a mail: who gets it, and who was refused with which reply."""

    accepted: tuple[str, ...]
    refused: Mapping[str, Reply]
    reply: Reply


class SmtpSession:
    """Open it first, close it last."""

    def __init__(self, account: MailAccount) -> None:
        self.account = account
        self.extensions: Mapping[str, str] = {}
        self._wire = Wire(account)
        self._used = time.monotonic()
        self.abort: Callable[[], None] = self._wire.abort

    # Opening and closing ----------------------------------------------------------------------

    def open(self) -> None:
        """Connect, start TLS and log in."""
        try:
            self._wire.open()
            self._ask("connect", "")
            self._hello()
            self._start_tls()
            if self.account.user:
                self._log_in()
        except BaseException:
            self.close()
            raise

    def _hello(self) -> None:
        try:
            reply = self._ask("greet the server", f"EHLO {self._own_name()}")
        except MailError as error:
            if error.code not in _UNKNOWN_COMMAND:
                raise
            reply = self._ask("greet the server", f"HELO {self._own_name()}")
        self.extensions = reply.extensions

    def _own_name(self) -> str:
        name = socket.gethostname()
        if "." in name and name.isascii():
            return name
        address = self._wire.local_address
        return f"[IPv6:{address}]" if ":" in address else f"[{address}]"

    def _start_tls(self) -> None:
        offered = "STARTTLS" in self.extensions
        wanted = self.account.tls
        if wanted == "starttls" or (wanted == "opportunistic" and offered):
            if not offered:
                raise self._impossible(
                    "start TLS",
                    "the server does not offer STARTTLS; check `port`, or set `tls: implicit`"
                    " (port 465 as a rule) or `tls: none`",
                )
            self._ask("start TLS", "STARTTLS")
            self._wire.secure()
            self._hello()

    def _log_in(self) -> None:
        may_be_clear = self.account.tls == "none" or self.account.is_this_machine
        if not (self._wire.is_secure or may_be_clear):
            raise self._impossible(
                "log in",
                "the server offers no TLS, and the password would go over the network for all to"
                " read; use a port with TLS, or write `tls: none` if that is what you want",
            )
        user = one_line("user", self.account.user)
        password = one_line("password", self.account.password)
        offered = self.extensions.get("AUTH", "").upper().split()
        if "PLAIN" in offered:
            self._ask("log in", "AUTH PLAIN " + _coded(f"\0{user}\0{password}"))
        elif "LOGIN" in offered:
            self._ask("log in", "AUTH LOGIN", "AUTH", ok=334)
            self._ask("log in", _coded(user), "AUTH", ok=334)
            self._ask("log in", _coded(password), "AUTH")
        else:
            raise self._impossible("log in", self._no_login(offered))

    def _no_login(self, offered: list[str]) -> str:
        if offered:
            return f"the server offers {', '.join(offered)} only, which is not supported yet"
        if not self._wire.is_secure:
            return "the server offers no login without TLS; set `tls: starttls`"
        return "the server offers no login; leave out `user` and `password`"

    def alive(self) -> bool:
        """Tell whether a session that lay idle can be used again."""
        if not self._wire.quiet():
            return False
        if time.monotonic() - self._used < _TRUSTED_IDLE:
            return True
        try:
            return self._ask("see whether the server is there", "NOOP").done
        except MailError:
            return False

    def close(self) -> None:
        self._wire.close(b"QUIT\r\n")

    # Mail -------------------------------------------------------------------------------------

    def deliver(self, sender: str, receivers: Sequence[str], data: bytes) -> Delivery:
        """Send a mail to all who are accepted; raises MailError if the mail itself is not."""
        self._check_size(data)
        size = f" SIZE={len(data)}" if "SIZE" in self.extensions else ""
        first = f"MAIL FROM:<{one_line('from', sender)}>{size}"
        commands = [first, *(f"RCPT TO:<{one_line('to', address)}>" for address in receivers)]
        mail, *rcpts = self._ask_all(f"send as {sender}", commands)
        if not mail.done:
            self._forget()
            raise refused(self.account, f"send as {sender}", "MAIL", mail.code, mail.text)
        replies = dict(zip(receivers, rcpts, strict=True))
        accepted = tuple(address for address, reply in replies.items() if reply.done)
        refusals = {address: reply for address, reply in replies.items() if not reply.done}
        if not accepted:
            self._forget()
            return Delivery((), refusals, mail)
        self._ask("send the mail", "DATA", ok=354)
        self._wire.send(_stuffed(data))
        reply = self._checked("send the mail", "DATA", self._reply("send the mail"))
        self._used = time.monotonic()
        return Delivery(accepted, refusals, reply)

    def _check_size(self, data: bytes) -> None:
        limit = self.extensions.get("SIZE", "").strip()
        if limit.isdecimal() and 0 < int(limit) < len(data):
            raise self._impossible(
                "send the mail",
                f"it has {len(data):,} bytes and the server takes {int(limit):,}; send less or"
                " smaller attachments",
            )

    def _forget(self) -> None:
        self._ask("start anew", "RSET")
        self._used = time.monotonic()

    # Commands and replies ---------------------------------------------------------------------

    def _ask_all(self, doing: str, commands: Sequence[str]) -> list[Reply]:
        group = _GROUP if "PIPELINING" in self.extensions else 1
        replies: list[Reply] = []
        for start in range(0, len(commands), group):
            together = commands[start : start + group]
            self._wire.doing = doing
            self._wire.send("".join(f"{command}\r\n" for command in together).encode())
            replies += [self._reply(doing) for _ in together]
            if not replies[0].done:
                break
        return replies

    def _ask(self, doing: str, command: str, verb: str = "", ok: int | None = None) -> Reply:
        """Send a command (or none, for the greeting) and take its reply, which must be good."""
        self._wire.doing = doing
        if command:
            self._wire.send(f"{command}\r\n".encode())
        reply = self._reply(doing)
        return self._checked(doing, verb or command.partition(" ")[0], reply, ok)

    def _checked(self, doing: str, verb: str, reply: Reply, ok: int | None = None) -> Reply:
        if reply.code != ok if ok else not reply.done:
            raise refused(self.account, doing, verb, reply.code, reply.text)
        return reply

    def _reply(self, doing: str) -> Reply:
        self._wire.doing = doing
        try:
            return read_reply(self._wire.line)
        except NotSmtp as error:
            self._wire.is_broken = True
            raise self._impossible(doing, "what answers there is no SMTP; check `port`") from error

    def _impossible(self, doing: str, why: str) -> MailError:
        return MailError(self.account, f"cannot {doing} ({self.account}): {why}")


def _coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _stuffed(data: bytes) -> bytes:
    """Double the dots at the start of lines, and end with one alone."""
    stuffed = (b"\r\n" + data).replace(b"\r\n.", b"\r\n..")[2:]
    return stuffed + (b".\r\n" if stuffed.endswith(b"\r\n") else b"\r\n.\r\n")
