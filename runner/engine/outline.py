"""A play as its hosts go through it: groups of entries, laid out as Ansible lays out its blocks.

Steps in a row are a group of their own, and so is what is imported there. It matters where a host
has failed: what stands beside that in its group, and behind, is not for it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING, Any, TypeAlias

from ..dataclasses import dataclass, field, replace
from ..playbook import Block, Step
from ..roles import Role

if TYPE_CHECKING:
    from ..playbook import Loop, Node, Play
    from ..variables import Layer
    from .hosts import HostState

Item: TypeAlias = "Group | Entry"
_ALWAYS = frozenset({"always"})


@dataclass(frozen=True, eq=False, repr=False)
class Group:
    """What succeeds or fails together."""

    block: Sequence[Item] = ()
    rescue: Sequence[Item] = ()
    always: Sequence[Item] = ()
    is_section: bool = False
    """Made of a section of a play, as its handlers run in any case."""

    def going_on(self, part: str, items: Sequence[Item]) -> Group:
        """The same with these in one of its parts."""
        changed: dict[str, Any] = {part: items}
        return replace(self, **changed)

    def entries(self) -> Iterator[Entry]:
        return entries((*self.block, *self.rescue, *self.always))


class Flush:
    """Handlers run."""


@dataclass(frozen=True, eq=False, repr=False)
class Turns:
    """A block with a loop, before its turn of this number."""

    block: Block
    loop: Loop
    items: Mapping[str, Sequence[Layer]] = field(default_factory=dict)
    """By host, the variables of each item, once they are known."""
    given: dict[str, Layer] = field(default_factory=dict)
    """Those of the turn that each host is in."""
    number: int = 0


@dataclass(frozen=True, eq=False, repr=False)
class Handed:
    """Variables that hosts hand over to what they come to: an inclusion, a turn of a block."""

    params: Mapping[str, Layer]
    """By host."""
    given: dict[str, Layer]
    """Those that count now; other inclusions and turns of the same tasks share it."""

    def begin(self, host: str) -> None:
        """Let its tasks have these; a host goes through one after the other."""
        self.given[host] = self.params[host]


@dataclass(frozen=True, eq=False, repr=False)
class Entry:
    """What hosts come to: a step, the end of a role, or one of the above."""

    what: Step | Role | Turns | Flush
    handed: Handed | None = None
    """If it was not there before the run."""
    due: set[HostState] | None = None
    """Of a handler, for whom it is to run."""

    @property
    def role(self) -> Role | None:
        """The role that it is part of."""
        if isinstance(self.what, Step):
            return self.what.inherited.role
        return self.what if isinstance(self.what, Role) else None


def entries(items: Iterable[Item]) -> Iterator[Entry]:
    """All that hosts may come to there, in the order in which it stands."""
    for item in items:
        if isinstance(item, Entry):
            yield item
        else:
            yield from item.entries()


@dataclass(frozen=True, eq=False, repr=False)
class Layout:
    """Lays out what tags let through; as in Ansible, of the rest nothing is left."""

    admits: Callable[[AbstractSet[str]], bool]
    handed: Handed | None = None

    def play(self, play: Play, *, forces_handlers: bool) -> Sequence[Group]:
        """Sections with a flush behind each; where handlers are forced, in its `always`."""
        sections = map(self.groups, (play.pre_tasks, play.tasks, play.post_tasks))
        # As in Ansible, the three are one entry, which hosts may come to at the same time.
        flush = (Group(self._entries(Flush(), _ALWAYS)),)
        if forces_handlers:
            always = _not_empty(flush)
            return _not_empty(Group(each, always=always, is_section=True) for each in sections)
        return _not_empty(group for each in sections for group in (*each, *flush))

    def facts(self, play: Play) -> Sequence[Entry]:
        """The step that finds out facts."""
        step = play.gathering()
        return self._entries(step, step.inherited.tags)

    def groups(self, nodes: Iterable[Node]) -> Sequence[Group]:
        """Each block alone, and steps in a row together."""
        found: list[Group] = []
        row: list[Node] = []
        for node in nodes:
            if isinstance(node, Step) or node.is_import:
                row.append(node)
                continue
            found += (Group(self._items(row)), *self._of_block(node))
            row = []
        return _not_empty((*found, Group(self._items(row))))

    def _of_block(self, block: Block) -> Iterable[Group]:
        if block.role:
            yield from self.groups(block.block)
            # As in Ansible, a step with this tag closes it, whatever else it is tagged.
            yield Group(self._entries(block.role, block.inherited.tags | _ALWAYS))
        elif block.loop:
            if _not_empty(self._of_block(replace(block, loop=None))):
                yield Group((Entry(Turns(block, block.loop), self.handed),))
        else:
            tasks, rescue, always = map(self._items, (block.block, block.rescue, block.always))
            yield Group(tasks, rescue, always)

    def _items(self, nodes: Iterable[Node]) -> Sequence[Item]:
        items: list[Item] = []
        for node in nodes:
            if isinstance(node, Step):
                items += self._entries(node, node.inherited.tags)
            elif node.is_import:
                items += self.groups(node.block)
            else:
                items += _not_empty(self._of_block(node))
        return tuple(items)

    def _entries(self, what: Step | Role | Flush, tags: AbstractSet[str]) -> Sequence[Entry]:
        return (Entry(what, self.handed),) if self.admits(tags) else ()


def _not_empty(groups: Iterable[Group]) -> Sequence[Group]:
    return tuple(group for group in groups if group.block or group.rescue or group.always)
