"""The one place that decides what may become part of a protocol line."""

from __future__ import annotations

from ...runner.task import TaskError

_BREAKS = {"\r": "carriage return", "\n": "line feed", "\0": "NUL"}


def one_line(field: str, text: str) -> str:
    """Give `text` back unless it would end the line; `field` is what the error calls it."""
    for character in text:
        if character in _BREAKS:
            # Never the text itself: the field may be a password.
            name = _BREAKS[character]
            msg = (
                f"{field} holds a {name} character, which would end the line"
                " sent to the server and start another command; take it out"
            )
            raise TaskError(msg)
    return text
