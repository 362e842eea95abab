"""Mails on their way: those to one server in a row over one login, each tried again if it may."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import chain, count

from ..runner.task import Context, TaskError
from . import backoff, mail_once, mail_turn
from .clients.mail_account import MailAccount
from .clients.mail_words import MailError
from .clients.smtp import SmtpSession
from .clients.smtp_envelope import Delivery, Envelope
from .mail_once import Facts
from .mail_turn import Outcome, Outgoing, Turn

_LOOK_AGAIN = 0.2
_TOLD_AFTER = 10
"""Looks; hosts of one run may send the same, and wait for each other no longer than that."""


class Departures:
    """Sends mails, and tells of each in their order."""

    def __init__(self, mails: Iterator[Outgoing]) -> None:
        self._mails = mails
        self._unreached: set[MailAccount] = set()
        self._down: set[MailAccount] = set()
        """Servers that no retry could reach: for the mails that follow they are tried once."""
        self._backlog: dict[str, Facts] = {}

    def __iter__(self) -> Iterator[tuple[Outgoing, Outcome]]:
        while (mail := next(self._mails, None)) is not None:
            looks = count(1)
            while (turn := mail_turn.take(mail, self._backlog)) is None:
                if next(looks) == _TOLD_AFTER:
                    mail.ctx.warn(f"another run has the mail {mail.name} in hand: waiting for it")
                mail.ctx.cancellation.sleep(_LOOK_AGAIN)
            if turn.outcome is None:
                yield from self._row(turn)
            else:
                yield mail, turn.outcome

    def _row(self, first: Turn) -> Iterator[tuple[Outgoing, Outcome]]:
        turns = deque([first])
        try:
            with self._session(first.mail) as session:
                leaving = self._leaving(turns)
                for outcome in session.deliver_all(leaving, partial(self._may_leave, turns)):
                    yield from _settled(turns)
                    self._finish(turns[0], outcome)
                    yield from _settled(turns)
        except TaskError as error:
            for turn in turns:
                if turn.outcome is None:
                    self._finish(turn, error)
        finally:
            for turn in turns:
                turn.give_up()
            mail_once.catch_up(first.mail.ctx.ledger, self._backlog)
        yield from _settled(turns)

    def _leaving(self, turns: deque[Turn]) -> Iterator[Envelope]:
        """Give the mails for one account as the connection can take them."""
        account = turns[0].mail.account
        yield turns[0].envelope
        for mail in self._mails:
            turn = mail_turn.take(mail, self._backlog) if mail.account == account else None
            if turn is None:
                # Whoever waits for a mail in other hands must have none in its own.
                self._mails = chain([mail], self._mails)
                return
            turns.append(turn)
            if turn.outcome is None:
                yield turn.envelope

    def _finish(self, turn: Turn, outcome: Delivery | TaskError) -> None:
        """Try again, alone, as long as that is safe and may help."""
        retries = 0 if turn.mail.account in self._down else turn.mail.retries
        for attempt in count(1):
            decided = turn.decided(outcome)
            if attempt > retries or not turn.leaves_some(decided):
                turn.close(decided)
                break
            _pause(turn.mail, decided, attempt)
            outcome = self._alone(turn)
        self._down = set(self._unreached)

    def _alone(self, turn: Turn) -> Delivery | TaskError:
        try:
            with self._session(turn.mail) as session:
                return session.deliver(turn.envelope, partial(self._may_leave, [turn]))
        except TaskError as error:
            return error

    def _may_leave(self, turns: Iterable[Turn], group: Sequence[Envelope]) -> None:
        leaving = {id(envelope) for envelope in group}
        claims = [one.claim for one in turns if one.claim and id(one.envelope) in leaving]
        mail_once.may_leave(claims, self._backlog)

    @contextmanager
    def _session(self, mail: Outgoing) -> Iterator[SmtpSession]:
        self._unreached.add(mail.account)
        with session(mail.ctx, mail.account) as lent:
            self._unreached.discard(mail.account)
            yield lent


@contextmanager
def session(ctx: Context, account: MailAccount) -> Iterator[SmtpSession]:
    """Lend a session of the run's, to one thread at a time: hosts share one login too."""

    def connect() -> SmtpSession:
        made = SmtpSession(account)
        with ctx.cancellation.calling(made.abort):
            made.open()
        return made

    lease = ctx.pool.lease(
        ("smtp", account), connect, close=SmtpSession.close, alive=SmtpSession.alive
    )
    try:
        with _queue(ctx, account), lease as lent, ctx.cancellation.calling(lent.abort):
            yield lent
    except MailError:
        # Whoever wants to stop closes the sockets: that the server is gone is no error then.
        ctx.cancellation.check()
        raise


@contextmanager
def _queue(ctx: Context, account: MailAccount) -> Iterator[None]:
    # Whoever has a session may take a second one, to try a mail again.
    lock = ctx.pool.remember(("smtp queue", account), threading.RLock)
    while not lock.acquire(timeout=_LOOK_AGAIN):
        ctx.cancellation.check()
    try:
        yield
    finally:
        lock.release()


def _pause(mail: Outgoing, outcome: Outcome, attempt: int) -> None:
    seconds = backoff.pause(mail.retry_delay, attempt)
    why = outcome.msg if isinstance(outcome, TaskError) else "some receivers are refused for now"
    mail.ctx.line(f"{why}; trying again in {seconds:.1f} s")
    mail.ctx.cancellation.sleep(seconds)


def _settled(turns: deque[Turn]) -> Iterator[tuple[Outgoing, Outcome]]:
    while turns and (outcome := turns[0].outcome):
        yield turns.popleft().mail, outcome
