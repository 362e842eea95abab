"""The words that a template may lean on: one that does not exist is refused before the run."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from ..spelling import did_you_mean
from . import Environment, all_of, nodes


def no_lookup(name: str) -> str:
    """What is said of a lookup that is not there, by whatever means it was named."""
    return f"The lookup plugin {name!r} was not found."


class UnknownWordError(Exception):
    """There is no filter, test or lookup of this name."""

    def __init__(self, kind: str, word: str, known: Iterable[str]) -> None:
        super().__init__(no_lookup(word) if kind == "lookup" else f"No {kind} named {word!r}.")
        self.kind = kind
        self.word = word
        self.hint = did_you_mean(word, known)


def check_all(tree: nodes.Node, environment: Environment) -> None:
    """Refuse the first unknown word in a tree; raises UnknownWordError."""
    for node in all_of(tree, nodes.Filter, nodes.Test, nodes.Call):
        check(node, environment)


def check(node: nodes.Node, environment: Environment) -> None:
    """Refuse an unknown word that a filter, a test or a call names; raises UnknownWordError."""
    name: object
    known: Collection[str]
    match node:
        case nodes.Filter(name=name):
            kind, known = "filter", environment.filters
        case nodes.Test(name=name):
            kind, known = "test", environment.tests
        case nodes.Call(node=nodes.Name(name="lookup" | "query" | "q"), args=[first, *_]):
            name, kind, known = getattr(first, "value", None), "lookup", environment.lookups()
        case _:
            return
    if isinstance(name, str) and name not in known:
        raise UnknownWordError(kind, name, known)
