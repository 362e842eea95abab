"""Mails that are sent once: what is remembered of each, around its last dot.

    claimed   a run has it in hand; nothing has left
    sending   its last bytes were about to leave
    in doubt  the connection ended after them, and no reply came
    sent      the server has accepted it

Of a run that was killed, `claimed` is nothing, and `sending` is in doubt: whether the server has
accepted the mail, nobody can know from here.

Every mail of a run has a key, that of its place in the run, so that a run that is resumed sends it
once too. No other run knows this key while this one is at work: nobody has to be kept away from it,
it is jotted down, and `sent` may wait for the next mail, so that both are written at once.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, TypeAlias

from ..runner.dataclasses import dataclass, replace
from ..runner.task import Context, Ledger

Facts: TypeAlias = Mapping[str, Any]

_SPACE = "mail sent once"


@dataclass(frozen=True)
class Known:
    """What is remembered of a mail by another step or run."""

    state: str
    owner: str
    at: str
    message_id: str
    accepted: Sequence[str] = ()
    """Who has got it for sure."""
    reply: str = ""
    refused: Sequence[str] = ()
    """Who has not got what is in doubt, for sure."""
    place: str | None = None
    """Where in a run it was sent: the key that it has there beside its own."""

    @property
    def age(self) -> float:
        """For how many seconds it has been so."""
        return time.time() - datetime.fromisoformat(self.at).timestamp()

    @property
    def is_in_doubt(self) -> bool:
        return self.state == "in doubt"

    @property
    def is_in_hand(self) -> bool:
        return self.state in ("claimed", "sending")


@dataclass(frozen=True)
class Claim:
    """A mail that this run has in hand."""

    ledger: Ledger
    key: str
    message_id: str
    had_it: tuple[str, ...] = ()
    """Who has got it before, and need not get it again."""
    backlog: dict[str, Facts] | None = None
    """Takes what may be written later, if no other run knows the key."""
    place: str | None = None

    def still_in_hand(self, accepted: Iterable[str] = ()) -> Claim:
        """Nothing is under way, and nobody else may send it; these have got it."""
        had_it = (*self.had_it, *accepted)
        if not had_it and self.backlog is not None:
            return self
        claim = replace(self, had_it=had_it)
        _put(claim, "claimed", had_it)
        return claim

    def is_in_doubt(self, refused: Iterable[str] = ()) -> None:
        """Nobody can know what became of it, but for those who were refused."""
        _put(self, "in doubt", self.had_it, refused=refused)

    def is_sent(self, accepted: Iterable[str], reply: str) -> None:
        """The server has accepted it for these."""
        everyone = dict.fromkeys((*self.had_it, *accepted))
        if self.backlog is None:
            _put(self, "sent", everyone, reply)
        else:
            self.backlog[self.key] = self.facts("sent", everyone, reply)

    def let_go(self) -> None:
        """Nothing was sent after all."""
        if self.had_it:
            _put(self, "sent", self.had_it)
        else:
            self.ledger.delete(_SPACE, [self.key])

    def give_up(self) -> None:
        """The step has ended in between."""
        facts = self.ledger.get(_SPACE, self.key)
        if facts and facts["state"] == "sending":
            self.is_in_doubt()
        else:
            self.let_go()

    def facts(
        self, state: str, accepted: Iterable[str], reply: str = "", refused: Iterable[str] = ()
    ) -> Facts:
        return {
            "state": state,
            "owner": self.ledger.owner,
            "at": _moment(int(time.time())),
            "message_id": self.message_id,
            "accepted": list(accepted),
            "reply": reply,
            "refused": list(refused),
            "place": self.place,
        }


@lru_cache(maxsize=8)  # many mails are sent in one second
def _moment(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


def _put(
    claim: Claim,
    state: str,
    accepted: Iterable[str],
    reply: str = "",
    refused: Iterable[str] = (),
) -> None:
    facts = {claim.key: claim.facts(state, accepted, reply, refused)}
    if claim.backlog is None:
        # What a power cut takes of this leaves the mail free, or in doubt: nothing is sent twice.
        claim.ledger.put(_SPACE, facts, outlives_power=False)
    else:
        claim.ledger.jot(_SPACE, facts)


def take(
    ctx: Context,
    key: str,
    message_id: str,
    receivers: Iterable[str],
    *,
    backlog: dict[str, Facts],
    even_in_doubt: bool = False,
) -> Claim | Known:
    """Take a mail in hand, unless all have got it, it is in doubt, or in other hands."""
    is_of_this_run = key == ctx.once and not ctx.is_beside
    alone = nullcontext() if is_of_this_run else ctx.ledger.held(_SPACE, ctx.cancellation.sleep)
    with alone:
        known = look(ctx, key)
        later = backlog if is_of_this_run else None
        claim = Claim(ctx.ledger, key, message_id, backlog=later, place=ctx.once)
        if known is None:
            return claim.still_in_hand()
        if (known.is_in_doubt and even_in_doubt) or (
            known.state == "sent" and not set(receivers) <= set(known.accepted)
        ):
            return claim.still_in_hand(known.accepted)
        return known


def look(ctx: Context, key: str) -> Known | None:
    """What is known of a mail; None if it is free."""
    facts = ctx.ledger.get(_SPACE, key)
    if facts is None:
        return None
    known = Known(**facts)
    if not known.is_in_hand or ctx.ledger.is_alive(known.owner):
        return known
    if ctx.ledger.get(_SPACE, key) != facts:
        # It has come further before it died.
        return look(ctx, key)
    if known.state == "sending":
        return replace(known, state="in doubt")
    return replace(known, state="sent") if known.accepted else None


def may_leave(claims: Sequence[Claim], backlog: dict[str, Facts]) -> None:
    """Remember of all these, at once, that from now on they may have been sent."""
    if not claims:
        return
    entries = {claim.key: claim.facts("sending", claim.had_it) for claim in claims}
    if any(claim.backlog is None for claim in claims):
        claims[0].ledger.put(_SPACE, {**backlog, **entries})
    else:
        claims[0].ledger.jot(_SPACE, {**backlog, **entries})
    backlog.clear()


def catch_up(ledger: Ledger, backlog: dict[str, Facts]) -> None:
    """Write what has waited."""
    if backlog:
        ledger.jot(_SPACE, backlog)
        backlog.clear()
