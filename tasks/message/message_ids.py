"""Identifiers of messages: made, checked, and taken out of what others wrote."""

from __future__ import annotations

import hashlib
import re

from ...runner.task import TaskError
from ..clients.lines import one_line

_LONGEST = 900
_IDENTIFIER = re.compile(rf"<[!-;=?-~]{{1,{_LONGEST}}}>")


def stable_id(key: str, domain: str) -> str:
    """Make the Message-ID that belongs to a key; nobody can read the key in it."""
    # A key may hold what is no character; composing the letter is where that is told.
    digest = hashlib.sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
    return f"<{digest[:40]}@{domain}>"


def checked(field: str, text: str) -> str:
    """Give an identifier back, in its brackets; raises TaskError for what is none."""
    one_line(field, text)
    identifier = text if text.startswith("<") else f"<{text}>"
    if not _IDENTIFIER.fullmatch(identifier):
        raise TaskError(f"{field}: {text!r} is no identifier; write it like <name@example.com>")
    return identifier


def found_in(text: str) -> list[str]:
    """Find the identifiers in what came from outside; what is none of them is left out."""
    return _IDENTIFIER.findall(text)
