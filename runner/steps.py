"""From tasks that have been checked to steps."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from . import taskform
from .dataclasses import replace
from .defaults import completed, late
from .errors import TaskError
from .events import INCLUDES
from .nodes import MapNode
from .playbook import Inherited, Loop, Step, conditions, listed, mapping
from .template_text import Template
from .whole_paths import whole_path

if TYPE_CHECKING:
    from .registry import Registry
    from .template import Templates

# In Ansible's words: scripts look for them.
_UNKNOWN = "Task failed: Cannot resolve {!r} to an action or module."


class Steps:
    """Makes the steps of a session."""

    def __init__(self, registry: Registry, templates: Templates) -> None:
        self._registry = registry
        self._templates = templates
        self._folders: dict[Path, Path] = {}

    def folder(self, path: Path) -> Path:
        """The absolute folder of a file."""
        if path not in self._folders:
            self._folders[path] = whole_path(path.parent)
        return self._folders[path]

    def gathering(self, raw: MapNode, inherited: Inherited, path: Path) -> Step:
        """The step that collects facts; unless the play has tags, it runs whatever --tags says."""
        args = MapNode(raw.place)
        for word in ("gather_subset", "gather_timeout", "fact_path"):
            if word in raw:
                args.put(word, raw.key_places[word], raw[word], raw.value_places[word])
        task = MapNode(raw.place)
        tags = {} if inherited.tags else {"tags": "always"}
        # As in Ansible, each host of a play with `run_once` has facts of its own.
        words = {"name": "Gathering Facts", "gather_facts": args, "run_once": False, **tags}
        for word, value in words.items():
            task.put(word, raw.place, value, raw.place)
        return self.step(task, inherited, self._inside(task, inherited), path)

    def step(self, raw: MapNode, around: Inherited, inherited: Inherited, path: Path) -> Step:
        """The step that a task is; `around` is what it inherits but for its own keywords."""
        form = taskform.split(raw, self._registry)
        # As in Ansible, what steers a run does so once, whatever else is said.
        steers = form.type.name == "meta"
        if form.type.name in INCLUDES and "vars" in raw:
            inherited = replace(inherited, own_params=mapping(raw["vars"]))
        return Step(
            name=raw.get("name"),
            word=form.step,
            type=form.type,
            args=completed(form.args, form.type, inherited.defaults),
            more=(*late(form.type, inherited.defaults), *form.more),
            place=raw.place,
            file=path,
            folder=self.folder(path),
            inherited=inherited,
            around=around,
            own_vars=mapping(raw.get("vars")),
            loop=None if steers else loop_of(raw, form.type.name),
            register=cast("str | None", raw.get("register")),
            until=() if steers else conditions(raw, "until"),
            retries=raw.get("retries"),
            delay=_given(raw, "delay", 5),
            changed_when=conditions(raw, "changed_when"),
            failed_when=conditions(raw, "failed_when"),
            listen=tuple(listed(raw.get("listen"))),
            async_seconds=raw.get("async"),
            poll=raw.get("poll"),
            named=partial(self._named, raw, around, path)
            if isinstance(form.step, Template)
            else None,
        )

    def _named(self, raw: MapNode, around: Inherited, path: Path, name: str) -> Step:
        """The step of a task that names it by a template."""
        name = self._registry.in_scope(name, around.collections)
        if self._registry.find(name) is None:
            removed = self._registry.removed(name)
            raise TaskError(f"Task failed: {removed}" if removed else _UNKNOWN.format(name))
        task = taskform.called(raw, name)
        return self.step(task, around, self._inside(task, around), path)

    def _inside(self, raw: MapNode, around: Inherited) -> Inherited:
        return around.under(raw).told(self._templates)


def _given(raw: MapNode, word: str, default: object) -> object:
    value = raw.get(word)
    return default if value is None else value


def _subfolder(step: str) -> str:
    """Where `with_…` looks for the files that a step takes."""
    return next((f"{word}s" for word in ("template", "var") if word in step), "files")


def loop_of(raw: MapNode, step: str = "") -> Loop | None:
    """What a task or a block is repeated over."""
    word = next((k for k in raw if k == "loop" or str(k).startswith("with_")), "loop")
    if raw.get(word) is None:
        return None
    control = cast("MapNode", raw.get("loop_control") or MapNode(raw.place))
    known = {key: value for key, value in control.items() if key != "break_when"}
    return Loop(
        items=raw[word],
        place=raw.value_places[word],
        lookup=None if word == "loop" else str(word).removeprefix("with_"),
        subfolder=_subfolder(step),
        break_when=conditions(control, "break_when"),
        **cast("dict[str, Any]", known),
    )
