"""What a playbook says, as frozen data: plays of blocks and steps, static imports resolved.

Built from documents that have been checked; from here on nobody sees a raw mapping. What a step
inherits from its blocks and its play is resolved here, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from . import taskform
from .defaults import Defaults, completed, inside
from .errors import Place, PlaybookError, Problem
from .nodes import Document, MapNode, SeqNode
from .prompts import Prompt, prompts_of
from .registry import bare

if TYPE_CHECKING:
    from .registry import Registry, TaskType

Node: TypeAlias = "Block | Step"
MAX_DEPTH = 50
"""How deep imports and includes may be nested."""
_MAX_IMPORTS = 10_000
_FLAGS = ("no_log", "ignore_errors", "check_mode", "diff", "run_once", "any_errors_fatal")


@dataclass(frozen=True, slots=True)
class Condition:
    """A bare expression of `when` and its like, or a literal boolean."""

    source: object
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Inherited:
    """What a step gets from the blocks, imports and the play around it."""

    when: tuple[Condition, ...] = ()
    tags: frozenset[str] = frozenset()
    vars: tuple[Mapping[str, object], ...] = ()
    """Nearest first."""
    params: tuple[Mapping[str, Mapping[str, object]], ...] = ()
    """What dynamic includes hand over to each host, nearest first."""
    environment: tuple[object, ...] = ()
    """Outermost first."""
    notify: tuple[object, ...] = ()
    defaults: Defaults = field(default_factory=dict)
    flags: Mapping[str, object] = field(default_factory=dict)
    """no_log, ignore_errors and the like: the nearest value, as it was written."""

    def under(self, raw: MapNode) -> Inherited:
        """Return what a node inside `raw` inherits."""
        flags = {name: raw[name] for name in _FLAGS if name in raw}
        here = _mapping(raw.get("vars"))
        return Inherited(
            when=(*self.when, *_conditions(raw, "when")),
            tags=self.tags | split_tags(raw.get("tags")),
            vars=(here, *self.vars) if here else self.vars,
            params=self.params,
            environment=(*self.environment, *_listed(raw.get("environment"))),
            notify=(*self.notify, *_listed(raw.get("notify"))),
            defaults=inside(self.defaults, raw),
            flags={**self.flags, **flags} if flags else self.flags,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Loop:
    """What a step is repeated over. `lookup` names the lookup of `with_…`."""

    items: object
    place: Place
    lookup: str | None = None
    loop_var: str = "item"
    index_var: str | None = None
    label: object = None
    pause: object = 0
    extended: object = False
    extended_allitems: object = True
    break_when: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One task as it was written, with all that it inherits."""

    name: object
    type: TaskType
    args: MapNode
    place: Place
    file: Path
    """Where it stands, as the user named it."""
    folder: Path
    """The absolute folder of that file."""
    inherited: Inherited
    around: Inherited
    """What an include hands on: all that is inherited, but nothing of the step's own."""
    own_vars: Mapping[str, object]
    loop: Loop | None = None
    register: str | None = None
    until: tuple[Condition, ...] = ()
    retries: object = None
    delay: object = 5
    changed_when: tuple[Condition, ...] = ()
    failed_when: tuple[Condition, ...] = ()
    listen: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Steps that succeed or fail together."""

    place: Place
    inherited: Inherited
    block: tuple[Node, ...]
    rescue: tuple[Node, ...] = ()
    always: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """One play. `hosts` may hold templates; `vars_files` are paths as they were written."""

    name: object
    hosts: object
    place: Place
    file: Path
    vars: Mapping[str, object]
    vars_files: tuple[object, ...]
    inherited: Inherited
    pre_tasks: tuple[Node, ...]
    tasks: tuple[Node, ...]
    post_tasks: tuple[Node, ...]
    handlers: tuple[Step, ...]
    folder: Path
    """The absolute folder of the playbook, from which relative paths count."""
    force_handlers: object = None
    prompts: tuple[Prompt, ...] = ()


class Builder:
    """Turns checked documents into plays and steps."""

    def __init__(self, registry: Registry, load: Callable[[Path], Document]) -> None:
        self._registry = registry
        self._load = load
        self._folders: dict[Path, Path] = {}
        self._depth = 0
        self._imports = 0

    def _folder(self, path: Path) -> Path:
        if path not in self._folders:
            self._folders[path] = path.parent.absolute()
        return self._folders[path]

    def plays(self, path: Path, outer: Inherited | None = None) -> Iterable[Play]:
        """Every play of a playbook, with those of the playbooks it imports in their places."""
        for raw in cast("SeqNode", self._load(path).value or ()):
            entry = cast("MapNode", raw)
            imported = next((key for key in entry if bare(str(key)) == "import_playbook"), None)
            if imported is None:
                yield self._play(entry, path, outer or Inherited())
            else:
                inherited = (outer or Inherited()).under(entry)
                with self._importing(entry.value_places[imported]):
                    yield from self.plays(path.parent / str(entry[imported]), inherited)

    @contextmanager
    def _importing(self, place: Place) -> Iterator[None]:
        """Count imports: without any cycle, files may import each other by the million."""
        self._depth += 1
        self._imports += 1
        if self._depth > MAX_DEPTH:
            raise PlaybookError([Problem(place, f"imports are nested more than {MAX_DEPTH} deep")])
        if self._imports > _MAX_IMPORTS:
            raise PlaybookError([Problem(place, f"more than {_MAX_IMPORTS:,} imports in all")])
        yield
        self._depth -= 1

    def _play(self, raw: MapNode, path: Path, outer: Inherited) -> Play:
        # The variables of a play are a layer of their own, below those of blocks and tasks.
        inherited = replace(outer.under(raw), vars=())
        own = _mapping(raw.get("vars"))
        around = [own, *outer.vars]
        return Play(
            name=raw.get("name"),
            hosts=raw.get("hosts", "localhost"),
            place=raw.value_places.get("hosts", raw.place),
            file=path,
            folder=self._folder(path),
            vars=own if len(around) == 1 else _merged(around),
            vars_files=tuple(_listed(raw.get("vars_files"))),
            inherited=inherited,
            pre_tasks=self._nodes(raw.get("pre_tasks"), inherited, path),
            tasks=self._nodes(raw.get("tasks"), inherited, path),
            post_tasks=self._nodes(raw.get("post_tasks"), inherited, path),
            handlers=tuple(_steps(self._nodes(raw.get("handlers"), inherited, path))),
            force_handlers=raw.get("force_handlers"),
            prompts=prompts_of(raw.get("vars_prompt")),
        )

    def tasks(self, path: Path, inherited: Inherited) -> tuple[Node, ...]:
        """The tasks of a file of tasks."""
        return self._nodes(self._load(path).value, inherited, path)

    def _nodes(self, raw: object, inherited: Inherited, path: Path) -> tuple[Node, ...]:
        tasks = cast("Iterable[MapNode]", raw or ())
        return tuple(node for task in tasks for node in self._node(task, inherited, path))

    def _node(self, raw: MapNode, outer: Inherited, path: Path) -> Iterable[Node]:
        inherited = outer.under(raw)
        if "block" in raw:
            yield self._block(raw, inherited, path)
            return
        form = taskform.split(raw, self._registry)
        if bare(form.step) == "import_tasks":
            with self._importing(form.place):
                yield from self.tasks(path.parent / str(form.args["file"]), inherited)
        else:
            yield self._step(raw, form, outer, path)

    def _block(self, raw: MapNode, inherited: Inherited, path: Path) -> Block:
        parts = {
            part: self._nodes(raw.get(part), inherited, path)
            for part in ("block", "rescue", "always")
        }
        return Block(place=raw.place, inherited=inherited, **parts)

    def _step(self, raw: MapNode, form: taskform.Form, around: Inherited, path: Path) -> Step:
        inherited = around.under(raw)
        return Step(
            name=raw.get("name"),
            type=form.type,
            args=completed(form.args, form.type, inherited.defaults),
            place=raw.place,
            file=path,
            folder=self._folder(path),
            inherited=inherited,
            around=around,
            own_vars=_mapping(raw.get("vars")),
            loop=_loop(raw),
            register=cast("str | None", raw.get("register")),
            until=_conditions(raw, "until"),
            retries=raw.get("retries"),
            delay=raw.get("delay", 5),
            changed_when=_conditions(raw, "changed_when"),
            failed_when=_conditions(raw, "failed_when"),
            listen=tuple(_listed(raw.get("listen"))),
        )


def _loop(raw: MapNode) -> Loop | None:
    word = next((k for k in raw if k == "loop" or str(k).startswith("with_")), None)
    if word is None:
        return None
    control = cast("MapNode", raw.get("loop_control") or MapNode(raw.place))
    known = {key: value for key, value in control.items() if key != "break_when"}
    return Loop(
        items=raw[word],
        place=raw.value_places[word],
        lookup=None if word == "loop" else str(word).removeprefix("with_"),
        break_when=_conditions(control, "break_when"),
        **cast("dict[str, Any]", known),
    )


def _steps(nodes: Iterable[Node]) -> Iterable[Step]:
    for node in nodes:
        if isinstance(node, Step):
            yield node
        else:
            yield from _steps((*node.block, *node.rescue, *node.always))


def _conditions(raw: MapNode, word: str) -> tuple[Condition, ...]:
    if word not in raw:
        return ()
    value, place = raw[word], raw.value_places[word]
    if isinstance(value, SeqNode):
        return tuple(map(Condition, value, value.places))
    return (Condition(value, place),)


def _listed(value: object) -> list[object]:
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value or {})


def _merged(layers: Iterable[Mapping[str, object]]) -> Mapping[str, object]:
    """One mapping; a later layer wins, and each value keeps its templates."""
    return {name: value for layer in layers for name, value in layer.items()}


def split_tags(value: object) -> frozenset[str]:
    """Tags as a list or a text with commas."""
    words = (str(part) for entry in _listed(value) for part in str(entry).split(","))
    return frozenset(word.strip() for word in words if word.strip())
