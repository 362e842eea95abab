"""From the text of a template or an expression to a function of the variables, once for each text.

Whatever holds nothing but expressions is evaluated from Jinja's tree of it (`expressions`); what
holds statements, and files, are compiled by Jinja.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cached_property, partial
from typing import Any, NamedTuple, TypeAlias, TypeVar

from ..omit import OMIT
from ..plugins import Plugins
from ..template_text import has_braces_around
from ..vault.opening import Vault
from . import Context, Environment, MissingError, Reading, TemplateSyntaxError, looking, nodes
from .copies import on_copies
from .expressions import pieces_of, text_of, value_of
from .known_words import check_all
from .native import in_part, in_use, native, shown, whole

Compiled: TypeAlias = Callable[[Mapping[str, object]], Any]
"""A template, ready to be given the variables."""
T = TypeVar("T")


class _Read(NamedTuple):
    """A template that has been read, which takes longer than all that is done with it."""

    kept: Compiled
    """For what is stored: all of it is defined, and of plain types."""
    used: Compiled
    """For other templates."""


class Compiler:
    """Reads the texts of a run; raises TemplateSyntaxError and UnknownWordError."""

    def __init__(
        self, vault: Vault, plugins: Plugins, lookups: Callable[[], Collection[str]]
    ) -> None:
        self.environment = Environment({"omit": OMIT}, shown, vault, plugins, lookups)
        self._templates: dict[str, _Read] = {}
        self._expressions: dict[str, Compiled] = {}
        self._files: dict[tuple[object, ...], Compiled] = {}

    @cached_property
    def _keeping_types(self) -> Environment:
        return self.environment.keeping_types()

    def tree(self, text: str, *, bare: bool) -> Any:
        """The tree of a template, or of an expression without braces, that has been checked."""
        if bare and not has_braces_around(text):
            return self.environment.expression(text)
        return self.environment.parse(text)

    def template(self, text: str) -> Compiled:
        return self._read(text).kept

    def variable(self, text: str) -> Compiled:
        """A template whose value other templates use."""
        return self._read(text).used

    def _read(self, text: str) -> _Read:
        found = self._templates.get(text)
        if found is None:
            found = self._templates[text] = _bounded(self._template, text)
        return found

    def _template(self, text: str) -> _Read:
        ending = len(text) - len(text.rstrip("\n"))
        tree = self.environment.template(text.removesuffix("\n"))
        kept, used = self._of_tree(tree)
        end = on_copies(text, _ended(kept, ending))
        return _Read(end, end if used is kept else on_copies(text, _ended(used, ending)))

    def _of_tree(self, tree: nodes.Template) -> _Read:
        if not all(isinstance(part, nodes.Output) for part in tree.body):
            return _statements(self._keeping_types, tree)
        parts = [part for each in tree.body for part in each.nodes]  # type: ignore[attr-defined]
        if any(isinstance(part, nodes.TemplateData) for part in parts):
            return _alike(_reading(self.environment, text_of(parts, self.environment), str))
        if len(parts) == 1:
            value = value_of(parts[0], self.environment)
            used = _reading(self.environment, value, in_use)
            return _Read(self._kept(parts[0], value), used)
        pieces = pieces_of(parts, self._keeping_types)
        return _alike(_reading(self.environment, pieces, native))

    def expression(self, text: str) -> Compiled:
        """Read an expression without braces."""
        found = self._expressions.get(text)
        if found is None:
            found = self._expressions[text] = _bounded(self._expression, text)
        return found

    def _expression(self, text: str) -> Compiled:
        # Braces around a whole condition are needless, and harmless.
        if has_braces_around(text):
            return self.template(text.strip())
        tree = self._opened(text)
        return on_copies(text, self._kept(tree, value_of(tree, self.environment)))

    def _opened(self, text: str) -> nodes.Expr:
        tree = self.environment.expression(text)
        return self.environment.opened(tree) if "{{" in text else tree

    def in_part(self, text: str, missing: Callable[[MissingError], object]) -> Compiled:
        """Read an expression; `missing` makes what stands for what is not defined in its value."""
        value = value_of(self._opened(text), self.environment)
        return on_copies(text, _reading(self.environment, value, partial(in_part, missing=missing)))

    def _kept(self, expression: nodes.Expr, value: Callable[[Any], Any]) -> Compiled:
        finish = whole if type(expression) is nodes.Name else native
        return _reading(self.environment, value, finish)

    def file(self, text: str, folders: Sequence[str], options: Mapping[str, Any]) -> Compiled:
        """Read a template file; `folders` are searched for what it includes.

        As in Ansible, a file of one expression alone keeps its type, too.
        """
        key = (text, *folders, *sorted(options.items()))
        if key not in self._files:
            environment = self.environment.reading(list(folders), options)
            if not environment.autoescape:
                environment = environment.keeping_types()
            self._files[key] = on_copies(text, _rendered(environment, text).kept)
        return self._files[key]


def _bounded(read: Callable[[str], T], text: str) -> T:
    try:
        return read(text)
    except RecursionError:
        raise TemplateSyntaxError("it is nested too deep", 1) from None


def _alike(compiled: Compiled) -> _Read:
    return _Read(compiled, compiled)


def _reading(
    environment: Environment, value: Callable[[Any], Any], finish: Callable[[Any], Any]
) -> Compiled:
    return lambda scope: finish(value(Reading(environment, scope)))


def _statements(environment: Environment, tree: nodes.Template) -> _Read:
    """If they give out one value alone, it keeps its type."""
    check_all(tree, environment)
    tree.set_environment(environment)
    return _rendered(environment, tree)


def _rendered(environment: Environment, source: str | nodes.Template) -> _Read:
    template = environment.from_string(source)

    def value(scope: Mapping[str, object]) -> Any:
        context = Context(environment, scope, None, template.blocks, looking(scope))  # type: ignore[arg-type]
        return environment.concat(template.root_render_func(context))

    return _Read(lambda scope: native(value(scope)), lambda scope: in_use(value(scope)))


def _ended(compiled: Compiled, newlines: int) -> Compiled:
    """What comes out as text ends in as many newlines as were written; a value has none."""
    if not newlines:
        return compiled

    def run(scope: Mapping[str, object]) -> Any:
        value = compiled(scope)
        if not isinstance(value, str):
            return value
        return value + "\n" * (newlines - len(value) + len(value.rstrip("\n")))

    return run
