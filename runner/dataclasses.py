"""The standard library's dataclasses, made in a quarter of the time.

A start makes a hundred of them, and each method of each is compiled; two of them watch over what is
frozen. That nobody changes what is frozen is for the type checker to prove: it takes this for the
standard library's. `__init__` is written here, as half of its text would be annotations and
defaults. A step's `Params` stay those of the standard library, since others inherit them.
"""

from __future__ import annotations

from dataclasses import MISSING, Field, field, fields, replace
from typing import TYPE_CHECKING, Any

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
        made.__init__ = _init(fields(made), has_more=hasattr(made, "__post_init__"))
        return made


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
