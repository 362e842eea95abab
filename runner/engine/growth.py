"""Whether a play may bring hosts or groups into the inventory, so that later plays have more."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ..playbook import Step

if TYPE_CHECKING:
    from ..playbook import Node, Play

_GROWS = frozenset({"add_host", "group_by"})
# What they bring is known when they run.
_UNKNOWN = frozenset({"include_role", "include_tasks"})


def may_add_hosts(play: Play) -> bool:
    """Tell whether a step of the play adds hosts, or may include one that does."""
    nodes = (*play.pre_tasks, *play.tasks, *play.post_tasks, *play.handlers)
    return any(name in _GROWS or name in _UNKNOWN for name in _names(nodes))


def _names(nodes: Iterable[Node]) -> Iterable[str]:
    for node in nodes:
        if isinstance(node, Step):
            yield node.type.name
        else:
            yield from _names((*node.block, *node.rescue, *node.always))
