"""What all kinds share, and the error for a value that does not fit."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, TypeAlias

from ..task import Secret
from ..type_names import type_debug

Schema: TypeAlias = dict[str, Any]

_SHOWN = 60


class Wrong(Exception):
    """A value does not fit; `path` leads from the argument to the value."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.message = message
        self.hint = hint
        self.path: tuple[str | int, ...] = ()
        self.unable = ""
        """What Ansible says of it first, which playbooks look for."""
        super().__init__(message)

    def under(self, key: str | int) -> Wrong:
        """The same, seen from one floor up."""
        self.path = (key, *self.path)
        return self


class Kind(ABC):
    """What a parameter accepts: `label` for the docs, `expected` for an error."""

    label: str
    expected: str
    type_name = ""
    """What Ansible calls it."""
    secret = False
    checked = False
    """Whether texts in it are checked before a run by more than the schema; see `Check`."""

    @property
    def plural(self) -> str:
        """The label of several: `list of whole numbers`."""
        return f"{self.label}s"

    @abstractmethod
    def fits(self, value: object) -> bool:
        """Whether the value is of this kind as it stands."""

    @abstractmethod
    def convert(self, value: Any) -> Any:
        """The value as the step sees it; raises Wrong."""

    @abstractmethod
    def schema(self, *, exact: bool = False) -> Schema:
        """What is accepted; `exact` leaves out the texts that stand for something else."""

    def wrong(self, value: object, hint: str = "") -> Wrong:
        """The error for a value that is not of this kind."""
        wrong = Wrong(f"expected {self.expected}, got {describe(value, self.secret)}", hint)
        if (found := type_debug(value)) != self.type_name and self.type_name:
            wrong.unable = f"is of type {found} and we were unable to convert to {self.type_name}"
        return wrong


def describe(value: object, secret: bool = False) -> str:  # noqa: FBT001, FBT002
    """What came, in words: its kind and, unless secret, the value itself."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, bool):
        return f"the boolean {str(value).lower()}"
    name = _name(value)
    if secret or isinstance(value, Secret) or not isinstance(value, str | int | float):
        return f"a {name}"
    text = str(value)
    shown = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1]}…"
    return f"the {name} {shown!r}" if isinstance(value, str) else f"the {name} {shown}"


def _name(value: object) -> str:
    if isinstance(value, str):
        return "text"
    if isinstance(value, int | float):
        return "number"
    if isinstance(value, Mapping):
        return "mapping"
    return "list" if isinstance(value, list | tuple) else type(value).__name__
