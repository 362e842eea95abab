"""What a playbook says, as frozen data: plays of blocks and steps, static imports resolved.

`builder.py` makes it of documents that have been checked; from here on nobody sees a raw mapping.
What a step inherits from its blocks, its role and its play is put together here, once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, cast

from .collection_files import named_in
from .dataclasses import dataclass, field, replace
from .defaults import Defaults, inside
from .errors import Place
from .known import Known
from .nodes import MapNode, SeqNode
from .template_text import Template

if TYPE_CHECKING:
    from .prompts import Prompt
    from .registry import TaskType
    from .roles import Role
    from .template import Templates

Node: TypeAlias = "Block | Step"
MAX_DEPTH = 50
"""How deep imports and includes may be nested."""
_FLAGS = (
    *("no_log", "ignore_errors", "ignore_unreachable", "check_mode", "diff", "run_once"),
    *("any_errors_fatal", "throttle", "timeout", "delegate_to", "delegate_facts", "connection"),
    *("become", "become_user", "become_method", "become_flags", "become_exe", "remote_user"),
    *("port", "debugger"),
)
_HANDED_DOWN = frozenset(
    {
        *_FLAGS,
        *("collections", "environment", "local_action", "module_defaults", "notify", "tags"),
        *("vars", "when"),
    }
)
_LEFT_EMPTY_FAILS = frozenset({"changed_when", "failed_when"})


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Condition:
    """A bare expression of `when` and its like, or a literal boolean."""

    source: object
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Inherited:
    """What a step gets from the blocks, imports and the play around it."""

    when: tuple[Condition, ...] = ()
    tags: frozenset[str] = frozenset()
    vars: tuple[Mapping[str, object], ...] = ()
    """Nearest first."""
    own_params: Mapping[str, object] = field(default_factory=dict)
    """Of an include, its own variables: as in Ansible they count for itself as for its tasks."""
    params: tuple[Mapping[str, Mapping[str, object]], ...] = ()
    """What dynamic includes hand over to each host, nearest first."""
    environment: tuple[object, ...] = ()
    """Outermost first."""
    notify: tuple[object, ...] = ()
    defaults: Defaults = field(default_factory=dict)
    flags: Mapping[str, object] = field(default_factory=dict)
    """no_log, ignore_errors and the like: the nearest value, as it was written."""
    covered: Mapping[str, object] = field(default_factory=dict)
    """Of those that are templates, what is said further out: it counts if they come to `omit`."""
    known: Known = field(default_factory=Known)
    """What is known of variables before the run, but for those that stand here."""
    role: Role | None = None
    folders: tuple[Path, ...] = ()
    """Absolute; where files that a step reads are looked for, before the playbook's folder."""
    collections: tuple[str, ...] = ()
    """Where short names of steps are looked for first."""

    @property
    def may_be_hidden(self) -> bool:
        """Whether `no_log` holds, or may hold for some item or host."""
        return self.flags.get("no_log", False) is not False

    def name(self, written: object, templates: Templates) -> str:
        """The name of what is imported; raises TemplateError."""
        if not isinstance(written, Template):
            return str(written)
        return self.all_known().name(written, templates)

    def told(self, templates: Templates) -> Inherited:
        """The same with what templates among its tags come to; raises TemplateError."""
        written = [tag for tag in self.tags if isinstance(tag, Template)]
        if not written:
            return self
        known = self.all_known()
        found = (_rendered_tags(tag, known.value(tag, templates)) for tag in written)
        return replace(self, tags=self.tags.difference(written).union(*found))

    def all_known(self) -> Known:
        """What is known of variables before the run."""
        role, known = self.role, replace(self.known, inner=self.vars)
        if role is None:
            return known
        return replace(
            known,
            magic={**known.magic, **role.facts},
            params={**role.params, **known.params},
            role=role.vars,
            defaults=role.defaults,
        )

    def under(self, raw: MapNode) -> Inherited:
        """Return what a node inside `raw` inherits."""
        if _HANDED_DOWN.isdisjoint(raw):
            return self
        flags = {name: raw[name] for name in _FLAGS if raw.get(name) is not None}
        if "local_action" in raw:
            flags["delegate_to"] = "localhost"
        here = mapping(raw.get("vars"))
        return replace(
            self,
            when=(*self.when, *conditions(raw, "when")),
            tags=self.tags | split_tags(raw.get("tags")),
            vars=(here, *self.vars) if here else self.vars,
            environment=(*self.environment, *listed(raw.get("environment"))),
            notify=tuple(listed(raw["notify"])) if "notify" in raw else self.notify,
            defaults=inside(self.defaults, raw),
            flags={**self.flags, **flags} if flags else self.flags,
            covered={**self.covered, **self._covered_by(flags)} if flags else self.covered,
            collections=named_in(raw) or self.collections,
        )

    def _covered_by(self, flags: Mapping[str, object]) -> Mapping[str, object]:
        """What is not a template itself and has one over it."""
        return {
            name: self.flags[name]
            for name, written in flags.items()
            if isinstance(written, Template)
            and not isinstance(self.flags.get(name, written), Template)
        }


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Loop:
    """What a step is repeated over. `lookup` names the lookup of `with_…`."""

    items: object
    place: Place
    lookup: str | None = None
    subfolder: str = "files"
    """Where its lookup looks for files: as the step would."""
    loop_var: str = "item"
    index_var: str | None = None
    label: object = None
    pause: object = 0
    extended: object = False
    extended_allitems: object = True
    break_when: tuple[Condition, ...] = ()
    parallel: object = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Step:
    """One task as it was written, with all that it inherits."""

    name: object
    word: str
    """What it is called as a step, as it was written."""
    type: TaskType
    args: MapNode
    more: tuple[Template, ...] = ()
    """What comes to more arguments when the step runs; the lowest first."""
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
    async_seconds: object = None
    poll: object = None
    named: Callable[[str], Step] | None = None
    """If its word is a template: what it is with this word."""

    @property
    def titles(self) -> tuple[str, str]:
        """How it may be called before it runs: by its name, and behind that of its role."""
        name, role = str(self.name or self.word), self.inherited.role
        behind = f"{role.name} : {name}" if role else name
        return name if self.name else behind, behind

    @property
    def around_included(self) -> Inherited:
        """What tasks that it includes inherit: what it does itself, and what its `apply` says."""
        apply, around = self.args.get("apply"), self.around
        if self.own_vars:
            # What they import may be named by them.
            around = replace(around, known=around.known.given(self.own_vars))
        return around.under(apply) if isinstance(apply, MapNode) else around


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Block:
    """Steps that succeed or fail together."""

    place: Place
    inherited: Inherited
    block: tuple[Node, ...]
    rescue: tuple[Node, ...] = ()
    always: tuple[Node, ...] = ()
    role: Role | None = None
    """The role whose tasks these are, all of them."""
    is_import: bool = False
    """It stands for what is imported there: no block for those that write playbooks."""
    loop: Loop | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Lock:
    """What a play says under `lock`: a name, or a mapping of `name` and `wait`."""

    written: object
    place: Place


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
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
    gather_facts: object = None
    gathering: Callable[[], Step]
    """The step that collects facts."""
    strategy: str | None = None
    serial: object = None
    order: object = None
    max_fail_percentage: object = None
    lock: Lock | None = None
    roles: tuple[Role, ...] = ()
    """Those that are known before the run, in the order in which they are named."""
    playbook: str = ""
    """The one that the command line names; `file` may be one that it imports."""
    turn: int = 0
    """Which one of the command line that is: one may be named twice."""


