"""The right name nearest to a wrong one."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache


def did_you_mean(word: object, known: Iterable[object]) -> str:
    """`did you mean …?` for the name most like this one, or nothing."""
    names = tuple(str(name) for name in known)
    key, colon, _ = str(word).partition("：")
    if colon and key in names:
        return f"{colon} is no colon in YAML: write {key}: and a blank"
    near = nearest(str(word), names)
    return f"did you mean {near}?" if near else ""


@lru_cache(maxsize=1024)
def nearest(word: str, known: tuple[str, ...]) -> str:
    """The name most like this one, or nothing."""
    from difflib import get_close_matches

    folded = {name.casefold(): name for name in known}
    near = get_close_matches(word.casefold(), folded, n=1)
    return folded[near[0]] if near else ""
