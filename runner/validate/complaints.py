"""What JSON Schema has against a value, in words and at its place."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from ..errors import Place, Problem
from ..kinds.kind import describe
from ..nodes import MapNode, SeqNode
from ..spelling import did_you_mean
from ..template_text import Template
from .quick import plainly_valid

_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is looked at: a value, where it stands, and how it is called."""

    value: object
    place: Place
    name: str
    """As in `copy takes no argument named contnet`."""
    part: str = "argument"
    words: Mapping[Place, str]
    """`Document.words`."""


@dataclass(frozen=True, slots=True)
class _Compiled:
    """A schema that is ready to be used; it is kept, so that its id stays its own."""

    schema: Mapping[str, Any]
    plainly_valid: Callable[[Any], bool]


@cache
def _all_compiled() -> dict[int, _Compiled]:
    return {}


def complaints(schema: Mapping[str, Any], subject: Subject) -> Iterator[Problem]:
    """All that is wrong with the subject; a template is passed over until it is rendered."""
    compiled = _all_compiled().get(id(schema))
    if compiled is None:
        compiled = _all_compiled()[id(schema)] = _Compiled(schema, plainly_valid(schema))
    if not compiled.plainly_valid(subject.value):
        yield from _told_by_jsonschema(schema, subject)


def _told_by_jsonschema(schema: Mapping[str, Any], subject: Subject) -> Iterator[Problem]:
    from jsonschema import Draft7Validator

    errors = list(_plain(Draft7Validator(schema).iter_errors(subject.value)))
    problems = dict.fromkeys(found for error in errors for found in _problems(error, subject))
    guesses = {found.hint for found in problems if found.hint.startswith("did you mean")}
    for problem in problems:
        # What is written under a wrong name is not missing as well.
        if f"did you mean {problem.message.rpartition(' ')[2]}?" not in guesses:
            yield problem


def _plain(errors: Iterable[Any]) -> Iterator[Any]:
    """The errors that matter: none of a template, and of `anyOf` the way that was meant."""
    for error in errors:
        if isinstance(error.instance, Template):
            continue
        if error.validator == "anyOf" and not error.schema.get("errorMessage", "").startswith(
            "miss"
        ):
            yield from _of_ways(error)
        else:
            yield error


def _of_ways(error: Any) -> Iterator[Any]:
    ways: dict[object, list[Any]] = {}
    for inner in error.context:
        ways.setdefault(inner.schema_path[0], []).append(inner)
    left = {way: list(_plain(inner)) for way, inner in ways.items()}
    if not all(left.values()):
        return
    meant = [inner for inner in left.values() if not any(_is_of_whole(one, error) for one in inner)]
    yield from meant[0] if len(meant) == 1 else [error]


def _is_of_whole(inner: Any, error: Any) -> bool:
    return inner.validator in ("type", "enum") and inner.instance is error.instance


def _problems(error: Any, subject: Subject) -> Iterator[Problem]:
    if error.validator == "additionalProperties":
        yield from _unknown(error, subject)
    elif error.validator == "required":
        yield from _missing(error, subject)
    elif error.validator in ("allOf", "anyOf") and "errorMessage" in error.schema:
        message = error.schema["errorMessage"]
        if message.startswith("missing"):
            yield Problem(_name_place(error, subject), f"{subject.name}: {message}")
        else:
            yield _wrong(error, subject)
    elif _in_property_names(error):
        node = _node(subject, error.absolute_path)
        place = node.key_places.get(error.instance) if isinstance(node, MapNode) else None
        message = error.schema.get("errorMessage", "expected another name")
        told = f"{message}, got {describe(error.instance)}"
        yield Problem(place or subject.place, told, "", len(str(error.instance)))
    else:
        yield _wrong(error, subject)


def _in_property_names(error: Any) -> bool:
    return "propertyNames" in error.absolute_schema_path


# Names ---------------------------------------------------------------------------------------


