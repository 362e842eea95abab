"""The standard library's dataclasses, made in a third of the time.

A start makes a hundred of them, and each method of each is compiled; two of them watch over what is
frozen. That nobody changes what is frozen is for the type checker to prove: it takes this for the
standard library's. A step's `Params` stay those of the standard library, since others inherit them.
"""

from __future__ import annotations

from dataclasses import field, replace
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
        return _dataclass(cls, eq=eq, unsafe_hash=frozen and eq, **options)
