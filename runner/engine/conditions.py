"""Conditions and flags: they must come out as what they claim to be."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ..errors import NotDefined, Place, Problem, TemplateError
from ..hearer import deprecate
from ..kinds.plain import FALSE, TRUE
from ..omit import OMIT
from ..read_texts import place_of
from ..template_text import has_braces_around, without_braces
from ..type_names import type_debug

if TYPE_CHECKING:
    from ..playbook import Condition
    from ..variables import Scope

_WORDS = {**dict.fromkeys(TRUE, True), **dict.fromkeys(FALSE, False)}

_WHOLE = ("async", "poll", "port", "retries", "throttle", "timeout")
"""Keywords that are whole numbers in Ansible; of these, seconds may have fractions here."""
_COUNTS = ("port", "retries", "throttle")

SURROUNDED = "Conditionals should not be surrounded by templating delimiters such as {{ }} or {% %}"
_UNTRUSTED = "Encountered untrusted template or expression."
_OMITTED = "A template was resolved to an Omit scalar."
_NO_TEXT = "Conditional expressions must be strings."
_EMPTY = "Empty conditional expressions are not allowed."


def first_false(conditions: Sequence[Condition], scope: Scope) -> Condition | None:
    """The first of `when` that does not hold; what is left empty holds, as in Ansible there alone.

    Those behind it are not looked at.
    """
    for each in conditions:
        if each.source is not None and not holds(each, scope):
            return each
    return None


def all_hold(conditions: Sequence[Condition], scope: Scope) -> bool:
    return all(holds(each, scope) for each in conditions)


def holds(condition: Condition, scope: Scope) -> bool:
    """Raises TemplateError for a condition that is neither true nor false."""
    source, lenient = condition.source, scope.templates.lenient_conditions
    if isinstance(source, bool):
        return source
    text = "" if source is None else str(source)
    if not isinstance(source, str | None) and not lenient:
        raise TemplateError(Problem(condition.place, _NO_TEXT, _advice(text, source)))
    try:
        value = _value(text, condition.place, scope) if text.strip() else None
    except NotDefined as error:
        raise error.meant_for("Error while evaluating conditional: ") from error
    if isinstance(value, bool):
        return value
    if value is None and (not text.strip() or has_braces_around(text)):
        if lenient:
            deprecate("Empty conditional expression was evaluated as True.", "2.23")
            return True
        raise TemplateError(Problem(condition.place, _EMPTY))
    return _derived(value, text, condition.place, lenient=lenient)


def _derived(value: object, text: str, place: Place, *, lenient: bool) -> bool:
    """What is no boolean counts as one only where the settings say so."""
    if value is OMIT:
        raise TemplateError(Problem(place, _OMITTED))
    result = f"Conditional result ({bool(value)}) was derived from value of type"
    rule = "Conditionals must have a boolean result."
    if lenient:
        # Without the value: `no_log` does not hide what is warned of.
        deprecate(f"{result} {type_debug(value)!r}. {rule}", "2.23")
        return bool(value)
    # In Ansible's words, which tell where it came from, and not what it is.
    origin = str(place) if place.file else "<unknown>"
    message = f"{result} {type_debug(value)!r} at {origin!r}. {rule}"
    hint = f"it is {_described(value)}; {_advice(text, value)}"
    raise TemplateError(Problem(place, message, hint, len(text)))


def _value(text: str, place: Place, scope: Scope) -> Any:
    if not has_braces_around(text):
        return scope.templates.evaluate(text, place, scope)
    value = expressed(text, place, scope)
    if not isinstance(value, str):
        deprecate(f"{SURROUNDED}.", "2.23", is_told=True)
        return value
    return scope.templates.evaluate(value, place_of(value) or place, scope) if value else None


def expressed(text: str, place: Place, scope: Scope) -> Any:
    """The expression that is meant: as in Ansible, what `{{ }}` gives may be one itself.

    Raises TemplateError for what came while the run went on: that is data, and no expression.
    """
    if not has_braces_around(text):
        return text
    value = scope.templates.evaluate(text, place, scope)
    for each in value if isinstance(value, list) else [value]:
        if isinstance(each, str) and each and place_of(each) is None:
            raise TemplateError(Problem(place, _UNTRUSTED, _advice(text, each), len(text)))
    return value


def meant(condition: Condition, scope: Scope) -> bool | int | str:
    """What is told of a condition: as it is written, or what braces around it come to."""
    source = condition.source
    if isinstance(source, str) and has_braces_around(source):
        source = expressed(source, condition.place, scope)
    return source if isinstance(source, bool | int) else str(source)


def _described(value: object) -> str:
    if value is None:
        return "nothing (null)"
    kinds = {str: "text", int: "number", float: "number", list: "list", dict: "mapping"}
    kind = next((word for cls, word in kinds.items() if isinstance(value, cls)), "value")
    return f"the {kind} {value!r:.60}"


def _advice(written: str, value: object) -> str:
    text = without_braces(written) or written
    if isinstance(value, str) and value.lower() in _WORDS:
        return f"write: {text} | bool"
    if isinstance(value, str | list | dict):
        return f"write: {text} | length > 0"
    if value is None:
        return f"write: {text} is not none"
    return f"write: {text} != 0"


def flag(name: str, value: object, place: Place) -> bool:
    """The value of a keyword that is yes or no, null is no; raises TemplateError."""
    if isinstance(value, bool | None):
        return bool(value)
    if isinstance(value, str | int) and str(value).lower() in _WORDS:
        return _WORDS[str(value).lower()]
    raise _no_such(name, value, "bool", place)


def number(name: str, value: object, place: Place) -> float:
    """The value of a keyword that is a number; raises TemplateError."""
    try:
        found = float(value)  # type: ignore[arg-type]  # what float cannot take is told below
    except (TypeError, ValueError):
        raise _no_such(name, value, "int" if name in _WHOLE else "float", place) from None
    if name in _COUNTS and not found.is_integer():
        raise _no_such(name, value, "int", place)
    return found


def _no_such(name: str, value: object, kind: str, place: Place) -> TemplateError:
    """In Ansible's words, which playbooks look for."""
    wrong = f"The value {value!r:.60} could not be converted to {kind!r}."
    return TemplateError(Problem(place, f"Error processing keyword {name!r}: {wrong}"))
