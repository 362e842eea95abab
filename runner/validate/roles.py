"""Checks how roles are named, and what their `meta/` says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ... import schema
from ..errors import ExitCode, Place, Problem
from ..kinds.kind import describe
from ..nodes import MapNode, SeqNode
from ..registry import bare
from ..roles import uses
from ..spelling import did_you_mean
from ..template_text import Template
from . import reserved
from .findings import Around, Findings, RoleNamed, entries

if TYPE_CHECKING:
    from ..taskform import Form
    from .keywords import Keywords
    from .texts import Texts


class Roles:
    """The roles that one file names."""

    def __init__(self, findings: Findings, keywords: Keywords, texts: Texts) -> None:
        self._findings = findings
        self._keywords = keywords
        self._texts = texts

    def named(self, listed: object, around: Around, keys: Sequence[str] = ("role", "name")) -> None:
        """Check the entries of `roles`, or of a role's dependencies; one of the keys names it."""
        for written, place in entries(listed):
            if isinstance(written, MapNode):
                self._entry(written, around, keys)
            elif isinstance(written, str) and "," in written and not isinstance(written, Template):
                message = f"Invalid old style role requirement: {written}"
                problem = Problem(place, message, "", len(written), status=ExitCode.ERROR)
                self._findings.problems.append(problem)
            elif isinstance(written, str | int | float):
                self._use(uses.of_entry(written, place), place, around)

    def _entry(self, raw: MapNode, around: Around, keys: Sequence[str]) -> None:
        self._keywords.of_role(raw)
        key = next((key for key in keys if key in raw), None)
        if key is None or raw[key] == "":
            message = "role definitions must contain a role name"
            hint = "write - role: web"
            self._findings.problems.append(Problem(raw.place, message, hint, status=ExitCode.ERROR))
        elif isinstance(raw[key], str | int | float):
            place = raw.value_places[key]
            self._use(uses.of_entry(raw, place), place, around.under(raw))

    def _use(self, use: uses.RoleUse, place: Place, around: Around, *, static: bool = True) -> None:
        if static:
            use = use.named(lambda written: self._known(written, around))
        if any(isinstance(name, Template) for name in (use.name, *use.files.values())):
            around.handlers.all_known = False
            if static and not around.by_item:
                message = "the names of a role and its files must be known before the run"
                width, status = len(use.name), ExitCode.ERROR
                problem = Problem(place, message, "use include_role", width, status=status)
                self._findings.problems.append(problem)
        else:
            self._findings.roles.append(RoleNamed(use, around, static))

    def _known(self, written: object, around: Around) -> str:
        if not isinstance(written, Template):
            return str(written)
        return self._texts.name(written, around.known) or written

    def task(self, raw: MapNode, form: Form, around: Around) -> None:
        """Check import_role or include_role."""
        static = bare(form.step) == "import_role"
        for word in form.args.keys() & uses.FROM.keys():
            if isinstance(value := form.args[word], int | float | None):
                message = f"Expected a string for {word} but got {type(value)} instead"
                self._findings.problem(form.args.value_places[word], message, "put it in quotes")
        key = "name" if "name" in form.args else "role"
        name, place = form.args.get(key), form.args.value_places.get(key, form.place)
        if name is None and not form.more:
            self._findings.problem(place, f"'name' is a required field for {form.step}.", "")
        elif isinstance(name, int | float | MapNode | SeqNode):
            self._findings.problem(place, "Invalid role definition.", "the name of a role is text")
        elif isinstance(name, str):
            inner = around.under(raw) if static else self._applied(form, around)
            use = uses.of_arguments(form.args, place, {}, public=static)
            self._use(use, place, inner, static=static)

    def _applied(self, form: Form, around: Around) -> Around:
        apply = form.args.get("apply")
        return around.under(apply) if isinstance(apply, MapNode) else around

    # meta/ ------------------------------------------------------------------------------------

    def meta(self, value: object, start: Place, around: Around, unfit: str) -> None:
        """Check meta/main.yml of a role; `unfit` tells that it is none."""
        if not isinstance(value, MapNode | None):
            self._findings.problem(start, unfit, f"this is {describe(value)}")
            return
        self._findings.complain(schema.definition("role_meta"), value, start, "the meta of a role")
        if isinstance(value, MapNode):
            self.named(value.get("dependencies"), around, ("role", "name", "src"))
            self._specs(value.get("argument_specs"))

    def argument_specs(self, value: object, start: Place) -> None:
        """Check meta/argument_specs.yml of a role."""
        if isinstance(value, MapNode) and "argument_specs" not in value:
            self._findings.warning(start, "without argument_specs this file says nothing")
            return
        self._findings.complain(schema.definition("argument_specs"), value, start, "this file")
        if isinstance(value, MapNode):
            self._specs(value.get("argument_specs"))

    def _specs(self, specs: object) -> None:
        for name, place, spec in _named(specs):
            self._described("entry_point", spec, place, name)
            if isinstance(spec, MapNode):
                self._options(spec.get("options"))

    def _options(self, options: object) -> None:
        for name, place, option in _named(options):
            self._described("argument", option, place, name)
            if isinstance(option, MapNode):
                self._options(option.get("options"))

    def _described(self, kind: str, value: object, place: Place, name: str) -> None:
        """As in Ansible, a word that nobody knows has no effect; one like a known is a mistake."""
        self._findings.complain(_open(kind), value, place, name)
        known = _open(kind)["properties"]
        places = value.key_places if isinstance(value, MapNode) else {}
        for key, at in places.items():
            if key not in known:
                hint = did_you_mean(str(key), known)
                tell = self._findings.problem if hint else self._findings.warning
                tell(at, f"{name} takes no entry named {key}", hint, len(str(key)))


@cache
def _open(kind: str) -> dict[str, Any]:
    """What such a mapping has, and more."""
    return {**schema.definition(kind), "additionalProperties": True}


def like_keywords(use: uses.RoleUse, folder: Path) -> Iterator[Problem]:
    """Variables for a role that are called as keywords, or misspelt ones that it never mentions."""
    if not isinstance(use.params, MapNode):
        return
    for name, place in use.params.key_places.items():
        if name in reserved.names():
            yield Problem(place, reserved.in_words(name), width=len(str(name)))
            continue
        hint = did_you_mean(name, uses.keywords())
        if hint and not _mentions(folder, str(name)):
            message = f"the role {use.name} knows no variable named {name}"
            yield Problem(place, message, hint, len(str(name)))


def _mentions(folder: Path, word: str) -> bool:
    files = (path for path in folder.rglob("*") if path.is_file())
    return any(word.encode() in path.read_bytes() for path in files)


def _named(node: object) -> list[tuple[str, Place, object]]:
    if not isinstance(node, MapNode):
        return []
    return [(str(key), node.value_places[key], value) for key, value in node.items()]
