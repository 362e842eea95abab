"""Which roles and playbooks a file names in plain words.

What they bring along is there for all of the file.
"""

from __future__ import annotations

from collections.abc import Iterator

from ..catalogue import PREFIXES
from ..nodes import MapNode
from .findings import entries

_STEPS = tuple(
    prefix + step for step in ("import_role", "include_role") for prefix in ("", *PREFIXES)
)
_LISTS = ("pre_tasks", "tasks", "post_tasks", "handlers", "block", "rescue", "always")
_NAMING = frozenset({"roles", *_STEPS, *_LISTS})


def named(written: object) -> Iterator[str]:
    """The names in a list of plays or tasks; those that are templates are of no use."""
    for node, _ in entries(written):
        if not isinstance(node, MapNode) or _NAMING.isdisjoint(node):
            continue
        for entry, _ in entries(node.get("roles")):
            yield _name(entry)
        for step in _STEPS:
            if step in node:
                yield _name(node[step])
        for part in _LISTS:
            if part in node:
                yield from named(node[part])


def playbooks(written: object) -> Iterator[str]:
    """The playbooks that one imports."""
    for node, _ in entries(written):
        for prefix in ("", *PREFIXES):
            if isinstance(node, MapNode) and f"{prefix}import_playbook" in node:
                yield str(node[f"{prefix}import_playbook"])


def _name(written: object) -> str:
    """Of an entry of `roles`, or of the arguments of a step."""
    if isinstance(written, MapNode):
        return str(written.get("name", written.get("role")))
    text = str(written)
    if "=" not in text:
        return text
    from ..key_values import words

    given = {word.name: word.value for word in words(text)}
    return given.get("name") or given.get("role") or text
