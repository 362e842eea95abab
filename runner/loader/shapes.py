"""Lists and mappings whose tag makes them something else: `!!set`, `!!omap`, `!!pairs`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from ..nodes import MapNode, SeqNode
from .scalars import PREFIX


def _keys(node: MapNode) -> SeqNode:
    """A set is a mapping without values; as in Ansible, templates see the list of its keys."""
    keys = SeqNode(node.place)
    for key, place in node.key_places.items():
        keys.append(key)
        keys.places.append(place)
    return keys


def _pairs(node: SeqNode) -> SeqNode:
    """Each mapping in the list as pairs of a key and its value."""
    pairs = SeqNode(node.place)
    for item, place in zip(node, node.places, strict=True):
        found = _pairs_of(item) if isinstance(item, MapNode) else [item]
        pairs += found
        pairs.places += [place] * len(found)
    return pairs


def _pairs_of(node: MapNode) -> list[object]:
    pairs: list[object] = []
    for key, value in node.items():
        pair = SeqNode(node.key_places[key])
        pair += [key, value]
        pair.places += [node.key_places[key], node.value_places[key]]
        pairs.append(pair)
    return pairs


SHAPES: Final[Mapping[tuple[str | None, bool], Callable[[Any], SeqNode]]] = {
    (PREFIX + "set", True): _keys,
    (PREFIX + "omap", False): _pairs,
    (PREFIX + "pairs", False): _pairs,
}
"""By the tag, and whether it stands at a mapping."""
