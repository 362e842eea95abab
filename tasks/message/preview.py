"""A letter as a person would read it, for check mode and diffs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from .addresses import Address
from .compose import File, Letter


def preview(letter: Letter, bcc: Iterable[Address] = ()) -> str:
    """Write a letter as a mail program shows it."""
    return "\n".join(_lines(letter, bcc)) + "\n"


def _lines(letter: Letter, bcc: Iterable[Address]) -> Iterator[str]:
    yield f"From: {letter.sender}"
    everyone = {"To": letter.to, "Cc": letter.cc, "Bcc": bcc, "Reply-To": letter.reply_to}
    for name, people in everyone.items():
        if people:
            yield f"{name}: {', '.join(map(str, people))}"
    yield f"Subject: {letter.subject}"
    for header, value in letter.headers:
        yield f"{header}: {value}"
    for file in letter.attachments:
        yield f"Attachment: {_described(file)}"
    for picture in letter.inline:
        yield f"Picture {picture.cid}: {_described(picture)}"
    for body in filter(None, (letter.text, letter.html)):
        yield ""
        yield body.removesuffix("\n")


def _described(file: File) -> str:
    return f"{file.name} ({len(file.content):,} bytes)"
