"""The standard library's dataclasses, for a program that starts often.

The standard library loads `inspect`, and compiles the methods of each dataclass when the class is
made: a third of a short run. Here `__init__` is compiled when the first instance is made, which
half of the classes never come to in one run, and the other methods are the same for all. That
nobody changes what is frozen is for the type checker to prove, to which these are the standard
library's; and its functions take them for its own.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache, cached_property
from operator import attrgetter
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, Final

__all__ = ["UNSET", "asdict", "dataclass", "field", "fields", "is_dataclass", "replace"]

UNSET: Final[Any] = object()
"""Stands for the default, or what makes it, of a field without one."""


class Field:
    """One field, as the standard library describes it."""

    name: str
    type: Any
    kw_only: bool

    def __init__(self, **given: Any) -> None:
        self.given = given
        self.default = given.get("default", UNSET)
        self.default_factory = given.get("default_factory", UNSET)

    @property
    def is_required(self) -> bool:
        return self.default is self.default_factory is UNSET


def is_dataclass(value: object) -> bool:
    return hasattr(value, "__dataclass_params__")


def fields(cls: type) -> tuple[Field, ...]:
    """The fields of a dataclass, those of its bases first; also of one of the standard library."""
    return _fields(cls)


@cache
def _fields(cls: Any) -> tuple[Field, ...]:
    found: dict[str, Field] = {}
    for base in reversed(cls.__mro__):
        part = vars(base).get("__dataclass_fields__")
        if part is not None:
            found |= part.own if isinstance(part, _Fields) else _taken(base)
    return tuple(found.values())


def _taken(cls: type) -> dict[str, Field]:
    """The fields of a class that the standard library has made."""
    import dataclasses

    found = {}
    for other in dataclasses.fields(cls):
        ways = {"default": other.default, "default_factory": other.default_factory}
        said = {way: value for way, value in ways.items() if value is not dataclasses.MISSING}
        field = found[other.name] = Field(**said)
        field.name, field.type, field.kw_only = other.name, other.type, other.kw_only is True
    return found


def _replace(self: Any, /, **changes: Any) -> Any:
    names = (field.name for field in _fields(self.__class__))
    return self.__class__(**dict(zip(names, _values(self), strict=True)) | changes)


def _asdict(value: Any) -> Any:
    """A dict of a dataclass, and of each that lies in it."""
    if is_dataclass(value):
        return {own.name: _asdict(getattr(value, own.name)) for own in _fields(value.__class__)}
    if isinstance(value, list | tuple):
        return [_asdict(part) for part in value]
    if isinstance(value, dict):
        return {key: _asdict(part) for key, part in value.items()}
    return value


class _Fields:
    """The fields that a class adds to those of its bases, read when they are first needed."""

    def __init__(self, cls: Any, *, kw_only: bool) -> None:
        self._cls = cls
        self._kw_only = kw_only

    @cached_property
    def own(self) -> dict[str, Field]:
        hints = vars(self._cls).get("__annotations__", {})
        return {name: self._read(name, hint) for name, hint in hints.items() if not _shared(hint)}

    def _read(self, name: str, hint: object) -> Field:
        field = vars(self._cls).get(name, UNSET)
        if not isinstance(field, Field):
            field = Field() if field is UNSET else Field(default=field)
        field.name, field.type, field.kw_only = name, hint, self._kw_only
        return field

    def __get__(self, _: object, cls: type) -> Mapping[str, Any]:
        """Give the standard library's functions what they look for."""
        from dataclasses import field, make_dataclass

        made = [
            (own.name, own.type, field(**own.given, kw_only=own.kw_only)) for own in fields(cls)
        ]
        twin: Any = make_dataclass(cls.__name__, made)
        return twin.__dataclass_fields__  # type: ignore[no-any-return]


def _shared(hint: object) -> bool:
    """Whether it is no field but a variable of the class."""
    return str(hint).removeprefix("typing.").startswith("ClassVar")


# Making a class --------------------------------------------------------------------------------


