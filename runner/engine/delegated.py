"""What a step that is delegated knows of the host that it is delegated to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .written import Written

_NAMES = ("ansible_delegated_vars", "ansible_host")


class Delegated(Mapping[str, Any]):
    """Read when it is asked for: `delegate_to` may lean on what `when` asks for."""

    __slots__ = ("_written",)

    def __init__(self, written: Written) -> None:
        self._written = written

    def __getitem__(self, name: str) -> Any:
        delegate = self._written.delegate
        if delegate is None or name not in _NAMES:
            raise KeyError(name)
        scope = self._written.of_delegate(delegate)
        return scope[name] if name == "ansible_host" else {delegate: scope}

    def __contains__(self, name: object) -> bool:
        return name in _NAMES and self._written.delegate is not None

    def __iter__(self) -> Iterator[str]:
        return (name for name in _NAMES if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)
