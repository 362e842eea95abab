"""Where variables are defined: every place that gives a host a variable, and which of them wins.

Nothing runs: of `set_fact`, `register` and files that only the run can name, the place is all that
is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..dataclasses import dataclass
from ..errors import PatternError, Place
from ..nodes import MapNode, SeqNode, variables_in
from ..registry import bare
from ..roles import vars_files
from ..roles.uses import keywords
from ..template_text import Template

if TYPE_CHECKING:
    from ..inventory import Inventory
    from ..session import Session

_SECTIONS = ("pre_tasks", "tasks", "post_tasks", "handlers", "block", "rescue", "always")
_OF_PLAYS = ("hosts", "roles", "import_playbook", *_SECTIONS[:4])
_INCLUDES = ("include_tasks", "import_tasks", "include_role", "import_role", "import_playbook")


class Level(IntEnum):
    """The order of variables; the highest wins."""

    ROLE_DEFAULTS = 1
    INVENTORY = 2
    PLAY = 6
    PROMPT = 7
    VARS_FILES = 8
    ROLE_VARS = 9
    TASK = 10
    FACT = 11
    ROLE_PARAMS = 12
    INCLUDE_PARAMS = 13
    EXTRA = 14
    MAGIC = 15


@dataclass(frozen=True, kw_only=True)
class Definition:
    """One place that gives a variable a value; `what` says in words what kind of place it is."""

    name: str
    level: Level
    what: str
    place: Place | None = None
    value: object = None
    known: bool = True
    """Whether the value stands there; a result or an answer comes while the run goes on."""
    local: bool = False
    """It holds inside one task or block only."""


def definitions(
    session: Session | None,
    inventory: Inventory,
    host: str,
    extra_vars: Iterable[Mapping[str, object]] = (),
) -> list[Definition]:
    """All definitions that are for this host, the lowest first; those of a level as they come."""
    found = [*_of_inventory(inventory, host), *_of_opsplay()]
    if session is not None:
        found += _OfPlaybooks(session, host).all()
    for layer in extra_vars:
        found += _layer(layer, Level.EXTRA, "--extra-vars")
    return sorted(found, key=lambda definition: definition.level)


def _layer(
    layer: Mapping[Any, object], level: Level, what: str, *, local: bool = False
) -> Iterator[Definition]:
    places = layer.value_places if isinstance(layer, MapNode) else {}
    for name, value in layer.items():
        place = places.get(name)
        yield Definition(
            name=str(name), level=level, what=what, place=place, value=value, local=local
        )


def _of_inventory(inventory: Inventory, host: str) -> Iterator[Definition]:
    groups = {
        id(layer): f"group {group.name}"
        for group in inventory.groups.values()
        for layer in group.layers
    }
    for layer in inventory.host(host).layers:
        yield from _layer(layer, Level.INVENTORY, groups.get(id(layer), f"host {host}"))


def _of_opsplay() -> Iterator[Definition]:
    from ..engine.magic import NAMES

    for name in sorted(NAMES):
        yield Definition(name=name, level=Level.MAGIC, what="opsplay", known=False)


class _OfPlaybooks:
    """The definitions in all files that the playbooks name."""

    def __init__(self, session: Session, host: str) -> None:
        self._session = session
        self._host = host
        self._file = session.paths[0]
        plays = [play for play in session.plays if self._is_meant(play.hosts)]
        self._roles = {role.folder: role.name for play in plays for role in play.roles}
        self._files = {
            path.resolve()
            for play in plays
            for entry in play.vars_files
            for path in vars_files(play.folder, entry if isinstance(entry, list) else [entry])
        }

    def all(self) -> Iterator[Definition]:
        for path, document in [*self._session.documents.items()]:
            self._file = path
            value = document.value
            if path.resolve() in self._files:
                value = variables_in(value)
            if isinstance(value, MapNode):
                yield from self._of_variables(path, value)
            elif isinstance(value, SeqNode):
                yield from self._of_list(value)

    def _of_variables(self, path: Path, value: MapNode) -> Iterator[Definition]:
        for folder, name in self._roles.items():
            if folder / "defaults" in path.parents:
                yield from _layer(value, Level.ROLE_DEFAULTS, f"defaults of the role {name}")
            elif folder / "vars" in path.parents:
                yield from _layer(value, Level.ROLE_VARS, f"vars of the role {name}")
            if folder in path.parents:
                return
        if path.resolve() in self._files:
            yield from _layer(value, Level.VARS_FILES, "vars_files")

    def _of_list(self, entries: object) -> Iterator[Definition]:
        for raw in entries if isinstance(entries, SeqNode) else ():
            if isinstance(raw, MapNode):
                is_play = any(key in raw for key in _OF_PLAYS)
                yield from self._of_play(raw) if is_play else self._of_task(raw)

    def _of_play(self, raw: MapNode) -> Iterator[Definition]:
        if not self._is_meant(raw.get("hosts", "localhost")):
            return
        title = raw.get("name") or raw.get("hosts") or "localhost"
        yield from _layer(_mapping(raw.get("vars")), Level.PLAY, f'vars of the play "{title}"')
        for prompt in _mappings(raw.get("vars_prompt")):
            place = prompt.value_places["name"]
            name = str(prompt["name"])
            what = f'vars_prompt of the play "{title}"'
            yield Definition(name=name, level=Level.PROMPT, what=what, place=place, known=False)
        for role in _mappings(raw.get("roles")):
            yield from self._of_role(role)
        yield from self._of_sections(raw)

    def _of_role(self, raw: MapNode) -> Iterator[Definition]:
        what = f"for the role {raw.get('role', raw.get('name'))}"
        yield from _layer(_mapping(raw.get("vars")), Level.ROLE_VARS, f"vars {what}")
        for found in _layer(raw, Level.ROLE_PARAMS, what):
            if found.name not in keywords():
                yield found

    def _of_sections(self, raw: MapNode) -> Iterator[Definition]:
        for section in _SECTIONS:
            yield from self._of_list(raw.get(section))

    def _of_task(self, raw: MapNode) -> Iterator[Definition]:
        steps = {bare(str(key)): value for key, value in raw.items()}
        name = raw.get("name") or next(iter(steps))
        included = any(step in steps for step in _INCLUDES)
        level = Level.INCLUDE_PARAMS if included else Level.TASK
        what = f'vars of the {"block" if "block" in raw else "task"} "{name}"'
        yield from _layer(_mapping(raw.get("vars")), level, what, local=True)
        for found in _layer(_mapping(steps.get("set_fact")), Level.FACT, "set_fact"):
            if found.name != "cacheable":
                yield found
        yield from self._of_include_vars(steps.get("include_vars"))
        if "register" in raw:
            place, what = raw.value_places["register"], f'the result of "{name}"'
            yield Definition(
                name=str(raw["register"]), level=Level.FACT, what=what, place=place, known=False
            )
        yield from self._of_sections(raw)

    def _of_include_vars(self, written: object) -> Iterator[Definition]:
        name = written.get("file") if isinstance(written, MapNode) else written
        if type(name) is not str:
            return
        beside = self._file.parent
        folders = (beside.parent / "vars", beside / "vars", beside, self._session.folder)
        path = next((path for folder in folders if (path := folder / name).is_file()), None)
        if path:
            yield from _layer(self._session.variables_of(path), Level.FACT, "include_vars")

    def _is_meant(self, pattern: object) -> bool:
        """Whether a play is for the host; one whose hosts are a template may be."""
        parts = pattern if isinstance(pattern, list) else [pattern]
        if any(isinstance(part, Template) for part in parts):
            return True
        try:
            found = self._session.inventory.resolve([str(part) for part in parts])
        except PatternError:
            return False
        return self._host in found.hosts


def _mapping(value: object) -> MapNode:
    return value if isinstance(value, MapNode) else MapNode(Place("", 1, 1))


def _mappings(value: object) -> list[MapNode]:
    return [one for one in value if isinstance(one, MapNode)] if isinstance(value, list) else []