def _dataclass(cls: type | None = None, /, **options: bool) -> Any:
    """`options` are frozen, kw_only, slots, eq and repr."""
    return _made(cls, **options) if cls else lambda cls: _made(cls, **options)


def _made(
    cls: Any,
    *,
    frozen: bool = False,
    kw_only: bool = False,
    slots: bool = False,
    eq: bool = True,
    repr: bool = True,  # noqa: A002  # as the standard library calls it
) -> Any:
    cls.__dataclass_params__ = SimpleNamespace(frozen=frozen)
    cls.__dataclass_fields__ = _Fields(cls, kw_only=kw_only)
    if slots:
        cls = _slotted(cls)
    cls.__init__ = _unwritten(cls)
    if repr and "__repr__" not in vars(cls):
        cls.__repr__ = _repr
    if eq and "__eq__" not in vars(cls):
        cls.__eq__ = _eq
        cls.__hash__ = _hash if frozen else None
    return cls


def _slotted(cls: Any) -> Any:
    """The class once more: slots are made with a class or not at all."""
    own = vars(cls)["__dataclass_fields__"].own
    left = {*own, "__dict__", "__weakref__"}
    body = {name: value for name, value in vars(cls).items() if name not in left}
    slotted = type(cls)(cls.__name__, cls.__bases__, {**body, "__slots__": tuple(own)})
    slotted.__qualname__ = cls.__qualname__
    return slotted


# Its methods -----------------------------------------------------------------------------------


def _unwritten(cls: Any) -> Callable[..., None]:
    """An `__init__` that writes the real one when it is first called."""

    def __init__(self: Any, *args: Any, **given: Any) -> None:  # noqa: N807  # it is one
        cls.__init__ = _written(cls)
        cls.__init__(self, *args, **given)

    return __init__


def _written(cls: Any) -> Any:
    places = [field for field in _fields(cls) if not field.kw_only]
    names = [field for field in _fields(cls) if field.kw_only]
    taken = ["self", *(field.name for field in places)]
    taken += ["*", *(field.name for field in names)] if names else []
    after = "self.__post_init__()" if hasattr(cls, "__post_init__") else "pass"
    lines = "\n ".join([*map(_line, _fields(cls)), after])
    known = {f"make_{field.name}": field.default_factory for field in _fields(cls)}
    known["UNSET"] = UNSET
    exec(f"def __init__({', '.join(taken)}):\n {lines}", known)  # noqa: S102  # our own words
    init: Any = known["__init__"]
    init.__qualname__ = f"{cls.__qualname__}.__init__"
    init.__defaults__ = tuple(field.default for field in places if not field.is_required)
    init.__kwdefaults__ = {field.name: field.default for field in names if not field.is_required}
    cls.__match_args__ = tuple(field.name for field in places)  # type: ignore[misc]  # mypy: only in a class
    return init


def _line(field: Field) -> str:
    name = field.name
    if field.default_factory is UNSET:
        return f"self.{name} = {name}"
    return f"self.{name} = {name} if {name} is not UNSET else make_{name}()"


def _repr(self: Any) -> str:
    shown = [field.name for field in _fields(self.__class__) if field.given.get("repr", True)]
    told = ", ".join(f"{name}={getattr(self, name)!r}" for name in shown)
    return f"{type(self).__qualname__}({told})"


def _eq(self: Any, other: object) -> bool:
    return _values(self) == _values(other) if type(self) is type(other) else NotImplemented


def _hash(self: Any) -> int:
    return hash(_values(self))


def _values(self: Any) -> Any:
    return _reader(self.__class__)(self)


@cache
def _reader(cls: Any) -> Callable[[Any], Any]:
    names = [field.name for field in _fields(cls)]
    if len(names) > 1:
        return attrgetter(*names)
    return lambda self: tuple(getattr(self, name) for name in names)


if TYPE_CHECKING:
    from dataclasses import asdict, dataclass, field, replace
else:
    asdict, dataclass, field, replace = _asdict, _dataclass, Field, _replace
