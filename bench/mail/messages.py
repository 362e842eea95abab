"""The mails that are sent and fetched."""

from __future__ import annotations

import base64
import os
import random
import time
from dataclasses import dataclass, replace
from email.message import EmailMessage
from email.utils import localtime, make_msgid
from functools import cached_property
from pathlib import Path

KIB = 1 << 10
MIB = 1 << 20
SENDER = "robot@example.com"
LINE = "The quick brown fox jumps over the lazy dog, and then it does so again.\n"


@dataclass(frozen=True)
class Mails:
    """`count` mails with a text of `size` bytes, or an attachment of as many where that is much."""

    count: int
    size: int

    def __str__(self) -> str:
        if self.is_large:
            return f"{self.count:,} × {self.size // MIB:,} MiB"
        return f"{self.count:,} × {self.size // KIB:,} KiB"

    def at_most(self, count: int) -> Mails:
        return replace(self, count=min(self.count, count))

    @property
    def is_large(self) -> bool:
        return self.size >= MIB

    @property
    def text(self) -> str:
        """What a mail's text is, less its first line, which names the receiver."""
        size = KIB if self.is_large else self.size
        return (LINE * (size // len(LINE) + 1))[: size - 20] + "\n"

    @cached_property
    def attachment(self) -> bytes:
        return random.Random(0).randbytes(self.size)  # noqa: S311 - any bytes do

    def message(self, number: int) -> bytes:
        """Make a mail as programs send it that are given whole ones."""
        head = [
            f"From: {SENDER}",
            f"To: {receiver(number)}",
            f"Subject: Mail {number}",
            f"Date: Wed, 25 Nov 2026 12:00:{number % 60:02} +0000",
            f"Message-ID: <{number}.bench@example.com>",
            "MIME-Version: 1.0",
        ]
        body = self._parts if self.is_large else ["", self._greeted(number)]
        return "\n".join([*head, *body]).replace("\n", "\r\n").encode()

    def _greeted(self, number: int) -> str:
        return f"Dear {number},\n{self.text}"

    @cached_property
    def _parts(self) -> list[str]:
        return [
            'Content-Type: multipart/mixed; boundary="=_"',
            *("", "--=_", "Content-Type: text/plain", "", self.text),
            *("--=_", "Content-Type: application/octet-stream; name=data.bin"),
            *("Content-Disposition: attachment; filename=data.bin",),
            *("Content-Transfer-Encoding: base64", ""),
            base64.encodebytes(self.attachment).decode() + "--=_--\n",
        ]

    def built(self, number: int) -> EmailMessage:
        """Make a mail as programs make one with Python's library."""
        message = EmailMessage()
        message["From"] = SENDER
        message["To"] = receiver(number)
        message["Subject"] = f"Mail {number}"
        message["Date"] = localtime()
        message["Message-ID"] = make_msgid()
        message.set_content(self._greeted(number))
        if self.is_large:
            message.add_attachment(
                self.attachment, "application", "octet-stream", filename="data.bin"
            )
        return message

    def write(self, folder: Path, owner: int) -> None:
        """Write them as a maildir keeps new ones."""
        for number in range(self.count):
            file = folder / f"{int(time.time())}.{number:06}.bench"
            file.write_bytes(self.message(number))
            os.chown(file, owner, -1)


def receiver(number: int | str) -> str:
    return f"user{number}@example.com"
