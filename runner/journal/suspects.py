"""What may be secret in the files of a run, before it is known: seen from what is written alone.

Which values are secret shows when a step is given them. A run that is killed before may have told
its journal too much by then, so of every name from which a secret may be made nothing is written.
Where names lead is followed through everything that is called by a name: variables, what is
registered, what is looped over. It is no harm if too many are suspected.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TypeAlias

from ..nodes import leaves
from ..secrets import MASK
from ..template_text import has_marks

Names: TypeAlias = frozenset[str]

_WORDS = ("pass", "secret", "token", "key", "credential")
_TELLING = f"(?i){'|'.join(_WORDS)}"
_NAME = r"[^\W\d]\w*"
# Variables that are named by a value may be any.
_ANY = frozenset({"vars", "hostvars", "varnames"})
_HIDING = r"\|\s*secret\b"
_LATER = r"(?:^|\.)(?:include_(?:tasks|role|vars)|include|vars_files)$"
"""What may bring in files that nobody has seen yet."""
_SHORTEST = 4


def is_telling(text: str) -> bool:
    """Whether a text has a word in it that tells of a secret; quicker than an expression."""
    small = text.lower()
    return any(word in small for word in _WORDS)


def may_hide(text: str) -> bool:
    """Whether a file may have to do with secrets at all."""
    return is_telling(text) or "no_log" in text


class Suspects:
    """The names from which a secret may be made."""

    def __init__(self, values: Iterable[object]) -> None:
        """`values` are all that is written anywhere."""
        self._leads: dict[str, set[str]] = defaultdict(set)
        self._secret: set[str] = set()
        self._anything = False
        for value in values:
            self._look(value)

    def __contains__(self, name: str) -> bool:
        return name in self.names or self._anything or is_telling(name)

    @cached_property
    def names(self) -> Names:
        """Those to which the secrets lead."""
        found: set[str] = set()
        open_ends = set(self._secret)
        while open_ends:
            found |= open_ends
            open_ends = {to for name in open_ends for to in self._leads.get(name, ())} - found
        self._anything |= not _ANY.isdisjoint(found)
        return frozenset(found)

    def _look(self, value: object) -> None:
        if isinstance(value, Mapping):
            self._look_at(value)
        elif isinstance(value, list):
            for each in value:
                self._look(each)
        elif isinstance(value, str) and re.search(_HIDING, value):
            self._secret |= names_in(value)

    def _look_at(self, mapping: Mapping[object, object]) -> None:
        for key, value in mapping.items():
            name = str(key)
            if re.search(_TELLING, name):
                self._secret |= names_in(value)
            self._anything |= bool(re.search(_LATER, name)) and bool(names_in(value))
            self._leads[name] |= names_in(value)
            self._look(value)
        if "no_log" in mapping:
            self._secret |= names_in(mapping)
        if isinstance(mapping.get("register"), str):
            self._leads[str(mapping["register"])] |= names_in(mapping)
        self._look_at_loop(mapping)

    def _look_at_loop(self, mapping: Mapping[object, object]) -> None:
        control = mapping.get("loop_control")
        name = control.get("loop_var", "item") if isinstance(control, Mapping) else "item"
        for key, value in mapping.items():
            if str(key) == "loop" or str(key).startswith("with_"):
                self._leads[str(name)] |= names_in(value)


def names_in(value: object) -> set[str]:
    """Every name in the templates of a value."""
    return {name for text in texts_in(value) if has_marks(text) for name in re.findall(_NAME, text)}


def texts_in(value: object) -> Iterator[str]:
    return (each for each in leaves(value) if isinstance(each, str))


def covered(text: str, value: object, names: Names) -> str:
    """The text of a file, without what it calls by a telling name, or by one of these."""
    found = {each for each in _literals(value, names) if len(each) >= _SHORTEST}
    for literal in sorted(found, key=len, reverse=True):
        for line in literal.splitlines():
            if len(line.strip()) >= _SHORTEST:
                text = text.replace(line.strip(), MASK)
    return text


def _literals(value: object, names: Names) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _literals(each, names)
    if isinstance(value, Mapping):
        for key, each in value.items():
            if str(key) in names or re.search(_TELLING, str(key)):
                yield from (text for text in texts_in(each) if not has_marks(text))
            else:
                yield from _literals(each, names)
