"""A login on an SMTP server that takes any number of mails (RFC 5321).

Rules that are easily broken:

* What the server offers before TLS is forgotten after it (RFC 3207, 4.2).
* A password goes over a connection in clear only to this machine, or if that was asked for.
* How mails follow each other, and what is known of each when the connection ends, is the affair of
  `smtp_sending`.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence

from .lines import one_line
from .mail_account import MailAccount
from .mail_words import MailError, refused
from .smtp_envelope import Delivery, Dsn, Envelope
from .smtp_link import SmtpLink
from .smtp_sending import BeforeSending, probe, send_all
from .smtp_transaction import Result

__all__ = ["Delivery", "Dsn", "Envelope", "Result", "SmtpSession"]

_TRUSTED_IDLE = 20.0
_UNKNOWN_COMMAND = (500, 501, 502, 504)
_CHALLENGE = 334
_NOT_THE_PASSWORD = (432, 451, 454, 530, 534, 538)
"""Refusals of a login for other reasons (RFC 4954, 6)."""


def _nobody_asks(_: Sequence[Envelope]) -> None:
    """Nothing is journalled."""


class SmtpSession:
    """Open it first, close it last."""

    def __init__(self, account: MailAccount) -> None:
        self.account = account
        self._link = SmtpLink(account)
        self._used = time.monotonic()
        self.abort: Callable[[], None] = self._link.wire.abort

    # Opening and closing ----------------------------------------------------------------------

    def open(self) -> None:
        """Connect, start TLS and log in."""
        try:
            self._link.wire.open()
            self._link.greeting()
            self._hello()
            self._start_tls()
            if self.account.user:
                self._log_in()
        except BaseException:
            self.close()
            raise

    def _hello(self) -> None:
        name = one_line("helo", self.account.helo) or self._own_name()
        try:
            reply = self._link.ask("greet the server", f"EHLO {name}")
        except MailError as error:
            if error.code not in _UNKNOWN_COMMAND:
                raise
            reply = self._link.ask("greet the server", f"HELO {name}")
        self._link.hello = f"EHLO {name}\r\n".encode()
        self._link.extensions = reply.extensions

    def _own_name(self) -> str:
        name = socket.gethostname()
        if "." in name and name.isascii():
            return name
        address = self._link.wire.local_address
        return f"[IPv6:{address}]" if ":" in address else f"[{address}]"

    def _start_tls(self) -> None:
        offered = "STARTTLS" in self._link.extensions
        wanted = self.account.tls
        if wanted == "starttls" or (wanted == "opportunistic" and offered):
            self._link.wire.doing = "start TLS"
            if not offered:
                raise self._link.impossible(
                    "the server does not offer STARTTLS; check `port`, or set `tls: implicit`"
                    " (port 465 as a rule) or `tls: none`",
                )
            self._link.ask("start TLS", "STARTTLS")
            self._link.wire.secure()
            self._hello()

    def _log_in(self) -> None:
        """RFC 4954."""
        from . import sasl

        offered = self._link.extensions.get("AUTH", "").split()
        exchange = sasl.choose(self.account, offered, is_secure=self._link.wire.is_secure)
        reply = self._link.exchange("log in", f"AUTH {exchange.begin()}")
        while reply.code == _CHALLENGE:
            reply = self._link.exchange("log in", exchange.answer(reply.text))
        if not reply.done:
            hint = "" if reply.code in _NOT_THE_PASSWORD else exchange.hint
            raise refused(self.account, "log in", "AUTH", reply.code, reply.text, hint)
        exchange.finish()

    def alive(self) -> bool:
        """Tell whether a session that lay idle can be used again."""
        if not self._link.wire.quiet():
            return False
        if time.monotonic() - self._used < _TRUSTED_IDLE:
            return True
        try:
            return self._link.ask("see whether the server is there", "NOOP").done
        except MailError:
            return False

    def close(self) -> None:
        self._link.wire.close(b"QUIT\r\n")

    # Mail -------------------------------------------------------------------------------------

    def probe(self, envelope: Envelope) -> Delivery:
        """Ask who would get a mail and who would be refused, and send nothing."""
        return self._told(probe(self._link, envelope))

    def deliver(self, envelope: Envelope, before_sending: BeforeSending = _nobody_asks) -> Delivery:
        """Send a mail to all who are accepted; raises MailError if the mail itself is not."""
        [result] = self.deliver_all([envelope], before_sending)
        return self._told(result)

    def deliver_all(
        self, envelopes: Iterable[Envelope], before_sending: BeforeSending = _nobody_asks
    ) -> Iterator[Result]:
        """Send mails, and tell in their order what became of each: Delivery or MailError.

        `before_sending` is told of each right before its last byte leaves: from then on it may have
        been sent. After a lost connection the results end with those of the mails that were taken
        from `envelopes`; another session can go on with the rest.
        """
        yield from send_all(self._link, envelopes, before_sending)
        self._used = time.monotonic()

    def _told(self, result: Result) -> Delivery:
        self._used = time.monotonic()
        if isinstance(result, MailError):
            raise result
        return result
