"""Tests of values: what they contain, what they match, whether they count as true."""

from __future__ import annotations

import builtins
import math
import re
from collections.abc import Container, Iterable
from typing import Any

_TRUE = frozenset({"y", "yes", "on", "1", "true", "t"})
_FALSE = frozenset({"n", "no", "off", "0", "false", "f"})
_MATCHES = ("search", "match", "fullmatch")


def any_(values: Iterable[Any]) -> bool:
    return builtins.any(values)


def all_(values: Iterable[Any]) -> bool:
    return builtins.all(values)


def contains(container: Container[Any], value: Any) -> bool:
    """The test `in` the other way round, for `selectattr`."""
    return value in container


def subset(first: Iterable[Any], second: Iterable[Any]) -> bool:
    return set(first) <= set(second)


def superset(first: Iterable[Any], second: Iterable[Any]) -> bool:
    return set(first) >= set(second)


issubset = subset
issuperset = superset


def nan(value: Any) -> bool:
    return isinstance(value, float) and math.isnan(value)


isnan = nan


def truthy(value: Any, convert_bool: bool = False) -> bool:
    """Whether Python takes the value for true; with `convert_bool` words like `no` are read."""
    if convert_bool and isinstance(value, str):
        word = value.lower().strip()
        return word in _TRUE if word in _TRUE | _FALSE else bool(value)
    return bool(value)


def falsy(value: Any, convert_bool: bool = False) -> bool:
    return not truthy(value, convert_bool)


def regex(
    value: object = "",
    pattern: str = "",
    ignorecase: bool = False,
    multiline: bool = False,
    match_type: str = "search",
) -> bool:
    """Whether the pattern is found: anywhere, or as `match_type` says."""
    if match_type not in _MATCHES:
        raise ValueError(f'match_type is one of {", ".join(_MATCHES)}, not "{match_type}"')
    flags = re.IGNORECASE * bool(ignorecase) | re.MULTILINE * bool(multiline)
    found = getattr(re.compile(pattern, flags), match_type)(str(value))
    return found is not None


def match(
    value: object, pattern: str = "", ignorecase: bool = False, multiline: bool = False
) -> bool:
    return regex(value, pattern, ignorecase, multiline, "match")


def search(
    value: object, pattern: str = "", ignorecase: bool = False, multiline: bool = False
) -> bool:
    return regex(value, pattern, ignorecase, multiline, "search")
