"""The test `version`: `'1.10' is version('1.9', '>')`."""

from __future__ import annotations

import operator as operators
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

_OPERATORS: Mapping[str, Callable[[Any, Any], bool]] = {
    sign: getattr(operators, name)
    for name, signs in {
        "eq": "== = eq",
        "lt": "< lt",
        "le": "<= le",
        "gt": "> gt",
        "ge": ">= ge",
        "ne": "!= <> ne",
    }.items()
    for sign in signs.split()
}
_FAILED = "Version comparison failed"
_STRICT = re.compile(r"(\d+)\.(\d+)(?:\.(\d+))?(?:([ab])(\d+))?", re.ASCII)
_NUMBER = r"(?:0|[1-9]\d*)"
_IDENTIFIER = rf"(?:{_NUMBER}|\d*[a-zA-Z-][0-9a-zA-Z-]*)"
_SEMANTIC = re.compile(
    rf"({_NUMBER})\.({_NUMBER})\.({_NUMBER})(?:-({_IDENTIFIER}(?:\.{_IDENTIFIER})*))?"
    r"(?:\+[0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*)?",
    re.ASCII,
)


def version(
    value: object,
    version: object,
    operator: str = "eq",
    strict: bool | None = None,
    version_type: str | None = None,
) -> bool:
    """Whether the value compares so to the version; `1.10` is above `1.9`."""
    if strict is not None and version_type is not None:
        raise ValueError("Cannot specify both 'strict' and 'version_type'")
    if operator not in _OPERATORS:
        raise ValueError(f"Invalid operator type ({operator}). Must be one of {_told(_OPERATORS)}")
    kind = version_type or ("strict" if strict else "loose")
    if kind not in _KEYS:
        raise ValueError(f"Invalid version type ({kind}). Must be one of {_told(_KEYS)}")
    if not value:
        raise ValueError("Input version value cannot be empty")
    if not version:
        raise ValueError("Version parameter to compare against cannot be empty")
    try:
        first, second = (_KEYS[kind](str(text)) for text in (value, version))
        # What cannot be put in order is not told to be unequal either, as in Ansible.
        order = 0 if first == second else -1 if first < second else 1
        return _OPERATORS[operator](order, 0)
    except TypeError:
        raise ValueError(f'{_FAILED}: "{value}" and "{version}" cannot be compared') from None
    except ValueError as error:
        raise ValueError(f"{_FAILED}: {error}") from None


def _told(names: Iterable[str]) -> str:
    return ", ".join(map(repr, names))


version_compare = version


def _loose(text: str) -> list[int | str]:
    parts = [part for part in re.split(r"(\d+|[a-z]+|\.)", text) if part and part != "."]
    return [int(part) if part.isdecimal() else part for part in parts]


def _strict(text: str) -> tuple[object, ...]:
    found = _STRICT.fullmatch(text)
    if not found:
        raise ValueError(f"invalid version number '{text}'; write it like 1.2, 1.2.3 or 1.2b1")
    major, minor, patch, stage, number = found.groups()
    # A version is above all that lead up to it.
    return int(major), int(minor), int(patch or 0), stage or "c", int(number or 0)


def _semantic(text: str) -> tuple[object, ...]:
    found = _SEMANTIC.fullmatch(text)
    if not found:
        raise ValueError(f"invalid semantic version '{text}'; write it like 1.2.3 or 1.2.3-rc.1")
    numbers = tuple(int(number) for number in found.group(1, 2, 3))
    stages = (found[4] or "").split(".")
    # Numbers are below words; a version is above all that lead up to it.
    order = [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in stages]
    return numbers, not found[4], order


def _pep440(text: str) -> object:
    try:
        from packaging.version import Version
    except ImportError:
        raise ValueError("version_type pep440 needs the Python package packaging") from None
    return Version(text)


_KEYS: Mapping[str, Callable[[str], Any]] = {
    "loose": _loose,
    "strict": _strict,
    "semver": _semantic,
    "semantic": _semantic,
    "pep440": _pep440,
}
