"""Passwords and the like that stand in a file for everybody to read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from ..nodes import MapNode
from ..params import record, secrets_written
from ..secrets.likely import ENDINGS
from ..template_text import Template
from ..vault.envelope import is_encrypted
from .rule import Finding, Rule

if TYPE_CHECKING:
    from ..errors import Place
    from .program import Program

_NAME = re.compile(rf"(?:^|[_-])(?:{ENDINGS})$", re.IGNORECASE)
# What stands for no password at all, or for one that is not shown.
_NONE = re.compile(r"[*!x]*")


def _find(program: Program) -> Iterator[Finding]:
    for name, value, place in _entries(program):
        if _is_plain(value) and not _is_in_vault(place.file):
            program.session.vault.secrets.add(str(value))
            hint = "encrypt it: opsplay vault encrypt_string, or take it from outside with -e @file"
            yield Finding(place, f"the value of {name} can be read by everybody", hint, len(name))


def _entries(program: Program) -> Iterator[tuple[str, object, Place]]:
    """What is called like a secret, and what a step takes for one."""
    for document in program.documents:
        yield from _named(document.value)
    for view in program.plays:
        for layer in {id(layer): layer for host in view.hosts for layer in host.layers}.values():
            yield from _named(layer)
    for task in program.written:
        yield from secrets_written(record(task.step.type.params), task.step.args)


def _named(value: object) -> Iterator[tuple[str, object, Place]]:
    if isinstance(value, MapNode):
        for key, inner in value.items():
            if isinstance(key, str) and _NAME.search(key):
                yield key, inner, value.key_places[key]
            yield from _named(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(inner)


def _is_plain(value: object) -> bool:
    """Whether a person wrote the secret itself: no template, nothing encrypted, not nothing."""
    if isinstance(value, Template | bool) or not isinstance(value, str | int):
        return False
    return not _NONE.fullmatch(str(value))


@cache
def _is_in_vault(file: str) -> bool:
    try:
        return is_encrypted(Path(file).read_bytes())
    except (OSError, ValueError):
        return False


PLAIN = Rule(
    name="plain-secret",
    summary="A password, a token or the like is written down as it is: as an argument that a step"
    " keeps secret, or under such a name.",
    find=_find,
)
