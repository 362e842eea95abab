"""What roles bring into a play while it runs: handlers, and variables that all of it sees."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import TYPE_CHECKING

from ..roles import merged
from ..template_text import Template
from .outline import Entry

if TYPE_CHECKING:
    from ..errors import Place
    from ..playbook import Play, Step
    from ..roles import Role
    from ..variables import Layer
    from .includes import Inclusion


class RolesOfPlay:
    """Grows when a role is included; of hosts that go their own way, by each of them."""

    def __init__(self, play: Play) -> None:
        self.handlers: list[Step] = list(play.handlers)
        self._searched: dict[int, Step] = dict(enumerate(play.handlers))
        self.entries = [Entry(step, due=set()) for step in self.handlers]
        """What hosts come to when these run."""
        self._bringing = [0] * len(self.handlers)
        """Which inclusion brought each handler; 0, those of the play."""
        self._inclusions = 0
        self.names_of_handlers: dict[tuple[int, str], list[str]] = {}
        """Of each by its number; of one whose name is a template, for each host."""
        self.defaults: Layer = {}
        self.vars: Layer = {}
        self._named: list[str] = []
        self._roles: dict[str, Role] = {}
        self._numbers: dict[Place, int] = {}
        for role in play.roles:
            self._take(role)

    def take(self, inclusion: Inclusion) -> None:
        """Take in what has been included; what was included before comes behind the others now."""
        self._inclusions += 1
        for handler in inclusion.built.handlers:
            self._add(inclusion.lasting(handler))
        for role in inclusion.built.roles:
            self._take(role)

    def _add(self, handler: Step) -> None:
        """Put it behind the others. Nobody means any more what stood there with the same name."""
        number = len(self.handlers)
        if handler.name and not isinstance(handler.name, Template):
            self._searched.pop(self._numbers.get(handler.place, number), None)
        self.handlers.append(handler)
        self.entries.append(Entry(handler, due=set()))
        self._bringing.append(self._inclusions)
        self._searched[number] = handler
        self._numbers[handler.place] = number

    def handlers_as_searched(self) -> Iterator[tuple[int, Step]]:
        """Each with its number. As in Ansible, what came last is searched first, from its top."""
        # Of hosts that go their own way, another may include a role meanwhile.
        numbered = list(self._searched.items())
        files = [list(one) for _, one in groupby(numbered, self._file)]
        for handlers in reversed(files):
            yield from handlers

    def _file(self, numbered: tuple[int, Step]) -> tuple[int, int]:
        number, handler = numbered
        return self._bringing[number], id(handler.inherited.role)

    def _take(self, role: Role) -> None:
        self._named.append(role.name)
        self._roles[role.identity] = role
        if role.public:
            # Made anew: of hosts that go their own way, another may be looking at them.
            self.defaults = merged([self.defaults, role.exported_defaults], deep=role.deep)
            self.vars = merged([self.vars, role.exported_vars], deep=role.deep)

    def named(self) -> list[str]:
        """The roles that a play or its tasks name, as often as they do."""
        return list(self._named)

    def needed(self) -> list[str]:
        """The roles that others depend on."""
        # A list: of hosts that go their own way, another may include a role meanwhile.
        found = (one for role in [*self._roles.values()] for one in role.all_dependencies())
        return list(dict.fromkeys(role.name for role in found))
