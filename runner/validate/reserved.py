"""Names of variables that mean something else already: in templates, or as a keyword."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from ... import schema
from ..nodes import MapNode, SeqNode

if TYPE_CHECKING:
    from ..errors import Place
    from .findings import Findings

_OF_TEMPLATES = (
    *("cycler", "dict", "joiner", "lipsum", "lookup", "namespace", "now", "omit", "q", "query"),
    *("range", "undef"),
)
_NOT_OF_ANSIBLE = frozenset({"gather_subset", "listen", "lock", "role", "vars"})


@cache
def names() -> frozenset[str]:
    """All of them."""
    kinds = map(schema.definition, ("play", "block", "task", "role"))
    keywords = {name for kind in kinds for name in kind["properties"]}
    return frozenset(_OF_TEMPLATES) | keywords - _NOT_OF_ANSIBLE


def check_keyword(key: object, value: object, place: Place, findings: Findings) -> None:
    """Warn of names in the value of a keyword that makes variables."""
    if key == "vars":
        check_all(value, findings)
    elif key == "vars_prompt" and isinstance(value, SeqNode):
        for prompt in value:
            if isinstance(prompt, MapNode) and str(prompt.get("name")) in names():
                _warn(prompt["name"], prompt.value_places["name"], findings)
    elif key == "register" and isinstance(value, str) and value in names():
        _warn(value, place, findings)


def check_all(variables: object, findings: Findings) -> None:
    """Warn of names in a mapping of variables."""
    if isinstance(variables, MapNode):
        for name in variables:
            if name in names():
                _warn(name, variables.key_places[name], findings)


def in_words(name: object) -> str:
    """What is said of it, as Ansible says it: scripts look for that."""
    return f"Found variable using reserved name {name!r}."


def _warn(name: object, place: Place, findings: Findings) -> None:
    findings.warning(place, in_words(str(name)), width=len(str(name)))
