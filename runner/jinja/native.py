"""The values of templates as plain types, and as what stands for them in a text."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, MappingView
from datetime import date, time
from typing import Any

from ..hearer import HEARER
from ..omit import OMIT, Omit
from ..type_names import type_debug
from ..vault.opened import Opened
from . import Missing, MissingError, Undefined, lasting

_SHOWN_AS_LISTS = (dict, list, tuple, Iterator, MappingView)
"""Whatever they hold is shown as a list or a mapping is; what is undefined in them is an error."""

_PLAIN = (str, int, float, type(None))

_KEPT = (Mapping, bytes, Omit, date, time)
"""What stays as it is; of anything else no variable can be."""


def in_use(value: Any) -> Any:
    """A variable as other templates use it: what only a part is, or cannot be kept, does no harm.

    So `{{ range(3) }}` may be a variable that others count with, and `{'a': nosuch, 'b': 1}` one
    whose `b` they read.
    """
    return native(value) if isinstance(value, Missing) else lasting(value)


def whole(value: Any) -> Any:
    """A variable as it is, if all of it may be kept; raises if something in it is not defined."""
    if not isinstance(value, (dict, list)):
        return native(value)
    parts: Collection[Any] = value.values() if isinstance(value, dict) else value
    for part in parts:
        if not isinstance(part, _PLAIN) and (part is OMIT or whole(part) is not part):
            return native(value)
    return value


def native(value: Any) -> Any:
    """What an expression came to, as plain types: generators, sets, tuples become lists."""
    if isinstance(value, str):
        return value if type(value) is str or type(value) is Opened else _plain_text(value)
    if value is None or isinstance(value, (int, float)):
        return value
    return _native_object(value)


def _plain_text(value: str) -> str:
    if hasattr(value, "__html__"):
        _warn_of_conversion(value, "str")
    return str(value)


def _warn_of_conversion(value: object, target: str) -> None:
    """Warn as Ansible does of types of Jinja and of plugins that no variable can be of."""
    kind = type_debug(value)
    HEARER.warn(f"Type {kind!r} is unsupported in variable storage, converting to {target!r}.")


def _native_object(value: Any) -> Any:
    if isinstance(value, Missing):
        value.fail()
    if isinstance(value, Undefined):
        msg = "an if without an else came to nothing: write … if … else …"
        raise TypeError(msg)
    if isinstance(value, dict):
        return {native(key): native(item) for key, item in value.items() if item is not OMIT}
    if snapshot := getattr(value, "snapshot", None):
        return native(snapshot())
    if isinstance(value, _KEPT):
        return value
    if isinstance(value, Iterable) and not isinstance(value, range):
        if isinstance(value, set | frozenset) or hasattr(value, "_fields"):
            _warn_of_conversion(value, "list")
        return [native(item) for item in value if item is not OMIT]
    msg = f"Type {type(value).__name__!r} is unsupported for variable storage."
    raise TypeError(msg)


def in_part(value: Any, missing: Callable[[MissingError], object]) -> Any:
    """As `native`, but in place of what is not defined stands what `missing` makes of that."""
    if isinstance(value, Missing):
        try:
            value.fail()
        except MissingError as error:
            return missing(error)
    if snapshot := getattr(value, "snapshot", None):
        value = snapshot()
    if isinstance(value, dict):
        return {key: in_part(item, missing) for key, item in value.items() if item is not OMIT}
    if isinstance(value, list | tuple):
        return [in_part(item, missing) for item in value if item is not OMIT]
    return "<<Omit>>" if value is OMIT else native(value)


def shown(value: Any) -> Any:
    """What stands in a text for a value: nothing for None and for `omit`."""
    if isinstance(value, str):
        return value
    if value is None or value is OMIT:
        return ""
    return _native_object(value) if isinstance(value, _SHOWN_AS_LISTS) else value
