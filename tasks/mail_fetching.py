"""Fetching from one mailbox: what is chosen, filed, and done with on the server afterwards."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from itertools import chain, islice, repeat
from typing import Any

from ..runner.dataclasses import dataclass, field
from ..runner.task import Context, TaskError
from .clients.mail_words import MailError
from .clients.mailbox import Entry, MailSession
from .mail_after import After, file_away
from .mail_filing import Filing
from .mail_mailbox import Mailbox, opened
from .mail_mark import Mark
from .mail_places import Places
from .mail_select import Selection
from .mail_state import State, StateName

_PAUSES = (1.0, 2.0, 4.0, 8.0)
"""Seconds between two logins, where only a new login shows what is new."""
_HEADS_AT_ONCE = 100
_LARGEST_HEAD = 1024 * 1024


@dataclass(frozen=True, kw_only=True)
class Plan:
    """What a step is to do, all of it checked."""

    mailbox: Mailbox
    selection: Selection
    limit: int | None
    max_size: int
    since: Mark | None
    state: StateName | None
    wait: float
    places: Places
    after: After

    @property
    def read_only(self) -> bool:
        return self.places.check or self.after == "keep"


@dataclass
class Catch:
    """What became of it."""

    welcome: str = ""
    capabilities: Sequence[str] = ()
    space: str = ""
    entries: Sequence[Entry] = ()
    messages: Sequence[dict[str, Any]] = ()
    fetched: int = 0
    """How many they were, those that are not told too."""
    is_registered: bool = True
    filed: int = 0
    changed: bool = False
    warnings: Sequence[str] = ()


def fetch(plan: Plan, ctx: Context) -> Catch:
    """Fetch what there is; with `wait`, wait until there is something.

    What was fetched before something failed is in the error's data: it will not be fetched again.
    """
    passed = _Passed()
    try:
        return _fetch(plan, ctx, passed)
    except TaskError as error:
        error.data["messages"] = passed.messages
        raise


def _fetch(plan: Plan, ctx: Context, passed: _Passed) -> Catch:
    end = time.monotonic() + plan.wait
    for least in chain(_PAUSES, repeat(_PAUSES[-1])):
        with opened(plan.mailbox, ctx, read_only=plan.read_only) as session:
            visit = _Visit(session, plan, ctx, passed)
            with closing(visit):
                is_done = visit.look_until(end)
        if is_done:
            return visit.catch
        pause = max(least, _login_delay(visit.catch.capabilities))
        ctx.cancellation.sleep(min(pause, max(0, end - time.monotonic())))
    raise AssertionError


def _login_delay(capabilities: Iterable[str]) -> float:
    """How many seconds a POP3 server wants between two logins (RFC 2449, 6.5)."""
    words = (line.upper().split() for line in capabilities)
    delays = [each[1] for each in words if each[:1] == ["LOGIN-DELAY"] and len(each) > 1]
    return float(delays[0]) if delays and delays[0].isdecimal() else 0


@dataclass
class _Passed:
    """What was found out in logins before, and need not be looked at again."""

    rejected: set[str] = field(default_factory=set)
    warnings: list[str] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)


class _Visit:
    """One login."""

    def __init__(self, session: MailSession, plan: Plan, ctx: Context, passed: _Passed) -> None:
        self._session = session
        self._plan = plan
        self._ctx = ctx
        self._passed = passed
        # Whoever waits has waited long enough if there was something before the run was killed.
        self._once = ctx.once if ctx.is_registered or plan.wait else None
        self._state = State(ctx.ledger, plan.state, session.space) if plan.state else None
        origin = "\n".join((*plan.mailbox.identity, session.space))
        asked = ctx.is_registered
        self._filing = Filing(plan.places, origin, self._record, passed.messages, asked)
        self.catch = Catch(
            session.welcome, session.capabilities, session.space, is_registered=asked
        )

    def look_until(self, end: float) -> bool:
        """Fetch what is there; tells whether that is all that can be done."""
        self._begin()
        while True:
            self._look()
            left = end - time.monotonic()
            if self._filing.messages or left <= 0:
                self._finish()
                return True
            if not self._wait(left):
                return False

    def _wait(self, seconds: float) -> bool:
        """Wait for news; that a connection does not last so long is no failure."""
        try:
            return self._session.wait(seconds)
        except MailError:
            self._ctx.cancellation.check()
            return False

    def close(self) -> None:
        """Drop what is not settled."""
        self._filing.close()

    def _begin(self) -> None:
        if self._state:
            self._passed.warnings += filter(None, [self._state.renumbered()])
            if not self._plan.places.check:
                self._state.start()
                if self._once and not self._passed.messages:
                    self._passed.messages += self._state.told(self._once)

    def _record(self, mails: Mapping[str, Mapping[str, Any]]) -> None:
        if self._state and not self._plan.places.check:
            to_be_filed = self._plan.after != "keep"
            self._state.record(mails, self._once, to_be_filed=to_be_filed)

    # Fetching ---------------------------------------------------------------------------------

    def _look(self) -> None:
        self.catch.entries = self._session.entries()
        if self._state and not self._session.space:
            self._recognise(self._state)
        chosen = self._chosen(self._candidates()[::-1])
        while batch := list(islice(chosen, self._room)):
            self._fetch(sorted(batch, key=lambda entry: entry.number))
        self._filing.settle()

    def _recognise(self, state: State) -> None:
        """Look at what is to be deleted: of POP3, a new mail may have got its id (RFC 1939, 7)."""
        unfiled = state.unfiled
        begun = [entry for entry in self.catch.entries if entry.uid in unfiled]
        if begun:
            from .message.head import head

            for entry, raw in self._session.heads(begun, _LARGEST_HEAD):
                state.recognise(entry.uid, head(raw).headers)

    @property
    def _room(self) -> int | None:
        return None if self._plan.limit is None else self._plan.limit - self._filing.count

    def _candidates(self) -> list[Entry]:
        """Give what may be meant as far as lists can tell, oldest first."""
        entries = self._plan.selection.listed(self.catch.entries)
        if self._plan.since:
            entries = self._plan.since.new(entries, self._session.space)
        if self._state:
            entries = self._state.new(entries)
        return [entry for entry in entries if entry.uid not in self._passed.rejected]

    def _chosen(self, entries: Sequence[Entry]) -> Iterator[Entry]:
        """Choose by headers, if need be, and by size."""
        for entry in self._with_right_heads(entries):
            if entry.size <= self._plan.max_size:
                yield entry
            else:
                self._passed.rejected.add(entry.uid)
                self._passed.warnings.append(
                    f"mail {entry.number} was left on the server: it has {entry.size:,} bytes, more"
                    f" than max_size ({self._plan.max_size:,})"
                )

    def _narrowed(self, entries: Sequence[Entry]) -> Sequence[Entry]:
        """Leave out what the server knows not to fit, where it has many mails."""
        criteria = self._plan.selection.rough
        if not criteria or len(entries) <= _HEADS_AT_ONCE:
            return entries
        found = self._session.search(criteria)
        return [entry for entry in entries if found is None or entry.uid in found]

    def _with_right_heads(self, entries: Sequence[Entry]) -> Iterator[Entry]:
        if not self._plan.selection.needs_heads:
            yield from entries
            return
        from .message.head import head

        entries = self._narrowed(entries)
        for start in range(0, len(entries), _HEADS_AT_ONCE):
            together = entries[start : start + _HEADS_AT_ONCE]
            heads = self._session.heads(
                sorted(together, key=lambda each: each.number), _LARGEST_HEAD
            )
            right = {
                entry.uid for entry, raw in heads if self._plan.selection.takes_head(head(raw))
            }
            self._passed.rejected.update(entry.uid for entry in together if entry.uid not in right)
            yield from (entry for entry in together if entry.uid in right)

    def _fetch(self, entries: Sequence[Entry]) -> None:
        # A server may count a line's end as one byte.
        most = 2 * self._plan.max_size
        is_wanted = self._plan.selection.takes_mail
        for entry, content in self._session.messages(entries, most, self._plan.places.spool):
            if not self._filing.take(entry, content, is_wanted):
                self._passed.rejected.add(entry.uid)
            self._ctx.cancellation.check()
            self._ctx.progress("fetching", self._filing.count, unit="mails")

    # Afterwards -------------------------------------------------------------------------------

    def _finish(self) -> None:
        catch = self.catch
        catch.messages = sorted(self._filing.messages, key=lambda told: -told["number"])
        catch.fetched = self._filing.count
        catch.filed = self._file_away(self._to_be_filed()) if self._plan.after != "keep" else 0
        catch.changed = self._filing.changed or bool(catch.filed)
        told = self._filing.warnings
        catch.warnings = [*self._passed.warnings, *told, *self._session.refusals]

    def _to_be_filed(self) -> list[Entry]:
        """Give what was fetched, now or by a run that did not come to the end."""
        uids = {entry.uid for entry in self._filing.settled}
        if self._state:
            if not self._plan.places.check:
                self._state.forget(self.catch.entries)
            uids |= self._state.unfiled
        return [entry for entry in self.catch.entries if entry.uid in uids]

    def _file_away(self, entries: Sequence[Entry]) -> int:
        if self._plan.places.check or not entries:
            return len(entries)
        refused_before = len(self._session.refusals)
        settled = {entry.uid for entry in self._filing.settled}
        begun = [entry for entry in entries if entry.uid not in settled]
        file_away(self._session, self._plan.after, entries, begun)
        if self._state and self._plan.after in ("seen", "flag"):
            self._state.filed(entries)
        return len(entries) - (len(self._session.refusals) - refused_before)
