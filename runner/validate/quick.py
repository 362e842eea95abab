"""A quick yes for values that are plainly valid; whatever is in doubt goes to jsonschema.

Nearly every value of nearly every playbook is valid, and jsonschema takes longer to import than
a small playbook takes to check. So it is asked only when there seems to be something to tell.
A test holds the two together: what is plainly valid here is valid there.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, TypeAlias

from ..template_text import Template

Test: TypeAlias = Callable[[Any], bool]

_NOTES = frozenset({"description", "default", "examples", "errorMessage", "title", "literal"})
_TYPES: Mapping[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "array": (list,),
    "object": (dict,),
    "null": (type(None),),
}


def fits(schema: Mapping[str, Any], value: object) -> bool:
    """Whether there is surely nothing to complain of."""
    kept = _compiled().get(id(schema))
    if kept is None:
        # With the schema, so that its id stays its own.
        kept = _compiled()[id(schema)] = (schema, plainly_valid(schema))
    return kept[1](value)


@cache
def _compiled() -> dict[int, tuple[Mapping[str, Any], Test]]:
    return {}


def plainly_valid(schema: Mapping[str, Any]) -> Test:
    """Whether a value is surely valid; templates count as valid until they are rendered."""
    tests: list[Test] = []
    for keyword, rule in schema.items():
        if keyword in _TESTS:
            tests.append(_TESTS[keyword](rule, schema))
        elif keyword not in _NOTES:
            return _never

    def test(value: Any) -> bool:
        return type(value) is Template or all(one(value) for one in tests)

    return test


def _never(_value: Any) -> bool:
    return False


def _type(rule: str | list[str], _schema: Mapping[str, Any]) -> Test:
    names = [rule] if isinstance(rule, str) else rule
    allowed = tuple(kind for name in names for kind in _TYPES[name])

    def test(value: Any) -> bool:
        return isinstance(value, allowed) and (type(value) is not bool or bool in allowed)

    return test


def _enum(rule: list[Any], _schema: Mapping[str, Any]) -> Test:
    # To Python, 1 is True.
    known = {(type(option), option) for option in rule if isinstance(option, str | bool | int)}
    return lambda value: isinstance(value, str | bool | int) and (type(value), value) in known


def _pattern(rule: str, _schema: Mapping[str, Any]) -> Test:
    return lambda value: not isinstance(value, str) or re.search(rule, value) is not None


def _minimum(rule: float, _schema: Mapping[str, Any]) -> Test:
    return lambda value: not isinstance(value, int | float) or value >= rule


def _maximum(rule: float, _schema: Mapping[str, Any]) -> Test:
    return lambda value: not isinstance(value, int | float) or value <= rule


def _items(rule: Mapping[str, Any], _schema: Mapping[str, Any]) -> Test:
    item = plainly_valid(rule)
    return lambda value: not isinstance(value, list) or all(map(item, value))


def _properties(rule: Mapping[str, Any], schema: Mapping[str, Any]) -> Test:
    tests = {name: plainly_valid(inner) for name, inner in rule.items()}
    others = _others(schema.get("additionalProperties", True))
    return lambda value: (
        not isinstance(value, dict)
        or all(tests.get(name, others)(inner) for name, inner in value.items())
    )


def _required(rule: list[str], _schema: Mapping[str, Any]) -> Test:
    return lambda value: not isinstance(value, dict) or all(name in value for name in rule)


def _others(rule: Any) -> Test:
    return plainly_valid(rule) if isinstance(rule, Mapping) else lambda _value: rule is True


def _additional(_rule: Any, schema: Mapping[str, Any]) -> Test:
    if "properties" in schema:
        return lambda _value: True
    return _properties({}, schema)


def _names(rule: Mapping[str, Any], _schema: Mapping[str, Any]) -> Test:
    name = plainly_valid(rule)
    return lambda value: (
        not isinstance(value, dict) or all(type(key) is str and name(key) for key in value)
    )


def _all_of(rule: list[Mapping[str, Any]], _schema: Mapping[str, Any]) -> Test:
    tests = [*map(plainly_valid, rule)]
    return lambda value: all(test(value) for test in tests)


def _any_of(rule: list[Mapping[str, Any]], _schema: Mapping[str, Any]) -> Test:
    tests = [*map(plainly_valid, rule)]
    return lambda value: any(test(value) for test in tests)


_TESTS: Mapping[str, Callable[[Any, Mapping[str, Any]], Test]] = {
    "type": _type,
    "enum": _enum,
    "pattern": _pattern,
    "minimum": _minimum,
    "maximum": _maximum,
    "items": _items,
    "properties": _properties,
    "required": _required,
    "additionalProperties": _additional,
    "propertyNames": _names,
    "allOf": _all_of,
    "anyOf": _any_of,
}
