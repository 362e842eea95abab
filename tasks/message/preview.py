"""A letter as a person would read it, for check mode and diffs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from .addresses import Address
from .file import File
from .letter import Letter


def preview(letter: Letter, bcc: Sequence[Address] = ()) -> str:
    """Write a letter as a mail program shows it."""
    return "\n".join(_lines(letter, bcc)) + "\n"


def _lines(letter: Letter, bcc: Sequence[Address]) -> Iterator[str]:
    for name, value in headers(letter, bcc):
        yield f"{name}: {value}"
    for file in letter.attachments:
        yield f"Attachment: {described(file)}"
    for picture in letter.inline:
        yield f"Picture {picture.cid}: {described(picture)}"
    if letter.html:
        yield f"HTML: {len(letter.html):,} characters"
    if body := letter.text or letter.html:
        yield ""
        yield body.removesuffix("\n")


def headers(letter: Letter, bcc: Sequence[Address] = ()) -> Iterator[tuple[str, str]]:
    """Tell what a mail program shows above the text."""
    yield "From", str(letter.sender)
    everyone = {"To": letter.to, "Cc": letter.cc, "Bcc": bcc, "Reply-To": letter.reply_to}
    for name, people in everyone.items():
        if people:
            yield name, ", ".join(map(str, people))
    yield "Subject", letter.subject
    if letter.priority:
        yield "Priority", letter.priority
    if letter.in_reply_to:
        yield "In reply to", " ".join(letter.in_reply_to)
    if letter.smime:
        yield "S/MIME", letter.smime.described
    yield from letter.headers


def described(file: File) -> str:
    return f"{file.name} ({len(file.content.data):,} bytes)"
