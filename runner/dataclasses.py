"""Dataclasses as those of the standard library, made in a fifth of the time.

A start makes a hundred of them, and the standard library's module needs `inspect`, and with it the
compiler, disassembler and tokenizer of Python: together a ninth of a start. That nobody changes
what is frozen is for the type checker to prove; it takes this module for the standard library's.
Each `__init__` is compiled; how they are compared and shown is compiled with this file. Types are
texts at which nobody looks: there is no ClassVar, InitVar or KW_ONLY.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["MISSING", "Field", "asdict", "dataclass", "field", "fields", "is_dataclass", "replace"]


class _Missing:
    def __repr__(self) -> str:
        return "MISSING"


_MISSING: Any = _Missing()


class _Field:
    __slots__ = ("default", "default_factory", "is_shown", "kw_only", "name")

    def __init__(self, default: Any, factory: Any = _MISSING, *, is_shown: bool = True) -> None:
        self.default, self.default_factory, self.is_shown = default, factory, is_shown
        self.name, self.kw_only = "", False

    @property
    def is_optional(self) -> bool:
        return self.default is not _MISSING or self.default_factory is not _MISSING


class _Options:
    def __init__(self, *, frozen: bool) -> None:
        self.frozen = frozen


def _field(*, repr: bool = True, default: Any = _MISSING, default_factory: Any = _MISSING) -> Any:  # noqa: A002  # the standard library's name
    return _Field(default, default_factory, is_shown=repr)


# Making one -----------------------------------------------------------------------------------


def _dataclass(cls: type | None = None, /, **options: bool) -> Any:
    """What is frozen can be hashed, and is not watched over."""
    return _made(cls, **options) if cls else lambda cls: _made(cls, **options)


def _made(
    cls: Any,
    *,
    frozen: bool = False,
    kw_only: bool = False,
    slots: bool = False,
    eq: bool = True,
    **more: bool,
) -> Any:
    own = {name: _own(cls, name) for name in vars(cls).get("__annotations__", ())}
    for field in own.values():
        field.kw_only = kw_only
    found = {**_inherited(cls), **own}
    cls.__dataclass_fields__, cls.__dataclass_params__ = found, _Options(frozen=frozen)
    positional = tuple(name for name, field in found.items() if not field.kw_only)
    cls.__match_args__ = positional  # type: ignore[misc]  # it is any class
    if more.get("init", True):
        cls.__init__ = _init(found.values(), has_more=hasattr(cls, "__post_init__"))
    if more.get("repr", True) and "__repr__" not in vars(cls):
        cls.__repr__ = _repr([name for name, field in found.items() if field.is_shown])
    if eq:
        values = attrgetter("__class__", *found)
        cls.__eq__ = lambda one, other: type(one) is type(other) and values(one) == values(other)
        cls.__hash__ = (lambda one: hash(values(one))) if frozen else None
    return _with_slots(cls, tuple(own)) if slots else cls


def _inherited(cls: type) -> dict[str, _Field]:
    found: dict[str, _Field] = {}
    for base in reversed(cls.__mro__[1:]):
        found.update(vars(base).get("__dataclass_fields__", {}))
    return found


def _own(cls: type, name: str) -> _Field:
    """The field that is written in a class; its default becomes the class's."""
    written: Any = vars(cls).get(name, _MISSING)
    field = written if isinstance(written, _Field) else _Field(written)
    field.name = name
    if field.default is not _MISSING:
        setattr(cls, name, field.default)
    elif field is written:
        delattr(cls, name)
    return field


def _with_slots(cls: type, names: tuple[str, ...]) -> type:
    """The class once more: a class has slots from the beginning or not at all."""
    left_out = {*names, "__dict__", "__weakref__"}
    members = {name: value for name, value in vars(cls).items() if name not in left_out}
    made = type(cls)(cls.__name__, cls.__bases__, {**members, "__slots__": names})
    made.__qualname__ = cls.__qualname__
    return made


def _repr(names: Sequence[str]) -> Callable[[Any], str]:
    def shown(one: Any) -> str:
        told = ", ".join(f"{name}={getattr(one, name)!r}" for name in names)
        return f"{type(one).__qualname__}({told})"

    return shown


def _init(fields: Iterable[_Field], *, has_more: bool) -> Any:
    fields = list(fields)
    positional = [field.name for field in fields if not field.kw_only]
    keywords = [field.name for field in fields if field.kw_only]
    parameters = ", ".join(["self", *positional, *(["*", *keywords] if keywords else [])])
    lines = "".join(f"\n self.{field.name} = {_value(field)}" for field in fields)
    lines += "\n self.__post_init__()" if has_more else ""
    scope = {f"make_{field.name}": field.default_factory for field in fields}
    scope["MISSING"] = _MISSING
    exec(f"def __init__({parameters}):{lines or ' pass'}", scope)  # noqa: S102  # names of fields, no more
    init: Any = scope["__init__"]
    defaults = {field.name: field.default for field in fields if field.is_optional}
    init.__defaults__ = tuple(defaults[name] for name in positional if name in defaults)
    init.__kwdefaults__ = defaults
    return init


def _value(field: _Field) -> str:
    name = field.name
    if field.default_factory is _MISSING:
        return name
    return f"make_{name}() if {name} is MISSING else {name}"


# Using one ------------------------------------------------------------------------------------


def _is_dataclass(it: object) -> bool:
    return hasattr(it if isinstance(it, type) else type(it), "__dataclass_fields__")


def _fields(it: Any) -> tuple[_Field, ...]:
    """Its fields, also if it is the standard library's: others write their steps with that."""
    found = tuple(it.__dataclass_fields__.values())
    return found if all(isinstance(each, _Field) for each in found) else tuple(_as_ours(it))


def _as_ours(it: Any) -> Iterator[_Field]:
    import dataclasses

    def ours(value: Any) -> Any:
        return _MISSING if value is dataclasses.MISSING else value

    for each in dataclasses.fields(it):
        field = _Field(ours(each.default), ours(each.default_factory), is_shown=each.repr)
        field.name, field.kw_only = each.name, bool(each.kw_only)
        yield field


def _replace(one: Any, /, **changes: Any) -> Any:
    for name in one.__dataclass_fields__:
        if name not in changes:
            changes[name] = getattr(one, name)
    return type(one)(**changes)


def _asdict(one: Any) -> dict[str, Any]:
    return {each.name: _plain(getattr(one, each.name)) for each in _fields(one)}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(_plain, value))
    return _asdict(value) if _is_dataclass(value) else value


if TYPE_CHECKING:
    from dataclasses import MISSING, Field, asdict, dataclass, field, fields, is_dataclass, replace
else:
    MISSING, Field, dataclass, field = _MISSING, _Field, _dataclass, _field
    asdict, fields, is_dataclass, replace = _asdict, _fields, _is_dataclass, _replace
