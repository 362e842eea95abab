"""What stands for a value that was opened, or that cannot be opened or rendered."""

from __future__ import annotations

from typing import Any, NoReturn, Self

from ..errors import TemplateError


class Opened(str):
    """What was encrypted; it knows how, and whatever is made of it is a text as any other."""

    __slots__ = ("encrypted",)

    encrypted: str

    @classmethod
    def of(cls, text: str, encrypted: str) -> Self:
        """The text, and what it was read from."""
        opened = cls(text)
        opened.encrypted = encrypted
        return opened


class Sealed:
    """A part of a variable: whatever is done with it says why.

    It is defined, so that `default` and `is defined` do not take a wrong password for no value.
    """

    __slots__ = ("_error",)

    def __init__(self, error: TemplateError) -> None:
        self._error = error

    def fail(self, *_: Any, **__: Any) -> NoReturn:
        raise TemplateError(self._error.problem)

    __str__ = __repr__ = __format__ = __bool__ = __len__ = __iter__ = __hash__ = fail
    __eq__ = __ne__ = __lt__ = __le__ = __gt__ = __ge__ = __contains__ = fail
    __getattr__ = __getitem__ = __call__ = __add__ = __radd__ = __mod__ = fail
    __int__ = __float__ = fail
