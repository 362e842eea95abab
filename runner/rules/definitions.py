"""Who defines which name: what can be known of it before the run."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from ..dataclasses import dataclass
from ..errors import PlaybookError
from ..nodes import MapNode
from ..playbook import listed
from ..registry import BUILT_IN
from ..roles import vars_files
from ..template_text import Template
from .program import PlayView, Program, Task

if TYPE_CHECKING:
    from ..nodes import Document
    from ..playbook import Loop
    from ..variables import Layer

MAGIC = frozenset(
    [
        "environment",
        "group_names",
        "groups",
        "hostvars",
        "inventory_dir",
        "inventory_file",
        "inventory_hostname",
        "inventory_hostname_short",
        "lookup",
        "omit",
        "play_hosts",
        "playbook_dir",
        "q",
        "query",
        "role_name",
        "role_names",
        "role_path",
        "vars",
    ]
)
OF_ANSIBLE = "ansible_"
"""Names that begin so are facts, or opsplay's own."""
_NEVER = 2**62


@dataclass(frozen=True, slots=True)
class Made:
    """A task that makes a variable while the run goes on."""

    task: Task
    since: int
    """From which task on it may be there; 0 if it may be there at any time."""


class Definitions:
    """The variables of a program."""

    def __init__(self, program: Program) -> None:
        self._program = program
        self._of_plays = {id(view): _OfPlay(view, program) for view in program.plays}
        self._plays = {task: view for view in program.plays for task in view.all}

    @cached_property
    def made(self) -> Mapping[str, list[Made]]:
        """What tasks make: results that are registered, facts, variables that are included."""
        found: dict[str, list[Made]] = {}
        for task in self._program.tasks:
            for name in self._made_by(task):
                found.setdefault(name, []).append(Made(task, _since(task)))
        return found

    @cached_property
    def outside(self) -> frozenset[str]:
        """Names that may come from outside: somebody asks for them, or a role takes them."""
        taken = (_taken(document) for document in self._program.documents)
        return self._program.probed.union(*taken)

    @cached_property
    def open_since(self) -> int:
        """From which task on there may be any variable: something that is not known makes them."""
        opening = (_since(task) for task in self._program.tasks if self._is_open(task))
        return min(opening, default=_NEVER)

    def layers(self, task: Task) -> Iterator[Layer]:
        """The variables that are there for a task from the beginning, the nearest first."""
        inherited, role = task.step.inherited, task.step.inherited.role
        yield from inherited.vars
        yield from task.around.given
        if role:
            yield from (role.params, role.vars, role.defaults)
        yield from self._of_play(task).layers

    def are_known(self, task: Task) -> bool:
        """Whether nobody but those who are known can have made a variable for this task."""
        return task.order <= self.open_since and self._of_play(task).known

    def is_given(self, name: str, task: Task) -> bool:
        """Whether opsplay or the command line gives the name."""
        return (
            name in MAGIC
            or name.startswith(OF_ANSIBLE)
            or name in self._program.session.extra_vars
            or any(_gives(loop, name) for loop in task.loops)
            or name in self._program.session.templates.functions
        )

    def names(self, task: Task) -> frozenset[str]:
        """Every name that a task may use."""
        layers = frozenset(str(name) for layer in self.layers(task) for name in layer)
        return layers | self.made.keys() | self._program.session.extra_vars.keys() | MAGIC

    def _of_play(self, task: Task) -> _OfPlay:
        return self._of_plays[id(self._plays[task])]

    def _made_by(self, task: Task) -> Iterator[str]:
        if task.step.register:
            yield task.step.register
        if task.name in ("set_fact", "add_host"):
            yield from map(str, task.step.args)
        elif task.name == "include_vars" and not self._is_open(task):
            name = task.step.args.get("name")
            yield from [str(name)] if name else map(str, self._included(task) or ())

    def _is_open(self, task: Task) -> bool:
        if _is_plugin(task):
            return True
        args = task.step.args
        if task.name in ("set_fact", "add_host"):
            return any(isinstance(key, Template) for key in args)
        if task.name == "include_vars":
            name = args.get("name")
            return isinstance(name, Template) or (not name and self._included(task) is None)
        return task in self._plays[task].unknown

    def _included(self, task: Task) -> Layer | None:
        """What include_vars reads, if that is known before the run."""
        file = task.step.args.get("file")
        if not isinstance(file, str) or isinstance(file, Template):
            return None
        folders = (*task.step.inherited.folders, self._plays[task].play.folder)
        candidates = [folder / part / file for folder in folders for part in ("vars", "")]
        path = next((path for path in candidates if path.is_file()), None)
        try:
            return self._program.session.variables_of(path) if path else None
        except PlaybookError:
            return None


class _OfPlay:
    """The variables that all tasks of a play see."""

    def __init__(self, view: PlayView, program: Program) -> None:
        self._play = view.play
        self._program = program
        self._view = view
        files = [self._file(written) for written in view.play.vars_files]
        self.known = view.all_hosts_known and None not in files
        self.layers = [layer for layer in (*self._own(), *files) if layer]

    def _own(self) -> Iterator[Layer]:
        yield self._play.vars
        yield {prompt.name: None for prompt in self._play.prompts}
        for role in (*self._play.roles, *self._view.included_roles):
            if role.public:
                yield from (role.exported_vars, role.given_vars, role.exported_defaults)
        # All hosts of a group share its layers.
        of_hosts = {id(layer): layer for host in self._view.hosts for layer in host.layers}
        yield {str(name): value for layer in of_hosts.values() for name, value in layer.items()}

    def _file(self, written: object) -> Layer | None:
        names = listed(written)
        if any(isinstance(name, Template) for name in names):
            return None
        paths = vars_files(self._play.folder, names)
        path = next((path for path in paths if path.exists()), paths[-1])
        try:
            return self._program.session.variables_of(path)
        except (PlaybookError, IndexError):
            return None


def _is_plugin(task: Task) -> bool:
    """Whether the step is somebody's own, which may set any variable."""
    return task.step.type.module.__name__ not in BUILT_IN.values()


def _taken(document: Document) -> Iterator[str]:
    """The arguments that a role specifies, if this is a file of its meta."""
    value = document.value if document.path.parent.name == "meta" else None
    specs = value.get("argument_specs") if isinstance(value, MapNode) else None
    for spec in specs.values() if isinstance(specs, MapNode) else ():
        options = spec.get("options") if isinstance(spec, MapNode) else None
        yield from map(str, options) if isinstance(options, MapNode) else ()


def _gives(loop: Loop, name: str) -> bool:
    """Whether a loop makes the name; one whose names are templates may make any."""
    names = (loop.loop_var, loop.index_var)
    return name in names or any(isinstance(each, Template) for each in names)


def _since(task: Task) -> int:
    """A loop comes again, and a handler may run at any time."""
    return 0 if task.is_handler or task.around.loops else task.order
