"""Walks over one file: plays, blocks, tasks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from ... import schema
from ..dataclasses import replace
from ..errors import PatternError, Place, Problem
from ..inventory.patterns import of_play
from ..kinds.kind import describe
from ..known import Known
from ..known_files import with_files, with_roles
from ..nodes import Document, MapNode, SeqNode
from ..registry import bare
from ..roles import RolePlaces
from ..template_text import Template
from ..whole_paths import whole_path
from . import fit
from .findings import Around, FileKind, Findings, Handlers, Import, entries, entries_or_one
from .keywords import Keywords
from .tasks import Tasks
from .texts import Texts

if TYPE_CHECKING:
    from ..registry import Registry
    from ..template import Templates
    from .roles import Roles

# In Ansible's words, as others here: scripts look for them.
_NO_PLAYS = "A playbook must contain at least one play"
_NO_PLAY = "playbook entries must be either valid plays or 'import_playbook' statements"
_NO_NAME = "The field 'import_playbook' is required but was not set."
_NO_TEXT = (
    "The field 'import_playbook' is supposed to be a string type,"
    " however the incoming data structure is {}"
)
_NO_LIST = "included task files must contain a list of tasks"
_OF_FILES: Mapping[FileKind, str] = {
    "tasks": _NO_LIST,
    "handlers": _NO_LIST,
    "variables": "Invalid variable file contents.",
}
_TWO_USERS = (
    "both 'user' and 'remote_user' are set for this play."
    " The use of 'user' is deprecated, and should be removed"
)
_OF_ROLES: Mapping[FileKind, str] = {
    "variables": "The {part}/{file} file for role '{role}' must contain a dictionary of variables",
    "tasks": "The {part}/{file} file for role '{role}' must contain a list of tasks.",
    "handlers": "The {part}/{file} file for role '{role}' must contain a list of tasks.",
    "role_meta": "the '{part}/{file}' for role {role} is not a dictionary",
}
_NO_TASK = (
    "A malformed block was encountered while loading a block:"
    " The ds ({!s:.60}) should be a dict but was {}"
)
_A_TASK = "a task is a mapping: - debug: {msg: hello}"
_NO_HANDLER = "Using a block as a handler is not supported."
_NO_LOOP = "a block of handlers has no loop: each of its tasks is a handler of its own"
_NOWHERE = RolePlaces()
_LISTS = ("pre_tasks", "tasks", "post_tasks", "handlers")
_PARTS = ("block", "rescue", "always")


def check_file(
    document: Document,
    kind: FileKind,
    around: Around,
    registry: Registry,
    templates: Templates,
    places: RolePlaces = _NOWHERE,
) -> Findings:
    """Look at all of a file."""
    findings = Findings(document, warnings=list(document.warnings))
    _Structure(findings, registry, templates, places).check(kind, around)
    return findings


class _Structure:
    def __init__(
        self, findings: Findings, registry: Registry, templates: Templates, places: RolePlaces
    ) -> None:
        self._findings = findings
        self._places = places
        self._document = findings.document
        self._registry = registry
        self._templates = templates
        self._texts = Texts(findings, templates)
        self._keywords = Keywords(findings, self._texts, registry)
        self._tasks = Tasks(findings, self._keywords, self._texts, lambda: self._roles, registry)

    @cached_property
    def _roles(self) -> Roles:
        from .roles import Roles

        return Roles(self._findings, self._keywords, self._texts)

    def check(self, kind: FileKind, around: Around) -> None:
        value, start = self._document.value, Place(str(self._document.path), 1, 1)
        unfit = self._unfit(kind, around.role)
        checks: Mapping[FileKind, Callable[[], None]] = {
            "playbook": lambda: self._playbook(value, start, around),
            "tasks": lambda: self._list(value, start, around, "task", unfit),
            "handlers": lambda: self._list(value, start, around, "handler", unfit),
            "variables": lambda: self._keywords.variables(value, start, unfit),
            "role_meta": lambda: self._roles.meta(value, start, around, unfit),
            "argument_specs": lambda: self._roles.argument_specs(value, start),
        }
        checks[kind]()
        self._texts.rest()

    def _unfit(self, kind: FileKind, role: Path | None) -> str:
        """What is said of a file that holds something else; of a role's main files more."""
        path = self._document.path
        if not role or kind not in _OF_ROLES or path.stem != "main":
            return _OF_FILES.get(kind, "")
        return _OF_ROLES[kind].format(part=path.parent.name, file=path.name, role=role.name)

    # Plays ------------------------------------------------------------------------------------

    def _playbook(self, plays: object, start: Place, around: Around) -> None:
        if not plays:
            what = "Empty playbook, nothing to do" if plays is None else _NO_PLAYS
            hint = "a playbook is a list of plays: - hosts: localhost"
            self._findings.problem(start, f"{what}: {self._document.path}", hint)
        elif not isinstance(plays, SeqNode):
            message = f"A playbook must be a list of plays, got {describe(plays)} instead"
            self._findings.problem(start, message, "begin each play with -: - hosts: localhost")
        for play, place in entries(plays):
            if not isinstance(play, MapNode):
                message = f"{_NO_PLAY}, got {describe(play)}"
                self._findings.problem(place, message, "begin it like this: - hosts: localhost")
            elif imported := _import_in(play):
                self._import(play, imported, around)
            else:
                self._play(play, around)

    def _import(self, raw: MapNode, key: str, around: Around) -> None:
        self._keywords.all_of(raw, "import_playbook", besides=key)
        value, place = raw[key], raw.value_places[key]
        inside = around.under(raw)
        if isinstance(value, Template):
            folder = whole_path(self._document.path.parent)
            value = self._texts.name(value, inside.known.beside(folder)) or value
        if isinstance(value, Template):
            message = "the name of an imported playbook must be known before the run"
            self._findings.problem(place, message, "write it without a template", len(value))
        elif isinstance(value, str):
            found = Import("playbook", (value,), place, inside)
            self._findings.imports.append(found)
        else:
            told = _NO_NAME if value is None else _NO_TEXT.format(describe(value))
            self._findings.problem(place, told, "name a playbook: - import_playbook: site.yml")

    def _play(self, raw: MapNode, outer: Around) -> None:
        if not self._is_play(raw):
            message = f"{_first_unknown(raw)!r} is not a valid attribute for a Play"
            hint = "this is a task; put it into a play: - hosts: localhost, and below it tasks:"
            self._findings.problem(raw.place, message, hint)
            return
        _list_prompt(raw)
        self._keywords.all_of(raw, "play")
        fit.check_play(raw, self._findings)
        if "user" in raw and "remote_user" in raw:
            self._findings.problem(raw.key_places["user"], _TWO_USERS, "leave it out", 4)
        if isinstance(raw.get("hosts"), str | SeqNode):
            self._hosts(raw)
        if "vars_files" in raw:
            self._vars_files(raw)
        base = self._document.path.parent
        known = with_files(_known(raw, outer, base), raw, base, self._templates)
        known = with_roles(known, raw, base, self._places, self._templates)
        around = replace(outer.under(raw), handlers=Handlers(), base=base, known=known)
        if "roles" in raw:
            self._roles.named(raw["roles"], around)
        for part in _LISTS:
            if isinstance(raw.get(part), SeqNode):
                kind = "handler" if part == "handlers" else "task"
                self._list(raw[part], raw.place, around, kind)
        self._findings.plays.append(around.handlers)

    def _is_play(self, raw: MapNode) -> bool:
        if any(key in raw for key in ("hosts", "roles", *_LISTS)):
            return True
        return "block" not in raw and not any(self._registry.find(str(key)) for key in raw)

    def _hosts(self, raw: MapNode) -> None:
        try:
            of_play(raw["hosts"])
        except PatternError as error:
            self._findings.problem(raw.value_places["hosts"], error.message, error.hint)

    def _vars_files(self, raw: MapNode) -> None:
        for entry, place in entries_or_one(raw["vars_files"], raw.value_places["vars_files"]):
            names = entry if isinstance(entry, SeqNode) else [entry]
            if names and all(type(name) is str for name in names):
                # As in Ansible, one that is not there is passed over.
                wanted = Import("variables", tuple(map(str, names)), place, static=False)
                self._findings.imports.append(wanted)

    # Blocks and tasks -------------------------------------------------------------------------

    def _list(
        self,
        tasks: object,
        start: Place,
        around: Around,
        kind: str,
        unfit: str = _NO_LIST,
        *,
        in_block: bool = False,
    ) -> None:
        if tasks is not None and not isinstance(tasks, SeqNode):
            hint = f"this is {describe(tasks)}; begin each task with -"
            self._findings.problems.append(Problem(start, unfit, hint, listless=True))
        for task, place in entries(tasks):
            if task is None and not in_block:
                continue  # as in Ansible, a lone dash is no task
            if not isinstance(task, MapNode):
                self._no_task(task, place)
            elif any(part in task for part in _PARTS):
                self._block(task, around, kind)
            else:
                self._tasks.check(task, around, kind)

    def _no_task(self, entry: object, place: Place) -> None:
        from ..loader.quoting import missing_colon

        missing = missing_colon(entry) if isinstance(entry, str) else None
        hint = f"{missing.wrong}: {missing.hint}" if missing else _A_TASK
        self._findings.problem(place, _NO_TASK.format(entry, describe(entry)), hint)

    def _block(self, raw: MapNode, outer: Around, kind: str) -> None:
        self._keywords.all_of(raw, "block")
        if kind == "handler":
            self._block_of_handlers(raw)
        around = outer.under(raw)
        self._tasks.notify(raw, around.handlers)
        if not raw.get("block") and (part := next((p for p in _PARTS[1:] if raw.get(p)), "")):
            message = f"'{part}' keyword cannot be used without 'block'"
            self._findings.problem(raw.key_places[part], message, "add block:", len(part))
        for part in _PARTS:
            if isinstance(raw.get(part), SeqNode):
                inside = around.rescued(raw) if part == "block" else around
                self._list(raw[part], raw.place, inside, kind, in_block=True)

    def _block_of_handlers(self, raw: MapNode) -> None:
        """As in Ansible they are handlers like others: nothing goes with them, or inside them."""
        for part in [part for part in _PARTS[1:] if part in raw]:
            message = f"what stands in '{part}' of a block of handlers is never run"
            self._findings.warning(raw.key_places[part], message, "", len(part))
        if "loop" in raw:
            hint = "let each of its tasks have it"
            self._findings.problem(raw.key_places["loop"], _NO_LOOP, hint, len("loop"))
        for task, _ in entries(raw.get("block")):
            part = next((p for p in _PARTS if isinstance(task, MapNode) and p in task), "")
            if part and isinstance(task, MapNode):
                hint = "let each of its tasks listen to one topic"
                self._findings.problem(task.key_places[part], _NO_HANDLER, hint, len(part))


def _list_prompt(raw: MapNode) -> None:
    """As in Ansible, one prompt may stand without a list."""
    prompt = raw.get("vars_prompt")
    if isinstance(prompt, MapNode):
        alone = SeqNode(prompt.place)
        alone.append(prompt)
        alone.places.append(prompt.place)
        raw["vars_prompt"] = alone


def _known(raw: MapNode, outer: Around, base: Path) -> Known:
    """What is known of variables in a play."""
    inside = outer.known.under(raw).inner
    variables = {name: value for layer in inside for name, value in layer.items()}
    return outer.known.in_play(raw, whole_path(base), variables)


def _first_unknown(raw: MapNode) -> object:
    known = schema.definition("play")["properties"]
    return next((key for key in raw if key not in known), None)


def _import_in(raw: MapNode) -> str | None:
    return next(
        (key for key in raw if isinstance(key, str) and bare(key) == "import_playbook"), None
    )
