"""Waiting for mail to come into a folder: IDLE (RFC 2177) where offered, else polling."""

from __future__ import annotations

import time

from .imap_dialogue import ImapDialogue

# A server may hang up after 29 minutes, and what lies between forgets silent connections sooner.
_LONGEST_IDLE = 600.0
_BETWEEN_POLLS = 15.0


def wait(dialogue: ImapDialogue, seconds: float) -> bool:
    """Wait until mail has come, at most so long; tells whether it has."""
    dialogue.settle()
    end = time.monotonic() + seconds
    can_idle = "IDLE" in dialogue.capabilities
    while not dialogue.has_news and (left := end - time.monotonic()) > 0:
        if can_idle:
            _idle(dialogue, min(left, _LONGEST_IDLE))
        else:
            dialogue.wire.heard(min(left, _BETWEEN_POLLS))
            dialogue.ask("ask for new mail", b"NOOP")
    return dialogue.has_news


def _idle(dialogue: ImapDialogue, seconds: float) -> None:
    tag = dialogue.begin("wait for new mail", b"IDLE")
    dialogue.go_ahead(tag)
    end = time.monotonic() + seconds
    while not (dialogue.has_news or dialogue.has_ended(tag)):
        if not dialogue.wire.heard(max(0.0, end - time.monotonic())):
            break
        dialogue.hear()
    if not dialogue.has_ended(tag):
        dialogue.wire.send(b"DONE\r\n")
    for response in dialogue.responses(tag):
        dialogue.expect_ok(response)
