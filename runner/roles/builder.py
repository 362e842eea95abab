"""From the name of a role to its tasks: its dependencies first, then its own, and its handlers."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from ..collection_files import named_in
from ..dataclasses import replace
from ..errors import Place, PlaybookError
from ..nodes import MapNode, SeqNode
from ..playbook import Block, Inherited, Node, Step, handlers_in, mapping
from ..whole_paths import whole_path
from . import (
    Layer,
    Part,
    Role,
    argument_specs,
    has_part,
    merged,
    no_such_part,
    title,
    uses,
)

if TYPE_CHECKING:
    from ..builder import Builder, Imports
    from .uses import RoleUse


class Section(Protocol):
    """What is being built: a play, or what is included into one."""

    base: Path
    imports: Imports

    def tasks(self, path: Path, inherited: Inherited) -> tuple[Node, ...]: ...


class RoleBuilder:
    """Builds one role and those it depends on."""

    def __init__(self, builder: Builder, section: Section) -> None:
        self._builder = builder
        self._section = section
        self.handlers: list[Step] = []
        """Of the role and of those it depends on."""

    def build(
        self, use: RoleUse, inherited: Inherited, around: Role | None
    ) -> tuple[Role, tuple[Node, ...]]:
        """The role, and its tasks; `around` is the role of the task that names it."""
        included_by = (around, *around.included_by) if around else ()
        parents = (*around.parents, around) if around else ()
        return self._build(use, replace(inherited, role=None), parents, included_by)

    def _build(
        self,
        use: RoleUse,
        inherited: Inherited,
        parents: tuple[Role, ...],
        included_by: tuple[Role, ...],
    ) -> tuple[Role, tuple[Node, ...]]:
        near = parents[-1].named if parents else None
        folder = self._find(use, near, inherited.collections)
        meta = self._meta(folder)
        # As in Ansible, a role looks for short names where its own meta says, and nowhere else.
        inherited = replace(inherited, collections=named_in(meta))
        alone = self._alone(use, folder, meta, parents, included_by)
        nodes: list[Node] = []
        needed: list[Role] = []
        with self._section.imports.one(use.place):
            for entry, place in _dependencies(meta):
                inner = inherited.under(entry) if isinstance(entry, MapNode) else inherited
                known = partial(replace(inner, role=alone).name, templates=self._builder.templates)
                dependency, more = self._build(
                    uses.of_entry(entry, place).named(known),
                    replace(inner, vars=inherited.vars),
                    (*parents, alone),
                    included_by,
                )
                needed.append(dependency)
                nodes += more
            role = replace(alone, dependencies=tuple(needed))
            nodes.append(self._own(use, role, meta, inherited))
        return role, tuple(nodes)

    def _find(self, use: RoleUse, near: Path | None, collections: tuple[str, ...]) -> Path:
        places, base = self._builder.places, self._section.base
        folder = self._builder.find_role(use.name, base, near, collections)
        if folder is None:
            raise PlaybookError([places.missing(use.name, base, near, use.place)])
        return folder

    def _alone(
        self,
        use: RoleUse,
        folder: Path,
        meta: MapNode,
        parents: tuple[Role, ...],
        included_by: tuple[Role, ...],
    ) -> Role:
        """The role without its dependencies, as they see it."""
        repeats = meta.get("allow_duplicates") if use.repeats is None else use.repeats
        whole = whole_path(folder)
        name = title(use.name, whole)
        return Role(
            name=name,
            folder=whole,
            named=folder,
            parents=parents,
            included_by=included_by,
            own_defaults=self._variables(use, folder, "defaults"),
            own_vars=self._variables(use, folder, "vars"),
            given_vars=use.vars,
            own_params=use.params,
            identity=f"{whole} {replace(use, name=name).identity}",
            repeats=repeats is True or str(repeats).lower() in ("true", "yes", "on"),
            public=self._builder.included_public if use.public is None else use.public,
            deep=self._builder.templates.merges_hashes,
        )

    def _own(self, use: RoleUse, role: Role, meta: MapNode, inherited: Inherited) -> Block:
        """The tasks of the role itself, as one block."""
        around = replace(inherited, role=role)
        tasks = self._part(use, role, "tasks", around)
        handlers = self._part(use, role, "handlers", around)
        self.handlers += handlers_in(handlers)
        checks = self._checks(use, role, meta, around)
        return Block(
            place=use.place or meta.place, inherited=around, block=(*checks, *tasks), role=role
        )

    def _part(self, use: RoleUse, role: Role, part: Part, inherited: Inherited) -> tuple[Node, ...]:
        wanted = use.files.get(part)
        path = self._builder.entry_of(role.named, part, wanted)
        if path is not None:
            return self._section.tasks(path, inherited)
        if wanted is not None and has_part(role.named, part):
            raise PlaybookError([no_such_part(role.named, part, wanted, use.place)])
        return ()

    def _checks(
        self, use: RoleUse, role: Role, meta: MapNode, inherited: Inherited
    ) -> Iterable[Step]:
        """The step that checks the role's arguments, if there is a specification of them."""
        step = self._builder.registry.find("validate_argument_spec")
        if use.checked and step is not None:
            spec = self._specified(use, role, meta)
            if spec is not None:
                yield argument_specs.step(spec, use, role, step, inherited)

    def _specified(self, use: RoleUse, role: Role, meta: MapNode) -> MapNode | None:
        """What is specified for the file of tasks; without a file for that, the meta may say it."""
        path = self._builder.specs_of(role.named)
        whole = self._builder.load(path).value if path else meta
        return argument_specs.of(whole, use.entry_point)

    def _meta(self, folder: Path) -> MapNode:
        path = self._builder.entry_of(folder, "meta")
        value = self._builder.load(path).value if path else None
        return value if isinstance(value, MapNode) else MapNode(Place(str(path or folder), 1, 1))

    def _variables(self, use: RoleUse, folder: Path, part: Part) -> Layer:
        wanted = use.files.get(part)
        paths = self._builder.files_of(folder, part, wanted)
        if wanted is not None and not paths and has_part(folder, part):
            raise PlaybookError([no_such_part(folder, part, wanted, use.place)])
        layers = [mapping(self._builder.load(path).value) for path in paths]
        return merged(layers, deep=self._builder.templates.merges_hashes)


def _dependencies(meta: MapNode) -> Iterable[tuple[object, Place]]:
    found = meta.get("dependencies")
    return zip(found, found.places, strict=True) if isinstance(found, SeqNode) else ()
