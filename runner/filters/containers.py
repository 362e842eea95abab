"""Filters that take lists and mappings apart and put them together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from jinja2 import pass_environment
from jinja2.environment import Environment

_NULLS = (None, "None", "null")

_LIST_MERGES: Mapping[str, Callable[[list[Any], list[Any]], list[Any]]] = {
    "replace": lambda _, new: new,
    "keep": lambda old, _: old,
    "append": lambda old, new: old + new,
    "prepend": lambda old, new: new + old,
    "append_rp": lambda old, new: [item for item in old if item not in new] + new,
    "prepend_rp": lambda old, new: new + [item for item in old if item not in new],
}


def combine(
    *terms: Any, recursive: bool = False, list_merge: str = "replace", **others: Any
) -> Any:
    """One mapping of several; a later one wins."""
    if others:
        raise TypeError("'recursive' and 'list_merge' are the only valid keyword arguments")
    *first, result = flatten(terms, levels=1) or [{}]
    if first and list_merge not in _LIST_MERGES:
        known = _either([f"'{name}'" for name in _LIST_MERGES])
        words = f"merge_hash: 'list_merge' argument can only be equal to {known}"
        raise ValueError(f"{words}, not '{list_merge}'")
    # As in Ansible, the last ones first: what is no mapping in between is forgotten.
    for mapping in reversed(first):
        if not (isinstance(mapping, Mapping) and isinstance(result, Mapping)):
            kinds = f"a '{_kind(mapping)}' and a '{_kind(result)}'"
            raise TypeError(f"failed to combine variables, expected dicts but got {kinds}")
        result = _merged(mapping, result, recursive, _LIST_MERGES[list_merge])
    return result


def _either(names: Sequence[str]) -> str:
    return f"{', '.join(names[:-1])} or {names[-1]}"


def _merged(
    old: Mapping[Any, Any], new: Mapping[Any, Any], recursive: bool, merge_lists: Any
) -> dict[Any, Any]:
    # As in Ansible, what is the same is not merged, and so no list grows.
    if old == new:
        return dict(new)
    merged = dict(old)
    for key, value in new.items():
        known = old.get(key)
        if recursive and isinstance(known, Mapping) and isinstance(value, Mapping):
            merged[key] = _merged(known, value, recursive, merge_lists)
        elif isinstance(known, list) and isinstance(value, list):
            merged[key] = merge_lists(known, value)
        else:
            merged[key] = value
    return merged


def flatten(values: Iterable[Any], levels: int | None = None, skip_nulls: bool = True) -> list[Any]:
    """The items of lists within lists, down to a level."""
    flat: list[Any] = []
    for value in values:
        if skip_nulls and value in _NULLS:
            continue
        if isinstance(value, list | tuple | range) and (levels is None or levels >= 1):
            below = None if levels is None else int(levels) - 1
            flat += flatten(value, below, skip_nulls)
        else:
            flat.append(value)
    return flat


def dict2items(
    mapping: Mapping[Any, Any], key_name: str = "key", value_name: str = "value"
) -> list[dict[str, Any]]:
    """A list of `{key: …, value: …}`."""
    if not isinstance(mapping, Mapping):
        raise TypeError(f"dict2items requires a dictionary, got {type(mapping)} instead.")
    return [{key_name: key, value_name: value} for key, value in mapping.items()]


def items2dict(
    items: Sequence[Any], key_name: str = "key", value_name: str = "value"
) -> dict[Any, Any]:
    """The opposite of dict2items."""
    if not isinstance(items, list | tuple):
        raise TypeError(f"items2dict requires a list, got {type(items)} instead.")
    try:
        return {item[key_name]: item[value_name] for item in items}
    except KeyError:
        keys = f"the keys '{key_name}' and '{value_name}'"
        wanted = f"items2dict requires each dictionary in the list to contain {keys}"
        raise TypeError(f"{wanted}, got {items} instead.") from None
    except TypeError:
        raise TypeError(
            f"items2dict requires a list of dictionaries, got {items} instead."
        ) from None


@pass_environment
def extract(environment: Environment, item: Any, container: Any, morekeys: Any = None) -> Any:
    """The item of the container with this key, and with further keys the item in that one."""
    more = [] if morekeys is None else morekeys if isinstance(morekeys, list) else [morekeys]
    value = container
    for key in [item, *more]:
        value = environment.getitem(value, key)
    return value


def subelements(
    container: Any, subelements: str | list[str], skip_missing: bool = False
) -> list[tuple[Any, Any]]:
    """Each element of the container with each item of the list that the dotted name leads to."""
    if not isinstance(container, Mapping | list):
        raise TypeError(f"obj must be a list of dicts or a nested dict, not {_kind(container)}")
    names = subelements.split(".") if isinstance(subelements, str) else subelements
    if not isinstance(names, list):
        raise TypeError("subelements must be a list or a string")
    elements = container.values() if isinstance(container, Mapping) else container
    return [
        (element, item) for element in elements for item in _inner(element, names, skip_missing)
    ]


def _inner(element: Any, names: Iterable[str], skip_missing: bool) -> list[Any]:
    value = element
    for name in names:
        if not isinstance(value, Mapping):
            raise TypeError(f"the key {name} should point to a dictionary, got '{value}'")
        if name not in value:
            if skip_missing:
                return []
            raise KeyError(f"could not find '{name}' key in iterated item {value}")
        value = value[name]
    if not isinstance(value, list):
        raise TypeError(f"the key '{'.'.join(names)}' should point to a list, got {value!r}")
    return value


def rekey_on_member(data: Any, key: str, duplicates: str = "error") -> dict[Any, Any]:
    """A mapping of the items by the value of one of their keys."""
    if duplicates not in {"error", "overwrite"}:
        words = "duplicates parameter to rekey_on_member has unknown value"
        raise ValueError(f"{words} '{duplicates}'; it is 'error' or 'overwrite'")
    if isinstance(data, str) or not isinstance(data, Iterable):
        raise TypeError("Type is not a valid list, set, or dict")
    rekeyed: dict[Any, Any] = {}
    for item in data.values() if isinstance(data, Mapping) else data:
        if not isinstance(item, Mapping):
            raise TypeError(f"List item is not a valid dict, but {_kind(item)}")
        if key not in item:
            raise KeyError(f"Key '{key}' was not found in {item}")
        if item[key] in rekeyed and duplicates == "error":
            raise ValueError(f"Key {item[key]!r} is not unique, cannot convert to dict.")
        rekeyed[item[key]] = item
    return rekeyed


def _kind(value: object) -> str:
    return type(value).__name__
