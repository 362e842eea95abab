"""Names of encodings that a person misspelt."""

from __future__ import annotations

import codecs

from ..runner.task import TaskError


def no_encoding(message: str, name: str) -> TaskError:
    """The error for a name that no fit encoding has; if it is misspelt, with the nearest."""
    from difflib import get_close_matches
    from encodings.aliases import aliases

    if _is_known(name):
        return TaskError(message)
    known = {codec.replace("_", "-") for codec in aliases.values() if "codec" not in codec}
    near = get_close_matches(name.lower(), known - {name.lower()}, n=1)
    return TaskError(message, hint=f"did you mean {near[0]}?") if near else TaskError(message)


def _is_known(name: str) -> bool:
    try:
        codecs.lookup(name)
    except (LookupError, ValueError):
        return False
    return True
