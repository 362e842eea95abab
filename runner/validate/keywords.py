"""Checks the keywords of plays, blocks and tasks against the language's schema."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from ... import schema
from ..dataclasses import replace
from ..defaults import layers
from ..errors import ExitCode, Place, Problem
from ..kinds.kind import describe
from ..nodes import MapNode, variables_in
from ..registry import bare
from ..spelling import did_you_mean
from ..taskform import is_keyword
from ..template_text import Template
from . import reserved
from .defaults import DefaultsCheck
from .findings import Findings, entries, entries_or_one
from .texts import Texts

if TYPE_CHECKING:
    from ..registry import Registry

_CONDITIONS = ("when", "until", "changed_when", "failed_when")
_AS_IT_IS = nullcontext()
# What is wrong with their values is met when the step runs, and not before.
_FAIL_A_STEP = frozenset({*_CONDITIONS, "loop", "retries", "delay"})
# What is left empty counts as not given, but for these.
_NEEDED = frozenset({"hosts", "role", "block", "rescue", "always"})
_USERS = ("become_user", "remote_user", "user")
_TRUE = ("true", "yes", "on", "1")
_NAMES = {
    "play": "a play",
    "block": "a block",
    "apply": "apply",
    "import_playbook": "an import",
}
_OF_ANSIBLE = {
    "play": "Play",
    "block": "Block",
    "apply": "Block",
    "import_playbook": "PlaybookInclude",
    "task": "Task",
    "role": "RoleInclude",
}
"""What Ansible calls them: scripts look for its words."""


class Keywords:
    """The keywords of one file."""

    def __init__(self, findings: Findings, texts: Texts, registry: Registry) -> None:
        self._findings = findings
        self._texts = texts
        self._registry = registry
        self._defaults = DefaultsCheck(findings, texts, registry)

    def all_of(self, raw: MapNode, kind: str, besides: str = "") -> None:
        """Check a mapping that holds nothing but keywords, and at most one name of the kind."""
        definition = schema.definition(kind)
        for key in raw:
            if key == besides:
                continue
            if key in definition["properties"] and not (besides and key == kind):
                self._keyword(raw, key, definition, kind)
            else:
                self._unknown(raw, key, kind)

    def of_task(self, raw: MapNode, kind: str, *, may_fail: bool) -> None:
        """Check the keywords of a task or handler; its step is not looked at."""
        definition = schema.definition(kind)
        for key in (*raw,):
            if key == "listen" and kind == "task":
                message = "'listen' is not a valid attribute for a Task"
                problem = Problem(raw.key_places[key], message, "only handlers listen", 6)
                self.out_of_place(raw, key, problem)
            elif is_keyword(key):
                with self._findings.forgiven() if may_fail and key in _FAIL_A_STEP else _AS_IT_IS:
                    self._keyword(raw, key, definition, "task")
        self._loops(raw, loops_of(raw))

    def out_of_place(self, raw: MapNode, key: object, problem: Problem) -> None:
        """Refuse a keyword of other tasks, or ignore it."""
        if self._registry.strict_keywords:
            self._findings.problems.append(problem)
            return
        raw.drop(key)
        message = f"Ignoring invalid attribute: {key}"
        self._findings.warnings.append(replace(problem, message=message, hint=""))

    def _loops(self, raw: MapNode, loops: list[str]) -> None:
        for key in loops[1:]:
            message = f"duplicate loop in task: {key.removeprefix('with_')}"
            self._of_loop(raw, key, message, f"there is {loops[0]} already")
        for key in loops:
            if raw[key] is None and key != "loop":
                self._of_loop(raw, key, f"you must specify a value when using {key}", "")

    def _of_loop(self, raw: MapNode, key: str, message: str, hint: str) -> None:
        status = ExitCode.INVALID if key == "loop" else ExitCode.ERROR
        problem = Problem(raw.key_places[key], message, hint, len(key), status=status)
        self._findings.problems.append(problem)

    def of_role(self, raw: MapNode) -> None:
        """Check an entry that names a role; what is no keyword is a variable for the role."""
        definition = schema.definition("role")
        variable = schema.definition("variable")
        for key in raw:
            if key in definition["properties"]:
                self._keyword(raw, key, definition, "role")
            else:
                self._findings.complain(variable, key, raw.key_places[key], str(key))

    def variables(self, value: object, place: Place, unfit: str) -> None:
        """Check a file of variables; `unfit` tells that it is none."""
        value = variables_in(value)
        if not isinstance(value, MapNode | None):
            hint = f"this is {describe(value)}; write names and values, as a: 1"
            self._findings.problem(place, unfit, hint)
            return
        known = len(self._findings.problems)
        self._findings.complain(
            schema.definition("variables"), value, place, "this file of variables"
        )
        # As in Ansible, what has a name that no expression knows can be looked up all the same.
        self._findings.warnings += self._findings.problems[known:]
        del self._findings.problems[known:]
        reserved.check_all(value, self._findings)

    def _unknown(self, raw: MapNode, key: object, kind: str) -> None:
        what = _NAMES[kind]
        hint = did_you_mean(key, schema.definition(kind)["properties"])
        message = f"{key!r} is not a valid attribute for a {_OF_ANSIBLE[kind]}"
        status = ExitCode.INVALID
        if is_keyword(key):
            hint = f"it is a keyword of tasks, not of {what}"
        elif kind == "import_playbook" and bare(str(key)) == kind:
            names = ", ".join(sorted(str(name) for name in raw if bare(str(name)) == kind))
            message = f"Found conflicting import_playbook actions: {names}"
            hint, status = "", ExitCode.ERROR
        elif self._registry.find(str(key)):
            hint = f"put it into the list below {'block' if kind == 'block' else 'tasks'}:"
        problem = Problem(raw.key_places[key], message, hint, len(str(key)), status=status)
        self._findings.problems.append(problem)

    def _keyword(self, raw: MapNode, key: Any, definition: Mapping[str, Any], kind: str) -> None:
        value, place = raw[key], raw.value_places[key]
        if value is None and key not in _NEEDED:
            return
        if key == "vars" and not isinstance(value, MapNode | Template):
            message = f"Vars in a {_OF_ANSIBLE[kind]} must be specified as a dictionary."
            self._findings.problem(place, message, "write names and values, as vars: {a: 1}")
            return
        rules = definition["properties"].get(key, {})
        self._literal(value, place, str(key), rules)
        self._findings.complain(rules, value, place, str(key))
        reserved.check_keyword(key, value, place, self._findings)
        if str(key).startswith("with_"):
            self._lookup(raw, str(key))
        if key in _CONDITIONS:
            self._texts.expressions(value, place, key)
        elif key == "loop_control" and isinstance(value, MapNode) and "break_when" in value:
            inner = value.value_places["break_when"]
            self._texts.expressions(value["break_when"], inner, "break_when")
        elif key == "module_defaults":
            for own in layers(raw):
                self._defaults.check(own)
        else:
            self._surroundings(raw, key, value, place)

    def _surroundings(self, raw: MapNode, key: Any, value: object, place: Place) -> None:
        """Where a step is looked for, and who does it."""
        if key == "collections":
            self._registry.search(str(name) for name, _ in entries_or_one(value, place))
        elif key in _USERS and type(value) is str:
            self._user(value, place, key)
        elif key == "become" and "become_user" not in raw and str(value).lower() in _TRUE:
            self._user("root", place, key)

    def _literal(self, value: object, place: Place, name: str, rules: Mapping[str, Any]) -> None:
        """What must be known before the run cannot be left to a template."""
        if type(value) is str:
            return
        found = [(value, place)] if rules.get("literal") else []
        found += entries(value) if rules.get("items", {}).get("literal") else []
        for part, where in found:
            if isinstance(part, Template):
                from .unfit import NO_TEMPLATES

                message = f"{name} must be known before the run; a template cannot stand here"
                told = NO_TEMPLATES.get(name, message).format(str(part))
                self._findings.problem(where, told, "" if told == message else message, len(part))
        if isinstance(value, MapNode):
            for key, inner in rules.get("properties", {}).items():
                if key in value:
                    self._literal(value[key], value.value_places[key], key, inner)

    def _lookup(self, raw: MapNode, key: str) -> None:
        name, lookups = key.removeprefix("with_"), self._texts.lookups
        if name not in lookups:
            known = [*schema.definition("task")["properties"], *(f"with_{one}" for one in lookups)]
            message = f"there is no lookup named {name}, and so no {key}"
            place = raw.key_places[key]
            self._findings.problem(place, message, did_you_mean(key, known), len(key))

    def _user(self, name: str, place: Place, key: str) -> None:
        import getpass

        own = getpass.getuser()
        if name != own:
            message = f"{key}: steps run as {own}, who runs opsplay, and as nobody else"
            self._findings.problem(place, message, "", len(name))


def loops_of(raw: MapNode) -> list[str]:
    """The words of a task that repeat it."""
    return [str(key) for key in raw if key == "loop" or str(key).startswith("with_")]
