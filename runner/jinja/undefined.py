"""What stands in templates for what is not defined."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from jinja2 import StrictUndefined, UndefinedError

from ..errors import TemplateError

if TYPE_CHECKING:
    from ..errors import Problem

NO_HINT = "Mandatory variable has not been overridden"
"""What `undef()` says if it is given no words."""


class MissingError(UndefinedError):
    """A name or attribute that is not there was used."""

    def __init__(self, missing: Missing, message: str) -> None:
        super().__init__(message)
        self.missing = missing
        # Whoever gives a hint has said all that there is to say.
        hint = missing._undefined_hint  # noqa: SLF001  # Jinja gives no other way
        self.name = None if hint else missing._undefined_name  # noqa: SLF001  # as above
        self.owner = missing._undefined_obj  # noqa: SLF001  # as above
        self.problem = missing.problem


class Missing(StrictUndefined):
    """Stands for what is not defined; whatever comes of it is not defined either."""

    problem: Problem | None = None
    """Where and why, if a variable's own template could not be rendered."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Jinja raises what this makes.
        self._undefined_exception: Any = lambda message: MissingError(self, message)

    def fail(self) -> None:
        """Raise the error that says what is missing."""
        self._fail_with_undefined_error()

    def __repr__(self) -> str:
        """Fail: nobody is to see a list, say, in which this stands."""
        return str(self)

    def __getattr__(self, name: str) -> Any:
        if name[:2] == "__":
            raise AttributeError(name)
        return self

    def is_unhinted(self) -> bool:
        """Whether it comes of `undef()`, and nobody said why."""
        return bool(self._undefined_hint == NO_HINT)

    def __getitem__(self, key: object) -> Any:
        return self


class Failed(Missing):
    """Stands for what could not be had, though it is defined: no default stands in for it."""

    def __init__(self, error: Exception) -> None:
        super().__init__(hint=str(error))
        self.error = error
        self._undefined_exception = lambda _: error


def instead_of(error: Exception) -> Missing:
    """Return what stands for a value that could not be had, as something is not defined."""
    if isinstance(error, MissingError):
        return error.missing
    if not isinstance(error, TemplateError):
        return Missing(hint=str(error))
    missing = Missing(hint=error.problem.message, name=getattr(error.__cause__, "name", None))
    missing.problem = error.problem
    return missing
