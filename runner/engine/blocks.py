"""What lies in a block, as far as it is known before the run."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..playbook import Step

if TYPE_CHECKING:
    from ..errors import Place
    from ..playbook import Node


def holds(nodes: Iterable[Node], place: Place | None) -> bool:
    """Whether a step at this place is one of them, or lies in one of them."""
    return place is not None and any(
        node.place == place
        if isinstance(node, Step)
        else holds((*node.block, *node.rescue, *node.always), place)
        for node in nodes
    )


def has(nodes: Iterable[Node], place: Place | None) -> bool:
    """Whether a step at this place is one of them."""
    return any(isinstance(node, Step) and node.place == place for node in nodes)
