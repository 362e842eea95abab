"""Templates and expressions: what a person wrote, compiled once and rendered with native types.

Only a `Template` is rendered; every other text is data, however it looks. A template that is one
lone expression keeps the type of its value; any other comes out as text.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

from .errors import NotDefined, Place, Problem, TemplateError
from .nodes import MapNode, SeqNode
from .omit import OMIT
from .plugins import Plugins
from .template_text import Template, Vaulted, lines_of, pointer
from .vault.opening import Vault

if TYPE_CHECKING:
    from pathlib import Path

    from .jinja.compiling import Compiled, Compiler


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
        self.opens_texts = True
        """Whether templates in texts inside conditions and lookups are rendered."""
        self.managed = "Ansible managed"
        """What files say of who has made them."""
        self.folder: Path | None = None
        """Where templates outside of files look for what they include."""
        self.early_lookups: Callable[[Any], Any] | None = None
        """Gives, of a Scope, the LookupContext that lookups have before the run."""
        self._lookups = lookups

    @cached_property
    def _compiler(self) -> Compiler:
        from .jinja.compiling import Compiler

        compiler = Compiler(self.vault, self.plugins, self._lookups)
        compiler.environment.opens_texts = self.opens_texts
        if self.folder:
            compiler.environment.include_from(self.folder)
        return compiler

    @property
    def functions(self) -> Mapping[str, Any]:
        """The names that templates see beside the variables."""
        return self._compiler.environment.globals

    # Before the run ---------------------------------------------------------------------------

    def check_template(self, template: Template) -> Problem | None:
        """Parse it; returns what is wrong with its syntax, its filters or its tests."""
        return self._check(template, template.at, self._compiler.template, "template")

    def check_expression(self, text: str, place: Place) -> Problem | None:
        """Parse it; returns what is wrong with its syntax, its filters or its tests."""
        return self._check(text, pointer(text, place), self._compiler.expression, "expression")

    def _check(
        self,
        text: str,
        at: Callable[[int], Place],
        compiled: Callable[[str], Compiled],
        what: str,
    ) -> Problem | None:
        try:
            compiled(text)
        except Exception as error:  # noqa: BLE001  # what is no mistake of the text is raised again
            return _refused(text, at, error, what)
        return None

    def parsed(self, text: str, *, bare: bool) -> Any:
        """The tree of a template, or of an expression without braces, that has been checked."""
        return self._compiler.tree(text, bare=bare)

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
        return self._run(template, template.at, self._compiler.template, scope)

    def render_variable(self, template: Template, scope: Mapping[str, object]) -> Any:
        """The same, for other templates: a part of its value need not be defined, say."""
        return self._run(template, template.at, self._compiler.variable, scope)

    def evaluate(self, text: str, place: Place | None, scope: Mapping[str, object]) -> Any:
        """Evaluate a bare expression that a person wrote; raises TemplateError."""
        at = pointer(text, place)
        return self._run(text, at, self._compiler.expression, scope, "expression")

    def evaluate_in_part(
        self,
        text: str,
        place: Place | None,
        scope: Mapping[str, object],
        missing: Callable[[Problem], object],
    ) -> Any:
        """Evaluate as much as is defined; for the rest stands what `missing` makes of it."""
        at = pointer(text, place)

        def told(error: Exception) -> object:
            from .jinja.errors import in_words

            return missing(in_words(text, at, error, scope, "expression"))

        return self._run(
            text, at, lambda text: self._compiler.in_part(text, told), scope, "expression"
        )

    def render_file(
        self,
        path: Path,
        text: str,
        folders: Iterable[str],
        scope: Mapping[str, object],
        options: Mapping[str, Any] | None = None,
    ) -> Any:
        """Render a template file; `folders` are searched for what it includes.

        Gives a text, or what the only expression in the file comes to.
        """
        from .jinja.template_file import ended, is_plain, read_header

        newline = str((options or {}).get("newline_sequence", "\n"))
        said, body = read_header(text, path)
        wanted = {**(options or {}), **said}
        if body is text and is_plain(body, wanted):
            return body
        at = lines_of(str(path), body, first=2 if said else 1)

        def compiled(source: str) -> Compiled:
            return self._compiler.file(source, tuple(folders), wanted)

        value = self._run(body.replace("\r\n", "\n").replace("\r", "\n"), at, compiled, scope)
        if value is OMIT:
            raise TemplateError(Problem(at(0), "A template was resolved to an Omit scalar."))
        return ended(body, value, newline) if isinstance(value, str) else value

    def _run(
        self,
        text: str,
        at: Callable[[int], Place | None],
        compiled: Callable[[str], Compiled],
        scope: Mapping[str, object],
        what: str = "template",
    ) -> Any:
        try:
            return compiled(text)(scope)
        except TemplateError:
            raise
        except Exception as error:  # filters, methods and operators raise what they like
            from .jinja import UndefinedError
            from .jinja.errors import in_words

            kind = NotDefined if isinstance(error, UndefinedError) else TemplateError
            raise kind(in_words(text, at, error, scope, what)) from error


def _refused(text: str, at: Callable[[int], Place], error: Exception, what: str) -> Problem:
    """What is wrong with a template or an expression; any other error is raised."""
    from .jinja import TemplateSyntaxError
    from .jinja.errors import find, find_syntax_error, syntax_hint
    from .jinja.known_words import UnknownWordError

    if isinstance(error, UnknownWordError):
        place, width = find(text, error.word, at)
        return Problem(place, str(error), error.hint, width)
    if isinstance(error, TemplateSyntaxError):
        place, width = find_syntax_error(text, error, at)
        told = f"Syntax error in {what}: {error.message}"
        return Problem(place, told, syntax_hint(text, error), width)
    raise error
