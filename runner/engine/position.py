"""Where a host is in its play, and where it goes from there: values, and functions of them.

A host knows where it is only by the last entry that it took. That its block is over, or that it
has failed in it, shows when it goes on; so a failure that is laid on a host that waits holds for
the block that it has come from, as in Ansible.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Literal, NamedTuple, Protocol, TypeAlias

from .outline import Group, entries

if TYPE_CHECKING:
    from .outline import Entry, Item

Part: TypeAlias = Literal["block", "rescue", "always", "over"]
_PARTS: tuple[Part, ...] = ("block", "rescue", "always")
_NOWHERE: frozenset[Part] = frozenset()


class Way(Protocol):
    """What decides which entries a host takes."""

    @property
    def stops(self) -> bool:
        """Whether only what tidies up is still for it."""

    def skips(self, entry: Entry) -> bool:
        """Whether the host passes by it."""

    def is_due(self, handler: Entry) -> bool:
        """Whether a handler is to run."""


class Frame(NamedTuple):
    """A place in groups that follow each other, and in what stands inside of one of them."""

    groups: Sequence[Group]
    number: int = 0
    part: Part = "block"
    at: int = 0
    """How many items of the part are behind it."""
    failed: frozenset[Part] = _NOWHERE
    was_rescued: bool = False
    inner: Frame | None = None

    @property
    def group(self) -> Group:
        return self.groups[self.number]

    @property
    def is_failed(self) -> bool:
        """Nothing saves it from the failures that there were."""
        inside = self.inner is not None and self.inner.is_failed
        is_aside = self.part in ("rescue", "always")
        if is_aside and inside:
            return True
        if self.failed:
            goes_on = is_aside and self.part not in self.failed
            return not goes_on and (not self.was_rescued or "always" in self.failed)
        return self.part == "block" and inside and not self.group.rescue

    def fail(self) -> Frame:
        """Go where a failure leads: to the rescue, to `always`, or out."""
        if self.part == "over":
            return self
        if self.inner:
            return self._replace(inner=self.inner.fail())
        behind = _PARTS[_PARTS.index(self.part) + 1 :]
        part: Part = next((each for each in behind if getattr(self.group, each)), "over")
        return self._replace(part=part, at=0, failed=self.failed | {self.part})

    def go_on(self, way: Way, *, stops: bool) -> tuple[Frame, Entry | None]:
        """Find the next entry; none if there is no more."""
        frame = self
        while frame.part != "over" and frame.number < len(frame.groups):
            leaves = stops and frame.part != "always"
            if frame.inner:
                inner, entry = frame.inner.go_on(way, stops=leaves)
                if entry:
                    return frame.behind(frame.at, inner), entry
                frame = frame.behind(frame.at)
                if inner.is_failed:
                    frame = frame.fail()
            elif leaves:
                frame = _stopped(frame)
            elif frame.at == len(items := getattr(frame.group, frame.part)):
                frame = _through(frame)
            else:
                item = items[frame.at]
                is_group = isinstance(item, Group)
                frame = frame.behind(frame.at + 1, Frame((item,)) if is_group else None)
                if not is_group and not way.skips(item):
                    return frame, item
        return frame._replace(part="over"), None

    def behind(self, at: int, inner: Frame | None = None) -> Frame:
        """The same, so far on."""
        # Twice as quick as `_replace`, for what every host does at every entry.
        return Frame(self.groups, self.number, self.part, at, self.failed, self.was_rescued, inner)

    def insert(self, items: Sequence[Item]) -> Frame:
        """Have these before all that comes next."""
        if self.part == "over" or (self.failed and self.part == "block"):
            return self
        if self.inner:
            return self._replace(inner=self.inner.insert(items))
        # What is behind is not kept, but that it has begun: a block may have a million turns.
        begun = min(self.at, 1)
        there = getattr(self.group, self.part)
        coming = (*there[self.at - begun : self.at], *items, *there[self.at :])
        before, behind = self.groups[: self.number], self.groups[self.number + 1 :]
        groups = (*before, self.group.going_on(self.part, coming), *behind)
        return self._replace(groups=groups, at=begun)

    def forgive(self) -> Frame:
        """Have no failure behind it, though it is where that has led."""
        inner = self.inner.forgive() if self.inner else None
        return self._replace(failed=_NOWHERE, inner=inner)

    def chain(self) -> Iterator[Frame]:
        """This, and those inside of it."""
        frame: Frame | None = self
        while frame:
            yield frame
            frame = frame.inner


def _stopped(frame: Frame) -> Frame:
    """Leave a part early; what has not begun has nothing to tidy up."""
    has_begun = frame.at or frame.part == "rescue"
    failed: frozenset[Part] = frame.failed | {"block"}
    return frame._replace(part="always" if has_begun else "over", at=0, failed=failed)


def _through(frame: Frame) -> Frame:
    """All of the part is behind it."""
    match frame.part:
        case "block":
            return frame._replace(part="always", at=0)
        case "rescue":
            return frame._replace(part="always", at=0, failed=_NOWHERE, was_rescued=True)
    if frame.failed:
        return frame._replace(part="over")
    return Frame(frame.groups, frame.number + 1)


class Position(NamedTuple):
    """Where a host is: before facts are found out, in the tasks of its play, or in handlers."""

    frame: Frame
    facts: Entry | None = None
    """Finds them out, and is still ahead."""
    has_begun: bool = False
    """It has come to the tasks."""
    handlers: Sequence[Entry] | None = None
    """Those that run now, or do so if they are due."""
    handler: int = 0
    """How many of them are behind it; as in Ansible, when one has failed, also the next time."""

    def go_on(self, way: Way) -> tuple[Position, Entry | None]:
        """Where it will be, and what it takes there; nothing if its play is over."""
        if self.handlers is not None:
            for number, handler in enumerate(self.handlers[self.handler :], self.handler + 1):
                if way.is_due(handler):
                    return self._replace(handler=number), handler
            return self._replace(handlers=None, handler=0).go_on(way)
        if self.facts and not way.stops:
            return self._replace(facts=None), self.facts
        frame, entry = self.frame.go_on(way, stops=way.stops)
        return Position(frame, has_begun=True, handler=self.handler), entry

    def fail(self) -> Position:
        """Where a failure leads; of a handler, as if to run handlers had failed."""
        frame = self.frame.fail() if self.has_begun else _over(self.frame, {"block"})
        return Position(frame, has_begun=True, handler=self.handler)

    def give_up(self) -> Position:
        return Position(_over(self.frame, {"block"}), has_begun=True)

    def insert(self, items: Sequence[Item]) -> Position:
        """Have these before all that comes next; where handlers run, they are handlers."""
        if self.handlers is None:
            return self._replace(frame=self.frame.insert(items))
        at = self.handler
        return self._replace(handlers=(*self.handlers[:at], *entries(items), *self.handlers[at:]))

    def flush(self, handlers: Sequence[Entry]) -> Position:
        return self._replace(handlers=handlers)

    def end(self) -> Position:
        """Its play is over; as in Ansible, right within a rescue that saves it."""
        *_, last = self.frame.chain()
        is_saved = self.has_begun and last.part == "rescue"
        failed = _NOWHERE if is_saved else self.frame.failed
        return Position(_over(self.frame, failed), has_begun=True)

    def forgive(self) -> Position:
        return self._replace(frame=self.frame.forgive())

    def all_entries(self) -> Iterator[Entry]:
        """Those that it may come to, and some of those behind it."""
        yield from (self.facts,) if self.facts else ()
        yield from self.handlers or ()
        for frame in self.frame.chain():
            yield from entries(frame.groups)

    @property
    def is_failed(self) -> bool:
        return self.frame.is_failed

    @property
    def is_rescued(self) -> bool:
        """A block around it has a rescue for what fails here."""
        return self.has_begun and any(
            frame.part == "block" and frame.group.rescue for frame in self.frame.chain()
        )

    @property
    def seems_rescued(self) -> bool:
        """As in Ansible, a handler counts so, too, if it was run from within a rescue."""
        return self.is_rescued or (self.handlers is not None and bool(self.frame.group.rescue))

    @property
    def is_tidying(self) -> bool:
        """It is in an `always`, which one Ctrl-C does not stop."""
        return any(
            frame.part == "always" and not frame.group.is_section for frame in self.frame.chain()
        )

    @property
    def tidies_up(self) -> bool:
        """The same, after a failure that no block around it rescues."""
        for frame in self.frame.chain():
            if frame.part == "always" and frame.failed:
                return True
            if frame.part == "block" and frame.group.rescue:
                break
        return False


def _over(frame: Frame, failed: frozenset[Part] | set[Part]) -> Frame:
    return Frame(frame.groups, part="over", failed=frozenset(failed))
