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


def combine(*terms: Any, recursive: bool = False, list_merge: str = "replace") -> Any:
    """One mapping of several; a later one wins."""
    if list_merge not in _LIST_MERGES:
        raise ValueError(f'list_merge is one of {", ".join(_LIST_MERGES)}, not "{list_merge}"')
    mappings = flatten(terms, levels=1)
    for mapping in mappings:
        if not isinstance(mapping, Mapping):
            raise TypeError(f"only mappings can be combined, not {_kind(mapping)}")
    result: dict[Any, Any] = {}
    for mapping in mappings:
        result = _merged(result, mapping, recursive, _LIST_MERGES[list_merge])
    return result


def _merged(
    old: Mapping[Any, Any], new: Mapping[Any, Any], recursive: bool, merge_lists: Any
) -> dict[Any, Any]:
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
        if isinstance(value, list | tuple) and (levels is None or levels >= 1):
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
        raise TypeError(f"it takes a mapping, not {_kind(mapping)}")
    return [{key_name: key, value_name: value} for key, value in mapping.items()]


def items2dict(
    items: Sequence[Any], key_name: str = "key", value_name: str = "value"
) -> dict[Any, Any]:
    """The opposite of dict2items."""
    if not isinstance(items, list | tuple):
        raise TypeError(f"it takes a list of mappings, not {_kind(items)}")
    for item in items:
        if not isinstance(item, Mapping) or key_name not in item or value_name not in item:
            raise TypeError(f'each item needs "{key_name}" and "{value_name}"; this one is {item}')
    return {item[key_name]: item[value_name] for item in items}


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
        raise TypeError(f"it takes a list of mappings or a mapping, not {_kind(container)}")
    names = subelements.split(".") if isinstance(subelements, str) else subelements
    elements = container.values() if isinstance(container, Mapping) else container
    return [
        (element, item) for element in elements for item in _inner(element, names, skip_missing)
    ]


def _inner(element: Any, names: Iterable[str], skip_missing: bool) -> list[Any]:
    value = element
    for name in names:
        if not isinstance(value, Mapping):
            raise TypeError(f'"{name}" is looked for in a mapping, not in {_kind(value)}')
        if name not in value:
            if skip_missing:
                return []
            raise KeyError(f'there is no "{name}" in {value}')
        value = value[name]
    if not isinstance(value, list):
        raise TypeError(f'"{".".join(names)}" must be a list, not {_kind(value)}')
    return value


def rekey_on_member(data: Any, key: str, duplicates: str = "error") -> dict[Any, Any]:
    """A mapping of the items by the value of one of their keys."""
    if duplicates not in {"error", "overwrite"}:
        raise ValueError(f'duplicates is "error" or "overwrite", not "{duplicates}"')
    if isinstance(data, str) or not isinstance(data, Iterable):
        raise TypeError(f"it takes a list or a mapping of mappings, not {_kind(data)}")
    rekeyed: dict[Any, Any] = {}
    for item in data.values() if isinstance(data, Mapping) else data:
        if not isinstance(item, Mapping):
            raise TypeError(f"each item must be a mapping, not {_kind(item)}")
        if key not in item:
            raise KeyError(f'there is no "{key}" in {item}')
        if item[key] in rekeyed and duplicates == "error":
            raise ValueError(f'the value "{item[key]}" of "{key}" is there twice')
        rekeyed[item[key]] = item
    return rekeyed


def _kind(value: object) -> str:
    return type(value).__name__
