"""What rules look at: every task in the order in which it runs, what is included among them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ..dataclasses import dataclass, field, replace
from ..errors import PatternError, Place, PlaybookError
from ..events import INCLUDES
from ..nodes import MapNode, SeqNode
from ..playbook import MAX_DEPTH, Block, Inherited, Loop, Node, Play, Step
from ..registry import bare
from ..roles import named_file
from ..roles import uses as role_uses
from ..template_text import Template
from .reading import Reader, Text, templates_in
from .uses import template_file, uses

if TYPE_CHECKING:
    from ..builder import Built
    from ..engine.tags import Selection
    from ..inventory import Host
    from ..roles import Role
    from ..session import Session

MOST_TASKS = 100_000
"""What is included again and again is looked at as long as there are no more tasks than that."""
_LISTS = frozenset(
    {"roles", "pre_tasks", "tasks", "post_tasks", "handlers", "block", "rescue", "always"}
)


@dataclass(frozen=True, slots=True)
class Around:
    """What is around a task beside what it inherits."""

    loops: tuple[Loop, ...] = ()
    given: tuple[Mapping[str, object], ...] = ()
    """The variables of the includes that lead to it."""
    depth: int = 0

    def inside(self, node: Block | Step) -> Around:
        return replace(self, loops=(*self.loops, node.loop)) if node.loop else self


@dataclass(frozen=True, slots=True, eq=False)
class Task:
    """A step where it runs."""

    step: Step
    raw: MapNode
    """As it is written; what a role brings along by itself is written nowhere."""
    around: Around
    order: int
    is_handler: bool = False

    @property
    def name(self) -> str:
        """The step's name without a prefix."""
        return bare(self.step.type.name)

    @property
    def loops(self) -> tuple[Loop, ...]:
        return (*self.around.loops, self.step.loop) if self.step.loop else self.around.loops

    def place_of(self, keyword: str) -> Place:
        return self.raw.key_places.get(keyword, self.step.place)


@dataclass(eq=False)
class PlayView:
    """A play, its tasks and its handlers, as far as they are known before the run."""

    play: Play
    hosts: tuple[Host, ...]
    all_hosts_known: bool
    tasks: list[Task] = field(default_factory=list)
    handlers: list[Task] = field(default_factory=list)
    included_roles: list[Role] = field(default_factory=list)
    unknown: set[Task] = field(default_factory=set)
    """The tasks of which only the run knows what they include."""

    @property
    def all(self) -> Iterator[Task]:
        yield from self.tasks
        yield from self.handlers


