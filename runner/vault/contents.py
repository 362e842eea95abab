"""What of an encrypted file is a secret, and what may be told of it.

Secrets are, of a file of variables, all values; of a playbook or a file of tasks, the variables and
the arguments of the steps, but not the names of tasks and other words that a run is told with.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from ... import schema
from ..dataclasses import replace
from ..errors import Problem

if TYPE_CHECKING:
    from .opening import Vault

_VALUES = frozenset({"vars", "environment", "module_defaults", "args", "action", "local_action"})


def hide(value: object, vault: Vault) -> None:
    """Cover the secrets of an encrypted file."""
    for part in _in_tasks(value) if isinstance(value, list) else [value]:
        vault.hide_all(part)


def unshown(problem: Problem) -> Problem:
    """What may be told of a mistake in a line of secrets: all words for it quote the line."""
    message = "what is encrypted here, in the line of this number, cannot be read"
    return replace(problem, message=message, hint="look at it with `opsplay vault edit`")


def _in_tasks(entries: list[object]) -> Iterator[object]:
    for entry in entries:
        if isinstance(entry, Mapping):
            for key, value in entry.items():
                if key in _VALUES or key not in _keywords():
                    yield value
                elif isinstance(value, list):
                    yield from _in_tasks(value)


@cache
def _keywords() -> frozenset[object]:
    words: set[object] = set()
    for kind in ("play", "block", "handler"):
        definition = schema.definition(kind)
        words.update(definition["properties"])
    return frozenset(words)
