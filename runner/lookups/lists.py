"""Lookups that arrange what they are given, for loops."""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping
from itertools import product, zip_longest
from typing import Any

from . import LookupContext, flag

Variables = Mapping[str, Any]


def items(terms: list[Any], _: Variables, *, context: LookupContext) -> list[Any]:
    """The terms, with the items of those that are lists."""
    return _spread(terms)


def list_(terms: list[Any], _: Variables, *, context: LookupContext) -> list[Any]:
    """The terms as they are."""
    return terms


def flattened(terms: list[Any], _: Variables, *, context: LookupContext) -> list[Any]:
    """The items of lists within lists, however deep."""
    return list(_deep(terms))


def _deep(terms: list[Any]) -> Iterator[Any]:
    for term in terms:
        if isinstance(term, list | tuple):
            yield from _deep(list(term))
        else:
            yield term


def indexed_items(terms: list[Any], _: Variables, *, context: LookupContext) -> list[Any]:
    """The items with their numbers, from 0."""
    return list(enumerate(_spread(terms)))


def dict_(terms: list[Any], _: Variables, *, context: LookupContext) -> list[Any]:
    """The pairs of mappings, each as `{key: …, value: …}`."""
    for term in terms:
        if not isinstance(term, Mapping):
            words = "the 'dict' lookup plugin expects a dictionary"
            raise TypeError(f"{words}, got {str(term)!r} of type {_kind(term)!r}")
    return [{"key": key, "value": value} for term in terms for key, value in term.items()]


def nested(terms: list[Any], _: Variables, *, context: LookupContext) -> list[Any]:
    """Every item of the first list with every item of the second, and so on."""
    if not terms:
        raise ValueError("with_nested requires at least one element in the nested list")
    return [_spread(row) for row in (product(*terms) if terms[1:] else terms[0])]


def together(terms: list[Any], _: Variables, *, context: LookupContext) -> list[Any]:
    """The first items of all lists, then the second ones …; what is missing is null."""
    if not terms:
        raise ValueError("with_together requires at least one element in each list")
    return [_spread(row) for row in zip_longest(*terms)]


def random_choice(terms: list[Any], _: Variables, *, context: LookupContext) -> list[Any]:
    """One of the terms."""
    return [secrets.choice(terms)] if terms else []


_WANTED = "subelements lookup expects a list of two or three items"


def subelements(terms: list[Any], _: Variables, *, context: LookupContext) -> list[Any]:
    """Each element of the first term with each item of the list that the second names."""
    if len(terms) not in {2, 3} or not _are_listed(*terms[:2]):
        raise ValueError(
            f"{_WANTED}, first a dict or a list, second a string pointing to the subkey"
        )
    container, name = terms[:2]
    flags = terms[2] if terms[2:] else {}
    if not isinstance(flags, Mapping):
        raise TypeError(
            f"{_WANTED}, the optional third item must be a dict with flags skip_missing"
        )
    if isinstance(container, Mapping):
        container = [] if container.get("skipped") else list(container.values())
    path, skip = name.split("."), flag(flags.get("skip_missing"))
    return [
        (bare, item)
        for element in _items_of(container)
        for bare, inner in _taken_out(element, path, skip_missing=skip)
        for item in inner
    ]


def _are_listed(container: Any, name: Any) -> bool:
    return isinstance(container, Mapping | list | tuple) and isinstance(name, str)


def _taken_out(
    element: Any, path: list[str], *, skip_missing: bool
) -> Iterator[tuple[dict[str, Any], list[Any]]]:
    """The element without the list that the path leads to, and the list."""
    if not isinstance(element, Mapping):
        raise TypeError(f"subelements lookup expects a dictionary, got '{element}'")
    if element.get("skipped"):
        return
    first, *rest = path
    if first not in element:
        if not skip_missing:
            raise KeyError(f"could not find '{first}' key in iterated item '{dict(element)}'")
        return
    without = {key: value for key, value in element.items() if key != first}
    inner = element[first]
    if rest and not isinstance(inner, Mapping):
        if not skip_missing:
            raise TypeError(f"the key {first} should point to a dictionary, got '{inner}'")
    elif rest:
        for part, found in _taken_out(inner, rest, skip_missing=skip_missing):
            yield {**element, first: part}, found
    elif isinstance(inner, list):
        yield without, inner
    else:
        raise TypeError(f"the key {first} should point to a list, got '{inner}'")


def _items_of(term: Any) -> list[Any]:
    if not isinstance(term, list | tuple):
        raise TypeError(f"it takes lists, not {_kind(term)}")
    return list(term)


def _spread(terms: Any) -> list[Any]:
    spread: list[Any] = []
    for term in terms:
        spread += term if isinstance(term, list | tuple | range) else [term]
    return spread


def _kind(value: object) -> str:
    return type(value).__name__
