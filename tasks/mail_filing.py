"""From the server to the disk: mails are taken as they come, and settled a window at a time.

A window is settled when its files and their names are on the disk, and only then remembered as
fetched. So whatever ends the run, at any moment, nothing is remembered that is not safe; and what
is fetched once more lands on the same names.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

from .clients.mailbox import Entry
from .mail_drafts import discard
from .mail_facts import facts
from .mail_places import Places
from .mail_stores import Fetched

if TYPE_CHECKING:
    from .message.read import Mail
    from .message.source import Raw

_MOST_MAILS = 100
_MOST_BYTES = 16 * 1024 * 1024


@dataclass
class Filing:
    places: Places
    origin: str
    """Names the mailbox, for the names of files."""
    record: Callable[[Sequence[str]], None]
    """Remembers ids as fetched."""
    messages: list[dict[str, Any]] = field(default_factory=list)
    settled: list[Entry] = field(default_factory=list)
    changed: bool = False
    _window: list[tuple[Entry, Fetched, dict[str, Any]]] = field(default_factory=list)
    _bytes: int = 0

    @property
    def count(self) -> int:
        """How many mails were taken in."""
        return len(self.messages) + len(self._window)

    def take(self, entry: Entry, content: bytes | BinaryIO, mail: Mail) -> None:
        """Take a mail in; it may be settled later, but attachments are written now."""
        saved = self.places.attachments.save(mail, entry.uid)
        self.changed |= any(each.is_new for each in saved)
        fetched = Fetched(self.origin, entry.uid, content)
        told = facts(entry, fetched.size, mail, saved)
        self._window.append((entry, fetched, told))
        self._bytes += fetched.size
        if len(self._window) >= _MOST_MAILS or self._bytes >= _MOST_BYTES:
            self.settle()

    def settle(self) -> None:
        """Let all that was taken be on the disk, then remember it."""
        window, self._window, self._bytes = self._window, [], 0
        if not window:
            return
        try:
            self._keep([(fetched, told) for _, fetched, told in window])
            self.places.attachments.sync()
            self.record([entry.uid for entry, _, _ in window])
        finally:
            for _, fetched, _ in window:
                let_go(fetched.content)
        self.messages += [told for _, _, told in window]
        self.settled += [entry for entry, _, _ in window]

    def _keep(self, window: Sequence[tuple[Fetched, dict[str, Any]]]) -> None:
        if not self.places.store:
            return
        if self.places.check:
            self.changed = True
            return
        kept = self.places.store.keep([fetched for fetched, _ in window])
        for (_, told), each in zip(window, kept, strict=True):
            told["path"] = str(each.path)
            self.changed |= each.is_new


def let_go(content: bytes | BinaryIO) -> None:
    """Drop a file that `spool` has made."""
    if not isinstance(content, bytes):
        discard(content)


@contextmanager
def in_view(content: bytes | BinaryIO) -> Iterator[Raw]:
    """Look at a mail without having all of it in memory."""
    if isinstance(content, bytes):
        yield content
        return
    content.flush()
    with mmap.mmap(content.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        yield mapped
