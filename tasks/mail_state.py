"""What was fetched before, across runs: the server's ids, by the name that `state` gives.

An id is remembered once its mail is on the disk, and before anything is done with it on the server.
What is to be deleted or moved there is remembered too: where a run was killed in between, the next
one makes up for it. What has gone from the server is forgotten once it was to go.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from ..runner.task import Context, Ledger
from .clients.mailbox import Entry

_SPACES = "mail spaces"


@dataclass(frozen=True)
class StateName:
    """A name, and the mailbox it is used with."""

    name: str
    mailbox: tuple[str, ...]

    @property
    def text(self) -> str:
        return json.dumps([self.name, *self.mailbox], ensure_ascii=False)


@contextmanager
def held(name: StateName, ctx: Context) -> Iterator[None]:
    """Let no other run fetch with this state meanwhile; waits, and says so."""
    is_told = False

    def wait(seconds: float) -> None:
        nonlocal is_told
        if not is_told:
            ctx.line(f"another run fetches with the state {name.name}: waiting until it is done")
            is_told = True
        ctx.cancellation.sleep(seconds)

    with ctx.ledger.held(f"mail state {name.text}", wait):
        yield


class State:
    """What is known of a mailbox, whose ids hold good in `space`."""

    def __init__(self, ledger: Ledger, name: StateName, space: str) -> None:
        self._ledger = ledger
        self._name = name
        self._space = space
        self._fetched = f"mail fetched {name.text} {space}"
        self._unfiled = f"mail to file away {name.text} {space}"
        self._known = ledger.keys(self._fetched)
        self._last_space = (ledger.get(_SPACES, name.text) or {"space": None})["space"]

    def new(self, entries: Iterable[Entry]) -> list[Entry]:
        """Give those that were not fetched before."""
        return [entry for entry in entries if entry.uid not in self._known]

    @property
    def unfiled(self) -> set[str]:
        """The ids of those that were fetched, and with which something is left to do."""
        return self._ledger.keys(self._unfiled) & self._known

    def renumbered(self) -> str:
        """Say so if the server has given everything new ids since the last run."""
        if self._last_space in (None, self._space):
            return ""
        return (
            f"the server has given all mails new ids (UIDVALIDITY is {self._space}, it was"
            f" {self._last_space}): those that were fetched before count as new"
        )

    def forget(self, entries: Iterable[Entry]) -> None:
        """Forget what was to go and has gone; `entries` are all that the server has."""
        gone = self._ledger.keys(self._unfiled) - {entry.uid for entry in entries}
        if gone:
            self._ledger.delete(self._fetched, gone)
            self._ledger.delete(self._unfiled, gone)

    def record(self, uids: Iterable[str], *, to_be_filed: bool) -> None:
        """Remember mails as fetched; they are on the disk."""
        facts: dict[str, dict[str, str]] = {uid: {} for uid in uids}
        if to_be_filed:
            self._ledger.put(self._unfiled, facts)
        self._ledger.put(self._fetched, facts)
        self._known.update(facts)

    def start(self) -> None:
        """Remember in which space the ids are."""
        if self._last_space != self._space:
            self._ledger.put(_SPACES, {self._name.text: {"space": self._space}})

    def filed(self, entries: Iterable[Entry]) -> None:
        """Remember that nothing is left to do with mails that stay."""
        self._ledger.delete(self._unfiled, [entry.uid for entry in entries])
