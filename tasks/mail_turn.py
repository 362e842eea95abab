"""One mail in its turn: whether it may be sent, sent again, or is in doubt; and what is remembered.

A mail may be tried again as long as its last bytes have not left, or the server has refused it. A
connection that ends after them and before the reply leaves it in doubt.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal, TypeAlias

from ..runner.dataclasses import dataclass, replace
from ..runner.task import Context, TaskError, Undecided
from . import backoff, mail_once
from .clients.mail_account import MailAccount
from .clients.mail_words import MailError, is_transient
from .clients.smtp_envelope import Delivery, Envelope
from .clients.smtp_reply import Reply
from .mail_once import Claim, Facts, Known
from .mail_parameters import InDoubt

Outcome: TypeAlias = Delivery | Known | TaskError

_DECIDE = "look whether it has arrived, or let `in_doubt` decide: search, resend or skip"
_RESUME = (
    "look whether it has arrived, and then resume with --in-doubt repeat, to send it again, or with"
    " --in-doubt skip, to leave it; or let `in_doubt: search` look"
)
_FOUND = "it was found in the mailbox"
_MOST_LOOKS = 4
"""A mail that a server has taken may be on its way to the mailbox for some seconds."""


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """A mail that is ready to leave."""

    ctx: Context
    account: MailAccount
    envelope: Envelope
    message_id: str
    retries: int = 0
    retry_delay: float = 1
    once: str | None = None
    in_doubt: InDoubt = "fail"
    has_arrived: Callable[[], bool] = lambda: False
    """Looks for the mail in a mailbox; for `in_doubt: search`."""

    @property
    def name(self) -> str:
        """What a person knows it by."""
        return self.message_id if self.once in (None, self.ctx.once) else str(self.once)

    def decide(self) -> Literal["sent", "resend", "skip", "fail"]:
        """Say what to do with it if it is in doubt; raises TaskError if one cannot look."""
        if self.in_doubt != "search":
            return self.in_doubt
        for looks in range(1, 1 if self._has_left_long_ago else _MOST_LOOKS):
            if self.has_arrived():
                return "sent"
            seconds = backoff.pause(self.retry_delay, looks)
            self.ctx.line(f"{self.name} is not in the mailbox; looking again in {seconds:.1f} s")
            self.ctx.cancellation.sleep(seconds)
        return "sent" if self.has_arrived() else "resend"

    @property
    def _has_left_long_ago(self) -> bool:
        """As with many mails of which the first was waited for, and in most runs that resume."""
        known = mail_once.look(self.ctx, self.once) if self.once else None
        return known is not None and known.age > self.retry_delay * 2 ** (_MOST_LOOKS - 1)


@dataclass
class Turn:
    """`envelope` is what is left to send, `claim` holds the mail if it is sent once."""

    mail: Outgoing
    envelope: Envelope
    claim: Claim | None = None
    outcome: Outcome | None = None
    """When it is known."""
    so_far: Delivery | None = None
    """Of earlier attempts."""

    def decided(self, outcome: Delivery | TaskError) -> Outcome:
        """Decide about a mail of which the server's reply was lost."""
        if not (isinstance(outcome, MailError) and outcome.in_doubt):
            return outcome
        account, receivers = self.mail.account, self.envelope.receivers
        try:
            decision = self.mail.decide()
        except TaskError as error:
            return MailError(
                account, f"{outcome.msg}\n{error.msg}", in_doubt=True, refused=outcome.refused
            )
        match decision:
            case "sent":
                accepted = tuple(one for one in receivers if one not in outcome.refused)
                return Delivery(accepted, outcome.refused, Reply(250, (_FOUND,)))
            case "resend":
                return MailError(account, outcome.msg, transient=True)
            case "skip":
                return Known("in doubt", "", "", self.mail.message_id)
        msg = f"{outcome.msg}; {_DECIDE}"
        return MailError(account, msg, in_doubt=True, refused=outcome.refused)

    def leaves_some(self, outcome: Outcome) -> bool:
        """Tell whether another attempt is safe and may help; then this is what it is for."""
        accepted: tuple[str, ...] = ()
        if isinstance(outcome, Delivery):
            later = [one for one, reply in outcome.refused.items() if is_transient(reply.code)]
            if not later:
                return False
            accepted = outcome.accepted
            self.so_far = _together(self.so_far, outcome)
            self.envelope = replace(self.envelope, receivers=later)
        elif not (isinstance(outcome, MailError) and outcome.transient):
            return False
        if self.claim:
            self.claim = self.claim.still_in_hand(accepted)
        return True

    def close(self, last: Outcome) -> None:
        """Set how it went in the end, and remember it."""
        outcome = self._in_all(last)
        self.outcome = outcome
        try:
            _remember(self.claim, outcome)
        except TaskError as error:
            sent = "the mail was sent, and this could not be remembered: "
            is_sent = isinstance(outcome, Delivery) and outcome.accepted
            self.outcome = TaskError(f"{sent if is_sent else ''}{error.msg}")

    def _in_all(self, last: Outcome) -> Outcome:
        """Bring the last attempt together with those before it."""
        before = self.so_far
        if before is None:
            return last
        if isinstance(last, Delivery):
            return _together(before, last)
        if isinstance(last, Known):
            return replace(last, accepted=before.accepted)
        if isinstance(last, MailError) and last.in_doubt:
            accepted, left = list(before.accepted), self.envelope.receivers
            msg = f"sent to {', '.join(accepted) or 'nobody'}; as to {', '.join(left)}: {last.msg}"
            for_good = {one: reply for one, reply in before.refused.items() if one not in left}
            return MailError(
                self.mail.account,
                msg,
                in_doubt=True,
                refused={**for_good, **last.refused},
                accepted=accepted,
                changed=bool(accepted),
            )
        return before

    def give_up(self) -> None:
        """The step ends before the outcome is known."""
        if self.claim and self.outcome is None:
            self.claim.give_up()


