"""Fetching many messages from an IMAP server, written ahead.

A command asks for a window of messages, and the next windows are asked for before the first is
answered. A server sends the messages of a window in an order of its own, as a rule that of their
uids: those that come before their turn are kept until then.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator
from itertools import chain
from typing import BinaryIO

from ...runner.dataclasses import dataclass, field
from .imap_command import uid_set
from .imap_dialogue import ImapDialogue, Keep, Refused, discard
from .imap_reply import Fetched, Response, Status
from .imap_values import Literal
from .mail_words import MailError
from .mailbox import SPOOL_FROM, Entry, gathered

_WINDOW_MESSAGES = 250
_WINDOW_BYTES = 4 * 1024 * 1024
_AHEAD = 4
_AT_ONCE = 256 * 1024
"""A message of more bytes than this is put together from pieces as they come in."""


@dataclass
class _Arrivals:
    """Messages that are asked for, and those that have come and wait for their turn."""

    expected: set[str] = field(default_factory=set)
    came: dict[str, Literal] = field(default_factory=dict)

    def take(self, found: Fetched) -> None:
        # Without content: flags that somebody has changed, or a message that is gone.
        if found.content is None:
            return
        if found.uid in self.expected:
            self.expected.remove(found.uid)
            self.came[found.uid] = found.content
        else:
            discard(found.content)

    def clear(self) -> None:
        for content in self.came.values():
            discard(content)


def fetch(
    dialogue: ImapDialogue,
    doing: str,
    item: str,
    entries: Iterable[Entry],
    keep: Keep | None = None,
    limit: int = _AT_ONCE,
) -> Iterator[tuple[Entry, Literal]]:
    """Give an item of messages, in their order, without what is gone or cannot be given.

    What cannot be given is asked for once more by itself, and then told in dialogue.refusals.
    """
    dialogue.settle()
    ahead: Iterator[list[Entry]] = windows(entries)
    under_way: deque[tuple[str, list[Entry]]] = deque()
    arrivals = _Arrivals()
    try:
        while True:
            while len(under_way) < _AHEAD and (window := next(ahead, None)):
                under_way.append((dialogue.begin(doing, _command(item, window)), window))
                arrivals.expected.update(entry.uid for entry in window)
            if not under_way:
                return
            tag, window = under_way.popleft()
            responses = dialogue.fetched(tag, keep, min(limit, _AT_ONCE))
            again = yield from _answered(dialogue, tag, window, arrivals, responses)
            ahead = chain(again, ahead)
    finally:
        arrivals.clear()


def _command(item: str, window: list[Entry]) -> bytes:
    uids = uid_set(sorted(int(entry.uid) for entry in window))
    return b"UID FETCH %b (UID %b)" % (uids, item.encode())


def _answered(
    dialogue: ImapDialogue,
    tag: str,
    window: list[Entry],
    arrivals: _Arrivals,
    responses: Iterable[Response],
) -> Generator[tuple[Entry, Literal], None, list[list[Entry]]]:
    """Give what comes for a window; returns the windows to ask for because of what did not."""
    turn = deque(window)
    again: list[list[Entry]] = []
    for response in responses:
        if isinstance(response, Fetched):
            arrivals.take(response)
            while turn and turn[0].uid in arrivals.came:
                entry = turn.popleft()
                yield entry, arrivals.came.pop(entry.uid)
        elif isinstance(response, Status) and response.tag == tag:
            left = [entry for entry in turn if entry.uid not in arrivals.came]
            again = _once_more(dialogue, response, left, len(window))
    for entry in turn:
        if entry.uid in arrivals.came:
            yield entry, arrivals.came.pop(entry.uid)
    arrivals.expected.difference_update(entry.uid for entry in window)
    return again


def _once_more(
    dialogue: ImapDialogue, status: Status, left: list[Entry], asked: int
) -> list[list[Entry]]:
    if status.word != "NO":
        dialogue.expect_ok(status)
        return []
    if asked > 1:
        return [[entry] for entry in left]
    if status.code != "EXPUNGEISSUED":
        refused = [Refused(dialogue.account, f"fetch mail {one.number}", status) for one in left]
        dialogue.refusals += [refusal.msg for refusal in refused]
    return []


def windows(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Cut what is wanted into windows, none of them large."""
    window: list[Entry] = []
    size = 0
    for entry in entries:
        if window and (len(window) == _WINDOW_MESSAGES or size + entry.size > _WINDOW_BYTES):
            yield window
            window, size = [], 0
        window.append(entry)
        size += entry.size
    if window:
        yield window


def whole(dialogue: ImapDialogue, limit: int, spool: Callable[[], BinaryIO]) -> Keep:
    """Keep messages of any size up to `limit`, the large ones in files."""

    def keep(size: int) -> Literal:
        if size > limit:
            raise _impossible(dialogue, f"one has {size:,} bytes, more than the {limit:,} allowed")
        if size <= SPOOL_FROM:
            return dialogue.wire.exactly(size)
        try:
            return gathered(dialogue.wire.counted(size), spool)
        except OSError as error:
            why = f"there is no room on this machine for one of {size:,} bytes: {error.strerror}"
            raise _impossible(dialogue, why) from error

    return keep


def _impossible(dialogue: ImapDialogue, why: str) -> MailError:
    dialogue.wire.is_broken = True
    return MailError(dialogue.account, f"cannot fetch mails ({dialogue.account}): {why}")
