"""Conditions and flags: they must come out as what they claim to be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..errors import NotDefined, Place, Problem, TemplateError
from ..template_text import has_braces_around
from ..type_names import type_debug

if TYPE_CHECKING:
    from ..playbook import Condition
    from ..variables import Scope

_WORDS = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}

_UNTRUSTED = "Encountered untrusted template or expression."
_EMPTY = "Empty conditional expressions are not allowed."


def first_false(conditions: Sequence[Condition], scope: Scope) -> Condition | None:
    """The first condition that does not hold; those behind it are not looked at."""
    return next((each for each in conditions if not holds(each, scope)), None)


def all_hold(conditions: Sequence[Condition], scope: Scope) -> bool:
    return first_false(conditions, scope) is None


def holds(condition: Condition, scope: Scope) -> bool:
    """Raises TemplateError for a condition that is neither true nor false."""
    source = condition.source
    if source is None or isinstance(source, bool):
        return source is not False
    text = source if isinstance(source, str) else str(source)
    if not text.strip():
        if scope.templates.lenient_conditions:
            return True
        raise TemplateError(Problem(condition.place, _EMPTY))
    try:
        value = scope.templates.evaluate(text, condition.place, scope)
        if isinstance(value, str) and has_braces_around(text):
            value = _of_expression(value, text, condition.place, scope)
    except NotDefined as error:
        raise error.meant_for("Error while evaluating conditional: ") from error
    if isinstance(value, bool) or scope.templates.lenient_conditions:
        return bool(value)
    message = (
        f"Conditional result ({bool(value)}) was derived from value of type "
        f"{type_debug(value)!r}: {_described(value)}. Conditionals must have a boolean result."
    )
    raise TemplateError(Problem(condition.place, message, _advice(text, value), len(text)))


def _of_expression(value: str, text: str, place: Place, scope: Scope) -> Any:
    """What it comes to if `{{ name }}` names an expression: as in Ansible, that is evaluated.

    What came while the run went on is data, and no expression.
    """
    named = re.fullmatch(r"\s*\{\{\s*(\w+)\s*\}\}\s*", text)
    if named is not None and type(scope.written(named[1])) is str:
        return scope.templates.evaluate(value, place, scope)
    if scope.templates.lenient_conditions:
        return value
    raise TemplateError(Problem(place, _UNTRUSTED, _advice(text, value), len(text)))


def _described(value: object) -> str:
    if value is None:
        return "nothing (null)"
    kinds = {str: "text", int: "number", float: "number", list: "list", dict: "mapping"}
    kind = next((word for cls, word in kinds.items() if isinstance(value, cls)), "value")
    return f"the {kind} {value!r:.60}"


def _advice(text: str, value: object) -> str:
    if isinstance(value, str) and value.lower() in _WORDS:
        return f"write: {text} | bool"
    if isinstance(value, str | list | dict):
        return f"write: {text} | length > 0"
    if value is None:
        return f"write: {text} is not none"
    return f"write: {text} != 0"


def flag(name: str, value: object, place: Place) -> bool:
    """The value of a keyword that is yes or no; raises TemplateError."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lower() in _WORDS:
        return _WORDS[value.lower()]
    raise TemplateError(Problem(place, f"{name} must be true or false, not {_described(value)}"))


def number(name: str, value: object, place: Place) -> float:
    """The value of a keyword that is a number; raises TemplateError."""
    try:
        return float(value)  # type: ignore[arg-type]  # what float cannot take is told below
    except (TypeError, ValueError):
        message = f"{name} must be a number, not {_described(value)}"
        raise TemplateError(Problem(place, message)) from None
