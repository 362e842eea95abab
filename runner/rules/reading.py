"""Which names a template or an expression reads."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ..dataclasses import dataclass
from ..nodes import MapNode, SeqNode
from ..template_text import Template, Vaulted

if TYPE_CHECKING:
    from ..errors import Place
    from ..playbook import Condition
    from ..template import Templates

_PROBES = frozenset({"default", "d", "defined", "undefined"})
_WORD = re.compile(r"[^\W\d]\w*")


@dataclass(frozen=True, slots=True)
class Names:
    """Those that one text reads."""

    needed: frozenset[str] = frozenset()
    """They must be defined."""
    probed: frozenset[str] = frozenset()
    """Somebody asks whether they are defined, or says what counts if they are not."""
    mentioned: frozenset[str] = frozenset()
    """Every word that may name a variable, also as an attribute or in a text."""


@dataclass(frozen=True, slots=True)
class Text:
    """A template, or an expression without braces, and where it stands."""

    text: str
    place: Place
    bare: bool = False


class Reader:
    """Takes texts apart, each once."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._known: dict[tuple[str, bool], Names] = {}

    def names(self, text: Text) -> Names:
        """The names in a text; none if it is no template, taken as a whole."""
        key = (str(text.text), text.bare)
        if key not in self._known:
            self._known[key] = self._names(text)
        return self._known[key]

    def _names(self, text: Text) -> Names:
        from ..jinja import TemplateSyntaxError, all_of, free_names, nodes

        try:
            tree = self._templates.parsed(text.text, bare=text.bare)
            read = free_names(tree)
        except TemplateSyntaxError:
            return Names()
        asking = all_of(tree, nodes.Filter, nodes.Test)
        probed = frozenset(name for node in asking for name in _probed(node))
        return Names(read - probed, probed, read | frozenset(_mentioned(tree)))


def _probed(node: Any) -> Iterator[str]:
    """The name at the head of what `node` asks about: of `a.b[0] | default(1)` it is `a`."""
    from ..jinja import nodes

    if node.name.rpartition(".")[2] in _PROBES:
        inner = node.node
        while isinstance(inner, nodes.Getattr | nodes.Getitem):
            inner = inner.node
        if isinstance(inner, nodes.Name):
            yield inner.name


def _mentioned(tree: Any) -> Iterator[str]:
    from ..jinja import all_of, nodes

    for node in all_of(tree, nodes.Getattr, nodes.Const):
        if isinstance(node, nodes.Getattr):
            yield node.attr
        elif isinstance(node.value, str):
            yield from _WORD.findall(node.value)


def templates_in(value: object) -> Iterator[Text]:
    """Every template inside what a person wrote."""
    if isinstance(value, Template):
        if not isinstance(value, Vaulted):
            yield Text(value, value.place)
    elif isinstance(value, dict):
        for key, inner in value.items():
            yield from templates_in(key)
            yield from templates_in(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from templates_in(inner)


def expressions_in(conditions: Iterable[Condition]) -> Iterator[Text]:
    """The conditions that are written as expressions."""
    for condition in conditions:
        if isinstance(condition.source, str) and not isinstance(condition.source, Vaulted):
            yield Text(condition.source, condition.place, bare=True)


def expressions_of(args: MapNode, name: str) -> Iterator[Text]:
    """What an argument says that holds bare expressions."""
    value, place = args[name], args.value_places[name]
    pairs = (
        zip(value, value.places, strict=True) if isinstance(value, SeqNode) else [(value, place)]
    )
    for one, where in pairs:
        if isinstance(one, str) and not isinstance(one, Vaulted):
            yield Text(one, where, bare=True)
