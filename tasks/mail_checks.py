"""What is wrong with what is told of a mail, asked before the run.

Where it is plain that nothing is, nothing is loaded: a `rescue` may never come to send its mail.
"""

from __future__ import annotations

from .message.plain import PLAIN


def people(field: str, text: str) -> None:
    """Raises TaskError unless all are addresses."""
    if PLAIN.fullmatch(text):
        return
    from .message import addresses

    addresses.parse(field, text)


def sender(field: str, text: str) -> None:
    """Raises TaskError unless it is one address, with its domain; an empty one means `user`."""
    if not text or PLAIN.fullmatch(text):
        return
    from .message import addresses

    addresses.only(field, addresses.parse(field, text))


def charset(field: str, text: str) -> None:
    """Raises TaskError for none that a mail can be written in."""
    from .message import entity

    entity.checked_charset(field, text)


def filename_encoding(field: str, text: str) -> None:
    """Raises TaskError for no way to write names."""
    from .message import entity

    entity.checked_filename_encoding(field, text)


def date(field: str, text: str) -> None:
    """Raises TaskError for no date."""
    from .message import dates

    dates.written(field, text)


def identifiers(field: str, text: str) -> None:
    """Raises TaskError unless all are such, with blanks between them."""
    from .message import message_ids

    for each in text.split():
        message_ids.checked(field, each)
