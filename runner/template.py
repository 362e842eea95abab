"""Templates and expressions: what a person wrote, compiled once and rendered with native types.

Only a `Template` is rendered; every other text is data, however it looks. A template that is one
lone expression keeps the type of its value; any other comes out as text.
"""

from __future__ import annotations

from collections.abc import (
    Callable,
    Collection,
    Hashable,
    Iterable,
    Iterator,
    Mapping,
    MappingView,
)
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, cast

from .errors import NotDefined, Place, Problem, TemplateError
from .nodes import MapNode, SeqNode
from .plugins import Plugins
from .spelling import did_you_mean
from .template_errors import find, find_syntax_error, in_words, lines_of, no_lookup, pointer
from .template_text import Template, Vaulted
from .vault.opening import Vault
from .vault.sealed import Sealed

if TYPE_CHECKING:
    from pathlib import Path

    from . import jinja

Compiled = Callable[[Mapping[str, object]], Any]
"""A template, ready to be given the variables."""


class Omit:
    """The value of `omit`: an argument or entry that comes to it is left out."""

    def __repr__(self) -> str:
        return "omit"


OMIT: Final = Omit()
_SHOWN_AS_LISTS = (dict, list, tuple, set, Iterator, MappingView)
"""Whatever they hold is shown as a list or a mapping is; what is undefined in them is an error."""


