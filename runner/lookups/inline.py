"""Options written into a term: `lookup('csvfile', 'Li file=elements.csv delimiter=,')`."""

from __future__ import annotations

from collections.abc import Iterable

from ..key_values import without, words
from ..spelling import did_you_mean


def whole_number(option: str, value: object, lookup: str, kind: str = "integer") -> int:
    """The value of an option; of what is no number is told as in Ansible."""
    text = str(int(value) if isinstance(value, float) and value.is_integer() else value)
    try:
        return int(text)
    except ValueError:
        what = f"Config {option!r} for {lookup!r} lookup plugin from 'Direct' has an invalid value"
        raise ValueError(f"{what}: Invalid value provided for {kind!r}: {value!r}") from None


def split(
    term: object, known: Iterable[str], unknown: str = "no option is named {}"
) -> tuple[str, dict[str, str]]:
    """The term without the options in it, and the options."""
    if not isinstance(term, str):
        raise TypeError(f"a term is a text, not {type(term).__name__}")
    text = str(term)
    arguments = [word for word in words(text) if word.name]
    for word in arguments:
        if word.name not in known:
            hint = did_you_mean(word.name, known)
            raise ValueError(unknown.format(word.name) + (f"; {hint}" if hint else ""))
    rest = without(text, arguments)[0].strip()
    return rest, {word.name: word.value for word in arguments}
