"""Options written into a term: `lookup('csvfile', 'Li file=elements.csv delimiter=,')`."""

from __future__ import annotations

from collections.abc import Iterable

from ..key_values import without, words
from ..spelling import did_you_mean


def split(
    term: object, known: Iterable[str], unknown: str = "no option is named {}"
) -> tuple[str, dict[str, str]]:
    """The term without the options in it, and the options."""
    text = str(term)
    arguments = [word for word in words(text) if word.name]
    for word in arguments:
        if word.name not in known:
            hint = did_you_mean(word.name, known)
            raise ValueError(unknown.format(word.name) + (f"; {hint}" if hint else ""))
    rest = without(text, arguments)[0].strip()
    return rest, {word.name: word.value for word in arguments}