class Templates:
    """All templates of a run; `lookups` gives the names of those there are.

    `vault` opens what is encrypted among that which is rendered.
    """

    def __init__(
        self,
        lookups: Callable[[], Collection[str]] = tuple,
        vault: Vault | None = None,
        plugins: Plugins | None = None,
    ) -> None:
        self.vault = vault or Vault()
        self.plugins = plugins or Plugins()
        self.merges_hashes = False
        """Whether mappings of several layers of variables are put together."""
        self.lenient_conditions = False
        """Whether a condition may come to anything."""
        self._lookups = lookups
        self._templates: dict[str, Compiled] = {}
        self._expressions: dict[str, Compiled] = {}
        self._files: dict[Hashable, Compiled] = {}

    @cached_property
    def _jinja(self) -> jinja.Environment:
        from .jinja import Environment

        return Environment({"omit": OMIT}, _as_text, self.vault, self.plugins)

    @cached_property
    def _keeping_types(self) -> jinja.Environment:
        return self._jinja.keeping_types()

    @property
    def functions(self) -> Mapping[str, Any]:
        """The names that templates see beside the variables."""
        return self._jinja.globals

    # Before the run ---------------------------------------------------------------------------

    def check_template(self, template: Template) -> Problem | None:
        """Parse it; returns what is wrong with its syntax, its filters or its tests."""
        return self._check(template, template.at, self._compile)

    def check_expression(self, text: str, place: Place) -> Problem | None:
        """Parse it; returns what is wrong with its syntax, its filters or its tests."""
        return self._check(text, pointer(text, place), self._compile_expression)

    def _check(
        self, text: str, at: Callable[[int], Place], compiled: Callable[[str], Compiled]
    ) -> Problem | None:
        from .jinja import TemplateSyntaxError

        try:
            compiled(text)
        except _UnknownWordError as error:
            place, width = find(text, error.word, at)
            return Problem(place, str(error), error.hint, width)
        except TemplateSyntaxError as error:
            place, width = find_syntax_error(text, error, at)
            return Problem(place, f"Syntax error in template: {error.message}", "", width)
        return None

    def parsed(self, text: str, *, bare: bool) -> Any:
        """The tree of a template, or of an expression without braces, that has been checked."""
        if bare and not (text.lstrip().startswith("{{") and text.rstrip().endswith("}}")):
            return self._jinja.expression(text)
        return self._jinja.parse(text)

    # During the run ---------------------------------------------------------------------------

    def render(self, value: object, scope: Mapping[str, object]) -> Any:
        """Render the templates inside what a person wrote; entries that come to `omit` go."""
        kind = type(value)
        if kind is Template:
            return self.render_template(cast("Template", value), scope)
        if kind is MapNode:
            pairs = cast("MapNode", value).items()
            rendered = [(self.render(k, scope), self.render(v, scope)) for k, v in pairs]
            return {k: v for k, v in rendered if v is not OMIT}
        if kind is SeqNode:
            items = (self.render(item, scope) for item in cast("SeqNode", value))
            return [item for item in items if item is not OMIT]
        return self.vault.reveal(cast("Vaulted", value)) if kind is Vaulted else value

    def render_template(self, template: Template, scope: Mapping[str, object]) -> Any:
        """Raises TemplateError, which points into the template."""
        return self._run(template, template.at, self._compile, scope)

    def evaluate(self, text: str, place: Place | None, scope: Mapping[str, object]) -> Any:
        """Evaluate a bare expression that a person wrote; raises TemplateError."""
        return self._run(text, pointer(text, place), self._compile_expression, scope)

    def render_file(
        self,
        path: Path,
        text: str,
        folders: Iterable[str],
        scope: Mapping[str, object],
        options: Mapping[str, Any] | None = None,
    ) -> str:
        """Render a template file; `folders` are searched for what it includes."""
        from .template_file import ended, read_header

        newline = str((options or {}).get("newline_sequence", "\n"))
        said, body = read_header(text, path)
        at = lines_of(str(path), body, first=2 if said else 1)
        places, wanted = (str(path.parent), *folders), {**(options or {}), **said}
        key = (text, places, tuple(sorted(wanted.items())))

        def compiled(source: str) -> Compiled:
            found = self._files.get(key)
            if found is None:
                environment = self._jinja.reading(list(places), wanted)
                found = self._files[key] = _as_document(environment, source)
            return found

        return ended(body, self._run(body, at, compiled, scope), newline)

    def _run(
        self,
        text: str,
        at: Callable[[int], Place | None],
        compiled: Callable[[str], Compiled],
        scope: Mapping[str, object],
    ) -> Any:
        try:
            return compiled(text)(scope)
        except TemplateError:
            raise
        except Exception as error:  # filters, methods and operators raise what they like
            from .jinja import UndefinedError

            kind = NotDefined if isinstance(error, UndefinedError) else TemplateError
            raise kind(in_words(text, at, error, scope)) from error

    def _compile(self, text: str) -> Compiled:
        found = self._templates.get(text)
        if found is None:
            found = self._templates[text] = _bounded(self._compile_new, text)
        return found

    def _compile_new(self, text: str) -> Compiled:
        ending = len(text) - len(text.rstrip("\n"))
        tree = self._read_template(text.removesuffix("\n"))
        expression = _lone_expression(tree)
        if expression is not None:
            return _ended(_as_value(self._jinja, expression), ending)
        if _is_text_with_expressions(tree):
            return _ended(_as_text_of(self._jinja, tree), ending)
        return _ended(_as_one_or_text(self._keeping_types, tree), ending)

    def _read_template(self, text: str) -> Any:
        tree = self._jinja.parse(text)
        if text.count("{{") > 1:
            self._jinja.open_terms(tree)
        return self._known(tree)

    def _compile_expression(self, text: str) -> Compiled:
        found = self._expressions.get(text)
        if found is None:
            found = self._expressions[text] = _bounded(self._compile_new_expression, text)
        return found

    def _compile_new_expression(self, text: str) -> Compiled:
        # Braces around a whole condition are needless, and harmless.
        if text.lstrip().startswith("{{") and text.rstrip().endswith("}}"):
            return self._compile(text.strip())
        tree = self._jinja.expression(text)
        if "{{" in text:
            tree = self._jinja.opened(tree)
        return _as_value(self._jinja, self._known(tree))

    def _known(self, tree: Any) -> Any:
        """Refuse filters, tests and lookups that do not exist; Jinja does so when it meets them."""
        from .jinja import all_of, nodes

        name: object
        known: Collection[str]
        for node in all_of(tree, nodes.Filter, nodes.Test, nodes.Call):
            match node:
                case nodes.Filter(name=name):
                    kind, known = "filter", self._jinja.filters
                case nodes.Test(name=name):
                    kind, known = "test", self._jinja.tests
                case nodes.Call(node=nodes.Name(name="lookup" | "query" | "q"), args=[first, *_]):
                    name, kind, known = getattr(first, "value", None), "lookup", self._lookups()
                case _:
                    continue
            if isinstance(name, str) and name not in known:
                raise _UnknownWordError(kind, name, known)
        return tree


# Compiling ------------------------------------------------------------------------------------


