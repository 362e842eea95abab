"""The standard library's dataclasses, made in a fifth of the time.

A start makes a hundred of them, and each method of each is compiled; two of them watch over what is
frozen. That nobody changes what is frozen is for the type checker to prove: it takes this for the
standard library's. `__init__` is written here, as half of its text would be annotations and
defaults; how they are compared and shown is compiled with this file. A step's `Params` stay those
of the standard library, since others inherit them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, field, fields, replace
from dataclasses import dataclass as _dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass", "field", "replace"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(cls: type | None = None, /, **options: bool) -> Any:
        """As the standard library's; what is frozen can be hashed, and is not watched over."""
        return _made(cls, **options) if cls else lambda cls: _made(cls, **options)


def _made(cls: Any, *, frozen: bool = False, eq: bool = True, **options: bool) -> Any:
    # Whatever says nothing of itself would get its signature for a docstring.
    cls.__doc__ = cls.__doc__ or cls.__name__
    is_shown = options.pop("repr", True) and "__repr__" not in vars(cls)
    # Types are texts here, which would be searched for ClassVar, InitVar and KW_ONLY: none is used.
    types, cls.__annotations__ = cls.__annotations__, dict.fromkeys(cls.__annotations__)
    made = _dataclass(cls, init=False, repr=False, eq=False, **options)
    made.__annotations__ = types
    made.__init__ = _init(fields(made), has_more=hasattr(made, "__post_init__"))
    if is_shown:
        made.__repr__ = _repr([each.name for each in fields(made) if each.repr])
    if eq:
        values = attrgetter("__class__", *(each.name for each in fields(made)))
        made.__eq__ = lambda one, other: type(one) is type(other) and values(one) == values(other)
        made.__hash__ = (lambda one: hash(values(one))) if frozen else None
    return made


def _repr(names: Sequence[str]) -> Callable[[Any], str]:
    def shown(one: Any) -> str:
        told = ", ".join(f"{name}={getattr(one, name)!r}" for name in names)
        return f"{type(one).__qualname__}({told})"

    return shown


def _init(fields: tuple[Field[Any], ...], *, has_more: bool) -> Any:
    positional = [field.name for field in fields if not field.kw_only]
    keywords = [field.name for field in fields if field.kw_only]
    parameters = ", ".join(["self", *positional, *(["*", *keywords] if keywords else [])])
    lines = "".join(f"\n self.{field.name} = {_value(field)}" for field in fields)
    lines += "\n self.__post_init__()" if has_more else ""
    scope = {f"make_{field.name}": field.default_factory for field in fields} | {"MISSING": MISSING}
    exec(f"def __init__({parameters}):{lines}", scope)  # noqa: S102  # names of fields, no more
    init: Any = scope["__init__"]
    defaults = {field.name: field.default for field in fields if _may_be_left_out(field)}
    init.__defaults__ = tuple(defaults[name] for name in positional if name in defaults)
    init.__kwdefaults__ = defaults
    return init


def _value(field: Field[Any]) -> str:
    name = field.name
    if field.default_factory is MISSING:
        return name
    return f"make_{name}() if {name} is MISSING else {name}"


def _may_be_left_out(field: Field[Any]) -> bool:
    return field.default is not MISSING or field.default_factory is not MISSING
