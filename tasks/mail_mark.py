"""A mark of what lies in a mailbox at one moment, to know later what has come since."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..runner.dataclasses import dataclass
from ..runner.task import TaskError
from .clients.mailbox import Entry


@dataclass(frozen=True)
class Mark:
    """IMAP gives ever greater ids, of which the last is enough; of POP3 all must be known."""

    space: str
    last: int = 0
    uids: frozenset[str] = frozenset()

    @property
    def data(self) -> dict[str, Any]:
        return {"space": self.space, "last": self.last, "uids": sorted(self.uids)}

    def new(self, entries: Sequence[Entry], space: str) -> list[Entry]:
        """Give those that were not there; after ids were given anew, nobody can tell, so all."""
        if space != self.space:
            return list(entries)
        if space:
            return [entry for entry in entries if int(entry.uid) > self.last]
        return [entry for entry in entries if entry.uid not in self.uids]


def take(entries: Sequence[Entry], space: str) -> Mark:
    if space:
        return Mark(space, last=max((int(entry.uid) for entry in entries), default=0))
    return Mark(space, uids=frozenset(entry.uid for entry in entries))


def read(data: Mapping[str, Any]) -> Mark:
    """Read what the result of an earlier task holds as `mark`."""
    try:
        return Mark(str(data["space"]), int(data["last"]), frozenset(map(str, data["uids"])))
    except (KeyError, TypeError, ValueError) as error:
        raise TaskError(
            "since_mark is not what fetch_mail gives as `mark`; write"
            ' `since_mark: "{{ before.mark }}"` with what an earlier fetch_mail has registered'
        ) from error
