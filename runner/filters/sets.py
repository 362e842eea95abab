"""Filters that treat lists as sets, and combine their items."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from operator import and_, or_, sub, xor
from typing import Any

from jinja2 import UndefinedError, pass_environment
from jinja2.environment import Environment
from jinja2.filters import do_unique

_NO_WAY_BACK = (
    "Jinja2's unique filter failed and we cannot fall back to Ansible's version as it does not"
    " support the parameters supplied"
)


class _Seen:
    """Values met so far, hashable or not."""

    def __init__(self, values: Iterable[Any] = ()) -> None:
        self._hashed: set[Any] = set()
        self._others: list[Any] = []
        for value in values:
            self.add(value)

    def __contains__(self, value: object) -> bool:
        try:
            return value in self._hashed or value in self._others
        except TypeError:
            return value in self._others

    def add(self, value: Any) -> None:
        try:
            self._hashed.add(value)
        except TypeError:
            self._others.append(value)


def _distinct(values: Iterable[Any]) -> list[Any]:
    seen = _Seen()
    found = []
    for value in values:
        if value not in seen:
            seen.add(value)
            found.append(value)
    return found


@pass_environment
def unique(
    environment: Environment,
    values: Iterable[Any],
    case_sensitive: bool | None = None,
    attribute: Any = None,
) -> list[Any]:
    """The values without those that came before; by default `a` and `A` are one."""
    values = list(values)
    try:
        return list(do_unique(environment, values, bool(case_sensitive), attribute))
    except (TypeError, UndefinedError) as error:
        # A value that cannot be hashed; Jinja compares no others.
        if case_sensitive is False or attribute is not None:
            raise ValueError(f"{_NO_WAY_BACK}: {error}") from error
        return _distinct(values)


def union(first: Iterable[Any], second: Iterable[Any]) -> list[Any]:
    return _combined(or_, first, second, lambda one, other: _distinct([*one, *other]))


def intersect(first: Iterable[Any], second: Iterable[Any]) -> list[Any]:
    return _combined(and_, first, second, _in_both)


def difference(first: Iterable[Any], second: Iterable[Any]) -> list[Any]:
    return _combined(sub, first, second, _only_in_first)


def symmetric_difference(first: Iterable[Any], second: Iterable[Any]) -> list[Any]:
    return _combined(
        xor,
        first,
        second,
        lambda one, other: _only_in_first(one, other) + _only_in_first(other, one),
    )


def _combined(
    operation: Callable[[set[Any], set[Any]], set[Any]],
    first: Iterable[Any],
    second: Iterable[Any],
    in_order: Callable[[list[Any], list[Any]], list[Any]],
) -> list[Any]:
    """Numbers in the order of Python's sets, as in Ansible; all else `in_order`.

    The order of a set of texts would be another one in each run.
    """
    one, other = list(first), list(second)
    if all(isinstance(value, int | float) for value in (*one, *other)):
        return list(operation(set(one), set(other)))
    return in_order(one, other)


def _in_both(first: list[Any], second: list[Any]) -> list[Any]:
    known = _Seen(second)
    return _distinct(value for value in first if value in known)


def _only_in_first(first: list[Any], second: list[Any]) -> list[Any]:
    known = _Seen(second)
    return _distinct(value for value in first if value not in known)


def zip_(*lists: Iterable[Any], strict: bool = False) -> list[tuple[Any, ...]]:
    return list(zip(*lists, strict=bool(strict)))


def zip_longest(*lists: Iterable[Any], fillvalue: Any = None) -> list[tuple[Any, ...]]:
    return list(itertools.zip_longest(*lists, fillvalue=fillvalue))


def product(*lists: Iterable[Any], repeat: int = 1) -> list[tuple[Any, ...]]:
    return list(itertools.product(*lists, repeat=repeat))


def permutations(values: Iterable[Any], r: int | None = None) -> list[tuple[Any, ...]]:
    """All orders of `r` of the values, or of all of them."""
    return list(itertools.permutations(values, r))


def combinations(values: Iterable[Any], r: int) -> list[tuple[Any, ...]]:
    """All choices of `r` of the values."""
    return list(itertools.combinations(values, r))
