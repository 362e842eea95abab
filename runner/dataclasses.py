"""The standard library's dataclasses, made in a sixth of the time.

A start makes a hundred of them, and each method of each is compiled; two of them watch over what is
frozen. That nobody changes what is frozen is for the type checker to prove: it takes this for the
standard library's. `__init__` is made here: it is compiled once for all that have so many fields,
and each of them puts its own names in. A step's `Params` stay those of the standard library, since
others inherit them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, field, fields, replace
from functools import cache
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, TypeAlias

__all__ = ["dataclass", "field", "replace"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from dataclasses import dataclass as _dataclass

    def dataclass(
        cls: type | None = None, /, *, frozen: bool = False, eq: bool = True, **options: bool
    ) -> Any:
        """As the standard library's; what is frozen can be hashed, and is not watched over."""
        if cls is None:
            return lambda cls: dataclass(cls, frozen=frozen, eq=eq, **options)
        # Whatever says nothing of itself would get its signature for a docstring.
        cls.__doc__ = cls.__doc__ or cls.__name__
        made = _dataclass(cls, eq=eq, init=False, unsafe_hash=frozen and eq, **options)
        made.__init__ = _init(fields(made), getattr(made, "__post_init__", None))
        return made


_Finish: TypeAlias = Callable[[Any], None]
"""What is to be done when all fields are set."""


def _init(fields: tuple[Field[Any], ...], post_init: _Finish | None) -> Any:
    positional = [field.name for field in fields if not field.kw_only]
    names = [*positional, *(field.name for field in fields if field.kw_only)]
    makers = {each.name: each.default_factory for each in fields if _is_made(each)}
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


def _making(makers: Mapping[str, Any], post_init: _Finish | None) -> _Finish:
    def finish(self: Any) -> None:
        for name, make in makers.items():
            if getattr(self, name) is MISSING:
                setattr(self, name, make())
        if post_init:
            post_init(self)

    return finish


def _may_be_left_out(field: Field[Any]) -> bool:
    return field.default is not MISSING or _is_made(field)


def _is_made(field: Field[Any]) -> bool:
    return field.default_factory is not MISSING