def _as_value(environment: jinja.Environment, expression: Any) -> Compiled:
    from .expressions import value_of

    finish = _whole if type(expression).__name__ == "Name" else _native
    return _reading(environment, lambda: value_of(expression, environment), finish)


def _as_text_of(environment: jinja.Environment, tree: Any) -> Compiled:
    from .expressions import text_of

    def text() -> Any:
        return text_of([part for each in tree.body for part in each.nodes], environment)

    return _reading(environment, text, str)


def _reading(
    environment: jinja.Environment, make: Callable[[], Any], finish: Callable[[Any], Any]
) -> Compiled:
    from .jinja import Reading

    made: Any = None

    def run(scope: Mapping[str, object]) -> Any:
        nonlocal made
        # Whoever only checks, and a task that is skipped, needs no function.
        made = made or make()
        return finish(made(Reading(environment, scope)))

    return run


def _as_document(environment: jinja.Environment, source: str) -> Compiled:
    from .jinja import Context

    template = environment.from_string(source)

    def run(scope: Mapping[str, object]) -> str:
        context = Context(environment, scope, None, template.blocks)  # type: ignore[arg-type]
        return "".join(template.root_render_func(context))

    return run


def _as_one_or_text(environment: jinja.Environment, tree: Any) -> Compiled:
    """Statements; if they give out one value alone, it keeps its type."""
    from .jinja import Context

    template = environment.from_string(tree)

    def run(scope: Mapping[str, object]) -> Any:
        context = Context(environment, scope, None, template.blocks)  # type: ignore[arg-type]
        return _native(environment.concat(template.root_render_func(context)))

    return run


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


def _is_text_with_expressions(tree: Any) -> bool:
    from .jinja import nodes

    if not all(isinstance(part, nodes.Output) for part in tree.body):
        return False
    return any(isinstance(each, nodes.TemplateData) for part in tree.body for each in part.nodes)


def _bounded(compiled: Callable[[str], Compiled], text: str) -> Compiled:
    try:
        return compiled(text)
    except RecursionError:
        from .jinja import TemplateSyntaxError

        raise TemplateSyntaxError("it is nested too deep", 1) from None


def _lone_expression(tree: Any) -> Any:
    from .jinja import nodes

    match tree.body:
        case [nodes.Output(nodes=[expression])] if not isinstance(expression, nodes.TemplateData):
            return expression
    return None


class _UnknownWordError(Exception):
    def __init__(self, kind: str, word: str, known: Iterable[str]) -> None:
        super().__init__(no_lookup(word) if kind == "lookup" else f"No {kind} named {word!r}.")
        self.word = word
        self.hint = did_you_mean(word, known)


# Values ---------------------------------------------------------------------------------------


def _whole(value: Any) -> Any:
    """A variable as it is; raises if it, or something in it, is not defined."""
    from .jinja import Missing

    if isinstance(value, Missing | Sealed):
        value.fail()
    if not isinstance(value, dict | list):
        return value
    parts: Collection[Any] = value.values() if isinstance(value, dict) else value
    for part in parts:
        if isinstance(part, dict | list | Missing | Sealed):
            _whole(part)
    return _native(value) if any(part is OMIT for part in parts) else value


def _native(value: Any) -> Any:
    """What an expression came to, as plain types: generators, sets, tuples become lists."""
    if isinstance(value, str):
        return value if type(value) is str else str(value)
    if value is None or isinstance(value, (int, float)):
        return value
    return _native_object(value)


def _native_object(value: Any) -> Any:
    from .jinja import Missing, Undefined

    if isinstance(value, Missing | Sealed):
        value.fail()
    if isinstance(value, Undefined):
        msg = "an if without an else came to nothing: write … if … else …"
        raise TypeError(msg)
    if isinstance(value, dict):
        return {_native(key): _native(item) for key, item in value.items() if item is not OMIT}
    if isinstance(value, Mapping | bytes | Omit) or callable(value):
        return value
    if isinstance(value, Iterable):
        return [_native(item) for item in value if item is not OMIT]
    return value


def _as_text(value: Any) -> Any:
    """What stands in a text for a value: nothing for None and for `omit`."""
    if isinstance(value, str):
        return value
    if value is None or value is OMIT:
        return ""
    return _native_object(value) if isinstance(value, _SHOWN_AS_LISTS) else value
