"""Filters that choose a value, ask what it is, or shuffle."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from jinja2 import Undefined

from ..catalogue import complain
from ..errors import FilterError
from ..hearer import deprecate
from ..type_names import type_debug

_BOOLEANS = {
    "yes": True,
    "on": True,
    "true": True,
    "1": True,
    "no": False,
    "off": False,
    "false": False,
    "0": False,
}


def bool_(value: Any) -> bool:
    """The boolean that a word or a number stands for; anything else is false."""
    known = _BOOLEANS.get(str(value).lower()) if isinstance(value, str | int) else None
    if known is not None:
        return known
    result = bool(value == 1)
    # Anything but a number may hold a secret, which a step with `no_log` keeps.
    shown = f"{value!r} " if isinstance(value, int | float | None) else ""
    what = f"invalid value {shown}({type_debug(value)})"
    deprecate(f"The `bool` filter coerced {what} to {result!r}.", "2.23")
    return result


def ternary(value: Any, true_val: Any, false_val: Any, none_val: Any = None) -> Any:
    if value is None and none_val is not None:
        return none_val
    return true_val if value else false_val


def default(value: Any, default_value: Any = "", boolean: object = False) -> Any:
    """The value, or another one in its place: if it is not defined or, if wanted, false."""
    if not isinstance(boolean, bool):
        kind = type_debug(boolean)
        raise TypeError(f"The 'boolean' argument must be of type 'bool', not {kind!r}.")
    return default_value if isinstance(value, Undefined) or (boolean and not value) else value


d = default


def mandatory(value: Any, msg: str | None = None) -> Any:
    """The value, which must be defined."""
    if isinstance(value, Undefined):
        name = value._undefined_name  # noqa: SLF001  # Jinja tells it nowhere else
        if name is None and msg is None and getattr(value, "problem", None):
            complain(value)
        words = msg or f"Mandatory variable {repr(name) + ' ' if name else ''}not defined."
        raise FilterError(f"The filter plugin 'ansible.builtin.mandatory' failed: {words}")
    return value


def pprint(value: Any) -> str:
    """As Python writes it; lists and mappings in one line, however long."""
    from pprint import pformat

    return repr(value) if isinstance(value, dict | list | tuple) else pformat(value)


def random(
    end: int | Sequence[Any],
    start: int | None = None,
    step: int | None = None,
    seed: Any = None,
) -> Any:
    """A number from `start` to below `end`, or an item; the same each time for the same seed."""
    import random as chance

    source = chance.SystemRandom() if seed is None else chance.Random(seed)  # noqa: S311
    if isinstance(end, int):
        return source.randrange(start or 0, end, step or 1)
    if not isinstance(end, Iterable):
        raise TypeError("random can only be used on sequences and integers")
    if start or step:
        raise ValueError("start and step can only be used with integer values")
    return source.choice(end)


def shuffle(values: Any, seed: Any = None) -> Any:
    """The items in an order by chance; a value that has none is left as it is."""
    import random as chance

    if not isinstance(values, Iterable):
        return values
    shuffled = list(values)
    (chance.Random(seed) if seed else chance).shuffle(shuffled)  # noqa: S311
    return shuffled
