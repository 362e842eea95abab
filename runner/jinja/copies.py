"""Copies of variables, for templates that call what changes a list or a mapping in place.

`{{ names.append('x') }}` may change what the same template reads afterwards, and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

_CHANGING = re.compile(
    r"\.\s*(?:append|clear|extend|insert|pop|popitem|remove|reverse|setdefault|sort|update)\s*\("
)

_PLAIN = frozenset((str, int, float, bool, type(None)))
"""Of these, long lists hold most; they are taken without a call."""


def on_copies(
    text: str, compiled: Callable[[Mapping[str, object]], Any]
) -> Callable[[Mapping[str, object]], Any]:
    """The same template; if it may change what it reads, it reads copies."""
    if not _CHANGING.search(text):
        return compiled
    return lambda scope: compiled(_Copies(scope))


class _Copies(Mapping[str, Any]):
    def __init__(self, scope: Mapping[str, Any]) -> None:
        self._scope = scope
        self._copied: dict[str, Any] = {}

    def __getitem__(self, name: str) -> Any:
        if name not in self._copied:
            self._copied[name] = copied(self._scope[name])
        return self._copied[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._scope)

    def __len__(self) -> int:
        return len(self._scope)

    def copy(self) -> dict[str, Any]:
        """All of them, for a file that is included; what cannot be rendered stays undefined."""
        everything = getattr(self._scope, "everything", lambda: dict(self._scope))()
        return {name: copied(value) for name, value in {**everything, **self._copied}.items()}


def copied(value: Any) -> Any:
    """Lists and mappings of its own, however deep."""
    if isinstance(value, dict):
        return {key: i if type(i) in _PLAIN else copied(i) for key, i in value.items()}
    if isinstance(value, list):
        return [i if type(i) in _PLAIN else copied(i) for i in value]
    return value
