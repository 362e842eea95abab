"""Letters for tests, and the bytes that are made of them."""

from __future__ import annotations

from datetime import UTC, datetime

from opsplay.runner.dataclasses import replace
from opsplay.tasks.message.addresses import Address
from opsplay.tasks.message.compose import compose
from opsplay.tasks.message.file import Content, File
from opsplay.tasks.message.letter import Letter

WHEN = datetime(2026, 11, 23, 8, 30, 5, tzinfo=UTC)
PLAIN = Letter(sender=Address("", "a@example.com"), message_id="<1@example.com>", date=WHEN)


def letter(**changes: object) -> Letter:
    return replace(PLAIN, **changes)  # type: ignore[arg-type]  # the caller's business


def file(name: str = "a.txt", data: bytes = b"", **changes: str) -> File:
    return File(name=name, content=Content(data), **changes)


def composed(given: Letter) -> bytes:
    return b"".join(compose(given))