def handlers_in(nodes: Iterable[Node]) -> Iterator[Step]:
    """The steps inside blocks, too, but as in Ansible not what would rescue or tidy up."""
    for node in nodes:
        if isinstance(node, Step):
            yield node
        else:
            yield from handlers_in(node.block)


def conditions(raw: MapNode, word: str) -> tuple[Condition, ...]:
    """What `when` or the like says; nothing if it is not there."""
    if raw.get(word) is None and (word not in raw or word not in _LEFT_EMPTY_FAILS):
        return ()
    value, place = raw[word], raw.value_places[word]
    if isinstance(value, SeqNode):
        return tuple(map(Condition, value, value.places))
    return (Condition(value, place),)


def listed(value: object) -> list[object]:
    """A list, or the one value that stands in its stead."""
    if value is None:
        return []
    return list(value) if isinstance(value, list) else [value]


def mapping(value: object) -> Mapping[str, object]:
    """A mapping of names; what is left empty is one, too."""
    return cast("Mapping[str, object]", value or {})


def split_tags(value: object) -> frozenset[str]:
    """Tags as a list or a text with commas; a template stays whole until it is rendered."""
    if isinstance(value, Template):
        return frozenset((value,))
    parts = value.split(",") if isinstance(value, str) else listed(value)
    return frozenset(filter(None, map(_tag, parts)))


def _tag(written: object) -> str:
    return written if isinstance(written, Template) else str(written).strip()


def _rendered_tags(written: str, value: object) -> frozenset[str]:
    """What a template comes to is one tag, as in Ansible, unless commas are written in it."""
    return split_tags(value if "," in written else listed(value))
