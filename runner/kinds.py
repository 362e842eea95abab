"""The kinds of value a parameter may be: what each accepts, as JSON Schema and as code.

A kind takes what a person or a template may give for it (`"5"` for a whole number, `yes` for a
boolean, one text for a list of texts) and makes the one Python value a step sees. What the schema
accepts before a run, `convert` accepts after rendering; a test holds the two together.

A lone text for a list becomes a list of one. It is never split at commas: a step whose people
write `a,b` splits by itself.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from .task import Mode, Pattern, Range, Secret

Schema: TypeAlias = dict[str, Any]

TRUE = ("yes", "true", "on", "1", "y", "t")
FALSE = ("no", "false", "off", "0", "n", "f")
_WHOLE = r"^\s*[-+]?[0-9]{1,18}\s*$"
_REAL = r"^\s*[-+]?([0-9]{1,18}\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]{1,2})?\s*$"
_MODE_PART = r"[ugoa]*([-+=]([rwxXst]*|[ugo]))+"
_MODE = rf"^((0o?)?[0-7]{{3,4}}|{_MODE_PART}(,{_MODE_PART})*)$"
_SHOWN = 60


class Wrong(Exception):
    """A value does not fit; `path` leads from the argument to the value."""

    def __init__(self, message: str) -> None:
        self.message = message
        self.path: tuple[str | int, ...] = ()
        super().__init__(message)

    def under(self, *path: str | int) -> Wrong:
        """The same, seen from one floor up."""
        self.path = (*path, *self.path)
        return self


class Kind(Protocol):
    """What a parameter accepts: `label` for the docs, `expected` for an error."""

    label: str
    expected: str
    secret: bool

    def fits(self, value: object) -> bool:
        """Whether the value is of this kind as it stands."""

    def convert(self, value: Any) -> Any:
        """The value as the step sees it; raises Wrong."""

    def schema(self, *, exact: bool = False) -> Schema:
        """What is accepted; `exact` leaves out the texts that stand for something else."""


def describe(value: object, *, secret: bool = False) -> str:
    """What came, in words: its kind and, unless secret, the value itself."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    name = _kind_name(value)
    if secret or isinstance(value, Secret | Mapping | list | tuple):
        return f"a {name}"
    text = str(value)
    shown = text if len(text) <= _SHOWN else text[: _SHOWN - 1] + "…"
    return f"the {name} {shown!r}" if isinstance(value, str) else f"the {name} {shown}"


def _kind_name(value: object) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, Mapping):
        return "mapping"
    return "list" if isinstance(value, list | tuple) else type(value).__name__


def wrong(kind: Kind, value: object, hint: str = "") -> Wrong:
    """The error for a value that this kind cannot be."""
    came = describe(value, secret=kind.secret)
    return Wrong(f"expected {kind.expected}, got {came}{hint}")


class Anything:
    """Whatever comes, as it came."""

    label = "any"
    expected = "any value"
    secret = False

    def fits(self, value: object) -> bool:
        return value is not None

    def convert(self, value: object) -> object:
        return value

    def schema(self, *, exact: bool = False) -> Schema:  # noqa: ARG002
        return {}


class Nothing:
    """The empty value."""

    label = "null"
    expected = "nothing"
    secret = False

    def fits(self, value: object) -> bool:
        return value is None

    def convert(self, value: object) -> None:
        if value is not None:
            raise wrong(self, value)

    def schema(self, *, exact: bool = False) -> Schema:  # noqa: ARG002
        return {"type": ["null"]}


class Text:
    """A text; a plain number is taken as it is written."""

    label = "text"
    expected = "text"
    secret = False

    def __init__(self, pattern: Pattern | None = None) -> None:
        self.pattern = pattern
        if pattern:
            self.expected = pattern.expected
            self._match = re.compile(pattern.regex).fullmatch

    def fits(self, value: object) -> bool:
        return isinstance(value, str)

    def convert(self, value: object) -> str:
        if isinstance(value, bool):
            raise wrong(self, value, "; put it in quotes if text is meant")
        if not isinstance(value, str):
            if not isinstance(value, int | float):
                raise wrong(self, value)
            value = str(value)
        if self.pattern and not self._match(value):
            raise wrong(self, value)
        return value

    def schema(self, *, exact: bool = False) -> Schema:  # noqa: ARG002
        if not self.pattern:
            return {"type": ["string", "number"]}
        # The value as a whole must match, as in `convert`: a `$` alone lets a line break through.
        regex = f"^(?:{self.pattern.regex})$"
        return {"type": ["string", "number"], "pattern": regex}


class SecretText(Text):
    """A text that errors and listeners must not show."""

    label = "secret text"
    secret = True

    def convert(self, value: object) -> Secret:
        return Secret(super().convert(value))


