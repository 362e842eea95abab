"""The variables as one step on one host sees them: layers, the highest first, rendered when read.

What a person wrote in a layer (`Template`, `MapNode`, `SeqNode`) is rendered with this same scope,
once. What came while the run goes on (plain text, dicts and lists) is data and stays as it is.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast

from .errors import NotDefined, Problem, TemplateError
from .nodes import MapNode, SeqNode, Template

if TYPE_CHECKING:
    from .template import Templates

Layer = Mapping[str, object]


class Scope(Mapping[str, Any]):
    """A read-only view over layers of variables."""

    __slots__ = ("_busy", "_layers", "_rendered", "templates")

    def __init__(self, templates: Templates, layers: tuple[Layer, ...]) -> None:
        self.templates = templates
        self._layers = layers
        self._rendered: dict[str, Any] = {}
        self._busy: list[str] = []

    def over(self, layer: Layer) -> Scope:
        """Return a scope with one more layer on top."""
        return Scope(self.templates, (layer, *self._layers))

    def render(self, value: object) -> Any:
        """Render the templates in what a person wrote."""
        return self.templates.render(value, self)

    def or_as_written(self, value: object) -> Any:
        """Render what is only shown; what cannot be rendered stays as it is written."""
        try:
            return self.render(value)
        except TemplateError:
            return value

    def __getitem__(self, name: str) -> Any:
        if name in self._rendered:
            return self._rendered[name]
        for layer in self._layers:
            if name in layer:
                value = self._rendered[name] = self._read(name, layer[name])
                return value
        if name == "vars":
            return self
        return self.templates.functions[name]

    def __contains__(self, name: object) -> bool:
        return (
            any(name in layer for layer in self._layers)
            or name == "vars"
            or name in self.templates.functions
        )

    def __iter__(self) -> Iterator[str]:
        return iter({name for layer in self._layers for name in layer})

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def _read(self, name: str, raw: object) -> Any:
        if not _holds_template(raw):
            return raw
        if name in self._busy:
            chain = " -> ".join([*self._busy[self._busy.index(name) :], name])
            raise TemplateError(Problem(_place(raw), f"variables that need each other: {chain}"))
        self._busy.append(name)
        try:
            return self._lenient(raw)
        finally:
            self._busy.pop()

    def _lenient(self, raw: object) -> Any:
        """Render; a part that cannot be stays undefined, and says why if it is used."""
        kind = type(raw)
        if kind is MapNode:
            pairs = cast("MapNode", raw).items()
            return {self._lenient(key): self._lenient(value) for key, value in pairs}
        if kind is SeqNode:
            return [self._lenient(item) for item in cast("SeqNode", raw)]
        if kind is not Template:
            return raw
        try:
            return self.templates.render_template(cast("Template", raw), self)
        except NotDefined as error:
            return _missing(error)


def _missing(error: NotDefined) -> Any:
    from .jinja import Missing

    missing = Missing(hint=error.problem.message)
    missing.problem = error.problem
    return missing


def _holds_template(value: object) -> bool:
    kind = type(value)
    if kind is MapNode:
        node = cast("MapNode", value)
        return any(map(_holds_template, node.values())) or any(map(_holds_template, node))
    if kind is SeqNode:
        return any(map(_holds_template, cast("SeqNode", value)))
    return kind is Template


def _place(raw: object) -> Any:
    return getattr(raw, "place", None)