class Program:
    """All plays of a session that has found nothing wrong."""

    def __init__(self, session: Session, asked: Selection) -> None:
        self.session = session
        self.asked = asked
        self.reader = Reader(session.templates)
        self.documents = list({id(one): one for one in session.documents.values()}.values())
        self.nodes = [node for document in self.documents for node in _written(document.value)]
        """Every play, block and task as it is written."""
        self._raw = {node.place: node for node in self.nodes}
        self._count = 0
        self.plays = [self._view(play) for play in session.plays]

    @cached_property
    def tasks(self) -> list[Task]:
        """Every task and handler."""
        return [task for play in self.plays for task in play.all]

    @cached_property
    def written(self) -> list[Task]:
        """Every task that is written somewhere, once, however often it is included."""
        once = {task.step.place: task for task in self.tasks if task.raw}
        return list(once.values())

    @cached_property
    def probed(self) -> frozenset[str]:
        """Names of which somebody asks whether they are there."""
        return frozenset().union(*(self.reader.names(text).probed for text in self._texts))

    @cached_property
    def mentioned(self) -> frozenset[str]:
        """Every word that may name a variable somewhere, also in files of templates."""
        return frozenset().union(*(self.reader.names(text).mentioned for text in self._texts))

    @cached_property
    def is_whole(self) -> bool:
        """Whether all that uses variables is known: what is included, the files of templates.

        Behind `vars`, and the lookups `vars` and `varnames`, names may be put together.
        """
        is_known = not any(view.unknown for view in self.plays) and None not in self._files
        return is_known and self.mentioned.isdisjoint(("vars", "varnames"))

    @cached_property
    def _texts(self) -> list[Text]:
        written = [text for one in self.documents for text in templates_in(one.templates)]
        written += templates_in(self.session.inventory.templates)
        used = (use.text for task in self.tasks for use in uses(task) if use.text.bare)
        return [*written, *used, *filter(None, self._files)]

    @cached_property
    def _files(self) -> list[Text | None]:
        """The files that tasks render; None stands for one that is not known."""
        return [template_file(task) for task in self.tasks if task.name == "template"]

    def _view(self, play: Play) -> PlayView:
        hosts, all_known = self._hosts(play.hosts)
        view = PlayView(play, hosts, all_known)
        walk = _Walk(self, view)
        for part in (play.pre_tasks, play.tasks, play.post_tasks):
            view.tasks += walk.tasks(part, Around())
        view.handlers += walk.tasks(play.handlers, Around(), is_handler=True)
        view.handlers += walk.tasks(walk.handlers, Around(), is_handler=True)
        return view

    def _hosts(self, pattern: object) -> tuple[tuple[Host, ...], bool]:
        """The hosts of a play, and whether the inventory at hand knows all of them."""
        inventory = self.session.inventory
        listed = pattern if isinstance(pattern, list) else [pattern]
        if any(type(part) is Template for part in listed):
            return (), False
        try:
            found = inventory.resolve([str(part) for part in listed])
        except PatternError:
            return (), False
        hosts = tuple(inventory.host(name) for name in found.hosts)
        return hosts, bool(hosts) and not found.unmatched

    def task(self, step: Step, around: Around, *, is_handler: bool) -> Task:
        raw = self._raw.get(step.place) or MapNode(step.place)
        self._count += 1
        return Task(step, raw, around, self._count, is_handler)

    @property
    def is_full(self) -> bool:
        return self._count > MOST_TASKS


class _Walk:
    """Goes through the tasks of a play, and into what they include."""

    def __init__(self, program: Program, view: PlayView) -> None:
        self._program = program
        self._view = view
        self.handlers: list[Step] = []
        """Those of roles that are included."""

    def tasks(
        self, nodes: Iterable[Node], around: Around, *, is_handler: bool = False
    ) -> Iterator[Task]:
        for node in nodes:
            inner = around.inside(node)
            if isinstance(node, Block):
                parts = (*node.block, *node.rescue, *node.always)
                yield from self.tasks(parts, inner, is_handler=is_handler)
                continue
            task = self._program.task(node, around, is_handler=is_handler)
            yield task
            if task.name in INCLUDES:
                given = (node.own_vars, *inner.given) if node.own_vars else inner.given
                inside = replace(inner, given=given, depth=around.depth + 1)
                yield from self.tasks(self._included(task), inside, is_handler=is_handler)

    def _included(self, task: Task) -> tuple[Node, ...]:
        built = None
        if task.around.depth < MAX_DEPTH and not self._program.is_full:
            built = self._built(task)
        if built is None:
            self._view.unknown.add(task)
            return ()
        self.handlers += built.handlers
        self._view.included_roles += built.roles
        return built.nodes

    def _built(self, task: Task) -> Built | None:
        """What a task includes, if that is known before the run."""
        step, session = task.step, self._program.session
        args, base = step.args, self._view.play.file.parent
        if any(type(value) is Template for value in args.values()):
            return None
        inherited = step.around_included
        try:
            if task.name == "include_role":
                use = role_uses.of_arguments(args, step.place, step.own_vars, public=False)
                return session.role_of(use, inherited, base)
            path = named_file(step.file, str(args["file"]), _role_folder(inherited), base)
            return session.tasks_of(path, inherited, base)
        except (PlaybookError, KeyError):
            # A file that an earlier task makes is not there yet.
            return None


def _role_folder(inherited: Inherited) -> Path | None:
    return inherited.role.named if inherited.role else None


def _written(value: object) -> Iterator[MapNode]:
    """The plays, blocks and tasks of a file."""
    if isinstance(value, SeqNode):
        for item in value:
            if isinstance(item, MapNode):
                yield item
                for part in _LISTS & item.keys():
                    yield from _written(item[part])