def take(mail: Outgoing, backlog: dict[str, Facts]) -> Turn | None:
    """Take a mail in hand; None while somebody else has it there."""
    turn = Turn(mail, mail.envelope)
    if mail.once is None:
        return turn
    try:
        taken = _claimed(mail, mail.once, backlog)
    except TaskError as error:
        turn.outcome = error
        return turn
    if isinstance(taken, Claim):
        if not taken.had_it:
            return Turn(mail, mail.envelope, taken)
        missing = [one for one in mail.envelope.receivers if one not in taken.had_it]
        return Turn(mail, replace(mail.envelope, receivers=missing), taken)
    turn.outcome = taken
    return None if taken.is_in_hand else turn


def _claimed(mail: Outgoing, key: str, backlog: dict[str, Facts]) -> Claim | Known:
    receivers = mail.envelope.receivers
    take = partial(mail_once.take, mail.ctx, key, mail.message_id, receivers, backlog=backlog)
    taken = take()
    if isinstance(taken, Claim) or not taken.is_in_doubt:
        return taken
    decision = mail.decide()
    if decision == "skip":
        return taken
    if decision == "fail":
        # Of what this very process has tried, the playbook decides.
        is_resumed = taken.place and taken.place == mail.ctx.once
        is_earlier = is_resumed and taken.owner != mail.ctx.ledger.owner
        kind, decide = (Undecided, _RESUME) if is_earlier else (TaskError, _DECIDE)
        raise kind(
            f"the mail {mail.name} may have been sent or not: at {taken.at} its step ended before"
            f" the server's reply; {decide}"
        )
    claim = take(even_in_doubt=True)
    if decision == "sent" and isinstance(claim, Claim):
        claim.is_sent([one for one in receivers if one not in taken.refused], _FOUND)
        mail_once.catch_up(mail.ctx.ledger, backlog)
        return take()
    return claim


def _together(before: Delivery | None, now: Delivery) -> Delivery:
    if before is None:
        return now
    accepted = (*before.accepted, *now.accepted)
    refused = {**before.refused, **now.refused}
    return replace(
        now if now.accepted else before,
        accepted=accepted,
        refused={one: reply for one, reply in refused.items() if one not in accepted},
    )


def _remember(claim: Claim | None, outcome: Outcome) -> None:
    if claim is None:
        return
    if isinstance(outcome, Delivery) and outcome.accepted:
        claim.is_sent(outcome.accepted, outcome.reply.text)
    elif isinstance(outcome, Known):
        claim.is_in_doubt()
    elif isinstance(outcome, MailError) and outcome.in_doubt:
        claim.is_in_doubt(outcome.refused)
    elif isinstance(outcome, (Delivery, MailError)):
        claim.let_go()
    else:
        claim.give_up()
