"""From the server to the disk: mails are taken as they come, and settled a window at a time.

A window is settled when its files and their names are on the disk, and only then remembered as
fetched. So whatever ends the run, at any moment, nothing is remembered that is not safe; and what
is fetched once more lands on the same names.
"""

from __future__ import annotations

import mmap
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, BinaryIO

from ..runner.dataclasses import dataclass, field
from .clients.mailbox import Entry
from .mail_drafts import discard
from .mail_facts import Telling, tell
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
    record: Callable[[Mapping[str, Mapping[str, Any]]], None]
    """Remembers ids as fetched, and what is told of them."""
    messages: list[dict[str, Any]]
    """Takes what is told of mails that are settled."""
    is_registered: bool = True
    """Whether somebody makes use of all of that."""
    settled: list[Entry] = field(default_factory=list)
    changed: bool = False
    _window: list[tuple[Entry, Fetched, dict[str, Any]]] = field(default_factory=list)
    _bytes: int = 0

    def __post_init__(self) -> None:
        self._telling = Telling(self.messages, is_registered=self.is_registered)

    @property
    def warnings(self) -> list[str]:
        return self._telling.warnings

    @property
    def count(self) -> int:
        """How many mails were taken in."""
        return self._telling.left_out + len(self.messages) + len(self._window)

    def take(
        self, entry: Entry, content: bytes | BinaryIO, is_wanted: Callable[[Mail], bool]
    ) -> bool:
        """Take a mail in, if it is wanted; attachments are written now, the mail when settled."""
        from .message.read import read

        fetched = Fetched(self.origin, entry.uid, content)
        told = None
        try:
            with _in_view(content) as raw:
                mail = read(raw)
                if is_wanted(mail):
                    told = self._told(entry, fetched, mail)
        finally:
            if told is None:
                _let_go([content])
        if told is None:
            return False
        self._window.append((entry, fetched, told))
        self._bytes += fetched.size
        if len(self._window) >= _MOST_MAILS or self._bytes >= _MOST_BYTES:
            self.settle()
        return True

    def _told(self, entry: Entry, fetched: Fetched, mail: Mail) -> dict[str, Any]:
        saved = self.places.attachments.save(mail, entry.uid)
        self.changed |= any(each.is_new for each in saved)
        return tell(entry, fetched.size, mail, saved)

    def settle(self) -> None:
        """Let all that was taken be on the disk, then remember it."""
        window, self._window, self._bytes = self._window, [], 0
        if not window:
            return
        try:
            self._keep([(fetched, told) for _, fetched, told in window])
            self.places.attachments.sync()
            self.record({entry.uid: told for entry, _, told in window})
        finally:
            _let_go(fetched.content for _, fetched, _ in window)
        self._telling.add([told for _, _, told in window])
        self.settled += [entry for entry, _, _ in window]

    def close(self) -> None:
        """Drop what was taken in but is not settled."""
        _let_go(fetched.content for _, fetched, _ in self._window)
        self._window = []

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


def _let_go(contents: Iterable[bytes | BinaryIO]) -> None:
    for content in contents:
        if not isinstance(content, bytes):
            discard(content)


@contextmanager
def _in_view(content: bytes | BinaryIO) -> Iterator[Raw]:
    """Look at a mail without having all of it in memory."""
    if isinstance(content, bytes):
        yield content
        return
    with mmap.mmap(content.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
        yield mapped
