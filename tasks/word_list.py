"""A parameter that takes several words: a list, or a text with commas between them."""

from __future__ import annotations

from typing import TypeAlias

Words: TypeAlias = str | list[str]


def words(given: Words | None) -> list[str]:
    """The words one by one; a list is taken as it is, so that a word in it may hold a comma."""
    if isinstance(given, str):
        return [word.strip() for word in given.split(",") if word.strip()]
    return given or []
