"""Mappings that several places set, put together: `hash_behaviour: merge`."""

from __future__ import annotations

from collections.abc import Mapping

from ..errors import Place
from ..nodes import MapNode

_NOWHERE = Place("", 1, 1)


def joined(low: object, high: object) -> object:
    """Both together if they are mappings; else the higher one."""
    if not isinstance(low, Mapping) or not isinstance(high, Mapping):
        return high
    node = MapNode(getattr(high, "place", _NOWHERE))
    for side in (low, high):
        own = side if isinstance(side, MapNode) else None
        for key, value in side.items():
            key_place = own.key_places[key] if own else node.place
            value_place = own.value_places[key] if own else node.place
            node.put(key, key_place, joined(node.get(key), value), value_place)
    return node
