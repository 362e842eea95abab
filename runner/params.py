"""A step's `Params` dataclass, read once: its JSON Schema, and the way from a dict to it.

What a dataclass says is compiled the first time it is asked for; building a thousand steps looks
at no type hint again.
"""

from __future__ import annotations

import types
import typing
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from typing import Annotated, Any, Literal, TypeVar, Union, get_args, get_origin

from . import dataclasses
from .errors import TaskError
from .kinds.compound import AnyOf, CommaList, ListOf, MapOf
from .kinds.kind import Kind, Schema
from .kinds.numbers import Real, Whole
from .kinds.plain import Anything, Choice, Flag, ModeText, Nothing, SecretText, Text
from .kinds.record import Fault, Field, Record
from .nodes import MapNode, SeqNode
from .spelling import nearest
from .task import Alias, Check, Commas, Expression, FreeForm, Mode, Pattern, Range, Secret

if typing.TYPE_CHECKING:
    from .errors import Place

Markers = tuple[object, ...]
FindFault = Callable[[str, str], object]
T = TypeVar("T")


class ParamsError(TaskError):
    """The arguments, once rendered, do not fit the step."""

    def __init__(self, faults: Iterable[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(map(str, self.faults)))


@cache
def record(cls: Any) -> Record:
    """All that a dataclass of parameters says; raises TypeError for one that cannot be read."""
    return Record(cls, list(_read(cls)))


def fields(cls: type) -> tuple[Field, ...]:
    """The parameters in the order they are written."""
    return record(cls).fields


@cache
def schema(cls: type) -> Schema:
    """The strict JSON Schema (draft-07) of a step's arguments; one, for what is kept of it."""
    return record(cls).schema()


@cache
def optional_schema(cls: type) -> Schema:
    """The schema of some of the arguments: none of them must be there."""
    return {k: rules for k, rules in schema(cls).items() if k not in ("required", "allOf")}


def build(
    cls: type, rendered: Mapping[str, Any], converted: Mapping[str, Any] | None = None
) -> Any:
    """The frozen dataclass of these arguments; raises ParamsError with all that is wrong.

    Some may be `converted` already (see Record).
    """
    built, faults = record(cls).build(rendered, converted or {})
    if faults:
        raise ParamsError(faults)
    return built


def secrets(params: object) -> Iterator[Secret]:
    """The secret values inside a built dataclass."""
    for value in _inside(params):
        if isinstance(value, Secret):
            yield value
        elif value is not None:
            yield from secrets(value)


def secrets_written(kind: Kind, value: object) -> Iterator[tuple[str, object, Place]]:
    """The parts of arguments that are secrets by their kind, as a person wrote them.

    So are those whose names are misspelt.
    """
    if isinstance(kind, AnyOf):
        for one in kind.named:
            yield from secrets_written(one, value)
    elif isinstance(kind, ListOf) and isinstance(value, list):
        for inner in value:
            yield from secrets_written(kind.item, inner)
    elif isinstance(value, MapNode):
        for key, inner in value.items():
            part = _part(kind, key)
            if part and part.secret:
                yield str(key), inner, value.key_places[key]
                yield from secrets_written(part, inner)


def checks_written(
    kind: Kind, name: str, value: object, place: Place
) -> Iterator[tuple[FindFault, str, str, Place]]:
    """The texts in arguments that are checked before a run, as a person wrote them; no templates.

    With the check, and the name of the parameter.
    """
    if isinstance(kind, Text):
        if kind.find_fault and type(value) is str:
            yield kind.find_fault, name, value, place
    elif kind.checked:
        for part in _parts_written(kind, name, value, place):
            yield from checks_written(*part)


def _parts_written(
    kind: Kind, name: str, value: object, place: Place
) -> Iterator[tuple[Kind, str, object, Place]]:
    if isinstance(kind, AnyOf):
        yield from ((one, name, value, place) for one in kind.named if one.fits(value))
    elif isinstance(kind, ListOf):
        listed = zip(value, value.places, strict=True) if isinstance(value, SeqNode) else ()
        yield from ((kind.item, name, *each) for each in listed or [(value, place)])
    elif isinstance(value, MapNode):
        for key, inner in value.items():
            if part := _part(kind, key):
                yield part, str(key), inner, value.value_places[key]


def _part(kind: Kind, key: object) -> Kind | None:
    if isinstance(kind, MapOf):
        return kind.item
    if not isinstance(kind, Record):
        return None
    name, parts = str(key), _parts(kind)
    return parts.get(name) or parts.get(nearest(name, tuple(parts)))


@cache
def _parts(kind: Record) -> Mapping[str, Kind]:
    return {name: field.kind for field in kind.named for name in field.names}


def _inside(value: object) -> Iterable[object]:
    if dataclasses.is_dataclass(value):
        cls: Any = type(value)
        return [getattr(value, name) for name in record(cls).secrets]
    if isinstance(value, Mapping):
        return value.values()
    return value if isinstance(value, list | tuple) else ()


def expressions(cls: type) -> frozenset[str]:
    """The parameters that hold bare expressions: they are not rendered."""
    return frozenset(field.name for field in fields(cls) if Expression in field.markers)


def free_form(cls: type) -> str | None:
    """The parameter that takes the text of `step: text`."""
    return next((field.name for field in fields(cls) if FreeForm in field.markers), None)


# Reading a dataclass --------------------------------------------------------------------------


def _read(cls: type) -> Iterator[Field]:
    hints = typing.get_type_hints(cls, include_extras=True)
    for entry in dataclasses.fields(cls):
        hint, extras = _split(hints[entry.name])
        alias = _first(extras, Alias) or Alias()
        kind, default = _kind(hint, extras), _default(entry)
        if isinstance(kind, Text) and isinstance(default, str):
            kind.null = ""  # As in Ansible; what is required or may be left out is another matter.
        yield Field(
            name=entry.name,
            kind=kind,
            doc=_first(extras, str) or "",
            required=entry.default is entry.default_factory is dataclasses.MISSING,
            default=default,
            aliases=alias.names,
            kept=alias.kept,
            markers=frozenset(type(extra) for extra in extras if not isinstance(extra, str)),
        )


def _split(hint: Any) -> tuple[Any, Markers]:
    return (hint.__origin__, hint.__metadata__) if get_origin(hint) is Annotated else (hint, ())


def _default(entry: dataclasses.Field[Any]) -> object:
    if entry.default_factory is not dataclasses.MISSING:
        return entry.default_factory()
    return None if entry.default is dataclasses.MISSING else entry.default


def _kind(hint: Any, markers: Markers) -> Kind:
    hint, inner = _split(hint)
    markers = (*inner, *markers)
    origin, args = get_origin(hint), get_args(hint)
    if origin is Literal:
        return Choice(args)
    if origin in (Union, types.UnionType):
        return AnyOf([_kind(arg, markers) for arg in args])
    if list in (origin, hint):
        listed = CommaList if _first(markers, Commas) else ListOf
        return listed(_kind(args[0] if args else object, markers))
    if dict in (origin, hint):
        return MapOf(_kind(args[1] if args else object, markers))
    if isinstance(hint, type) and dataclasses.is_dataclass(hint):
        return record(hint)
    return _scalar(hint, markers)


def _scalar(hint: Any, markers: Markers) -> Kind:
    if hint not in _SCALARS:
        msg = f"a parameter cannot be of type {getattr(hint, '__name__', hint)}"
        raise TypeError(msg)
    return _SCALARS[hint](markers)


def _first(markers: Markers, wanted: type[T]) -> T | None:
    return next((marker for marker in markers if isinstance(marker, wanted)), None)


_SCALARS: Mapping[object, Callable[[Markers], Kind]] = {
    str: lambda markers: Text(_first(markers, Pattern), _first(markers, Check)),
    Secret: lambda markers: SecretText(_first(markers, Pattern)),
    Mode: lambda _: ModeText(),
    int: lambda markers: Whole(_first(markers, Range)),
    float: lambda markers: Real(_first(markers, Range)),
    bool: lambda _: Flag(),
    type(None): lambda _: Nothing(),
    object: lambda _: Anything(),
    Any: lambda _: Anything(),
}
