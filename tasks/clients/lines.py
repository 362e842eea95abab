"""The one place that decides what may become part of a protocol line."""

from __future__ import annotations

from ...runner.task import TaskError
from ..encoding_names import no_encoding

_BREAKS = {"\r": "carriage return", "\n": "line feed", "\0": "NUL"}


def one_line(field: str, text: str) -> str:
    """Give `text` back unless it would end the line; `field` is what the error calls it."""
    if text.isprintable():  # the quickest way to see it of most
        return text
    for character, name in _BREAKS.items():  # a pattern is much slower
        if character in text:
            # Never the text itself: the field may be a password.
            raise TaskError(
                f"{field} holds a {name} character, which would end the line"
                " sent to the server and start another command; take it out"
            )
    return text


def line_encoding(field: str, name: str) -> str:
    """Give `name` back if it is an encoding in which commands can be written."""
    try:
        fits = "A 1\r\n".encode(name) == b"A 1\r\n"
    except LookupError:
        raise no_encoding(f"{field}: there is none of the name {name!r}", name) from None
    except ValueError:
        fits = False
    if not fits:
        raise TaskError(f"{field}: {name} cannot be used, it does not keep ASCII as it is")
    return name