def _unknown(error: Any, subject: Subject) -> Iterator[Problem]:
    known = error.schema.get("properties", {})
    later = error.schema.get("later", ())
    owner = _owner(error, subject)
    node = _node(subject, error.absolute_path)
    for key in error.instance:
        if key in known:
            continue
        place = node.key_places[key] if isinstance(node, MapNode) else subject.place
        width = len(str(key))
        if key in later:
            yield Problem(place, f"{key} is not supported yet", "", width)
            continue
        hint = did_you_mean(key, known) or _there_are(known)
        yield Problem(place, f"{owner} takes no {subject.part} named {key}", hint, width)


def _there_are(known: Iterable[str]) -> str:
    names = list(known)
    return f"there are: {', '.join(names[:12])}" if names else "it takes none"


def _missing(error: Any, subject: Subject) -> Iterator[Problem]:
    owner = _owner(error, subject)
    place = _name_place(error, subject)
    for name in error.validator_value:
        if name not in error.instance:
            yield Problem(place, f"{owner} lacks the {subject.part} {name}", "", len(subject.name))


def _owner(error: Any, subject: Subject) -> str:
    path = "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path
    )
    return f"{path.removeprefix('.')} of {subject.name}" if path else subject.name


# Values --------------------------------------------------------------------------------------


def _wrong(error: Any, subject: Subject) -> Problem:
    place = _place(subject, error.absolute_path)
    value = error.instance
    message = error.schema.get("errorMessage") or f"expected {_expected(error.schema)}"
    hint = _hint(error, subject, place)
    if message.startswith("expected"):
        word = subject.words.get(place) if isinstance(value, bool) else None
        got = f"the boolean that `{word}` is in YAML" if word else describe(value)
        message = f"{_label(error, subject)}{message}, got {got}"
    return Problem(place, message, hint, _width(value, subject.words.get(place)))


def _label(error: Any, subject: Subject) -> str:
    path = list(error.absolute_path)
    names = [str(part) for part in path if not isinstance(part, int)]
    if subject.part == "argument":
        return f"{names[-1]}: " if names else ""
    return f"{names[-1] if names else subject.name}: "


def _expected(schema: Mapping[str, Any]) -> str:
    if "enum" in schema:
        *most, last = (str(option) for option in schema["enum"])
        return f"{', '.join(most)} or {last}" if most else last
    names = _listed(schema.get("type", ()))
    if "pattern" in schema and "string" not in names:
        return f"text like {schema['pattern']}"
    return " or ".join(_TYPES[name] for name in names) or "another value"


def _hint(error: Any, subject: Subject, place: Place) -> str:
    value, schema = error.instance, error.schema
    ways = [schema, *schema.get("anyOf", ())]
    if isinstance(value, bool):
        word = subject.words.get(place) or str(value).lower()
        return f'write "{word}" if it is a text' if _takes_text(ways) else ""
    if isinstance(value, int | float):
        patterns = [way["pattern"] for way in ways if "pattern" in way]
        texts = (f"{value:04}", str(value))
        fitting = [text for text in texts if any(re.search(rule, text) for rule in patterns)]
        return f'write "{fitting[0]}"' if fitting else ""
    options = [option for way in ways for option in way.get("enum", ())]
    return did_you_mean(value, options) if isinstance(value, str) and options else ""


def _takes_text(ways: Iterable[Mapping[str, Any]]) -> bool:
    types = {name for way in ways for name in _listed(way.get("type", ()))}
    return "string" in types and "boolean" not in types


def _listed(value: Any) -> list[Any]:
    return [value] if isinstance(value, str) else list(value)


def _width(value: object, word: str | None) -> int:
    if isinstance(value, bool) and word:
        return len(word)
    if isinstance(value, str | int | float) and "\n" not in str(value):
        return max(1, len(str(value)))
    return 1


# Places --------------------------------------------------------------------------------------


def _node(subject: Subject, path: Iterable[Any]) -> object:
    node: Any = subject.value
    for part in path:
        node = node[part]
    return node


def _place(subject: Subject, path: Iterable[Any]) -> Place:
    node: Any = subject.value
    place = subject.place
    for part in path:
        if isinstance(node, MapNode):
            place = node.value_places[part]
        elif isinstance(node, SeqNode):
            place = node.places[part]
        node = node[part]
    return place


def _name_place(error: Any, subject: Subject) -> Place:
    """Where a mapping is named that lacks something."""
    return _place(subject, error.absolute_path) if error.absolute_path else subject.place
