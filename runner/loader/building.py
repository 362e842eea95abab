"""Lists and mappings while they are read: what they accept and what they warn of."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, Final

from ..dataclasses import dataclass, field
from ..errors import Place, Problem
from ..nodes import MapNode, SeqNode
from .scalars import CONSTANTS

MERGE: Final[Any] = object()
"""Stands for the key `<<`."""

_NOTHING: Final[Any] = object()
_DROPPED: Final[Any] = object()
_NODES = (MapNode, SeqNode)
_DUPLICATES = "ANSIBLE_DUPLICATE_YAML_DICT_KEY"


@dataclass(slots=True, eq=False, repr=False)
class Findings:
    """What is to be told about a text."""

    lines: list[str]
    problems: list[Problem] = field(default_factory=list)
    warnings: list[Problem] = field(default_factory=list)
    words: dict[Place, str] = field(default_factory=dict)
    """Where a boolean is written as yes, no, on or off."""

    def problem(self, place: Place, message: str, hint: str = "", width: int = 1) -> None:
        self.problems.append(Problem(place, message, hint, width))

    def warn_of_word(self, place: Place, what: str) -> None:
        word = self.words[place]
        meaning = "true" if CONSTANTS[word] else "false"
        message = f"{what} is the boolean {meaning}, as `{word}` is in YAML"
        self.warnings.append(Problem(place, message, f'write "{word}" if it is a text', len(word)))


class OpenList:
    """A list whose end has not been met."""

    __slots__ = ("anchor", "findings", "height", "node", "shape", "size", "unsafe")

    expects_key = False
    merges = False

    def __init__(self, place: Place, anchor: str | None, findings: Findings) -> None:
        self.node = SeqNode(place)
        self.anchor = anchor
        self.findings = findings
        self.shape: Callable[[Any], SeqNode] | None = None
        """What its tag makes of it."""
        self.unsafe = False
        self.size = 1
        self.height = 1

    @property
    def place(self) -> Place:
        return self.node.place

    def add(self, value: object, place: Place) -> None:
        """Take the next node."""
        self.node.append(value)
        self.node.places.append(place)

    def close(self) -> SeqNode:
        """The list, which is now whole."""
        words = self.findings.words
        if words and any(isinstance(item, str) for item in self.node):
            for item, place in zip(self.node, self.node.places, strict=True):
                if isinstance(item, bool) and place in words:
                    self.findings.warn_of_word(place, "this item of a list of texts")
        return self.node


class OpenMap:
    """A mapping whose end has not been met; its keys and values come by turns."""

    __slots__ = (
        "_key",
        "_key_place",
        "_merges",
        "anchor",
        "findings",
        "height",
        "node",
        "shape",
        "size",
        "unsafe",
    )

    def __init__(self, place: Place, anchor: str | None, findings: Findings) -> None:
        self.node = MapNode(place)
        self.anchor = anchor
        self.findings = findings
        self.shape: Callable[[Any], SeqNode] | None = None
        self.unsafe = False
        self.size = 1
        self.height = 1
        self._key: Any = _NOTHING
        self._key_place = place
        self._merges: list[MapNode] | None = None

    @property
    def place(self) -> Place:
        return self.node.place

    @property
    def expects_key(self) -> bool:
        return self._key is _NOTHING

    @property
    def merges(self) -> bool:
        """Whether the next node is what `<<` stands for."""
        return self._key is MERGE

    def add(self, value: object, place: Place) -> None:
        """Take the next node."""
        key = self._key
        if key is _NOTHING:
            self._key = self._accepted(value, place)
            self._key_place = place
            return
        self._key = _NOTHING
        if key is MERGE:
            self._merge(value, place)
        elif key is not _DROPPED:
            self.node.put(key, self._key_place, value, place)

    def close(self) -> MapNode:
        """The mapping, which is now whole: its own keys win, then those merged first."""
        if not self._merges:
            return self.node
        whole = MapNode(self.node.place)
        for part in (*reversed(self._merges), self.node):
            whole.take(part)
        return whole

    def _accepted(self, key: object, place: Place) -> object:
        """The key, or a mark that it is dropped and its value with it."""
        if isinstance(key, _NODES):
            self._tell_unhashable(place)
        elif key is MERGE and self._merges is not None:
            hint = "write <<: [*first, *second]"
            self.findings.problem(place, "<< appears twice in this mapping", hint, 2)
        elif key in self.node:
            return self._duplicate(key, place)
        else:
            # Most files have none, and to hash a place takes as long as all the rest.
            if self.findings.words and place in self.findings.words:
                self.findings.warn_of_word(place, "this key")
            return key
        return _DROPPED

    def _merge(self, value: object, place: Place) -> None:
        parts = value if isinstance(value, SeqNode) else [value]
        self._merges = [part for part in parts if isinstance(part, MapNode)]
        if len(self._merges) < len(parts):
            self.findings.problem(place, "<< takes a mapping, or a list of mappings")

    def _duplicate(self, key: object, place: Place) -> object:
        """An error, but where the environment asks for Ansible's way: the last one counts."""
        first = self.node.key_places[key]
        where = f"The first is in line {first.line}, column {first.column}"
        told = Problem(place, f"Found duplicate mapping key {key!r}. {where}", "", len(str(key)))
        match os.environ.get(_DUPLICATES):
            case "ignore":
                return key
            case "warn":
                self.findings.warnings.append(told)
                return key
        self.findings.problems.append(told)
        return _DROPPED

    def _tell_unhashable(self, place: Place) -> None:
        line = self.findings.lines[place.line - 1]
        if line.startswith("{{", place.column - 1):
            return  # the mapping around the one that was just told of
        if line.startswith("{{", place.column - 2):
            outer = Place(place.file, place.line, place.column - 1)
            from .quoting import UNQUOTED, quoting_hint

            hint = quoting_hint(line, outer.column - 1)
            self.findings.problem(outer, f"YAML parsing failed: {UNQUOTED.format('{{')}", hint, 2)
        else:
            message = "a key must be a text or a number, not a mapping or a list"
            self.findings.problem(place, message)
