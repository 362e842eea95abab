"""Fetching many messages from an IMAP server, written ahead.

A command asks for a window of messages, and the next windows are asked for before the first is
answered. The server sends the messages of a window in the order of their uids; so a window ends
where the order wanted is another, and what is given comes in the order that it was asked for.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import BinaryIO

from .imap_command import uid_set
from .imap_dialogue import ImapDialogue, Keep, discard
from .imap_reply import Fetched, Status
from .imap_values import Literal
from .mail_words import MailError
from .mailbox import Entry, gathered

_WINDOW_MESSAGES = 250
_WINDOW_BYTES = 4 * 1024 * 1024
_AHEAD = 4


def fetch(
    dialogue: ImapDialogue,
    doing: str,
    item: str,
    entries: Iterable[Entry],
    keep: Keep | None = None,
) -> Iterator[tuple[Entry, Literal]]:
    """Give an item of messages, without those that are gone, or that the server cannot give.

    The latter are asked for once more, each by itself, and then told in the dialogue's refusals.
    """
    dialogue.settle()
    ahead: Iterator[list[Entry]] = windows(entries)
    under_way: deque[tuple[str, list[Entry]]] = deque()
    wanted: dict[str, Entry] = {}
    while True:
        while len(under_way) < _AHEAD and (window := next(ahead, None)):
            wanted.update((entry.uid, entry) for entry in window)
            under_way.append((dialogue.begin(doing, _command(item, window)), window))
        if not under_way:
            return
        tag, window = under_way.popleft()
        for response in dialogue.responses(tag, keep):
            if isinstance(response, Fetched):
                yield from _wanted(response, wanted)
            elif isinstance(response, Status) and response.tag == tag:
                left = [entry for entry in window if wanted.pop(entry.uid, None)]
                ahead = chain(_once_more(dialogue, response, left, len(window)), ahead)


def _command(item: str, window: list[Entry]) -> bytes:
    uids = uid_set([int(entry.uid) for entry in window])
    return b"UID FETCH %b (UID %b)" % (uids, item.encode())


def _wanted(found: Fetched, wanted: dict[str, Entry]) -> Iterator[tuple[Entry, Literal]]:
    # Without content: flags that somebody has changed, or a message that was expunged meanwhile.
    if found.content is None:
        return
    if entry := wanted.pop(found.uid, None):
        yield entry, found.content
    else:
        discard(found.content)


def _once_more(
    dialogue: ImapDialogue, status: Status, left: list[Entry], asked: int
) -> list[list[Entry]]:
    """Give the windows to ask for after one of so many messages has ended with some left."""
    if status.word != "NO":
        dialogue.expect_ok(status)
        return []
    if asked > 1:
        return [[entry] for entry in left]
    if status.code != "EXPUNGEISSUED":
        dialogue.refusals += [dialogue.refusal(status).msg for _ in left]
    return []


def windows(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    """Cut what is wanted into runs of ascending uids, none of them large."""
    window: list[Entry] = []
    size = 0
    for entry in entries:
        if window and (
            int(entry.uid) <= int(window[-1].uid)
            or len(window) == _WINDOW_MESSAGES
            or size + entry.size > _WINDOW_BYTES
        ):
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
        try:
            return gathered(dialogue.wire.counted(size), spool)
        except OSError as error:
            why = f"there is no room on this machine for one of {size:,} bytes: {error.strerror}"
            raise _impossible(dialogue, why) from error

    return keep


def _impossible(dialogue: ImapDialogue, why: str) -> MailError:
    dialogue.wire.is_broken = True
    return MailError(dialogue.account, f"cannot fetch mails ({dialogue.account}): {why}")
