"""Jinja2 as the language has it: sandboxed, strict, with Ansible's filters, tests and lookups.

All that opsplay makes of jinja2, but for a filter and a lookup that ask for its Undefined; it is
imported when the first template is met.
"""

from __future__ import annotations

from collections.abc import (
    Callable,
    Collection,
    ItemsView,
    Iterable,
    Iterator,
    KeysView,
    Mapping,
    ValuesView,
)
from functools import partial, wraps
from types import CodeType, MappingProxyType
from typing import TYPE_CHECKING, Any

from jinja2 import (
    FileSystemLoader,
    Template,
    TemplateSyntaxError,
    Undefined,
    UndefinedError,
    meta,
    nodes,
    runtime,
)
from jinja2.lexer import Lexer, TokenStream, get_lexer
from jinja2.nativetypes import NativeCodeGenerator
from jinja2.parser import Parser
from jinja2.sandbox import SandboxedEnvironment
from jinja2.utils import missing
from jinja2.visitor import NodeTransformer

from ..errors import NotDefined, NotSet, TemplateError
from ..filters import FILTERS, TESTS
from ..hearer import HEARER
from .lexer import LiteralLexer
from .passing_on import PassingOn, missing_among, missing_part
from .undefined import NO_HINT, Failed, Missing, MissingError, instead_of

if TYPE_CHECKING:
    from pathlib import Path

    from ..plugins import Plugins
    from ..vault.opening import Vault

__all__ = [
    "Context",
    "Environment",
    "Missing",
    "MissingError",
    "Reading",
    "TemplateSyntaxError",
    "Undefined",
    "UndefinedError",
    "all_of",
    "free_names",
    "lasting",
    "looking",
    "missing",
    "nodes",
]

_LAZY = [
    "batch",
    "items",
    "map",
    "reject",
    "rejectattr",
    "reverse",
    "select",
    "selectattr",
    "slice",
]
"""Filters of Jinja that give a generator, which is a list in Ansible."""
_EMBEDDED = "{{ }}"
"""A filter that no template can name: what a template in a text comes to goes through it."""
_ASKING = ("lookup", "query")
_LOOKING = (*_ASKING, "q")
"""What every file sees, also one that is imported without the variables."""
_PASSING = (Iterator, KeysView, ValuesView, ItemsView)
_BITWISE = frozenset({"__and__", "__lshift__", "__or__", "__rshift__", "__xor__"})
"""What no filter does; as in Ansible, `(5).__and__(4)` is allowed."""


