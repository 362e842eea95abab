"""Values of steps under `no_log` are secrets also in what other steps tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING

from ..errors import TemplateError
from ..events import WarningGiven
from ..nodes import leaves
from ..secrets import no_log
from ..template_text import Template

if TYPE_CHECKING:
    from ..variables import Scope
    from .run import Run

MOST, MOST_TEXT = 1000, 256 * 1024
"""So many values a run, and characters of them, are followed: to look for them takes time."""

# Facts, other hosts and the like: whoever reads one value of them does not mean all.
_NOT_OURS = ("ansible_", "hostvars", "groups", "group_names", "inventory_", "playbook_", "vars")
_LARGEST = 20


class Hiding:
    def __init__(self, run: Run) -> None:
        self._run = run
        self._followed: set[str] = set()
        self._length = 0
        self._names_in: dict[str, frozenset[str]] = {}

    def learn(self, given: object, result: Mapping[str, object]) -> None:
        """Cover what a hidden step was given, as far as that is known, and what came of it."""
        if self._is_full():
            return
        found = no_log.of_step(given, result, self._is_name)
        # Together: each addition has its price.
        self._run.secrets.add(*filter(self._is_news, found))
        if self._is_full():
            words = "steps under no_log have had more than can be followed; the rest is covered"
            self._run.send(WarningGiven, text=f"{words} there alone")

    def _is_full(self) -> bool:
        return len(self._followed) >= MOST or self._length >= MOST_TEXT

    def _is_news(self, text: str) -> bool:
        """Whether it is to be followed; it is from now on."""
        if text in self._followed or self._is_full():
            return False
        self._followed.add(text)
        self._length += len(text)
        return True

    def variables(self, args: object, scope: Scope) -> Iterator[object]:
        """What the arguments are made of: `-p{{ password }}` holds a secret that is shorter."""
        templates = [each for each in leaves(args) if isinstance(each, Template)]
        for name in {name for each in templates for name in self._names(each)}:
            if name in scope and not name.startswith(_NOT_OURS):
                with suppress(TemplateError):
                    value = scope[name]
                    if not isinstance(value, Mapping) or len(value) <= _LARGEST:
                        yield value

    def _names(self, template: Template) -> frozenset[str]:
        if template not in self._names_in:
            from ..jinja import free_names

            tree = self._run.templates.parsed(template, bare=False)
            self._names_in[template] = free_names(tree)
        return self._names_in[template]

    def _is_name(self, text: str) -> bool:
        inventory = self._run.live.current
        return text in inventory.groups or inventory.find(text) is not None
