"""Names of encodings that a person misspelt."""

from __future__ import annotations

from ..runner.task import TaskError


def no_encoding(message: str, name: str) -> TaskError:
    """The error for a name that no encoding has, with the nearest that one has."""
    from difflib import get_close_matches
    from encodings.aliases import aliases

    known = {codec.replace("_", "-") for codec in aliases.values()}
    near = get_close_matches(name.lower(), known, n=1)
    return TaskError(message, hint=f"did you mean {near[0]}?") if near else TaskError(message)
