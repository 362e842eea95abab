"""Checks one task: its keywords, its step, its arguments, and the file it names."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ... import schema
from ..collection_files import collection_around
from ..dataclasses import replace
from ..defaults import completed, late
from ..errors import Problem
from ..nodes import MapNode
from ..params import record, secrets_written
from ..registry import bare
from ..roles import title
from ..spelling import nearest
from ..step_arguments import Call, read
from ..taskform import Form, is_keyword, read_form
from ..template_text import Template
from . import fit, literals, reserved
from .findings import Around, FileKind, Findings, Handlers, Import, entries_or_one
from .keywords import Keywords, loops_of
from .quick import fits
from .texts import Texts

if TYPE_CHECKING:
    from ..registry import Registry, TaskType
    from .roles import Roles

_INCLUDES = {"include_tasks": "TaskInclude", "include_role": "IncludeRole"}
"""And what Ansible calls them."""
_NEEDED_FOR_OLD = frozenset({"action", "local_action", "args"})


class Tasks:
    """The tasks and handlers of one file."""

    def __init__(
        self,
        findings: Findings,
        keywords: Keywords,
        texts: Texts,
        roles: Callable[[], Roles],
        registry: Registry,
    ) -> None:
        self._findings = findings
        self._roles = roles
        self._keywords = keywords
        self._texts = texts
        self._registry = registry
        own = collection_around(findings.document.path.absolute())
        self._own = (own,) if own else ()

    def check(self, raw: MapNode, around: Around, kind: str) -> None:
        """Check a task, or a handler."""
        inside = around.under(raw)
        self._keywords.of_task(raw, kind, may_fail=inside.may_fail)
        self.notify(raw, around.handlers)
        if kind == "handler":
            _add_handler(raw, around)
        collections = (*self._own, *inside.collections)
        document = self._findings.document
        form, problems = read_form(raw, self._registry, document.written, collections)
        self._findings.problems += problems
        if form:
            if not _NEEDED_FOR_OLD.isdisjoint(raw):
                from .old_forms import of_task

                self._findings.warnings += of_task(raw, form)
            if inside.may_fail:
                around = replace(around, may_fail=True)
                with self._findings.forgiven():
                    self._of_step(raw, form, inside)
                    self._texts.inside(raw)
            else:
                self._of_step(raw, form, inside)
            fit.check(raw, form, kind, self._findings, in_role=around.role is not None)
            self._follow(raw, form, around, kind)
        else:
            self._hide_secrets_of_nearest(raw)

    def _of_step(self, raw: MapNode, form: Form, around: Around) -> None:
        """What is wrong with it would fail the step, and not more."""
        self._arguments(form, around)
        self._templates(raw, form)
        if form.type.name == "set_fact":
            reserved.check_all(form.args, self._findings)
        fit.check_async(raw, form, self._findings)

    def notify(self, raw: MapNode, handlers: Handlers) -> None:
        """Note which handlers a task or a block notifies."""
        if "notify" in raw:
            named = entries_or_one(raw["notify"], raw.value_places["notify"])
            handlers.notified += [(str(name), place) for name, place in named if type(name) is str]

    # Arguments --------------------------------------------------------------------------------

    def _arguments(self, form: Form, around: Around) -> None:
        args = form.args
        is_whole = not form.more and not late(form.type, around.defaults)
        rules = form.type.schema if is_whole else form.type.optional_schema
        whole = completed(args, form.type, around.defaults)
        self._hide_secrets(form.type, whole)
        told = {problem.place for problem in self._misplaced(form)}
        problems = [*literals.faults(form.type, args)]
        if not fits(rules, whole):
            from .complaints import Subject, complaints

            words = self._findings.document.words
            lacking = form.type.lacking
            subject = Subject(
                value=whole, place=form.place, name=form.step, words=words, lacking=lacking
            )
            problems += complaints(rules, subject)
        self._findings.problems += [each for each in problems if each.place not in told]
        for name in form.type.expressions & args.keys():
            self._texts.expressions(args[name], args.value_places[name], name)

    def _hide_secrets(self, kind: TaskType, args: MapNode) -> None:
        """Cover those that are written as they are: lines around a mistake or failure are shown."""
        taken = record(kind.params)
        for _, value, _ in secrets_written(taken, args) if taken.secret else ():
            if isinstance(value, str) and not isinstance(value, Template):
                self._texts.hide(value)

    def _hide_secrets_of_nearest(self, raw: MapNode) -> None:
        """Cover those of the steps that may be meant where there is none of a name."""
        for key in raw:
            name = "" if is_keyword(key) else nearest(bare(str(key)), (*self._registry.names(),))
            if meant := self._registry.find(name):
                call = Call(name, raw.key_places[key], raw[key], raw.value_places[key])
                self._hide_secrets(meant, read(call, meant, Template)[0])

    def _misplaced(self, form: Form) -> list[Problem]:
        """Arguments that are keywords."""
        args, rules = form.args, form.type.schema
        problems = []
        for key in args:
            place, width = args.key_places[key], len(str(key))
            if rules.get("additionalProperties") is False and _is_keyword_only(key, rules):
                message = f"{key} is a keyword of the task, not an argument of {form.step}"
                problems.append(Problem(place, message, f"indent it like {form.step}", width))
        self._findings.problems += problems
        return problems

    def _templates(self, raw: MapNode, form: Form) -> None:
        args = [value for value in form.args.values() if isinstance(value, Template)]
        if isinstance(form.step, Template):
            return
        for key in (form.step, "action", "local_action"):
            whole = raw.get(key)
            if isinstance(whole, Template) and not any(value is whole for value in args):
                self._texts.pieces(whole, args)

    # Files ------------------------------------------------------------------------------------

    def _follow(self, raw: MapNode, form: Form, around: Around, kind: str) -> None:
        step = bare(form.step)
        if step in _INCLUDES:
            by_item = around.by_item or bool(loops_of(raw))
            around = replace(around, known=around.known.under(raw), by_item=by_item)
        if step == "import_playbook":
            message = "import_playbook stands in the list of plays, not among tasks"
            self._findings.problem(form.place, message, "", len(form.step))
        elif step in ("import_tasks", "include_tasks"):
            static = step == "import_tasks"
            if static:
                self._no_loop(raw, step)
                around = around.under(raw)
            elif isinstance(apply := form.args.get("apply"), MapNode):
                around = around.under(apply)
            self._file(form, around, kind, static=static)
        elif step in ("import_role", "include_role"):
            if step == "import_role":
                self._no_loop(raw, step)
            self._roles().task(raw, form, around)
            if step == "import_role":
                around.known.imported.append(form.args)
        if step in _INCLUDES:
            self._of_include(raw, step)
            self._apply(form)

    def _no_loop(self, raw: MapNode, step: str) -> None:
        for loop in loops_of(raw)[:1]:
            instead = step.replace("import", "include")
            message = (
                f"You cannot use loops on '{step}' statements. You should use '{instead}' instead."
            )
            hint = f"{step} is done before the run"
            self._findings.problem(raw.key_places[loop], message, hint, len(loop))

    def _of_include(self, raw: MapNode, step: str) -> None:
        """What stands on an include is for the include alone; most of it would mean nothing."""
        inner = schema.definition("apply")["properties"]
        for key in (*raw,):
            meant = key in schema.language()["of_includes"] or str(key).startswith("with_")
            if is_keyword(key) and not meant:
                message = f"{key!r} is not a valid attribute for a {_INCLUDES[step]}"
                hint = "for what is included, write it below apply" if key in inner else ""
                problem = Problem(raw.key_places[key], message, hint, len(str(key)))
                self._keywords.out_of_place(raw, key, problem)

    def _apply(self, form: Form) -> None:
        apply = form.args.get("apply")
        if isinstance(apply, MapNode):
            self._keywords.all_of(apply, "apply")

    def _file(self, form: Form, around: Around, kind: str, *, static: bool) -> None:
        file, place = form.args.get("file"), form.args.value_places.get("file", form.place)
        if static and isinstance(file, Template):
            file = self._texts.name(file, around.known) or file
        if isinstance(file, Template):
            handlers = around.handlers
            handlers.all_known = False
            if static and not around.by_item:
                message = f"Error when evaluating variable in import path {str(file)!r}."
                hint = "the name must be known before the run; include_tasks takes any"
                self._findings.problem(place, message, hint, len(file))
        elif isinstance(file, str | int | float):
            what: FileKind = "handlers" if kind == "handler" else "tasks"
            self._findings.imports.append(Import(what, (str(file),), place, around, static))


def _is_keyword_only(key: object, rules: Mapping[str, Any]) -> bool:
    return is_keyword(key) and key not in rules.get("properties", {})


def _add_handler(raw: MapNode, around: Around) -> None:
    handlers = around.handlers
    names = [raw.get("name"), *(name for name, _ in entries_or_one(raw.get("listen"), raw.place))]
    for name in names:
        if isinstance(name, Template):
            handlers.all_known = False
        elif name is not None:
            handlers.names.add(str(name))
            if around.role:
                written = str(around.known.magic["role_name"])
                whole = title(written, around.role.absolute())
                handlers.names |= {f"{role} : {name}" for role in (written, whole)}
