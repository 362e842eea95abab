"""A folder as one IMAP session sees it: its message numbers change only when it has been told."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from ...runner.dataclasses import replace
from .folders import Change, Folder, Stored
from .imap_syntax import SequenceSet, places


class View:
    def __init__(self, folder: Folder, *, is_read_only: bool) -> None:
        self.folder = folder
        self.is_read_only = is_read_only
        self.recent: set[int] = set()
        self.letters: list[Stored] = []
        self._known: Sequence[Stored] = ()
        list(self.news())

    def chosen(self, ranges: SequenceSet, *, by_uid: bool) -> list[tuple[int, Stored]]:
        """Messages with their numbers."""
        numbers = range(1, len(self.letters) + 1)
        there = [letter.uid for letter in self.letters] if by_uid else numbers
        return [(numbers[at], self.letters[at]) for at in places(ranges, there)]

    def change_flags(self, number: int, change: Change) -> None:
        letter = self.letters[number - 1]
        flags = self.folder.change_flags(letter.uid, change)
        if flags is not None:
            self.letters[number - 1] = replace(letter, flags=flags)

    def flags(self, letter: Stored) -> bytes:
        recent = ["\\Recent"] if letter.uid in self.recent else []
        return f"({' '.join([*sorted(letter.flags), *recent])})".encode()

    def told(self, number: int, *, with_uid: bool) -> bytes:
        """Tell the flags of a message."""
        letter = self.letters[number - 1]
        uid = b"UID %d " % letter.uid if with_uid else b""
        return b"* %d FETCH (%bFLAGS %b)\r\n" % (number, uid, self.flags(letter))

    def news(self, *, expunges: bool = True) -> Iterator[bytes]:
        """Tell what has changed; without `expunges` no number changes yet."""
        now = self.folder.letters()
        if now is self._known:
            return
        if not self.is_read_only and (fresh := self.folder.take_recent()):
            self.recent |= fresh
            now = self.folder.letters()
        there = {letter.uid: letter for letter in now}
        yield from self._gone(there) if expunges else ()
        yield from self._changed(there)
        yield from self._arrived(now)
        is_complete = len(self.letters) == len(now)
        self._known = now if is_complete else ()

    def _gone(self, there: dict[int, Stored]) -> Iterator[bytes]:
        for number in range(len(self.letters), 0, -1):
            if self.letters[number - 1].uid not in there:
                self.recent.discard(self.letters.pop(number - 1).uid)
                yield b"* %d EXPUNGE\r\n" % number

    def _changed(self, there: dict[int, Stored]) -> Iterator[bytes]:
        for number, letter in enumerate(self.letters, 1):
            now = there.get(letter.uid, letter)
            if now.flags != letter.flags:
                self.letters[number - 1] = now
                yield self.told(number, with_uid=True)

    def _arrived(self, now: Sequence[Stored]) -> Iterator[bytes]:
        last = self.letters[-1].uid if self.letters else 0
        new = [letter for letter in now if letter.uid > last]
        if new:
            self.letters += new
            yield b"* %d EXISTS\r\n* %d RECENT\r\n" % (len(self.letters), len(self.recent))
