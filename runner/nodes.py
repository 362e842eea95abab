"""What the loader makes of a file: plain values that know where they were written."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from itertools import accumulate
from pathlib import Path
from typing import Any, Literal, TypeAlias

from .dataclasses import dataclass, field
from .errors import Place, Problem
from .template_text import Scalar, Template, has_marks

ListKind: TypeAlias = Literal["tasks", "handlers"]
"""What a file that is included lists: handlers, if one of them includes it."""


class MapNode(dict[object, object]):
    """A mapping; knows where it begins, and where each key and each value does."""

    __slots__ = ("form", "key_places", "place", "value_places")

    def __init__(self, place: Place) -> None:
        self.place = place
        self.form: Any = None
        """How it is written as a task, once that has been read: `taskform.Form`."""
        self.key_places: dict[object, Place] = {}
        self.value_places: dict[object, Place] = {}

    def put(self, key: object, key_place: Place, value: object, value_place: Place) -> None:
        """Set a key, with its places."""
        self[key] = value
        self.key_places[key] = key_place
        self.value_places[key] = value_place

    def drop(self, key: object) -> object:
        """Remove a key; returns its value."""
        del self.key_places[key], self.value_places[key]
        return self.pop(key)

    def take(self, other: MapNode) -> None:
        """Set all keys of the other, as `<<` does."""
        self.update(other)
        self.key_places.update(other.key_places)
        self.value_places.update(other.value_places)


class SeqNode(list[object]):
    """A list; knows where it begins, and where each item does."""

    __slots__ = ("place", "places")

    def __init__(self, place: Place) -> None:
        self.place = place
        self.places: list[Place] = []


def from_data(value: Any, place: Place, templates: list[Template]) -> Any:
    """Plain data as if it had been read from YAML at this place; adds its templates to the list."""
    if isinstance(value, dict):
        mapping = MapNode(place)
        for key, inner in value.items():
            mapping.put(key, place, from_data(inner, place, templates), place)
        return mapping
    if isinstance(value, list):
        items = SeqNode(place)
        items.extend(from_data(inner, place, templates) for inner in value)
        items.places.extend(place for _ in value)
        return items
    if isinstance(value, str) and has_marks(value):
        templates.append(Template(value, place))
        return templates[-1]
    return value


def variables_in(value: object) -> object:
    """What a file of variables sets: a list of mappings is one of them all, as in Ansible."""
    if not isinstance(value, SeqNode):
        return value
    parts = [part for part in value if isinstance(part, MapNode)]
    if len(parts) < len(value):
        return value
    whole = MapNode(value.place)
    for part in parts:
        whole.take(part)
    return whole


@dataclass(frozen=True, eq=False, repr=False)
class Document:
    """A file that has been read: its value, and what is to know of it."""

    path: Path
    text: str
    value: object
    templates: tuple[Template, ...] = ()
    warnings: tuple[Problem, ...] = ()
    words: Mapping[Place, str] = field(default_factory=dict)
    """Where a boolean is written as yes, no, on or off."""
    sealed: bool = False
    """It is encrypted, and nobody who only looks needs its password."""

    def written(self, value: str, place: Place) -> Template:
        """The text whose node begins at `place`, so that its characters can be found again."""
        if isinstance(value, Template):
            return value
        return Template.read(value, Scalar(self.text, self._index(place), place))

    def _index(self, place: Place) -> int:
        return self._line_starts[place.line - 1] + place.column - 1

    @cached_property
    def _line_starts(self) -> list[int]:
        # What Python takes for the end of a line and YAML does not, no file may hold.
        return [0, *accumulate(map(len, self.text.splitlines(keepends=True)))]


def leaves(value: object) -> Iterator[object]:
    """All that stands in mappings (their keys apart) and lists, however deep."""
    if isinstance(value, Mapping):
        for inner in value.values():
            yield from leaves(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from leaves(inner)
    else:
        yield value
