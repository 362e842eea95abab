"""What a step that is delegated knows of the host that it is delegated to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .run import Batch
    from .written import Written

_NAMES = ("ansible_delegated_vars", "ansible_host")


class Delegated(Mapping[str, Any]):
    """Read when it is asked for: `delegate_to` may lean on what `when` asks for."""

    __slots__ = ("_batch", "_written")

    def __init__(self, written: Written, batch: Batch) -> None:
        self._written = written
        self._batch = batch

    def __getitem__(self, name: str) -> Any:
        delegate = self._written.delegate
        if delegate is None or name not in _NAMES:
            raise KeyError(name)
        scope = self._batch.variables_of(delegate)
        if name == "ansible_host":
            return scope[name]
        # As in Ansible, also there the host is still the one that the step is for.
        return {delegate: scope.over({"inventory_hostname": self._written.host_name})}

    def __contains__(self, name: object) -> bool:
        return name in _NAMES and self._written.delegate is not None

    def __iter__(self) -> Iterator[str]:
        return (name for name in _NAMES if name in self)

    def __len__(self) -> int:
        return sum(1 for _ in self)
