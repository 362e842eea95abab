"""A step's `Params` dataclass, read once: its JSON Schema, and the way from a dict to it.

What a dataclass says is compiled into a plan the first time it is asked for; building a thousand
steps looks at no type hint again.
"""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

from . import kinds
from .errors import TaskError
from .kinds import Kind, Schema, Wrong
from .task import Alias, Expression, FreeForm, Mode, Pattern, Range, Rest, Secret

_REQUIRED = object()


@dataclass(frozen=True)
class Fault:
    """One argument that does not fit: the way to it, what is wrong, and what may help."""

    path: tuple[str | int, ...]
    message: str
    hint: str = ""

    @property
    def name(self) -> str:
        """The argument as a person writes it: `users[1].name`."""
        parts = (f"[{part}]" if isinstance(part, int) else f".{part}" for part in self.path)
        return "".join(parts).removeprefix(".")

    def __str__(self) -> str:
        where = f"{self.name}: " if self.path else ""
        return f"{where}{self.message}" + (f"; {self.hint}" if self.hint else "")


class ParamsError(TaskError):
    """The arguments, once rendered, do not fit the step."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


@dataclass(frozen=True, kw_only=True)
class Field:
    """One parameter, with all that its annotation says."""

    name: str
    kind: Kind
    doc: str
    default: object
    aliases: tuple[str, ...]
    markers: frozenset[type]

    @property
    def required(self) -> bool:
        return self.default is _REQUIRED


class Record:
    """A mapping with named entries: `Params` itself, or a dataclass inside it."""

    label = "mapping"
    expected = "a mapping"

    def __init__(self, cls: type) -> None:
        self.cls = cls
        self.fields = tuple(_read_fields(cls))
        self.secret = any(field.kind.secret for field in self.fields)
        self.rest = next((field for field in self.fields if Rest in field.markers), None)
        named = [field for field in self.fields if field is not self.rest]
        self.required = [field.name for field in named if field.required]
        self._by_name = {
            name: (field.name, field.kind.convert)
            for field in named
            for name in (field.name, *field.aliases)
        }

    def fits(self, value: object) -> bool:
        return isinstance(value, Mapping)

    def convert(self, value: object) -> Any:
        if not isinstance(value, Mapping):
            raise kinds.wrong(self, value)
        built, faults = self.build(value)
        if faults:
            raise _Faulty(faults)
        return built

    def build(self, given: Mapping[Any, Any]) -> tuple[Any, list[Fault]]:
        """The dataclass, or all that keeps it from being built."""
        values: dict[str, Any] = {}
        faults: list[Fault] = []
        rest: dict[str, Any] = {}
        for key, value in given.items():
            name, convert = self._by_name.get(key, (None, None))
            if name is None or convert is None:
                rest[str(key)] = value
            elif name in values:
                faults.append(Fault((str(key),), f"is given twice, also as another name of {name}"))
            else:
                try:
                    values[name] = convert(value)
                except Wrong as error:
                    values[name] = None
                    faults.extend(_faults(error.under(key)))
        if rest:
            faults.extend(self._take_rest(rest, values))
        faults.extend(self._missing(name) for name in self.required if name not in values)
        return (None, faults) if faults else (self.cls(**values), faults)

    def _take_rest(self, rest: dict[str, Any], values: dict[str, Any]) -> Iterator[Fault]:
        if self.rest is None:
            yield from map(self._unknown, rest)
            return
        try:
            values[self.rest.name] = self.rest.kind.convert(rest)
        except Wrong as error:
            yield from _faults(error)

    def _unknown(self, name: str) -> Fault:
        from difflib import get_close_matches

        near = get_close_matches(name, self._by_name, n=1)
        known = ", ".join(field.name for field in self.fields)
        hint = f"did you mean {near[0]}?" if near else f"there are: {known or 'none at all'}"
        return Fault((name,), "no such argument", hint)

    def _missing(self, name: str) -> Fault:
        return Fault((), f"missing argument: {name}")

    def schema(self, *, exact: bool = False) -> Schema:  # noqa: ARG002
        properties: Schema = {}
        for field in self.fields:
            if field is not self.rest:
                properties[field.name] = _field_schema(field)
                for alias in field.aliases:
                    other = {"description": f"Another name of `{field.name}`."}
                    properties[alias] = {**_field_schema(field), **other}
        rest: bool | Schema = False
        if self.rest:
            rest = self.rest.kind.schema().get("additionalProperties", True)
        head: Schema = {"type": ["object"], "properties": properties}
        return {**head, **self._required_schema(), "additionalProperties": rest}

    def _required_schema(self) -> Schema:
        """`required`; of a parameter with other names, one of them is."""
        named = [field for field in self.fields if field.name in self.required]
        plain = [field.name for field in named if not field.aliases]
        ways = [
            {
                "anyOf": [{"required": [name]} for name in (field.name, *field.aliases)],
                "errorMessage": f"missing argument: {field.name}",
            }
            for field in named
            if field.aliases
        ]
        return {
            **({"required": plain} if plain else {}),
            **({"allOf": ways} if ways else {}),
        }


class _Faulty(Wrong):
    """Several things are wrong inside one value."""

    def __init__(self, faults: list[Fault]) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


def _faults(error: Wrong) -> Iterator[Fault]:
    if isinstance(error, _Faulty):
        for fault in error.faults:
            yield dataclasses.replace(fault, path=(*error.path, *fault.path))
    else:
        yield Fault(error.path, error.message)


def _field_schema(field: Field) -> Schema:
    schema: Schema = {"description": field.doc, **field.kind.schema()}
    expected = {"errorMessage": f"expected {field.kind.expected}"}
    default = plain_default(field)
    return {**schema, **expected, **({} if default is None else {"default": default})}


def plain_default(field: Field) -> Any:
    """The default as JSON has it; None where there is none worth telling."""
    if field.required or field.kind.secret:
        return None
    if dataclasses.is_dataclass(field.default) and not isinstance(field.default, type):
        return dataclasses.asdict(field.default)
    return list(field.default) if isinstance(field.default, tuple) else field.default


# Reading a dataclass --------------------------------------------------------------------------


def _read_fields(cls: type) -> Iterator[Field]:
    hints = typing.get_type_hints(cls, include_extras=True)
    for entry in dataclasses.fields(cls):
        hint = hints[entry.name]
        doc = ""
        markers: tuple[object, ...] = ()
        if get_origin(hint) is typing.Annotated:
            hint, *extras = get_args(hint)
            doc = next((extra for extra in extras if isinstance(extra, str)), "")
            markers = tuple(extra for extra in extras if not isinstance(extra, str))
        yield Field(
            name=entry.name,
            kind=_kind(hint, markers),
            doc=doc,
            default=_default(entry),
            aliases=tuple(n for m in markers if isinstance(m, Alias) for n in m.names),
            markers=frozenset(map(type, markers)),
        )


def _default(entry: dataclasses.Field[Any]) -> object:
    if entry.default_factory is not dataclasses.MISSING:
        return entry.default_factory()
    return _REQUIRED if entry.default is dataclasses.MISSING else entry.default


def _kind(hint: Any, markers: tuple[object, ...] = ()) -> Kind:
    origin, args = get_origin(hint), get_args(hint)
    if origin is typing.Annotated:
        return _kind(args[0], (*markers, *args[1:]))
    if origin is Literal:
        return kinds.Choice(args)
    if origin in (Union, types.UnionType):
        return kinds.AnyOf([_kind(arg, markers) for arg in args])
    if list in (origin, hint):
        return kinds.ListOf(_kind(args[0] if args else object, markers))
    if dict in (origin, hint):
        return kinds.MapOf(_kind(args[1] if args else object, markers))
    return record(hint) if dataclasses.is_dataclass(hint) else _scalar(hint, markers)


def _scalar(hint: Any, markers: tuple[object, ...]) -> Kind:
    limits = next((m for m in markers if isinstance(m, Range)), None)
    pattern = next((m for m in markers if isinstance(m, Pattern)), None)
    scalars: dict[Any, Any] = {
        str: lambda: kinds.Text(pattern),
        Secret: lambda: kinds.SecretText(pattern),
        Mode: kinds.ModeText,
        int: lambda: kinds.Whole(limits),
        float: lambda: kinds.Real(limits),
        bool: kinds.Flag,
        type(None): kinds.Nothing,
        object: kinds.Anything,
        Any: kinds.Anything,
    }
    if hint not in scalars:
        msg = f"a parameter cannot be of type {getattr(hint, '__name__', hint)}"
        raise TypeError(msg)
    return scalars[hint]()  # type: ignore[no-any-return]


# What the others ask --------------------------------------------------------------------------


@cache
def record(cls: Any) -> Record:
    """The compiled plan of a dataclass."""
    return Record(cls)


def fields(cls: type) -> tuple[Field, ...]:
    """The parameters in the order they are written."""
    return record(cls).fields


def schema(cls: type) -> Schema:
    """The strict JSON Schema (draft-07) of a step's arguments."""
    return record(cls).schema()


def build(cls: type, rendered: Mapping[str, Any]) -> Any:
    """The frozen dataclass of these arguments; raises ParamsError with all that is wrong."""
    built, faults = record(cls).build(rendered)
    if faults:
        raise ParamsError(faults)
    return built


def secrets(params: object) -> Iterator[Secret]:
    """The secret values inside a built dataclass."""
    if isinstance(params, Secret):
        yield params
    elif dataclasses.is_dataclass(params):
        for entry in dataclasses.fields(params):
            yield from secrets(getattr(params, entry.name))
    elif isinstance(params, Mapping):
        for value in params.values():
            yield from secrets(value)
    elif isinstance(params, list | tuple):
        for value in params:
            yield from secrets(value)


def expressions(cls: type) -> frozenset[str]:
    """The parameters that hold bare expressions: they are not rendered."""
    return frozenset(field.name for field in fields(cls) if Expression in field.markers)


def free_form(cls: type) -> str | None:
    """The parameter that takes the text of `step: text`."""
    return next((field.name for field in fields(cls) if FreeForm in field.markers), None)
