"""Many mails over one connection, so that round trips cost as little as they can.

* With PIPELINING (RFC 2920) the text of one mail leaves together with MAIL, RCPT and DATA of the
  next: one round trip a mail, since the text waits for the 354. A long text begins to leave while
  the mail before it is told of; its last dot does not.
* With CHUNKING too (RFC 3030) whole mails are written ahead, some at a time; large ones go as
  above, so that nothing large is sent in vain. Behind them goes EHLO, whose reply is like no other:
  where it comes in its place, each mail has got its own reply, and none that nobody has asked for.
* Without, each command waits for its reply.

Where the connection ends, each mail that was begun is told apart: refused, not sent, or in doubt
if its last byte has left and no reply came. A mail that was not begun was not asked for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import TypeAlias, cast

from .mail_words import MailError
from .smtp_envelope import Envelope
from .smtp_link import SmtpLink
from .smtp_text import BLOCK, blocks
from .smtp_transaction import Result, Transaction

BeforeSending: TypeAlias = Callable[[Sequence[Envelope]], None]
"""Told of mails right before the last bytes of the first of them leave."""

_Part: TypeAlias = tuple[Transaction | None, list[bytes]]
"""A mail, and what is sent of it now; or what belongs to none."""

_WINDOW = 256 * 1024
_TOGETHER = 16
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
        self._is_closed = False
        """Whether EHLO was sent behind the mails that went in chunks."""

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
            while mail.has_begun and self._link.is_in_step and self._link.wire.heard(0):
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
        self._go_on()
        while self._flight:
            mail = self._flight[0]
            if mail.is_chunked:
                yield from self._group()
            else:
                self._hear(mail)
                if mail.wants_data:
                    self._send([self._text(mail), *self._more()])
                    if mail.envelope.size < _WINDOW:  # nobody keeps three large ones
                        self._ready = self._next()
                self._hear(mail)
                self._begin_next()
                yield self._done(mail)
            self._go_on()

    def _begin_next(self) -> None:
        """Let the server work on a large mail meanwhile, as far as nobody has to wait for that."""
        mail = next(islice(self._flight, 1, None), None)
        if mail is None or mail.envelope.size < BLOCK:
            return
        while mail.is_waiting and self._link.wire.heard(0):
            mail.hear(self._link.reply())
        while mail.wants_data and self._link.wire.has_room and (block := mail.next_block()):
            self._link.wire.send(block)

    def _group(self) -> Iterator[Result]:
        """Hear of all mails that went in chunks together, before any is told."""
        self._ready = self._next()
        for mail in self._flight:
            self._hear(mail)
        if not self._link.says_hello():
            yield from self._lost_step()
        while self._flight:
            yield self._done(self._flight[0])
        self._link.has_rest = self._is_closed = False

    def _lost_step(self) -> Iterator[Result]:
        """Nobody knows which reply was whose; raises MailError, for those that were not begun."""
        error = self._link.out_of_step()
        while self._flight:
            self._flight.popleft()
            yield error.of_a_mail(in_doubt=True)
        raise error

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

    def _go_on(self) -> None:
        """Write as many mails ahead as may be; the server begins while the later ones are made."""
        while more := self._more():
            self._send(more)
        if self._has_chunks and not self._is_closed:
            self._send([(None, [self._link.hello])])
            self._is_closed = True

    def _more(self) -> list[_Part]:
        """Begin some mails, or none."""
        more: list[_Part] = []
        while len(more) < _TOGETHER and self._has_room() and (mail := self._next()):
            if self._flight and self._has_chunks == self._is_large(mail):
                self._ready = mail  # it goes the other way, and the two do not mix
                break
            self._flight.append(mail)
            more.append((mail, self._opening(mail)))
        return more

    @property
    def _has_chunks(self) -> bool:
        return bool(self._flight) and self._flight[-1].is_chunked

    def _has_room(self) -> bool:
        if not self._flight:
            return True
        if self._is_closed or self._flight[-1].is_announced:
            return False
        ahead = sum(mail.envelope.size for mail in self._flight if mail.is_chunked)
        return len(self._flight) < _MOST_AHEAD and ahead < _WINDOW

    def _is_large(self, mail: Transaction) -> bool:
        return "CHUNKING" not in self._link.extensions or mail.envelope.size > _WINDOW

    def _opening(self, mail: Transaction) -> list[bytes]:
        if self._is_large(mail):
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
            if mail and mail.is_leaving:
                mail.ends_at = place
                early = early or len(pieces) - 1
                leaving.append(mail.envelope)
        if sum(map(len, pieces[:early])) >= BLOCK:
            self._write(pieces[:early])
            pieces = pieces[early:]
        if leaving:
            self._before_sending(leaving)
        self._write(pieces)

    def _write(self, pieces: Sequence[bytes]) -> None:
        for block in blocks(pieces):
            self._link.wire.send(block)
