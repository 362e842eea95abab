"""The inventory while its sources are being read."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from copy import copy
from enum import IntEnum, auto
from pathlib import Path
from typing import NamedTuple, Self

from ..ansible_words import ending
from ..dataclasses import dataclass, field, replace
from ..errors import Place, Problem
from ..source import Document, MapNode, Template
from ..vault.opening import Vault
from .joining import joined
from .reading import AS_USUAL, Reading

LOCALHOST = ("localhost", "127.0.0.1", "::1")
PRIORITY = "ansible_group_priority"
_DETAILS = 3


class Where(IntEnum):
    """Where variables stand, the lowest first."""

    INVENTORY = auto()
    BESIDE_INVENTORY = auto()
    BESIDE_PLAYBOOK = auto()


class Spot(NamedTuple):
    """Where, and beside which of the sources."""

    where: Where
    number: int = 0


@dataclass(eq=False, repr=False)
class HostDraft:
    """A host: its name, and its variables by where they stand."""

    name: str
    source: str | None = None
    layers: dict[Spot, MapNode] = field(default_factory=dict)

    def layer(self, where: Where, number: int = 0) -> MapNode:
        return self.layers.setdefault(Spot(where, number), MapNode(Place("", 1, 1)))


@dataclass(eq=False, repr=False)
class GroupDraft(HostDraft):
    hosts: dict[str, None] = field(default_factory=dict)
    children: dict[str, None] = field(default_factory=dict)
    parents: dict[str, None] = field(default_factory=dict)
    priority: int = 1


_ODD = r"^\d|\W"
_ODD_VARIABLE = (
    f"Accepting inventory variable with invalid name {{!r}}. {ending()} Variable names must be"
    " strings starting with a letter or underscore character, and contain only letters, numbers"
    " and underscores."
)


def safe(name: str) -> str:
    """The name as one of a variable."""
    return name if name.isidentifier() else re.sub(_ODD, "_", name)


class MistakeFound(Exception):
    """A mistake ends a source of which what was read so far counts."""


class Draft:
    """Hosts, groups and their variables so far, and what is wrong about them."""

    def __init__(self, vault: Vault | None = None, reading: Reading = AS_USUAL) -> None:
        self.vault = vault or Vault()
        self.reading = reading
        self.any_read = False
        """Whether a source could be read."""
        self.kind = ""
        """What the source is read as, in Ansible's words; empty where none is."""
        self.safe_names = reading.odd_names in ("always", "silently")
        self.odd_names: dict[str, None] = {}
        """Names of groups that could not be variables', if that is to be told."""
        self._tells_names = reading.odd_names in ("always", "never")
        self.bases: dict[Path, None] = {}
        """The folders beside which variables may lie, of the sources so far."""
        self.hosts: dict[str, HostDraft] = {}
        self.groups: dict[str, GroupDraft] = {}
        self.implicit = {name: _implicit(name) for name in LOCALHOST}
        self._controller = ""
        self._read: list[str] = []
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        self.templates: list[Template] = []
        self.add_child(self.group("all"), self.group("ungrouped"))

    def copied(self) -> Self:
        """One whose groups can be put below others without a change of this one's."""
        other = copy(self)
        other.warnings = [*self.warnings]
        other.groups = {
            name: replace(group, children={**group.children}, parents={**group.parents})
            for name, group in self.groups.items()
        }
        return other

    def controller(self, name: str) -> str:
        """As in Ansible, the name by which it is first asked for stands for the others."""
        self._controller = self._controller or name
        return self._controller

    def problem(self, place: Place | None, message: str, hint: str = "", width: int = 1) -> None:
        self.wrong(Problem(place, message, hint, width))

    def wrong(self, *problems: Problem) -> None:
        self.problems += problems
        if problems and self.kind and self.reading.lenient:
            raise MistakeFound

    def deprecated(self, place: Place | None, message: str) -> None:
        """Note what works now as in Ansible, whose words these are, and will not for ever."""
        if self.reading.deprecations:
            self.warnings.append(Problem(place, message, deprecation=True))

    def missing(self, source: Problem) -> None:
        """Note a source that is not there; as in Ansible, mostly that is only warned of."""
        (self.problems if self.reading.all_there else self.warnings).append(source)

    @contextmanager
    def source(self, name: str, kind: str) -> Iterator[None]:
        """While a source is read, the first guess being that it is of this kind."""
        self.kind, known = kind, len(self.problems)
        with suppress(MistakeFound):
            yield
        self._settle(name, known)
        self.kind = ""

    def _settle(self, source: str, known: int) -> None:
        """Tell what is wrong with a source with Ansible's words: scripts look for them."""
        wrong = [replace(problem, missing=True) for problem in self.problems[known:]]
        if not wrong:
            self.any_read = True
            self._read.append(f"Parsed {source} inventory source with {self.kind} plugin")
        if wrong and self.reading.lenient:
            told = f"Failed to parse inventory with {self.kind!r} plugin: "
            wrong = [replace(problem, message=told + problem.message) for problem in wrong]
            wrong.append(Problem(None, f"Unable to parse {source} as an inventory source"))
            self.problems[known:], self.warnings = [], [*self.warnings, *wrong]
        else:
            self.problems[known:] = wrong
            if wrong and self.reading.all_there:
                told = f"Completely failed to parse inventory source {source}"
                self.problems.append(Problem(None, told, missing=True))

    def note(self, document: Document) -> None:
        """Keep what a YAML file brings along."""
        self.warnings += document.warnings
        self.templates += document.templates

    def hide(self, file: str) -> None:
        """Cover the variables that an encrypted file sets."""
        for entity in (*self.hosts.values(), *self.groups.values()):
            for layer in entity.layers.values():
                for key, value in layer.items():
                    if layer.value_places[key].file == file:
                        self.vault.hide_all(value)

    def forget(self, where: Where) -> None:
        """Drop the variables that stand there."""
        for entity in (*self.hosts.values(), *self.implicit.values(), *self.groups.values()):
            for spot in [spot for spot in entity.layers if spot.where == where]:
                del entity.layers[spot]

    def named(self, group: str) -> str:
        """The name under which the group is known."""
        if self._tells_names and safe(group) != group:
            self.odd_names[group] = None
        return safe(group) if self.safe_names else group

    @property
    def odd_names_told(self) -> str:
        """What is warned of, in Ansible's words and with the names."""
        what = "and automatically replaced" if self.safe_names else "but not replaced"
        told, names = "use -vvvv to see details", ", ".join(self.odd_names)
        return f"Invalid characters were found in group names {what}, {told}: {names}"

    def details(self, verbosity: int) -> Iterable[str]:
        """In Ansible's words: with -vvv what was read, with -vvvv each of the odd names, too."""
        what = "Replacing" if self.safe_names else "Not replacing"
        for name in self.odd_names if verbosity > _DETAILS else ():
            wrong = ", ".join(map(repr, sorted(set(re.findall(_ODD, name)))))
            yield f'{what} invalid character(s) "{{{wrong}}}" in group name ({name})'
        yield from self._read if verbosity >= _DETAILS else ()

    def group(self, name: str) -> GroupDraft:
        name = self.named(name)
        return self.groups.setdefault(name, GroupDraft(name))

    def host(
        self,
        name: str,
        group: GroupDraft,
        source: str | None = None,
        port: tuple[int | None, Place] | None = None,
    ) -> HostDraft:
        """The host, now in the group; as in Ansible, a port counts where it is first told of."""
        group.hosts[name] = None
        if name not in self.hosts:
            self.hosts[name] = HostDraft(name, source)
            if port and port[0] is not None:
                self.hosts[name].layer(Where.INVENTORY).put("ansible_port", port[1], *port)
        return self.hosts[name]

    def add_child(self, parent: GroupDraft, child: GroupDraft, place: Place | None = None) -> None:
        if parent is child or parent.name in self.below(child.name):
            # In Ansible's words: scripts look for them.
            what = f"Adding group '{child.name}' as child to '{parent.name}'"
            message = f"{what} creates a recursive dependency loop"
            if parent is child:
                message = f"can't add group to itself: {child.name}"
            self.problem(place, message, "no group is above and below another")
            return
        parent.children[child.name] = None
        child.parents[parent.name] = None

    def set(self, entity: HostDraft, variables: MapNode) -> None:
        """Set variables in the inventory; what came before is replaced."""
        layer = entity.layer(Where.INVENTORY)
        for key, value in variables.items():
            place = variables.value_places[key]
            if not (isinstance(key, str) and key.isidentifier() and key.isascii()):
                self.deprecated(variables.key_places[key], _ODD_VARIABLE.format(str(key)))
            if key == PRIORITY and isinstance(entity, GroupDraft):
                self._prioritise(entity, value, place)
            else:
                whole = self.together(layer.get(key), value)
                layer.put(key, variables.key_places[key], whole, place)

    def take(self, layer: MapNode, variables: MapNode) -> None:
        """Set variables in a layer that files or plugins give."""
        if not self.reading.deep:
            layer.take(variables)
            return
        for key, value in variables.items():
            places = variables.key_places[key], variables.value_places[key]
            layer.put(key, places[0], joined(layer.get(key), value), places[1])

    def together(self, low: object, high: object) -> object:
        """What comes of a value that is set anew."""
        return joined(low, high) if self.reading.deep else high

    def _prioritise(self, group: GroupDraft, value: object, place: Place) -> None:
        try:
            group.priority = int(str(value))
        except ValueError:
            self.problem(place, f"{PRIORITY} must be a whole number, not {value!r}")

    def below(self, name: str) -> Iterable[str]:
        """All groups under this one, level by level."""
        return self._walk(name, lambda group: group.children)

    def above(self, name: str) -> Iterable[str]:
        """All groups that this one lies in."""
        return self._walk(name, lambda group: group.parents)

    def _walk(self, name: str, step: Callable[[GroupDraft], Iterable[str]]) -> Iterable[str]:
        seen: dict[str, None] = {}
        level = dict.fromkeys(step(self.groups[name]))
        while level:
            seen |= level
            found = dict.fromkeys(other for known in level for other in step(self.groups[known]))
            level = {other: None for other in found if other not in seen}
        return seen


def _implicit(name: str) -> HostDraft:
    host = HostDraft(name)
    place = Place(name, 1, 1)
    layer = host.layer(Where.INVENTORY)
    layer.put("ansible_connection", place, "local", place)
    layer.put("ansible_python_interpreter", place, sys.executable, place)
    return host
