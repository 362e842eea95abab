"""The variables as one step on one host sees them: layers, the highest first, rendered when read.

What a person wrote in a layer (`Template`, `MapNode`, `SeqNode`) is rendered with this same scope,
once. What came while the run goes on (plain text, dicts and lists) is data and stays as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Any, cast

from .catalogue import bare_function, complain_inside, complain_of_items
from .dataclasses import replace
from .errors import LookupFailed, NotDefined, NotSet, Problem, TemplateError
from .hearer import in_advance
from .nodes import MapNode, SeqNode
from .spelling import did_you_mean
from .template_text import Template, Vaulted

if TYPE_CHECKING:
    from .lookups import LookupContext
    from .template import Templates

Layer = Mapping[str, object]
_ASKING = frozenset({"env", "first_found"})
"""Lookups that are given what is not defined."""
_ARRANGING = frozenset(
    {"indexed_items", "items", "list", "nested", "random_choice", "subelements", "together"}
)
"""Lookups that do not look into the items they are given: a part that is not defined may stay."""
_PLAIN = frozenset({str, int, float, bool, type(None)})
"""Of these nothing is a template."""


class Scope(Mapping[str, Any]):
    """A read-only view over layers of variables."""

    __slots__ = ("_busy", "_layers", "_rendered", "lookups", "templates")

    def __init__(
        self,
        templates: Templates,
        layers: tuple[Layer, ...],
        lookups: Callable[[Scope], LookupContext] | None = None,
    ) -> None:
        self.templates = templates
        self.lookups = lookups
        self._layers = layers
        self._rendered: dict[str, Any] = {}
        self._busy: list[str] = []

    def over(self, layer: Layer) -> Scope:
        """Return a scope with one more layer on top."""
        return Scope(self.templates, (layer, *self._layers), self.lookups)

    def looking_in(self, subfolder: str) -> Scope:
        """The same, whose lookups look into this subfolder first."""
        lookups = self.lookups
        if lookups is None:
            return self
        return Scope(
            self.templates,
            self._layers,
            lambda scope: replace(lookups(scope), subfolder=subfolder),
        )

    def render(self, value: object) -> Any:
        """Render the templates in what a person wrote."""
        return value if type(value) in _PLAIN else self.templates.render(value, self)

    def or_as_written(self, value: object) -> Any:
        """Render what is only shown; what in it cannot be rendered stays as it is written."""
        try:
            return self.render(value)
        except TemplateError:
            if isinstance(value, dict):
                return {key: self.or_as_written(part) for key, part in value.items()}
            return [*map(self.or_as_written, value)] if isinstance(value, list) else value

    def __getitem__(self, name: str) -> Any:
        if name in self._rendered:
            return self._rendered[name]
        if name == "vars":
            return self  # As in Ansible, also where a variable has that name.
        for at, layer in enumerate(self._layers):
            if name in layer:
                value = self._read(name, layer[name])
                if self.templates.merges_hashes and isinstance(layer[name], dict):
                    value = self._over_lower(name, value, self._layers[at + 1 :])
                self._rendered[name] = value
                return value
        if name in _BOUND:
            return _BOUND[name](self)
        return self.templates.functions[name]

    def alone(self, name: str) -> Any:
        """A variable as the highest layer has it: put together with none below.

        One that cannot be read fails where it is used.
        """
        try:
            return next(self._read(name, layer[name]) for layer in self._layers if name in layer)
        except TemplateError as error:
            return _missing(error)

    def _over_lower(self, name: str, value: dict[Any, Any], layers: tuple[Layer, ...]) -> Any:
        """The mapping, with what lower layers have besides (`hash_behaviour: merge`).

        As in Ansible, what a template comes to is put together with nothing.
        """
        for layer in layers:
            if name in layer:
                if not isinstance(layer[name], dict):
                    break
                value = _merged(self._read(name, layer[name]), value)
        return value

    def __contains__(self, name: object) -> bool:
        return (
            any(name in layer for layer in self._layers)
            or name in _BOUND
            or name in self.templates.functions
        )

    def __iter__(self) -> Iterator[str]:
        # All names of a layer at once: another host, in its thread, may learn more meanwhile.
        return iter(dict.fromkeys(name for layer in reversed(self._layers) for name in [*layer]))

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def everything(self) -> dict[str, Any]:
        """All variables and functions, rendered; what cannot be stays undefined."""
        names = (*self.templates.functions, *_BOUND, *self)
        with in_advance():
            return {name: self._or_missing(name) for name in names}

    def snapshot(self) -> dict[str, Any]:
        """All variables as they are now, but for those of other hosts."""
        return {name: self._or_not_defined(name) for name in self if name != "hostvars"}

    def __eq__(self, other: object) -> bool:
        """Without those of other hosts, who know each other."""
        return self.snapshot() == (other.snapshot() if isinstance(other, Scope) else other)

    __hash__ = None  # type: ignore[assignment]  # what it shows changes

    def __repr__(self) -> str:
        return repr(self.snapshot())

    def _or_not_defined(self, name: str) -> Any:
        try:
            return self[name]
        except NotDefined as error:
            return _missing(error)

    def _or_missing(self, name: str) -> Any:
        try:
            return self[name]
        except TemplateError as error:
            return _missing(error)

    def query(self, name: str, /, *terms: Any, errors: str = "strict", **options: Any) -> list[Any]:
        """What a lookup finds, as a list; raises LookupFailed."""
        options.pop("wantlist", None)
        return self._found(name, terms, errors, options) or []

    def _found(
        self, name: str, terms: Sequence[Any], errors: str, options: Mapping[str, Any]
    ) -> list[Any] | None:
        """None after a failure that does not count."""
        from .lookups import LOOKUPS, look_up

        if bare_function(name) not in _ASKING:
            check = complain_of_items if bare_function(name) in _ARRANGING else complain_inside
            for value in (name, *terms, *options.values()):
                check(value)
        known = self.templates.plugins.over("lookup", LOOKUPS)
        if name not in known:
            from .jinja.known_words import no_lookup

            raise LookupFailed(f"{no_lookup(name)} {did_you_mean(name, known)}".rstrip())
        lookups = self.lookups or self.templates.early_lookups
        if lookups is None:
            raise LookupFailed("lookups are not at hand here")
        context = lookups(self)
        try:
            return look_up(known[name], terms, self, context, options)
        except NotSet:
            raise
        except LookupFailed as error:
            words = f"The lookup plugin {name!r} failed: {error}"
            if errors not in ("ignore", "warn"):
                raise LookupFailed(words) from error
            if errors == "warn":
                context.warn(f"An error occurred while running the lookup plugin {name!r}: {error}")
            return None

    def lookup(
        self,
        name: str,
        /,
        *terms: Any,
        errors: str = "strict",
        wantlist: bool = False,
        **options: Any,
    ) -> Any:
        """What a lookup finds, as Ansible gives it: one value alone, several texts with commas."""
        found = self._found(name, terms, errors, options)
        if wantlist:
            return found or []
        if found and len(found) == 1:
            return found[0]
        texts = found and all(isinstance(value, str) for value in found)
        return ",".join(found or ()) if texts else found

    def _read(self, name: str, raw: object) -> Any:
        if not _holds_template(raw):
            return raw
        if name in self._busy and type(raw) is MapNode:
            return _Partly(self, name, raw)
        if type(raw) is Vaulted:
            return self.templates.vault.reveal(raw)
        return self.busy_with(name, raw, self.lenient)

    def busy_with(self, name: str, raw: object, read: Callable[[Any], Any]) -> Any:
        """Read what may need others; raises TemplateError for what needs itself."""
        if name in self._busy:
            chain = " -> ".join([*self._busy[self._busy.index(name) :], name])
            words = f"variables that need each other: {chain}"
            message = f"Recursive loop detected in template: {words}"
            raise TemplateError(Problem(_place(raw), message))
        self._busy.append(name)
        try:
            return read(raw)
        finally:
            self._busy.pop()

    def lenient(self, raw: object) -> Any:
        """Render; a part that cannot be stays undefined, and says why if it is used."""
        kind = type(raw)
        if kind is MapNode:
            pairs = cast("MapNode", raw).items()
            return {self.lenient(key): self._beside_others(value) for key, value in pairs}
        if kind is SeqNode:
            return [self._beside_others(item) for item in cast("SeqNode", raw)]
        if kind is Vaulted:
            return self.templates.vault.reveal(cast("Vaulted", raw))
        if kind is not Template:
            return raw
        try:
            value = self.templates.render_variable(cast("Template", raw), self)
        except NotDefined as error:
            return _missing(error)
        return value.whole() if type(value) is _Partly else value

    def part(self, name: str, raw: object) -> Any:
        """A part of a mapping that is being read."""
        if type(raw) is MapNode:
            return _Partly(self, name, raw)
        return self.busy_with(name, raw, self.lenient)

    def _beside_others(self, raw: object) -> Any:
        """A part of a mapping or a list: if it fails, what stands beside it can be used."""
        try:
            return self.lenient(raw)
        except TemplateError as error:
            from .jinja.undefined import Failed

            return Failed(error)


class _Partly(Mapping[Any, Any]):
    """A mapping as its own parts see it: each of them is read when it is asked for."""

    def __init__(self, scope: Scope, name: str, node: MapNode) -> None:
        self._scope = scope
        self._name = name
        self._node = node

    def __getitem__(self, key: object) -> Any:
        return self._scope.part(f"{self._name}.{key}", self._node[key])

    def __iter__(self) -> Iterator[Any]:
        return iter(self._node)

    def __len__(self) -> int:
        return len(self._node)

    def whole(self) -> dict[Any, Any]:
        """All of it, read."""
        found = self.items()
        return {k: part.whole() if type(part) is _Partly else part for k, part in found}


def _apart(method: Callable[..., Any]) -> Callable[..., Any]:
    """It as a function: a method shows its scope with it, and all that this holds."""

    @wraps(method)
    def called(*args: Any, **options: Any) -> Any:
        return method(*args, **options)

    return called


_BOUND: Mapping[str, Callable[[Scope], Any]] = {
    "vars": lambda scope: scope,
    "lookup": lambda scope: _apart(scope.lookup),
    "query": lambda scope: _apart(scope.query),
    "q": lambda scope: _apart(scope.query),
}
"""Names that mean something of the scope in which they are used."""


def _merged(low: Mapping[Any, Any], high: Mapping[Any, Any]) -> dict[Any, Any]:
    both = {
        key: _merged(low[key], value)
        for key, value in high.items()
        if isinstance(value, dict) and isinstance(low.get(key), dict)
    }
    return {**low, **high, **both}


def _missing(error: TemplateError) -> Any:
    from .jinja.undefined import instead_of

    return instead_of(error)


def _holds_template(value: object) -> bool:
    kind = type(value)
    if kind is MapNode:
        node = cast("MapNode", value)
        return any(map(_holds_template, node.values())) or any(map(_holds_template, node))
    if kind is SeqNode:
        return any(map(_holds_template, cast("SeqNode", value)))
    return kind is Template or kind is Vaulted


def _place(raw: object) -> Any:
    return getattr(raw, "place", None)
