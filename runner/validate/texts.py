"""Checks the syntax of templates and expressions, and the filters and tests they name."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from ..errors import Place, Problem, TemplateError
from ..nodes import MapNode, SeqNode
from ..template_text import Template, has_braces_around, has_marks, without_braces
from .findings import Findings, entries_or_one

if TYPE_CHECKING:
    from ..known import Known
    from ..template import Templates

# In Ansible's words: scripts look for them.
_SURROUNDED = (
    "Conditionals should not be surrounded by templating delimiters such as {{ }} or {% %}"
)
_EMPTY = "Empty conditional expressions are not allowed."


class Texts:
    """The texts of one file."""

    def __init__(self, findings: Findings, templates: Templates) -> None:
        self._findings = findings
        self._templates = templates
        self._done: set[int] = set()

    def hide(self, secret: str) -> None:
        """Cover a secret that is written as it is."""
        self._templates.vault.secrets.add(secret)

    @property
    def lookups(self) -> Collection[str]:
        """The names of all lookups that there are."""
        from ..lookups import LOOKUPS

        return self._templates.plugins.over("lookup", LOOKUPS)

    def expressions(self, value: object, place: Place, name: str) -> None:
        """Check an expression or a list of them."""
        for entry, entry_place in entries_or_one(value, place):
            if isinstance(entry, str):
                self._expression(entry, entry_place, name)
        if value is None and name in ("changed_when", "failed_when"):
            self._findings.problem(place, _EMPTY, f"take `{name}` away")

    def _expression(self, value: str, place: Place, name: str) -> None:
        self._done.add(id(value))
        text = self._findings.document.written(value, place)
        if not text.strip():
            if not self._templates.lenient_conditions:
                self._findings.problem(text.place, _EMPTY, f"take `{name}` away", 1)
            return
        problem = self._templates.check_expression(text, text.place)
        inner = without_braces(text)
        if problem and inner is None and has_marks(text):
            message = f"Template delimiters are not supported in expressions, and {name} is one"
            problem = Problem(text.place, message, f"write {_without_marks(text)}", len(text))
        if problem:
            self._findings.problems.append(problem)
        elif has_braces_around(text):
            hint = f"{name} is an expression already" + (f"; write {inner}" if inner else "")
            self._findings.warning(text.place, _SURROUNDED, hint, len(text))

    def pieces(self, whole: Template, pieces: list[Template]) -> None:
        """Check the templates in `name=value …` one by one: quotes may stand around them."""
        self._done.add(id(whole))
        for piece in pieces:
            self._template(piece)

    def name(self, written: Template, known: Known) -> str | None:
        """What the name of a thing to import comes to, if that is known before the run."""
        try:
            return known.name(written, self._templates)
        except TemplateError:
            return None

    def inside(self, value: object) -> None:
        """Check the templates in what a person wrote that have not been checked."""
        if isinstance(value, Template):
            if id(value) not in self._done:
                self._done.add(id(value))
                self._template(value)
        elif isinstance(value, MapNode | SeqNode):
            for part in (*value, *value.values()) if isinstance(value, MapNode) else value:
                self.inside(part)

    def rest(self) -> None:
        """Check every template of the file that has not been checked."""
        for template in self._findings.document.templates:
            if id(template) not in self._done:
                self._template(template)

    def _template(self, template: Template) -> None:
        problem = self._templates.check_template(template)
        if problem:
            self._findings.problems.append(problem)


def _without_marks(text: str) -> str:
    for mark in ("{{ ", "{{", " }}", "}}"):
        text = text.replace(mark, "")
    return text.strip()
