"""What values of arguments become, of the types that Ansible's specifications name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..runner.mapping_text import mapping_of
from . import paths

TRUE = {"y", "yes", "on", "1", "true", "t"}
FALSE = {"n", "no", "off", "0", "false", "f"}
_UNITS = "BKMGTPEZY"


class Unfit(TypeError):
    """A value is not of the type that is wanted."""


def converted(value: Any, kind: Any) -> Any:
    """The value as one of this type, which a module may also tell by a function; raises Unfit."""
    if callable(kind):
        try:
            return kind(value)
        except (TypeError, ValueError) as error:
            raise Unfit(str(error)) from error
    if kind not in _KINDS:
        raise Unfit(f"there is no type {kind}")
    return _KINDS[kind](value)


def _text(value: Any) -> str:
    return "" if value is None else str(value)


def _path(value: Any) -> str:
    return paths.expanded(_text(value))


def _whole(value: Any) -> int:
    if isinstance(value, int):
        return value  # Also true and false.
    from decimal import Decimal, InvalidOperation

    try:
        number = Decimal(str(value))
        if number == number.to_integral_value():
            return int(number)
    except (InvalidOperation, ValueError, OverflowError):
        pass
    raise Unfit(f'"{value!r}" cannot be converted to an int')


def _real(value: Any) -> float:
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise Unfit(f"{type(value)} cannot be converted to a float") from error


def _flag(value: Any) -> bool:
    if not isinstance(value, str | float | int):
        raise Unfit(f"{type(value)} cannot be converted to a bool")
    whole = isinstance(value, float) and value.is_integer()
    word = str(int(value) if whole else value).strip().lower()
    if word not in TRUE | FALSE:
        known = ", ".join(map(repr, sorted(TRUE | FALSE)))
        raise Unfit(f"The value '{value}' is not a valid boolean. Valid booleans include: {known}")
    return word in TRUE


def _list(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return list(value)
    if isinstance(value, str):
        return value.split(",")
    if isinstance(value, int | float):
        return [str(value)]
    raise Unfit(f"{type(value)} cannot be converted to a list")


def _dict(value: Any) -> Mapping[str, Any]:
    if isinstance(value, Mapping):
        return value
    if isinstance(value, str):
        try:
            return mapping_of(value)
        except ValueError as error:
            raise Unfit(str(error)) from error
    raise Unfit(f"{type(value)} cannot be converted to a dict")


def _bytes(value: Any) -> int:
    return _amount(value, "B", "Byte")


def _bits(value: Any) -> int:
    return _amount(value, "b", "Bit")


def _amount(value: Any, letter: str, unit: str) -> int:
    prefixes = _UNITS + _UNITS.lower()
    found = re.fullmatch(rf"(\d+\.?\d*) *([{prefixes}]?){letter}?", str(value).strip())
    if found is None:
        raise Unfit(f"{type(value)} cannot be converted to a {unit} value")
    amount: float = float(found[1]) * 1024 ** _UNITS.index(found[2].upper() or "B")
    return round(amount)


def human_to_bytes(
    number: object,
    default_unit: str | None = None,
    isbits: bool = False,  # noqa: FBT001, FBT002  # as Ansible has it
) -> int:
    """`1K` is 1024; raises ValueError."""
    text = str(number).strip()
    amount = f"{text}{default_unit or ''}" if text[-1:].isdigit() else text
    try:
        return (_bits if isbits else _bytes)(amount)
    except Unfit as error:
        raise ValueError(f"human_to_bytes() failed to convert {number}: {error}") from error


def bytes_to_human(
    size: float,
    isbits: bool = False,  # noqa: FBT001, FBT002  # as Ansible has it
    unit: str | None = None,
) -> str:
    """`1536` is `1.50 KB`."""
    letter, plain = ("b", "bits") if isbits else ("B", "Bytes")
    power = next((power for power in range(8, 0, -1) if size >= 1024**power), 0)
    if unit:
        power = max(0, _UNITS.find(unit.upper()))
    return f"{size / 1024**power:.2f} {_UNITS[power] + letter if power else plain}"


def _json(value: Any) -> str:
    import json

    if isinstance(value, str):
        return value.strip()
    if isinstance(value, Mapping | list | tuple):
        return json.dumps(value)
    raise Unfit(f"{type(value)} cannot be converted to a json string")


def _any(value: Any) -> Any:
    return value


_KINDS: Mapping[str, Callable[[Any], Any]] = {
    "bits": _bits,
    "bool": _flag,
    "bytes": _bytes,
    "dict": _dict,
    "float": _real,
    "int": _whole,
    "json": _json,
    "jsonarg": _json,
    "list": _list,
    "path": _path,
    "raw": _any,
    "str": _text,
}


def type_of(value: Any) -> str:
    """The plain type: what was written down knows its place, and is of a type of its own."""
    plain = next((kind for kind in (dict, list, str) if isinstance(value, kind)), type(value))
    return plain.__name__
