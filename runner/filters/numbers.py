"""Filters for numbers, and for amounts as people write them."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping

from ..catalogue import complain

_NAMES: Mapping[str, str] = {
    "B": "",
    "K": "kilo",
    "M": "mega",
    "G": "giga",
    "T": "tera",
    "P": "peta",
    "E": "exa",
    "Z": "zetta",
    "Y": "yotta",
}
_NO_AMOUNT = "human_to_bytes() can't interpret the input"
_SIZES: dict[str, int] = {prefix: 1 << 10 * power for power, prefix in enumerate(_NAMES)}
_AMOUNT = re.compile(r"([0-9]*\.?[0-9]+)(?:\s*([A-Za-z]+))?\s*")


def log(number: float, base: float = math.e) -> float:
    _must_be_numbers("log", number, base)
    return math.log10(number) if base == 10 else math.log(number, base)  # noqa: PLR2004


def pow_(number: float, exponent: float) -> float:
    _must_be_numbers("pow", number, exponent)
    return math.pow(number, exponent)


def root(number: float, base: float = 2) -> float:
    _must_be_numbers("root", number, base)
    if number < 0:
        raise ValueError("root() can only be used on numbers: math domain error")
    return math.sqrt(number) if base == 2 else math.pow(number, 1 / float(base))  # noqa: PLR2004


def _must_be_numbers(name: str, *values: object) -> None:
    for value in values:
        if not isinstance(value, int | float):
            complain(value)
            kind = f"must be real number, not {type(value).__name__}"
            raise TypeError(f"{name}() can only be used on numbers: {kind}")


def human_readable(size: float, isbits: bool = False, unit: str | None = None) -> str:
    """`1.18 MB` of 1234567; `unit` asks for one."""
    if not isinstance(size, int | float):
        raise TypeError(f"human_readable() failed on bad input: {size!r} is no number")
    base = "bits" if isbits else "Bytes"
    wanted = (unit or "").upper()
    for prefix, limit in reversed(_SIZES.items()):
        if limit > 1 and (wanted == prefix or (not wanted and size >= limit)):
            return f"{size / limit:.2f} {prefix}{base[0]}"
    return f"{size:.2f} {base}"


def human_to_bytes(size: object, default_unit: str | None = None, isbits: bool = False) -> int:
    """1048576 of `1MB`; a bare number counts in `default_unit`."""
    found = _AMOUNT.fullmatch(str(size))
    if not found:
        words = f"human_to_bytes() can't interpret following string: {size}"
        raise ValueError(f"{_NO_AMOUNT}: {words}; write it like 10, 1.5K or 2MB")
    unit = found[2] or default_unit or "B"
    return round(float(found[1]) * _factor(unit, size, isbits=isbits))


def _factor(unit: str, size: object, *, isbits: bool) -> int:
    prefix = unit[0].upper()
    letter, name = ("b", "bit") if isbits else ("B", "byte")
    failed = f"{_NO_AMOUNT}: human_to_bytes() failed to convert {size}"
    if prefix not in _SIZES:
        known = ", ".join(reversed(list(_NAMES)))
        raise ValueError(f"{failed} (unit = {unit}). The suffix must be one of {known}")
    symbol, short = (letter, name) if prefix == "B" else (prefix + letter, prefix)
    word = _NAMES[prefix] + name
    if len(unit) > 1 and unit != symbol and unit.lower() != word:
        raise ValueError(f"{failed}. Value is not a valid string (expect {symbol} or {short})")
    return _SIZES[prefix]
