"""What modules in Python make of values: results without secrets, mappings that stay."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import date, time
from typing import Any

HIDDEN = "VALUE_SPECIFIED_IN_NO_LOG_PARAMETER"


def remove_values(value: Any, no_log_strings: Iterable[str]) -> Any:
    """The value as JSON has it, without what must not be told as a text or in one."""
    return _masked(value, _longest_first(no_log_strings))


def sanitize_keys(
    obj: Any, no_log_strings: Iterable[str], ignore_keys: Collection[str] = frozenset()
) -> Any:
    """The same with names in mappings; values stay."""
    return _renamed(obj, _longest_first(no_log_strings), ignore_keys)


def _longest_first(texts: Iterable[str]) -> Sequence[str]:
    return sorted(filter(None, texts), key=len, reverse=True)


def _masked(value: Any, hidden: Sequence[str]) -> Any:
    plain = _plain(value)
    if isinstance(plain, dict):
        return {name: _masked(inner, hidden) for name, inner in plain.items()}
    if isinstance(plain, list):
        return [_masked(inner, hidden) for inner in plain]
    if isinstance(plain, bool | None):
        return plain
    if plain in hidden or (isinstance(plain, int | float) and _holds(str(plain), hidden)):
        return HIDDEN
    for secret in hidden if isinstance(plain, str) else ():
        plain = plain.replace(secret, "********")
    return plain


def _holds(text: str, hidden: Sequence[str]) -> bool:
    return any(secret in text for secret in hidden)


def _plain(value: Any) -> Any:
    """What JSON has for it."""
    if isinstance(value, str | int | float | None):
        return value
    if isinstance(value, bytes):
        return value.decode("utf-8", "surrogateescape")
    if isinstance(value, Mapping):
        return dict(value)
    if isinstance(value, AbstractSet | Sequence):
        return list(value)
    if isinstance(value, date | time):
        return value.isoformat()
    raise TypeError(f"Value of unknown type: {type(value)}, {value}")


def _renamed(value: Any, hidden: Sequence[str], kept: Collection[str]) -> Any:
    if isinstance(value, list | tuple | set):
        return [_renamed(inner, hidden, kept) for inner in value]
    if not isinstance(value, Mapping):
        return value
    return {
        name if name in kept or str(name).startswith("_ansible") else _masked(name, hidden): (
            _renamed(inner, hidden, kept)
        )
        for name, inner in value.items()
    }


class ImmutableDict(Mapping[Any, Any]):
    """A mapping that nobody changes, and that may be a key."""

    def __init__(self, *args: Any, **more: Any) -> None:
        self._store = dict(*args, **more)

    def __getitem__(self, key: Any) -> Any:
        return self._store[key]

    def __iter__(self) -> Iterator[Any]:
        return iter(self._store)

    def __len__(self) -> int:
        return len(self._store)

    def __hash__(self) -> int:
        return hash(frozenset(self.items()))

    def __eq__(self, other: object) -> bool:
        try:
            return hash(self) == hash(other)
        except TypeError:
            return False

    def __repr__(self) -> str:
        return f"ImmutableDict({self._store!r})"

    def union(self, overriding_mapping: Mapping[Any, Any]) -> ImmutableDict:
        return ImmutableDict({**self._store, **overriding_mapping})

    def difference(self, subtractive_iterable: Iterable[Any]) -> ImmutableDict:
        without = frozenset(subtractive_iterable)
        return ImmutableDict({key: self[key] for key in self if key not in without})


def container_to_bytes(d: Any, encoding: str = "utf-8", errors: str = "surrogateescape") -> Any:
    """The value with bytes for all texts in it."""
    return _each(d, str, lambda text: text.encode(encoding, errors))


def container_to_text(d: Any, encoding: str = "utf-8", errors: str = "surrogateescape") -> Any:
    """The value with texts for all bytes in it."""
    return _each(d, bytes, lambda raw: raw.decode(encoding, errors))


def _each(value: Any, kind: type, convert: Callable[[Any], Any]) -> Any:
    if isinstance(value, kind):
        return convert(value)
    if isinstance(value, dict):
        return {_each(name, kind, convert): _each(v, kind, convert) for name, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(_each(inner, kind, convert) for inner in value)
    return value