class ModeText(Text):
    """File permissions: only a text, since YAML reads 0644 as the number 420."""

    label = "file mode"

    def __init__(self) -> None:
        super().__init__(Pattern(_MODE, 'a file mode in quotes, as "0644" or "u=rw,go=r"'))

    def convert(self, value: object) -> Mode:
        if not isinstance(value, str):
            raise wrong(self, value)
        return Mode(super().convert(value))

    def schema(self, *, exact: bool = False) -> Schema:  # noqa: ARG002
        return {"type": ["string"], "pattern": _MODE, "examples": ["0644", "u=rw,go=r"]}


class Whole:
    """A whole number, or the text of one."""

    label = "whole number"
    secret = False
    _type = "integer"
    _regex = _WHOLE

    def __init__(self, limits: Range | None = None) -> None:
        self.limits = limits or Range()
        self.expected = f"a {self.label}{_limits_in_words(self.limits)}"
        self._matches = re.compile(self._regex).search

    def fits(self, value: object) -> bool:
        return type(value) is int

    def convert(self, value: object) -> float:
        number = self._number(value)
        low, high = self.limits.minimum, self.limits.maximum
        if number is None or (low is not None and number < low):
            raise wrong(self, value)
        if high is not None and number > high:
            raise wrong(self, value)
        return number

    def _number(self, value: object) -> float | None:
        if type(value) is int:
            return value
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return int(value) if isinstance(value, str) and self._matches(value) else None

    def schema(self, *, exact: bool = False) -> Schema:
        limits = {"minimum": self.limits.minimum, "maximum": self.limits.maximum}
        bounds = {name: value for name, value in limits.items() if value is not None}
        if exact:
            return {"type": [self._type], **bounds}
        return {"type": [self._type, "string"], "pattern": self._regex, **bounds}


class Real(Whole):
    """A number, or the text of one."""

    label = "number"
    _type = "number"
    _regex = _REAL

    def fits(self, value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool)

    def _number(self, value: object) -> float | None:
        if isinstance(value, str):
            return float(value) if self._matches(value) else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return float(value) if math.isfinite(value) else None


def _limits_in_words(limits: Range) -> str:
    match (limits.minimum, limits.maximum):
        case (None, None):
            return ""
        case (low, None):
            return f", {low} or more"
        case (None, high):
            return f", {high} or less"
        case (low, high):
            return f" from {low} to {high}"


class Flag:
    """A boolean, or one of the words and digits that stand for one."""

    label = "boolean"
    expected = "true or false"
    secret = False
    words = dict.fromkeys(TRUE, True) | dict.fromkeys(FALSE, False)

    def fits(self, value: object) -> bool:
        return isinstance(value, bool)

    def convert(self, value: object) -> bool:
        if isinstance(value, bool):
            return value
        word = str(value).strip().lower() if isinstance(value, str | int) else value
        if not isinstance(word, str) or word not in self.words:
            raise wrong(self, value)
        return self.words[word]

    def schema(self, *, exact: bool = False) -> Schema:
        if exact:
            return {"type": ["boolean"]}
        words = "|".join(map(_any_case, self.words))
        limits = {"minimum": 0, "maximum": 1}
        return {
            "type": ["boolean", "string", "integer"],
            "pattern": rf"^\s*({words})\s*$",
            **limits,
        }


def _any_case(word: str) -> str:
    return "".join(f"[{c.upper()}{c}]" if c.isalpha() else c for c in word)


class Choice:
    """One of a few words."""

    label = "choice"
    secret = False

    def __init__(self, options: Sequence[str | int | bool]) -> None:
        self.options = tuple(options)
        *most, last = (str(option) for option in options)
        self.expected = f"{', '.join(most)} or {last}" if most else last
        self._values = {(type(option), option): option for option in options}
        for option in options:
            # YAML makes `on` and `off` booleans and a version a number.
            if isinstance(option, str) and option in Flag.words:
                self._values.setdefault((bool, Flag.words[option]), option)
            if isinstance(option, str) and option.isdecimal():
                self._values.setdefault((int, int(option)), option)

    def fits(self, value: object) -> bool:
        return isinstance(value, str | int) and (_plain_type(value), value) in self._values

    def convert(self, value: object) -> str | int | bool:
        if not isinstance(value, str | int) or not self.fits(value):
            raise wrong(self, value)
        return self._values[_plain_type(value), value]

    def schema(self, *, exact: bool = False) -> Schema:  # noqa: ARG002
        return {"enum": [value for _, value in self._values]}


def _plain_type(value: object) -> type:
    return str if isinstance(value, str) else type(value)


