"""From documents that have been checked to plays and steps: imports are put in their places."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, cast

from . import roles, taskform
from .dataclasses import dataclass, field, replace
from .errors import Place, PlaybookError, Problem
from .known_files import with_files, with_roles
from .nodes import Document, MapNode, SeqNode
from .playbook import (
    MAX_DEPTH,
    Block,
    Inherited,
    Lock,
    Node,
    Play,
    Step,
    handlers_in,
    listed,
    mapping,
)
from .registry import bare
from .roles import Role, RolePlaces, named_file
from .steps import Steps, loop_of
from .template_text import Template

if TYPE_CHECKING:
    from .prompts import Prompt
    from .registry import Registry
    from .roles.uses import RoleUse
    from .template import Templates

_MAX_IMPORTS = 10_000
_NOTHING = Inherited()


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Built:
    """Tasks, and what the roles among them bring into the play."""

    nodes: tuple[Node, ...]
    handlers: tuple[Step, ...]
    roles: tuple[Role, ...]


@dataclass(eq=False, repr=False)
class Imports:
    """Counts imports: without any cycle, files may import each other by the million."""

    depth: int = 0
    total: int = 0

    @contextmanager
    def one(self, place: Place | None) -> Iterator[None]:
        """What the body builds is imported; raises PlaybookError if that is too much."""
        self.depth += 1
        self.total += 1
        if self.depth > MAX_DEPTH:
            raise PlaybookError([Problem(place, f"imports are nested more than {MAX_DEPTH} deep")])
        if self.total > _MAX_IMPORTS:
            raise PlaybookError([Problem(place, f"more than {_MAX_IMPORTS:,} imports in all")])
        yield
        self.depth -= 1


class Builder:
    """Turns checked documents into plays and steps."""

    def __init__(
        self,
        registry: Registry,
        load: Callable[[Path], Document],
        places: RolePlaces,
        templates: Templates,
        *,
        public: bool = True,
        included_public: bool = False,
    ) -> None:
        """Whether the whole play sees a role's variables, if nothing else is said."""
        self.templates = templates
        self.registry = registry
        self.load = load
        self.places = places
        self.public = public
        self.included_public = included_public
        self.imports = Imports()
        # A role may be included a thousand times: where its files lie is found out once.
        self.find_role = cache(places.find)
        self.entry_of = cache(roles.entry)
        self.files_of = cache(roles.files_of)
        self.specs_of = cache(roles.argument_specs_of)
        self.steps = Steps(registry, templates)

    def plays(self, path: Path, outer: Inherited = _NOTHING) -> Iterable[Play]:
        """Every play of a playbook, with those of the playbooks it imports in their places."""
        for raw in cast("SeqNode", self.load(path).value or ()):
            entry = cast("MapNode", raw)
            imported = next((key for key in entry if bare(str(key)) == "import_playbook"), None)
            if imported is None:
                yield _Section(self, path.parent, self.imports).play(entry, path, outer)
            else:
                inherited = outer.under(entry).told(self.templates)
                known = inherited.known.beside(self.steps.folder(path))
                name = replace(inherited, known=known).name(entry[imported], self.templates)
                with self.imports.one(entry.value_places[imported]):
                    found = self.places.playbook(name, path.parent) or path.parent / name
                    yield from self.plays(found, inherited)

    def tasks(self, path: Path, inherited: Inherited, base: Path) -> Built:
        """The tasks of a file that is included into a play of a playbook in `base`."""
        section = _Section(self, base, Imports())
        return section.built(section.tasks(path, inherited))

    def role(self, use: RoleUse, inherited: Inherited, base: Path) -> Built:
        """The tasks of a role that is included into a play of a playbook in `base`."""
        section = _Section(self, base, Imports())
        return section.built(section.role(use, inherited))


