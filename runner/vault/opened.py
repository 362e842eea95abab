"""What stands for a value that was opened."""

from __future__ import annotations

from typing import Self


class Opened(str):
    """What was encrypted; it knows how, and whatever is made of it is a text as any other."""

    __slots__ = ("encrypted",)

    encrypted: str

    @classmethod
    def of(cls, text: str, encrypted: str) -> Self:
        """The text, and what it was read from."""
        opened = cls(text)
        opened.encrypted = encrypted
        return opened