class ListOf:
    """A list; one lone text or number is taken as a list of one."""

    def __init__(self, item: Kind) -> None:
        self.item = item
        self.label = "list" if isinstance(item, Anything) else f"list of {_plural(item.label)}"
        self.expected = f"a {self.label}"
        self.secret = item.secret

    def fits(self, value: object) -> bool:
        return isinstance(value, list | tuple)

    def convert(self, value: object) -> list[Any]:
        if isinstance(value, list | tuple):
            convert = self.item.convert
            return [_at(index, convert, entry) for index, entry in enumerate(value)]
        if isinstance(value, str | int | float) and _takes_scalars(self.item):
            return [self.item.convert(value)]
        raise wrong(self, value)

    def schema(self, *, exact: bool = False) -> Schema:
        items = self.item.schema()
        listed = {"type": ["array"], "items": items}
        if exact or not _takes_scalars(self.item):
            return listed
        return merge([listed, _scalars(items)])


def _takes_scalars(kind: Kind) -> bool:
    return "enum" in kind.schema() or bool(_SCALARS & set(kind.schema().get("type", _SCALARS)))


_SCALARS = {"string", "number", "integer", "boolean"}


def _scalars(schema: Schema) -> Schema:
    types = schema.get("type", ["string", "number", "boolean"] if "enum" not in schema else None)
    return schema if types is None else {**schema, "type": [t for t in types if t in _SCALARS]}


class MapOf:
    """A mapping from names to values of one kind."""

    def __init__(self, item: Kind) -> None:
        self.item = item
        plain = isinstance(item, Anything)
        self.label = "mapping" if plain else f"mapping of {_plural(item.label)}"
        self.expected = f"a {self.label}"
        self.secret = item.secret

    def fits(self, value: object) -> bool:
        return isinstance(value, Mapping)

    def convert(self, value: object) -> dict[str, Any]:
        if not isinstance(value, Mapping):
            raise wrong(self, value)
        convert = self.item.convert
        return {str(name): _at(str(name), convert, entry) for name, entry in value.items()}

    def schema(self, *, exact: bool = False) -> Schema:  # noqa: ARG002
        return {"type": ["object"], "additionalProperties": self.item.schema()}


def _at(key: str | int, convert: Any, value: object) -> Any:
    try:
        return convert(value)
    except Wrong as error:
        raise error.under(key) from None


def _plural(label: str) -> str:
    """`list of texts`, `list of whole numbers`; what has no plural stays."""
    return f"{label}s" if label.endswith(("text", "number", "mapping", "boolean")) else label


class AnyOf:
    """One of several kinds: the one the value has as it stands, or the first that takes it."""

    def __init__(self, kinds: Sequence[Kind]) -> None:
        self.kinds = tuple(kinds)
        named = [kind for kind in kinds if not isinstance(kind, Nothing)]
        self.label = " or ".join(kind.label for kind in named)
        self.expected = " or ".join(kind.expected for kind in named)
        self.secret = any(kind.secret for kind in kinds)

    def fits(self, value: object) -> bool:
        return any(kind.fits(value) for kind in self.kinds)

    def convert(self, value: object) -> Any:
        fitting = [kind for kind in self.kinds if kind.fits(value)]
        if len(fitting) == 1:
            return fitting[0].convert(value)
        for kind in fitting or self.kinds:
            try:
                return kind.convert(value)
            except Wrong:
                continue
        raise wrong(self, value)

    def schema(self, *, exact: bool = False) -> Schema:
        # Beside a text, "5" and "yes" are texts and a lone text is no list.
        exact = exact or any(isinstance(kind, Text) for kind in self.kinds)
        return merge([kind.schema(exact=exact) for kind in self.kinds])


_KEYWORDS = {
    "string": ("pattern",),
    "number": ("minimum", "maximum"),
    "integer": ("minimum", "maximum"),
    "array": ("items",),
    "object": ("properties", "required", "additionalProperties", "allOf"),
}


def merge(schemas: Sequence[Schema]) -> Schema:
    """One schema that accepts what any of these does: a list of types where that is the same."""
    if {} in schemas:
        return {}
    merged = dict(schemas[0])
    for schema in schemas[1:]:
        if "enum" in merged and schema == {"type": ["null"]}:
            merged = {**merged, "enum": [*merged["enum"], None]}
            continue
        if not _apart(merged, schema):
            return {"anyOf": list(schemas)}
        types = [*merged["type"], *schema["type"]]
        merged = {**merged, **schema, "type": list(dict.fromkeys(types))}
    return merged


def _apart(one: Schema, other: Schema) -> bool:
    if not {"anyOf", "enum"}.isdisjoint([*one, *other]):
        return False
    shared = {"number" if t == "integer" else t for t in one["type"]}
    shared &= {"number" if t == "integer" else t for t in other["type"]}
    keywords = [keyword for t in shared for keyword in _KEYWORDS.get(t, ())]
    return all(one.get(keyword) == other.get(keyword) for keyword in keywords)
