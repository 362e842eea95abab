"""The words for what jsonschema has against a value."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..ansible_words import unsupported
from ..dataclasses import dataclass
from ..errors import ExitCode, Place, Problem
from ..kinds.kind import describe
from ..nodes import MapNode, SeqNode
from ..registry import bare
from ..spelling import did_you_mean
from . import unfit
from .unfit import INCLUDING

# In Ansible's words, as others here: scripts look for them.
_UNKNOWN = {
    "vars_prompt": "Invalid vars_prompt data structure, found unsupported key {}",
    "loop_control": "{} is not a valid attribute for a LoopControl",
    "the meta of a role": "{} is not a valid attribute for a RoleMetadata",
}
_LACKING = {
    "meta": "invalid meta action requested: None",
    "vars_prompt": "Invalid vars_prompt data structure, missing {} key",
}
_BLOCK = "A malformed block was encountered while loading {0}: {1!s:.60} should be a list or None"
_PART = "A malformed block was encountered while loading {0}: The ds ({1!s:.60}) should be a list"
_MALFORMED = {
    **dict.fromkeys(("pre_tasks", "tasks", "post_tasks", "handlers"), _BLOCK),
    **dict.fromkeys(("rescue", "always"), _PART),
    "block": _PART.replace("{0}", "a block"),
    "roles": "A malformed role declaration was encountered",
    "hosts": "Hosts list must be a sequence or string. Please check your playbook.",
}
_SHOWN = 12
_NAME = (
    "Variable names must be strings starting with a letter or underscore character,"
    " and contain only letters, numbers and underscores"
)
_EMPTY = {"hosts": "Hosts list cannot be empty. Please check your playbook"}
_NO_SUCH = {
    "meta": ("invalid meta action requested: {}", ExitCode.ERROR),
    "order": ("Invalid 'order' specified for inventory hosts: {}", ExitCode.USAGE),
    "strategy": ("Invalid play strategy specified: {}", ExitCode.ERROR),
}
"""What is no word of these, and with which status Ansible ends for it."""
_TYPES = {
    "string": "text",
    "integer": "a whole number",
    "number": "a number",
    "boolean": "true or false",
    "array": "a list",
    "object": "a mapping",
    "null": "nothing",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False, repr=False)
class Subject:
    """What is looked at: a value, where it stands, and how it is called."""

    value: object
    place: Place
    name: str
    """As in `copy takes no argument named contnet`."""
    part: str = "argument"
    words: Mapping[Place, str]
    """`Document.words`."""
    lacking: str = ""
    """What the step says itself of an argument that is missing."""

    def node(self, path: Iterable[Any]) -> Any:
        """What the path leads to."""
        node: Any = self.value
        for part in path:
            node = node[part]
        return node

    def at(self, path: Iterable[Any]) -> Place:
        """Where the value stands that the path leads to."""
        node: Any = self.value
        place = self.place
        for part in path:
            if isinstance(node, MapNode):
                place = node.value_places[part]
            elif isinstance(node, SeqNode):
                place = node.places[part]
            node = node[part]
        return place

    def key_at(self, path: Iterable[Any], key: object) -> Place:
        """Where a key of the mapping stands that the path leads to."""
        node = self.node(path)
        return node.key_places[key] if isinstance(node, MapNode) else self.at(path)


# Names ---------------------------------------------------------------------------------------


def unknown(error: Any, subject: Subject) -> Iterator[Problem]:
    """Keys that the schema does not have."""
    known = error.schema.get("properties", {})
    owner = _owner(error, subject)
    for key in error.instance:
        if key in known:
            continue
        place = subject.key_at(error.absolute_path, key)
        told, there_are = f"{owner} takes no {subject.part} named {key}", "there are"
        if subject.part == "argument" and owner == subject.name:
            # In Ansible's words: scripts look for them.
            told, there_are = unsupported(bare(owner), [str(key)]), "Supported parameters include"
        hint = did_you_mean(key, known) or _named(known, there_are)
        if subject.name in _UNKNOWN:
            told = _UNKNOWN[subject.name].format(repr(key))
        if bare(owner) in INCLUDING and subject.part == "argument":
            told = f"Invalid options for {owner}: {key}"
        yield Problem(place, told, hint, len(str(key)))


def _named(known: Iterable[str], there_are: str) -> str:
    names = list(known)
    more = ["…"] if len(names) > _SHOWN else []
    return f"{there_are}: {', '.join(names[:_SHOWN] + more)}" if names else "it takes none"


def missing(error: Any, subject: Subject) -> Iterator[Problem]:
    """Keys that the schema requires."""
    owner = _owner(error, subject)
    place = subject.at(error.absolute_path)
    for name in error.validator_value:
        if name not in error.instance:
            told = f"{owner} lacks the {subject.part} {name}"
            if subject.part == "argument" and owner == subject.name:
                told = subject.lacking or f"{owner}: missing required arguments: {name}"
            status = ExitCode.ERROR if bare(subject.name) == "meta" else ExitCode.INVALID
            if bare(subject.name) in _LACKING:
                told = _LACKING[bare(subject.name)].format(repr(name))
            if bare(owner) in INCLUDING and name == "file":
                told = f"No file specified for {owner}"
            yield Problem(place, told, "", len(subject.name), status=status)


def _owner(error: Any, subject: Subject) -> str:
    path = "".join(
        f"[{part}]" if isinstance(part, int) else f".{part}" for part in error.absolute_path
    )
    return f"{path.removeprefix('.')} of {subject.name}" if path else subject.name


def misnamed(error: Any, subject: Subject) -> Problem:
    """A key that is no fit name."""
    key = error.instance
    place = subject.key_at(error.absolute_path, key)
    taken = isinstance(key, str) and key.isidentifier() and key.isascii()
    hint = "templates mean something else by it" if taken else _NAME
    message = f"Invalid variable name '{key}'."
    return Problem(place, message, hint, len(str(key)), status=ExitCode.ERROR)


# Values --------------------------------------------------------------------------------------


def wrong(error: Any, subject: Subject) -> Problem:
    """A value that is not what was expected."""
    place = subject.at(error.absolute_path)
    value = error.instance
    if (name := bare(subject.name)) in _NO_SUCH and isinstance(value, str):
        return _no_such(name, error, place)
    expected = message = error.schema.get("errorMessage") or f"expected {_expected(error.schema)}"
    hint = _hint(error, subject, place)
    width = _width(value, subject.words.get(place))
    of_ansible = unfit.told_of_argument if subject.part == "argument" else unfit.told
    if told := of_ansible(_owner(error, subject), subject.name, value, error.schema):
        status = unfit.status(subject.name)
        return Problem(place, told, hint or expected, width, status=status)
    if message.startswith("expected"):
        word = subject.words.get(place) if isinstance(value, bool) else None
        got = f"the boolean that `{word}` is in YAML" if word else describe(value)
        message = f"{_label(error, subject)}{message}, got {got}"
    if subject.name in _MALFORMED and not error.absolute_path:
        words = _MALFORMED if value is not None else {**_MALFORMED, **_EMPTY}
        message = words[subject.name].format(subject.name, value)
        hint = hint or _of_no_list(value)
    return Problem(place, message, hint, width)


def _no_such(name: str, error: Any, place: Place) -> Problem:
    """A word that is none of those that there are."""
    told, status = _NO_SUCH[name]
    value, options = error.instance, error.schema.get("enum", ())
    hint = did_you_mean(value, options) or f"there are: {', '.join(options)}"
    return Problem(place, told.format(value), hint, len(value), status=status)


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
    if isinstance(value, int | float) and not _takes_numbers(ways):
        patterns = [way["pattern"] for way in ways if "pattern" in way]
        texts = (f"{value:04}", str(value))
        fitting = [text for text in texts if any(re.search(rule, text) for rule in patterns)]
        return f'write "{fitting[0]}"' if fitting else ""
    options = [option for way in ways for option in way.get("enum", ()) if option is not None]
    return did_you_mean(value, options) if isinstance(value, str) and options else ""


def _of_no_list(value: object) -> str:
    """What may be missing where a mapping stands and a list is wanted."""
    if not isinstance(value, MapNode):
        return ""
    tight = next((str(key) for key in value if str(key)[:1] == "-"), "")
    if tight:
        return f"a dash must be followed by a space: write - {tight[1:]}"
    return "begin each item of the list with -"


def _takes_text(ways: Iterable[Mapping[str, Any]]) -> bool:
    types = {name for way in ways for name in _listed(way.get("type", ()))}
    return "string" in types and "boolean" not in types


def _takes_numbers(ways: Iterable[Mapping[str, Any]]) -> bool:
    types = {name for way in ways for name in _listed(way.get("type", ()))}
    return not types.isdisjoint(("integer", "number"))


def _listed(value: Any) -> list[Any]:
    return [value] if isinstance(value, str) else list(value)


def _width(value: object, word: str | None) -> int:
    if isinstance(value, bool) and word:
        return len(word)
    if isinstance(value, str | int | float) and "\n" not in str(value):
        return max(1, len(str(value)))
    return 1
