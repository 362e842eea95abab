"""Many mails over one connection, so that round trips cost as little as they can.

* With PIPELINING (RFC 2920) the text of one mail leaves together with MAIL, RCPT and DATA of the
  next: one round trip a mail, since the text waits for the 354.
* With CHUNKING too (RFC 3030) whole mails are written ahead, some at a time; large ones go as
  above, so that nothing large is sent in vain.
* Without, each command waits for its reply.

Where the connection ends, each mail that was begun is told apart: refused, not sent, or in doubt
if its last byte has left and no reply came. A mail that was not begun was not asked for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from typing import TypeAlias, cast

from .mail_words import MailError
from .smtp_envelope import Envelope
from .smtp_link import SmtpLink
from .smtp_transaction import Result, Transaction

BeforeSending: TypeAlias = Callable[[Sequence[Envelope]], None]
"""Told of mails right before the last bytes of the first of them leave."""

_Part: TypeAlias = tuple[Transaction, list[bytes]]
"""A mail, and what is sent of it now."""

_BLOCK = 64 * 1024
_WINDOW = 256 * 1024
_MOST_AHEAD = 32
"""As many mails are in doubt where a connection ends; more would gain little."""


def send_all(
    link: SmtpLink, envelopes: Iterable[Envelope], before_sending: BeforeSending
) -> Iterator[Result]:
    """Send mails, and tell in their order what became of each.

    Ends early if the connection does; the mails that were begun are told nevertheless. What taking
    an envelope raises is raised when those before it are done.
    """
    sending = _Sending(link, envelopes, before_sending)
    link.wire.doing = "send the mail"
    try:
        if "PIPELINING" in link.extensions:
            yield from sending.pipelined()
        else:
            yield from sending.one_by_one()
    except MailError as error:
        yield from sending.ended(error)
    except BaseException:
        link.wire.is_broken = True
        raise
    if sending.failure:
        raise sending.failure


def probe(link: SmtpLink, envelope: Envelope) -> Result:
    """Ask whether the server would take a mail for whom, and send nothing."""
    mail = Transaction(link.account, envelope, link.extensions)
    link.wire.doing = "ask about the receivers"
    commands = mail.by_asking(anew=link.has_rest)
    if "PIPELINING" in link.extensions:
        link.wire.send(b"".join(commands))
        while mail.is_waiting:
            mail.hear(link.reply())
    else:
        _ask_one_by_one(link, mail)
    link.has_rest = True  # where everybody was refused, RSET was not sent
    return cast("Result", mail.result)


def _ask_one_by_one(link: SmtpLink, mail: Transaction) -> None:
    for command in mail.one_by_one():
        link.wire.send(command)
        mail.hear(link.reply())


class _Sending:
    def __init__(
        self, link: SmtpLink, envelopes: Iterable[Envelope], before_sending: BeforeSending
    ) -> None:
        self.failure: Exception | None = None
        self._link = link
        self._mails = self._begun(envelopes)
        self._before_sending = before_sending
        self._flight: deque[Transaction] = deque()
        """The mails that were begun, without those that are done."""
        self._ready: Transaction | None = None
        """The mail that follows, made while the server was at work."""

    def _begun(self, envelopes: Iterable[Envelope]) -> Iterator[Transaction]:
        try:
            for envelope in envelopes:
                yield Transaction(self._link.account, envelope, self._link.extensions)
        except Exception as error:  # noqa: BLE001  # raised once the mails before it are done
            self.failure = error

    def ended(self, error: MailError) -> Iterator[Result]:
        """Tell what became of the mails that were begun, by what the server said before the end."""
        for mail in [*self._flight, *([self._ready] if self._ready else [])]:
            if error.code is None:
                error = self._last_words(mail) or error
            has_gone = self._link.wire.sent >= mail.ends_at
            in_doubt = has_gone and (error.code is None or not self._has_closed)
            yield mail.ended(error, in_doubt=in_doubt)

    @cached_property
    def _has_closed(self) -> bool:
        """Whether the server, that has said goodbye, does nothing of what it has not answered."""
        due = sum(mail.due for mail in self._flight)
        return due == 1 or self._link.has_closed()  # the goodbye is one answer

    def _last_words(self, mail: Transaction) -> MailError | None:
        """Hear what has come for a mail; gives the server's goodbye, if it is among that."""
        try:
            while mail.is_waiting and self._link.is_in_step and self._link.wire.heard(0):
                mail.hear(self._link.reply())
        except MailError as error:
            return error if error.code else None
        return None

    # Each way ---------------------------------------------------------------------------------

    def one_by_one(self) -> Iterator[Result]:
        while mail := self._next():
            self._flight.append(mail)
            mail.by_data(anew=self._link.has_rest)
            _ask_one_by_one(self._link, mail)
            if mail.wants_data:
                self._send([self._text(mail)])
            yield self._done(mail)

    def pipelined(self) -> Iterator[Result]:
        self._send(self._more())
        while self._flight:
            mail = self._flight[0]
            self._hear(mail)
            if mail.wants_data:
                self._send([self._text(mail), *self._more()])
                self._ready = self._next()
            yield self._done(mail)
            self._send(self._more())

    def _done(self, mail: Transaction) -> Result:
        self._hear(mail)
        self._link.has_rest = self._link.has_rest or mail.is_announced
        self._flight.popleft()
        return cast("Result", mail.result)

    def _next(self) -> Transaction | None:
        mail, self._ready = self._ready or next(self._mails, None), None
        return mail

    def _hear(self, mail: Transaction) -> None:
        while mail.is_waiting:
            mail.hear(self._link.reply())

    # What leaves together ---------------------------------------------------------------------

    def _text(self, mail: Transaction) -> _Part:
        self._link.has_rest = mail.result is not None  # a lone dot, after which nothing is sure
        return mail, mail.data()

    def _more(self) -> list[_Part]:
        """Begin as many mails as may be written ahead now; some at a time, or none."""
        more: list[_Part] = []
        if len(self._flight) <= _MOST_AHEAD // 2:
            while self._has_room() and (mail := self._next()):
                self._flight.append(mail)
                more.append((mail, self._opening(mail)))
        return more

    def _has_room(self) -> bool:
        if not self._flight:
            return True
        if self._flight[-1].is_announced:
            return False
        ahead = sum(mail.envelope.size for mail in self._flight)
        return len(self._flight) < _MOST_AHEAD and ahead < _WINDOW

    def _opening(self, mail: Transaction) -> list[bytes]:
        if "CHUNKING" not in self._link.extensions or mail.envelope.size > _WINDOW:
            return mail.by_data(anew=self._link.has_rest)
        pieces = mail.by_bdat(anew=self._link.has_rest)
        self._link.has_rest = True  # what comes next leaves before it is known how this one ended
        return pieces

    def _send(self, parts: Sequence[_Part]) -> None:
        pieces: list[bytes] = []
        leaving: list[Envelope] = []
        early, place = 0, self._link.wire.sent
        for mail, given in parts:
            pieces += given
            place += sum(map(len, given))
            if mail.is_leaving:
                mail.ends_at = place
                early = early or len(pieces) - 1
                leaving.append(mail.envelope)
        if sum(map(len, pieces[:early])) >= _BLOCK:
            self._write(pieces[:early])
            pieces = pieces[early:]
        if leaving:
            self._before_sending(leaving)
        self._write(pieces)

    def _write(self, pieces: Sequence[bytes]) -> None:
        for block in _blocks(pieces):
            self._link.wire.send(block)


def _blocks(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """Put small pieces together: each block is a call, and at least a packet."""
    gathered: list[bytes] = []
    size = 0
    for piece in pieces:
        if size + len(piece) > _BLOCK and gathered:
            yield b"".join(gathered)
            gathered, size = [], 0
        gathered.append(piece)
        size += len(piece)
    if gathered:
        yield b"".join(gathered)
