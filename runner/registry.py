"""Where a step's name leads: the built-in steps, `task_modules/` beside a playbook, entry points.

In `library/`, and in other folders of steps, modules in Ansible's form may lie, too: programs.

A step's module is imported when a playbook first uses its name, and looked over at once: what is
wrong with a plugin is told with the name of its file, before anything runs.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from . import params
from .collection_files import candidates
from .collection_routing import deprecations, full_name, group_named, redirected, removed
from .dataclasses import is_dataclass
from .errors import Place, PlaybookError, Problem
from .plugin_files import files_in, import_file, in_words, names_of, place_of

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from .task import Repeat

STEPS: Mapping[str, str] = {
    "archive": "opsplay.tasks.archive",
    "assemble": "opsplay.tasks.assemble",
    "assert": "opsplay.tasks.assert_",
    "blockinfile": "opsplay.tasks.blockinfile",
    "command": "opsplay.tasks.command",
    "copy": "opsplay.tasks.copy",
    "cron": "opsplay.tasks.cron",
    "debug": "opsplay.tasks.debug",
    "fail": "opsplay.tasks.fail",
    "fetch": "opsplay.tasks.fetch",
    "fetch_mail": "opsplay.tasks.fetch_mail",
    "file": "opsplay.tasks.file",
    "find": "opsplay.tasks.find",
    "ftp_command": "opsplay.tasks.ftp_command",
    "ftp_download": "opsplay.tasks.ftp_download",
    "ftp_file": "opsplay.tasks.ftp_file",
    "ftp_list": "opsplay.tasks.ftp_list",
    "ftp_server": "opsplay.tasks.ftp_server",
    "ftp_upload": "opsplay.tasks.ftp_upload",
    "ftp_wait": "opsplay.tasks.ftp_wait",
    "gather_facts": "opsplay.tasks.setup",
    "get_url": "opsplay.tasks.get_url",
    "getent": "opsplay.tasks.getent",
    "git": "opsplay.tasks.git",
    "lineinfile": "opsplay.tasks.lineinfile",
    "mail_server": "opsplay.tasks.mail_server",
    "pause": "opsplay.tasks.pause",
    "ping": "opsplay.tasks.ping",
    "raw": "opsplay.tasks.raw",
    "replace": "opsplay.tasks.replace",
    "script": "opsplay.tasks.script",
    "send_mail": "opsplay.tasks.send_mail",
    "setup": "opsplay.tasks.setup",
    "shell": "opsplay.tasks.shell",
    "slurp": "opsplay.tasks.slurp",
    "stat": "opsplay.tasks.stat",
    "tempfile": "opsplay.tasks.tempfile",
    "template": "opsplay.tasks.template",
    "unarchive": "opsplay.tasks.unarchive",
    "uri": "opsplay.tasks.uri",
    "validate_argument_spec": "opsplay.tasks.validate_argument_spec",
    "wait_for": "opsplay.tasks.wait_for",
    "wait_for_connection": "opsplay.tasks.wait_for_connection",
}
ACTIONS: Mapping[str, str] = {
    "add_host": "opsplay.runner.actions.add_host",
    "async_status": "opsplay.runner.actions.async_status",
    "group_by": "opsplay.runner.actions.group_by",
    "set_stats": "opsplay.runner.actions.set_stats",
    "import_role": "opsplay.runner.actions.import_role",
    "import_playbook": "opsplay.runner.actions.import_playbook",
    "import_tasks": "opsplay.runner.actions.import_tasks",
    "include_role": "opsplay.runner.actions.include_role",
    "include_vars": "opsplay.runner.actions.include_vars",
    "include_tasks": "opsplay.runner.actions.include_tasks",
    "meta": "opsplay.runner.actions.meta",
    "set_fact": "opsplay.runner.actions.set_fact",
}
GROUPS: Mapping[str, tuple[str, ...]] = {
    "ftp": ("ftp_command", "ftp_download", "ftp_file", "ftp_list", "ftp_upload", "ftp_wait"),
    "mail": ("fetch_mail", "send_mail"),
}
"""Steps that log in to the same kind of server, for `module_defaults`."""
_OURS = frozenset({*GROUPS["ftp"], *GROUPS["mail"], "archive", "ftp_server", "mail_server"})
"""Steps that Ansible has not, or not of its own."""
NEVER_ASYNC = frozenset(
    {
        *("assemble", "assert", "async_status", "copy", "debug", "fail", "fetch", "ftp_server"),
        *("mail_server", "pause", "script", "template", "unarchive", "validate_argument_spec"),
    }
)
"""Steps that need the run around them, and so cannot go on beside it."""
_TAKE_DEFAULTS = frozenset(
    {"add_host", "async_status", "group_by", "include_vars", "set_fact", "set_stats"}
)
"""Words of the language that are steps as all others are for `module_defaults`."""
_UNRESOLVED = "opsplay.runner.actions.unresolved"
PROGRAM = "opsplay.tasks.program"
_PYTHON_MODULE = (sys.executable, "-m", "opsplay.runner.ansible.run_module")
_AS_A_PROGRAM = rb"\A(?:#!|\x7fELF)"
_NO_CODE = frozenset({".json", ".ps1", ".pyc", ".yaml", ".yml"})
"""Endings of what may lie beside a module."""
_ANSIBLES = (
    rb"(?m)\A#!|^[ \t]*(?:from|import) +ansible(?:_collections)?\b"
    rb"|^[ \t]*from +\.{2,} *module_utils|<<INCLUDE_ANSIBLE_MODULE_|WANT_JSON"
)
BUILT_IN: Mapping[str, str] = {**STEPS, **ACTIONS}
FOLDERS = ("task_modules", "library")
"""Where steps lie beside a playbook, and in a role."""
_BUILTIN = "ansible.builtin."
PREFIXES = (_BUILTIN, "ansible.legacy.", "opsplay.")
GROUP = "opsplay.tasks"
PLUGINS = "opsplay_task_modules"
"""Before the names under which modules of `task_modules` are imported."""


class TaskType:
    """One kind of step: its module, and what follows from it."""

    def __init__(
        self, name: str, module: ModuleType, deprecations: Sequence[Mapping[str, Any]] = ()
    ) -> None:
        self.name = name
        self.module = module
        self.deprecations = deprecations
        self.params: type = module.Params
        self.run: Callable[..., Any] = module.run
        self.is_action = name in ACTIONS and module.__name__ == ACTIONS[name]
        self.supports_check = bool(getattr(module, "SUPPORTS_CHECK", False))
        self.takes_many = hasattr(module, "run_all")
        self.is_program = bool(getattr(module, "IS_PROGRAM", False))
        self.runs_once = bool(getattr(module, "RUNS_ONCE", False))
        self.repeat: Repeat | Callable[[Any], Repeat] = getattr(module, "REPEAT", "unsafe")
        self.lacking: str = getattr(module, "LACKING", "")
        self.examples: str = getattr(module, "EXAMPLES", "").strip("\n")
        self.returns: Mapping[str, str] = getattr(module, "RETURNS", {})
        self.doc = (module.__doc__ or "").strip()

    @property
    def full_name(self) -> str:
        """The name with what it belongs to, as Ansible tells it."""
        if self.name not in BUILT_IN:
            return self.name
        return f"{'opsplay.' if self.name in _OURS else _BUILTIN}{self.name}"

    @property
    def takes_defaults(self) -> bool:
        """Whether `module_defaults` may give it arguments; an include is read before they count."""
        return not self.is_action or self.name in _TAKE_DEFAULTS

    @property
    def may_be_async(self) -> bool:
        return not self.is_action and self.name not in NEVER_ASYNC

    @property
    def summary(self) -> str:
        return self.doc.partition("\n")[0]

    @cached_property
    def schema(self) -> dict[str, Any]:
        return params.schema(self.params)

    @cached_property
    def optional_schema(self) -> dict[str, Any]:
        """The schema of some of the arguments: none of them must be there."""
        return params.optional_schema(self.params)

    @cached_property
    def free_form(self) -> str | None:
        return params.free_form(self.params)

    @cached_property
    def expressions(self) -> frozenset[str]:
        return params.expressions(self.params)


class Registry:
    """Every step that can be used; those in the folders win over the built-in ones.

    What lies in the folders of `more` gives way to playbooks and roles. Modules of collections,
    which have the name of their collection before their own, come last.
    """

    def __init__(
        self,
        *folders: Path,
        more: Iterable[Path] = (),
        collections: Sequence[Path] = (),
        rejected: frozenset[str] = frozenset(),
    ) -> None:
        self.rejected = rejected
        """Steps that nobody may use."""
        self.strict_keywords = True
        """Whether it is an error that a task has a keyword of other tasks, or a warning."""
        self._collections = collections
        self._searched: dict[str, None] = {}
        self._found: dict[str, TaskType | None] = {}
        self._files: dict[str, Path] = {}
        self._more: dict[str, Path] = {}
        for folder in folders:
            self.add(folder)
        for folder in more:
            for name, path in _plugin_files(folder):
                self._more.setdefault(name, path)

    def add(self, folder: Path) -> None:
        """Take the steps of one more folder, as far as others have not taken their names."""
        for name, path in _plugin_files(folder):
            if name not in self._files:
                self._files[name] = path
                self._found.pop(name, None)

    def knows_group(self, name: str) -> bool:
        """Whether the collection named there has such a group of modules."""
        return group_named(name, self._collections) is not None

    def search(self, collections: Iterable[str]) -> None:
        """Look in these collections, too, for modules that nobody else has."""
        self._searched.update(dict.fromkeys(collections))
        self._found = {name: found for name, found in self._found.items() if found}

    def find(self, name: str) -> TaskType | None:
        """The step of this name; raises PlaybookError for a plugin that is no step."""
        if bare(name) in self.rejected:
            return None
        if name not in self._found:
            # Whoever says `ansible.builtin.copy` does not mean the copy of a folder.
            files = {**self._more, **self._files}
            named = {} if name.startswith(_BUILTIN) else files
            self._found[name] = self._load(name, files) or self._load(bare(name), named)
            self._found[name] = self._found[name] or self._elsewhere(name)
        return self._found[name]

    def in_scope(self, name: str, collections: Sequence[str]) -> str:
        """The full name of what the first of these collections has that knows this short one.

        Of a step of ours it stays the short one.
        """
        if not collections or "." in name or name in BUILT_IN:
            return name
        return next((full for each in collections if self.find(full := f"{each}.{name}")), name)

    def _elsewhere(self, name: str) -> TaskType | None:
        """The step to which a collection leads whoever asks for this name."""
        target = redirected(name, "modules", self._collections, self._searched)
        found = self.find(target) if target != name else None
        return found and self._with_its_end(name, found)

    def _with_its_end(self, name: str, found: TaskType) -> TaskType:
        """The step, with what the collection says of the time when it will be gone."""
        said = deprecations(name, self._collections)
        return TaskType(found.name, found.module, said) if said else found

    def removed(self, name: str) -> str:
        """What is to be told of a step that a collection has no more."""
        return removed(name, self._collections, self._searched)

    def unresolved(self, name: str) -> TaskType:
        """What stands in the place of a step whose name is a template."""
        return TaskType(name, importlib.import_module(_UNRESOLVED))

    def names(self) -> list[str]:
        return sorted({*BUILT_IN, *self._more, *self._files, *self._entry_points} - self.rejected)

    @cached_property
    def _entry_points(self) -> dict[str, EntryPoint]:
        from importlib.metadata import entry_points

        return {entry.name: entry for entry in entry_points(group=GROUP)}

    def _load(self, name: str, files: Mapping[str, Path]) -> TaskType | None:
        if path := files.get(name):
            return _foreign(_checked(name, lambda: module_at(path, self._collections), str(path)))
        if target := BUILT_IN.get(name):
            return _checked(name, lambda: importlib.import_module(target), target)
        if entry := self._entry_points.get(name):
            return _foreign(_checked(name, entry.load, f"{entry.value} (entry point {GROUP})"))
        if module := self._in_collections(name):
            found = _checked(name, lambda: module_at(module, self._collections), str(module))
            return self._with_its_end(name, _foreign(found))
        return None

    def _in_collections(self, name: str) -> Path | None:
        places = candidates(name, "plugins/modules", self._collections, self._searched)
        return next((file for place in places for file in _named(place)), None)


def module_at(path: Path, collections: Sequence[Path] = ()) -> ModuleType:
    """The module of a step that lies in a folder of some; raises whatever its file raises.

    What the collections in these folders share, it may import.
    """
    if _is_ansibles(path):
        name = full_name(path) or path.stem
        roots = os.pathsep.join(str(each.absolute()) for each in collections)
        python = (*_PYTHON_MODULE, roots)
        program: ModuleType = importlib.import_module(PROGRAM).step(path, python, name)
        return program
    return import_file(path, PLUGINS)


def bare(name: str) -> str:
    """The name without `ansible.builtin.` or the like."""
    for prefix in PREFIXES if "." in name else ():
        if name.startswith(prefix):
            return name.removeprefix(prefix)
    return name


def _named(place: Path) -> Iterator[Path]:
    """A module of this name in Python, and those in other languages."""
    others = (each for each in place.parent.glob(f"{place.name}.*") if each.suffix not in _NO_CODE)
    for file in (place.with_name(f"{place.name}.py"), place, *sorted(others)):
        if file.is_file():
            yield file


def _plugin_files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in files_in(folder):
        if path.name[0] != "_":
            yield path.stem.rstrip("_"), path
        elif _is_ansibles(path):
            yield from ((name, path) for name in names_of(path))
    for path in sorted(folder.glob("*")):
        if path.suffix != ".py" and path.is_file() and _has(path, _AS_A_PROGRAM):
            yield path.stem, path


def _is_ansibles(path: Path) -> bool:
    return path.suffix != ".py" or _has(path, _ANSIBLES)


def _has(path: Path, sign: bytes) -> bool:
    try:
        return re.search(sign, path.read_bytes()) is not None
    except OSError:
        return False


def _checked(name: str, load: Callable[[], ModuleType], origin: str) -> TaskType:
    """The step, once it is sure that the module is one."""
    try:
        module = load()
    except (Exception, SystemExit) as error:  # a plugin may fail in any way when it is imported
        raise _no_step(name, place_of(error, origin), in_words(error)) from error
    for fault in _faults(module):
        # An entry point may lead to anything, also to what has no file.
        file = None if origin.endswith(".py") else getattr(module, "__file__", None)
        raise _no_step(name, Place(file or origin, 1, 1), fault)
    return TaskType(name, module)


def _foreign(found: TaskType) -> TaskType:
    from .foreign_steps import watched

    found.run = watched(found.module)
    return found


def _faults(module: ModuleType) -> Iterator[str]:
    cls = getattr(module, "Params", None)
    if not isinstance(cls, type):
        yield "it has no class Params"
    elif not is_dataclass(cls):
        yield "its Params is no dataclass"
    elif not cls.__dataclass_params__.frozen:  # type: ignore[attr-defined]
        yield "its Params is not frozen: write @dataclass(frozen=True, kw_only=True)"
    else:
        try:
            params.fields(cls)
        except (TypeError, NameError) as error:
            yield f"its Params cannot be read: {error}"
    if not callable(getattr(module, "run", None)):
        yield "it has no function run(params, ctx)"


def _no_step(name: str, place: Place, why: str) -> PlaybookError:
    hint = "see docs/writing-a-step.md"
    return PlaybookError([Problem(place, f"the step {name} cannot be used: {why}", hint)])
