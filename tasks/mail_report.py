"""What a step that fetches mail tells about it."""

from __future__ import annotations

from typing import Any

from ..runner.task import MOST_UNREGISTERED, Result
from . import mail_after, mail_facts, mail_mark
from .mail_after import After
from .mail_fetching import Catch

RETURNS = {
    "mailbox": "The server's `welcome` and `capabilities`, the `count` and the `bytes` of all mails"
    " in the folder, and the `list` of them: number, uid, size and flags (IMAP).",
    **mail_facts.RETURNS,
    "mark": "What lay in the folder, for `since_mark` of a later task.",
    "deleted": "How many mails were deleted on the server.",
    "moved": "How many were moved to another folder there.",
    "marked": "How many were marked there.",
}


def report(after: After, catch: Catch) -> Result:
    filed = mail_after.outcome(after, catch.filed)
    told = [f"{catch.fetched} of {len(catch.entries)} mails fetched"]
    told += [f"{count} {word}" for word, count in filed.items() if count]
    return Result(
        changed=catch.changed,
        msg=", ".join(told),
        data={
            "mailbox": mailbox(catch),
            "messages": catch.messages,
            "mark": mail_mark.take(catch.entries, catch.space).data,
            **filed,
        },
        warnings=catch.warnings,
    )


def mailbox(catch: Catch) -> dict[str, Any]:
    """Describe what lies on the server."""
    listed = catch.entries if catch.is_registered else catch.entries[-MOST_UNREGISTERED:]
    return {
        "welcome": catch.welcome,
        "capabilities": list(catch.capabilities),
        "count": len(catch.entries),
        "bytes": sum(entry.size for entry in catch.entries),
        "list": [
            {
                "number": entry.number,
                "uid": entry.uid,
                "size": entry.size,
                "flags": sorted(entry.flags),
            }
            for entry in listed
        ],
    }
