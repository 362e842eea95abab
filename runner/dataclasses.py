"""The standard library's dataclasses, made in a tenth of the time.

A start makes a hundred of them, and each method of each is compiled; two of them watch over what is
frozen. That nobody changes what is frozen is for the type checker to prove: it takes this for the
standard library's. Here `__init__` is compiled once for all that have so many fields, and each of
them puts its own names in; how they are compared and shown is compiled with this file. A step's
`Params` stay those of the standard library, since others inherit them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import MISSING, Field, field, fields, replace
from dataclasses import dataclass as _dataclass
from functools import cache
from operator import attrgetter
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, TypeAlias

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
    made = _dataclass(cls, init=False, repr=False, eq=False, **options)
    made.__init__ = _init(fields(made), getattr(made, "__post_init__", None))
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


_Finish: TypeAlias = Callable[[Any], None]
"""What is to be done when all fields are set."""


def _init(fields: tuple[Field[Any], ...], post_init: _Finish | None) -> Any:
    positional = [field.name for field in fields if not field.kw_only]
    names = [*positional, *(field.name for field in fields if field.kw_only)]
    makers = [(each.name, each.default_factory) for each in fields if _is_made(each)]
    finish = _making(makers, post_init) if makers else post_init
    pattern = _pattern(len(names), has_more=finish is not None)
    own_name = dict(zip(pattern.co_varnames, ("self", *names), strict=True))
    code = pattern.replace(
        co_argcount=1 + len(positional),
        co_kwonlyargcount=len(names) - len(positional),
        co_varnames=tuple(own_name.values()),
        co_names=tuple(own_name.get(name, name) for name in pattern.co_names),
    )
    init: Any = FunctionType(code, {"finish": finish})
    defaults = {each.name: each.default for each in fields if _may_be_left_out(each)}
    init.__defaults__ = tuple(defaults[name] for name in positional if name in defaults)
    init.__kwdefaults__ = defaults
    return init


@cache
def _pattern(count: int, *, has_more: bool) -> CodeType:
    names = [f"_{number}" for number in range(count)]
    lines = [f"def __init__({', '.join(['self', *names])}):"]
    lines += [f" self.{name} = {name}" for name in names]
    lines += [" finish(self)" if has_more else " pass"]
    scope: dict[str, Any] = {}
    exec("\n".join(lines), scope)  # noqa: S102  # nothing in it comes from elsewhere
    code: CodeType = scope["__init__"].__code__
    return code


def _making(makers: Sequence[tuple[str, Any]], post_init: _Finish | None) -> _Finish:
    def finish(self: Any) -> None:
        for name, make in makers:
            if getattr(self, name) is MISSING:
                setattr(self, name, make())
        if post_init:
            post_init(self)

    return finish


def _may_be_left_out(field: Field[Any]) -> bool:
    return field.default is not MISSING or _is_made(field)


def _is_made(field: Field[Any]) -> bool:
    return field.default_factory is not MISSING