@dataclass(eq=False, repr=False)
class _Section:
    """Builds a play, or what is included into one; keeps what roles bring along."""

    builder: Builder
    base: Path
    imports: Imports
    named: list[Role] = field(default_factory=list)
    """The roles that a play names; those that tasks import come behind all of them."""
    roles: list[Role] = field(default_factory=list)
    handlers: list[Step] = field(default_factory=list)
    imported: list[Step] = field(default_factory=list)
    """The handlers of what the tasks of a play's roles import."""

    def built(self, nodes: tuple[Node, ...]) -> Built:
        return Built(nodes, tuple(self.handlers), tuple(self.roles))

    def play(self, raw: MapNode, path: Path, outer: Inherited) -> Play:
        folder = self.builder.steps.folder(path)
        inherited = self._inherited_in(raw, folder, outer)
        of_roles = self._roles_of(raw, inherited)
        their_handlers, self.handlers = self.handlers, self.imported
        # As in Ansible, variables and handlers of roles that `tasks` import come last.
        sections = {
            part: self.nodes(raw.get(part), inherited, path)
            for part in ("pre_tasks", "post_tasks", "tasks")
        }
        own_handlers = handlers_in(self.nodes(raw.get("handlers"), inherited, path))
        return Play(
            name=raw.get("name"),
            hosts=raw.get("hosts", "localhost"),
            place=raw.value_places.get("hosts", raw.place),
            file=path,
            folder=folder,
            vars=inherited.known.play,
            vars_files=tuple(listed(raw.get("vars_files"))),
            inherited=inherited,
            # Those that come last win, as in Ansible: see engine/roles.py.
            handlers=(*their_handlers, *own_handlers, *self.handlers),
            force_handlers=raw.get("force_handlers"),
            prompts=_prompts(raw),
            gather_facts=raw.get("gather_facts"),
            gathering=partial(self.builder.steps.gathering, raw, inherited, path),
            strategy=cast("str | None", raw.get("strategy")),
            serial=raw.get("serial"),
            order=raw.get("order"),
            max_fail_percentage=raw.get("max_fail_percentage"),
            lock=Lock(raw["lock"], raw.value_places["lock"]) if raw.get("lock") else None,
            roles=(*self.named, *self.roles),
            pre_tasks=sections["pre_tasks"],
            tasks=(*of_roles, *sections["tasks"]),
            post_tasks=sections["post_tasks"],
        )

    def _inherited_in(self, raw: MapNode, folder: Path, outer: Inherited) -> Inherited:
        """What the tasks of a play inherit.

        The variables of a play are a layer of their own, below those of blocks and tasks.
        """
        own = mapping(raw.get("vars"))
        around = [own, *outer.vars]
        variables = own if len(around) == 1 else _merged(around)
        known = outer.known.in_play(raw, folder, variables)
        known = with_files(known, raw, folder, self.builder.templates)
        known = with_roles(known, raw, self.base, self.builder.places, self.builder.templates)
        inherited = replace(outer.under(raw), vars=(), folders=(folder,), known=known)
        return inherited.told(self.builder.templates)

    def _roles_of(self, raw: MapNode, inherited: Inherited) -> tuple[Node, ...]:
        named = cast("SeqNode", raw.get("roles") or SeqNode(raw.place))
        return tuple(
            node
            for entry, place in zip(named, named.places, strict=True)
            for node in self._role_of_play(entry, place, inherited)
        )

    def _role_of_play(self, entry: object, place: Place, outer: Inherited) -> tuple[Node, ...]:
        from .roles.uses import of_entry

        inherited = outer.under(entry) if isinstance(entry, MapNode) else outer
        inherited = inherited.told(self.builder.templates)
        use = of_entry(entry, place, public=self.builder.public)
        inherited = replace(inherited, vars=outer.vars)
        use = use.named(partial(inherited.name, templates=self.builder.templates))
        nodes, handlers, imported = self._role(use, inherited)
        self.named.append(self.roles.pop())
        self.handlers += handlers
        self.imported += imported
        return nodes

    def role(self, use: RoleUse, inherited: Inherited) -> tuple[Node, ...]:
        """The tasks of a role and of those it depends on."""
        nodes, handlers, imported = self._role(use, inherited)
        self.handlers += [*imported, *handlers]
        return nodes

    def _role(
        self, use: RoleUse, inherited: Inherited
    ) -> tuple[tuple[Node, ...], list[Step], list[Step]]:
        """Also their handlers, and those of the roles that their tasks import."""
        from .roles.builder import RoleBuilder

        outer, self.handlers = self.handlers, []
        builder = RoleBuilder(self.builder, self)
        role, nodes = builder.build(use, inherited, inherited.role)
        imported, self.handlers = self.handlers, outer
        # Behind those that its own tasks import: as in Ansible, what comes last wins.
        self.roles.append(role)
        return nodes, builder.handlers, imported

    def tasks(self, path: Path, inherited: Inherited) -> tuple[Node, ...]:
        """The tasks of a file of tasks."""
        of_role = inherited.role.folders if inherited.role else ()
        folders = tuple(dict.fromkeys((*of_role, self.builder.steps.folder(path))))
        return self.nodes(self.builder.load(path).value, replace(inherited, folders=folders), path)

    def nodes(self, raw: object, inherited: Inherited, path: Path) -> tuple[Node, ...]:
        """The blocks and steps of a list of tasks."""
        tasks = filter(None, cast("Iterable[MapNode | None]", raw or ()))
        return tuple(node for task in tasks for node in self._node(task, inherited, path))

    def _node(self, raw: MapNode, outer: Inherited, path: Path) -> Iterable[Node]:
        inherited = outer.under(raw).told(self.builder.templates)
        if "block" in raw:
            yield self._block(raw, inherited, path)
            return
        form = taskform.split(raw, self.builder.registry)
        step = bare(form.step)
        if step == "import_tasks":
            role = inherited.role.named if inherited.role else None
            name = inherited.name(form.args["file"], self.builder.templates)
            file = named_file(path, name, role, self.base, static=True)
            with self.imports.one(form.place):
                yield _import(form.place, inherited, self.tasks(file, inherited))
        elif step == "import_role":
            yield _import(form.place, inherited, self._import_role(raw, form, inherited))
        else:
            yield self.builder.steps.step(raw, outer, inherited, path)

    def _import_role(
        self, raw: MapNode, form: taskform.Form, inherited: Inherited
    ) -> tuple[Node, ...]:
        from .roles.uses import of_arguments

        given, public = mapping(raw.get("vars")), self.builder.public
        args = {
            word: inherited.name(value, self.builder.templates)
            if isinstance(value, Template)
            else value
            for word, value in form.args.items()
        }
        nodes = self.role(of_arguments(args, form.place, given, public=public), inherited)
        inherited.known.imported.append(form.args)
        return nodes

    def _block(self, raw: MapNode, inherited: Inherited, path: Path) -> Block:
        return Block(
            place=raw.place,
            inherited=inherited,
            block=self.nodes(raw.get("block"), inherited, path),
            rescue=self.nodes(raw.get("rescue"), inherited, path),
            always=self.nodes(raw.get("always"), inherited, path),
            loop=loop_of(raw),
        )


def _import(place: Place, inherited: Inherited, nodes: tuple[Node, ...]) -> Block:
    return Block(place=place, inherited=inherited, block=nodes, is_import=True)


def _prompts(raw: MapNode) -> tuple[Prompt, ...]:
    if "vars_prompt" not in raw:
        return ()
    from .prompts import prompts_of

    return prompts_of(raw["vars_prompt"])


def _merged(layers: Iterable[Mapping[str, object]]) -> Mapping[str, object]:
    """One mapping; a later layer wins, and each value keeps its templates."""
    return {name: value for layer in layers for name, value in layer.items()}
