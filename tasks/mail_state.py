"""What was fetched before, across runs: the server's ids, by the name that `state` gives.

An id is remembered once its mail is on the disk, and before anything is done with it on the server.
What is to be deleted or moved there is remembered too: where a run was killed in between, the next
one makes up for it. What has gone from the server is forgotten once it was to go.

In a run that can be resumed, what is told of a mail is remembered too: if the run is killed before
the step has ended, the mail will not be fetched again, but the playbook has not heard of it yet.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from ..runner.dataclasses import dataclass
from ..runner.task import Context, Ledger
from .clients.mailbox import Entry

Headers: TypeAlias = Mapping[str, Sequence[str]]

_SPACES = "mail spaces"
_OWN_HEADERS = ("message-id", "date", "received")
"""What no two mails have alike."""


@dataclass(frozen=True)
class StateName:
    """A name, and the mailbox it is used with."""

    name: str
    mailbox: tuple[str, ...]

    @property
    def text(self) -> str:
        text = json.dumps([self.name, *self.mailbox], ensure_ascii=False)
        return text.encode(errors="backslashreplace").decode()  # names of files may be no text


@contextmanager
def held(name: StateName, ctx: Context) -> Iterator[None]:
    """Let no other run fetch with this state meanwhile; waits, and says so."""
    is_told = False

    def wait(seconds: float) -> None:
        nonlocal is_told
        if not is_told:
            who = "another run, or host,"
            ctx.warn(f"{who} fetches with the state {name.name}: waiting until it is done")
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
        self._told = f"mail told {name.text} {space}"
        self._known = ledger.keys(self._fetched)
        keys = [key.rpartition(" ") for key in ledger.keys(self._told)]
        self._untold = {(of, uid) for of, _, uid in keys}
        """By the steps that have fetched it: of what a playbook may not have heard yet."""
        self._last_space = (ledger.get(_SPACES, name.text) or {"space": None})["space"]

    def new(self, entries: Iterable[Entry]) -> list[Entry]:
        """Give those that were not fetched before."""
        return [entry for entry in entries if entry.uid not in self._known]

    @property
    def unfiled(self) -> set[str]:
        """The ids of those that were fetched, and with which something is left to do."""
        return self._ledger.keys(self._unfiled) & self._known

    def recognise(self, uid: str, headers: Headers) -> None:
        """Take a mail for new that is another than the one which was to go and had this id."""
        facts = self._ledger.get(self._unfiled, uid) or {}
        if facts.get("mail") != _identity(headers):
            self._known.discard(uid)

    def renumbered(self) -> str:
        """Say so if the server has given everything new ids since the last run."""
        if self._last_space in (None, self._space):
            return ""
        return (
            f"the server has given all mails new ids (UIDVALIDITY is {self._space}, it was"
            f" {self._last_space}): those that were fetched before count as new"
        )

    def forget(self, entries: Iterable[Entry]) -> None:
        """Forget what was to go and has gone; `entries` are all that the server has.

        What is still to be told stays: whoever's run it was may be resumed, and killed once more.
        """
        there = {entry.uid for entry in entries}
        untold = {uid for _, uid in self._untold}
        gone = self._ledger.keys(self._unfiled) - there - untold
        if gone:
            self._ledger.delete(self._fetched, gone)
            self._ledger.delete(self._unfiled, gone)

    def told(self, once: str) -> list[dict[str, Any]]:
        """Give what is to be told of mails that this very step has fetched before it was killed."""
        uids = self._known & {uid for of, uid in self._untold if of == once}
        found = [self._ledger.get(self._told, f"{once} {uid}") for uid in uids]
        return [*filter(None, found)]

    def record(
        self, mails: Mapping[str, Mapping[str, Any]], once: str | None, *, to_be_filed: bool
    ) -> None:
        """Remember mails as fetched, and what is told of them; they are on the disk."""
        if once:
            told = {f"{once} {uid}": told for uid, told in mails.items()}
            self._ledger.put(self._told, told, outlives_power=False)
        if to_be_filed:
            begun = {uid: {"mail": _identity(told["headers"])} for uid, told in mails.items()}
            self._ledger.put(self._unfiled, begun)
        self._ledger.put(self._fetched, {uid: {} for uid in mails})
        self._known.update(mails)

    def start(self) -> None:
        """Remember in which space the ids are."""
        if self._last_space != self._space:
            self._ledger.put(_SPACES, {self._name.text: {"space": self._space}})

    def filed(self, entries: Iterable[Entry]) -> None:
        """Remember that nothing is left to do with mails that stay."""
        self._ledger.delete(self._unfiled, [entry.uid for entry in entries])


def _identity(headers: Headers) -> str:
    own = json.dumps([headers.get(name) for name in _OWN_HEADERS])
    return hashlib.sha256(own.encode()).hexdigest()[:32]