def _listing(lazy: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(lazy)
    def listed(*args: Any, **options: Any) -> Any:
        return lasting(lazy(*args, **options))

    return listed


def _asks(called: Any) -> bool:
    """Whether a function or a macro is given what is not defined."""
    return isinstance(called, runtime.Macro) or getattr(called, "__name__", "") in _ASKING


def _read_by(called: Any, args: tuple[Any, ...]) -> tuple[Any, ...]:
    """The mapping whose values a method gives, or what it puts into its own."""
    name = getattr(called, "__name__", "")
    if name in ("extend", "update"):
        return args
    return (getattr(called, "__self__", None),) if name in ("items", "values") else ()


def lasting(value: Any) -> Any:
    """A list of what can be read only once, or shows what changes."""
    return list(value) if isinstance(value, _PASSING) else value


def _counted(value: Any) -> Any:
    """What a filter returns, a range as a list: no variable can hold a range."""
    return list(value) if type(value) is range else value


class Context(runtime.Context):
    """Reads variables from a scope, which renders those that are asked for."""

    def resolve_or_missing(self, key: str) -> Any:
        """Return a variable; a scope is asked once, for to find one is to look for it twice."""
        if key in self.vars:
            return self.vars[key]
        try:
            return self.parent[key]
        except KeyError:
            return missing
        except TemplateError as error:
            return Failed(error)

    def get_all(self) -> dict[str, Any]:
        """Return all that an included file may see; the one case in which everything is read."""
        # A scope has no `copy`; the context of an included file has a plain dict.
        everything = getattr(self.parent, "everything", None) or self.parent.copy
        return {**everything(), **self.vars}


def looking(scope: Mapping[str, Any]) -> dict[str, Any]:
    """Return the lookups among what a template sees."""
    return {name: scope[name] for name in _LOOKING if name in scope}


class _Template(Template):
    """Hands the lookups on to every file that it imports, with the variables or without."""

    def new_context(self, *args: Any, **options: Any) -> runtime.Context:
        context = super().new_context(*args, **options)
        context.globals_keys |= looking(context.parent).keys()
        return context


class Reading(Context):
    """The context of an expression, which sets nothing: most of it is the same for all."""

    vars: Any = MappingProxyType({})
    blocks: Any = MappingProxyType({})
    exported_vars: Any = frozenset()
    globals_keys: Any = frozenset()
    name = None

    def __init__(self, environment: Environment, scope: Mapping[str, Any]) -> None:
        self.environment = environment
        self.eval_ctx = environment.eval_ctx
        self.parent = scope  # type: ignore[assignment]  # as above


class Environment(SandboxedEnvironment):
    """Ansible's settings; `functions` are seen by every template beside the variables.

    `vault` is for the filters and tests of what is encrypted; `lookups` gives their names.
    """

    context_class = Context
    template_class = _Template

    def __init__(
        self,
        functions: Mapping[str, Any],
        finalize: Callable[[Any], Any],
        vault: Vault,
        plugins: Plugins,
        lookups: Callable[[], Collection[str]],
    ) -> None:
        super().__init__(
            undefined=Missing,
            trim_blocks=True,
            keep_trailing_newline=True,
            finalize=finalize,
            autoescape=False,
            extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
            # Folding constants costs more than it saves: most templates run a few times.
            optimized=False,
        )
        self.vault = vault
        self.lookups = lookups
        self.opens_texts = True
        self.eval_ctx = nodes.EvalContext(self)
        self._lexer: Lexer = LiteralLexer(self)
        self.filters |= {name: _listing(self.filters[name]) for name in _LAZY}
        self.filters[_EMBEDDED] = _embedded
        # Laid over, not copied in: a filter is imported when a template first uses it.
        filters, tests = FILTERS.over(self.filters), TESTS.over(self.tests)  # type: ignore[arg-type]
        given = plugins.over("filter", filters)
        self.filters = PassingOn(given, _counted)  # type: ignore[assignment]  # read only
        self.tests = PassingOn(plugins.over("test", tests), bool)  # type: ignore[assignment]  # as above
        self.globals.update(functions, now=_now, undef=_undef)

    @property
    def lexer(self) -> Lexer:
        return self._lexer

    def _tokenize(
        self, source: str, name: str | None, filename: str | None = None, state: str | None = None
    ) -> TokenStream:
        """Read what is written; none of our extensions changes it before."""
        return self.lexer.tokenize(source, name, filename, state)

    def iter_extensions(self) -> Iterator[Any]:
        """Our two do not mind their order, which Jinja would sort out for each template."""
        return iter(self.extensions.values())

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        """Whether a dot finds it: of our own mappings what all have, besides their entries."""
        if not isinstance(obj, dict) and isinstance(obj, Mapping) and not hasattr(Mapping, attr):
            return False
        if attr in _BITWISE and isinstance(obj, int):
            return True
        return super().is_safe_attribute(obj, attr, value)

    def unsafe_undefined(self, obj: Any, attribute: str) -> Any:
        """Return what stands in the place of what nobody may see."""
        if isinstance(obj, Mapping) and not attribute.startswith("_"):
            return obj[attribute] if attribute in obj else self.undefined(obj=obj, name=attribute)
        return super().unsafe_undefined(obj, attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:
        """Return an entry; as in Ansible, no default stands in for a key that is not defined."""
        if isinstance(argument, Missing) and not isinstance(obj, Missing):
            argument.fail()
        return super().getitem(obj, argument)

    def call(self, context: Any, called: Any, /, *args: Any, **options: Any) -> Any:
        """Call it; the keys of a mapping, say, are a list."""
        if isinstance(called, Missing):
            return called
        if not _asks(called) and (missing := missing_among(args, options)) is not None:
            return missing
        if (missing := missing_part(_read_by(called, args), (dict, list))) is not None:
            return missing
        try:
            return lasting(super().call(context, called, *args, **options))
        except (MissingError, NotSet, NotDefined) as error:
            return instead_of(error)
        except Exception as error:  # noqa: BLE001  # whoever uses it raises it
            return Failed(error)

    def template(self, text: str) -> nodes.Template:
        """Parse a template; raises TemplateSyntaxError."""
        tree = nodes.Template(Parser(self, text).subparse(), lineno=1)
        if text.count("{{") > 1 and "(" in text:
            self._open_terms(tree)
        return tree

    def _compile(self, source: str, filename: str) -> CodeType:
        try:
            return super()._compile(source, filename)
        except SyntaxError as error:
            # `break` and `continue` in no loop: Jinja leaves it to Python to see it.
            raise TemplateSyntaxError(error.msg, 1) from error

    def expression(self, text: str) -> nodes.Expr:
        """Parse a bare expression; raises TemplateSyntaxError."""
        parser = Parser(self, text, state="variable")
        expression = parser.parse_expression()
        if not parser.stream.eos:
            token = parser.stream.current
            msg = f"chunk after expression: {token.value!r} was not expected"
            raise TemplateSyntaxError(msg, token.lineno)
        return expression

    def opened(self, tree: nodes.Expr) -> nodes.Expr:
        """Return the tree with the templates in its texts in the place of those texts."""
        if self.opens_texts:
            tree = _Opening(self).visit(tree)
        return tree

    def _open_terms(self, tree: nodes.Node) -> None:
        """Put the templates in what lookups are given in the place of the texts they stand in."""
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name in ("lookup", "query", "q"):
                call.args = [self.opened(term) for term in call.args]

    def keeping_types(self) -> Environment:
        """Return the same environment, whose templates give out values as they are."""
        other: Environment = self.overlay(finalize=None)
        other.code_generator_class = _KeepingTypes
        shown: Any = self.finalize
        other.concat = partial(one_or_text, shown=shown)  # type: ignore[method-assign]
        return other

    def include_from(self, folder: Path) -> None:
        """Let `include` and `import` look into this folder."""
        self.loader = _Beside(folder.absolute())

    def reading(self, folders: list[str], options: Mapping[str, Any]) -> Environment:
        """Return the same environment, where `include` and `import` look into these folders."""
        how = {"keep_trailing_newline": False, **options}
        other: Environment = self.overlay(loader=FileSystemLoader(folders), **how)
        other._lexer = get_lexer(other)
        return other


class _Beside(FileSystemLoader):
    """Files beside a playbook: as in Ansible, without the newline that ends them."""

    def get_source(self, *args: Any) -> tuple[str, str, Callable[[], bool]]:
        text, *rest = super().get_source(*args)
        return (text.removesuffix("\n"), *rest)  # type: ignore[return-value]  # as many as before


class _Opening(NodeTransformer):
    """Ansible renders the texts inside a condition, and those that a lookup is given."""

    def __init__(self, environment: Environment) -> None:
        self._environment = environment

    def visit_Const(self, node: nodes.Const) -> nodes.Expr:  # noqa: N802  # as Jinja calls it
        if not isinstance(node.value, str) or "{{" not in node.value:
            return node
        try:
            inside = self._environment.parse(node.value).body
        except TemplateSyntaxError:
            return node
        parts = [part for each in inside if isinstance(each, nodes.Output) for part in each.nodes]
        pieces = [nodes.Const(p.data) if isinstance(p, nodes.TemplateData) else p for p in parts]
        value = pieces[0] if len(pieces) == 1 else nodes.Concat(pieces)
        return nodes.Filter(value, _EMBEDDED, [], [], None, None)


def _embedded(value: Any) -> Any:
    HEARER.warn(
        "Jinja constant strings should not contain embedded templates."
        " This feature will be disabled by default in ansible-core 2.23."
    )
    return value


class _KeepingTypes(NativeCodeGenerator):
    """Leaves a number that is written down a number, too."""

    def _output_const_repr(self, group: Iterable[Any]) -> str:
        return repr(self.environment.concat(group))


def one_or_text(pieces: Iterable[Any], shown: Callable[[Any], Any]) -> Any:
    """What the pieces of a template come to: one alone is itself, several are a text.

    If one of them is not defined, all is not: a block may be set, or a macro called, for nothing.
    """
    found = [piece for piece in pieces if piece is not None]
    if not found:
        return None
    if len(found) == 1:
        return found[0]
    try:
        return "".join([str(shown(piece)) for piece in found])
    except Exception:
        # Nearly always all is there: to look for what is not, beforehand, takes time.
        if (missing := missing_among(found, {})) is None:
            raise
        return missing


def free_names(tree: nodes.Node) -> frozenset[str]:
    """Return the names that a tree reads, but for those that it binds itself."""
    if isinstance(tree, nodes.Template) and not all(
        isinstance(part, nodes.Output) for part in tree.body
    ):
        return frozenset(meta.find_undeclared_variables(tree))
    return frozenset(node.name for node in all_of(tree, nodes.Name))


def all_of(tree: nodes.Node, *kinds: type[nodes.Node]) -> Iterator[Any]:
    """Yield every node of these kinds in a tree, its root too."""
    if isinstance(tree, kinds):
        yield tree
    yield from tree.find_all(kinds)


def _now(utc: bool = False, fmt: str | None = None) -> Any:  # noqa: FBT001, FBT002  # as Ansible has it
    from datetime import UTC, datetime

    # Ansible gives times without a zone.
    moment = datetime.now(UTC if utc else None).replace(tzinfo=None)
    return moment.strftime(fmt) if fmt else moment


def _undef(hint: object = None) -> Missing:
    if not isinstance(hint, str | None):
        kind = type(hint).__name__
        raise TypeError(f"The 'hint' argument must be of type 'str' or 'NoneType', not {kind!r}.")
    return Missing(hint=hint or NO_HINT)
