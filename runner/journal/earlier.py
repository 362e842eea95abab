"""What is known of the turns of a run that is resumed: out of its claims, its notes, its events.

The events tell of all turns, but with secrets masked, and perhaps without the last ones. So what
changes something is claimed, and of that only the claims count.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from ..dataclasses import replace
from ..engine.memory import Before, Mark, State
from ..events import (
    Event,
    ItemFinished,
    PlayStarted,
    StepFinished,
    StepStarted,
    TaskStarted,
)
from ..secrets import MASK
from .places import PLACES, Places
from .sealing import KEY, SECRETS

if TYPE_CHECKING:
    from .sealing import Unsealing
    from .store import Journal


class Earlier:
    """What a run and those that resumed it have left."""

    def __init__(self, journal: Journal, root: int, unsealing: Unsealing) -> None:
        self._unsealing = unsealing
        self.turns: dict[Mark, Before] = {}
        self.items: dict[Mark, list[Any]] = {}
        self.answers: dict[str, object] = {}
        places = places_of(journal, root)
        for record in journal.of_root(root):
            if there := places.get(record.id):
                self.turns.update(_Told(there).turns(journal.events(record)))
        for note in journal.notes(root):
            self._note(*note)
        for *turn, state, outcome in journal.claims(root):
            self.turns[Mark(*turn)] = self._claimed(state, outcome)

    def _note(self, kind: str, step: str, host: str, item: int, value: Any, *sealed: bool) -> None:
        if kind in (KEY, SECRETS):
            self._unsealing.note(kind, value)
            return
        if sealed and (value := self._unsealing.opened(value)) is None:
            kind = "not kept"
        if kind == "answer":
            self.answers[step] = value
        else:
            self._note_turn(kind, Mark(step, host, item), value)

    def _note_turn(self, kind: str, mark: Mark, value: Any) -> None:
        match kind:
            case "items":
                self.items[mark] = value
            case "result":
                self.turns[mark] = Before(state="done", result=value)
            case "not kept":
                self.turns.pop(mark, None)

    def _claimed(self, state: State, kept: dict[str, Any] | None) -> Before:
        if kept is None:
            return Before(state=state, claimed=True, result={}, whole=False)
        sealed = kept.pop("sealed", None)
        if sealed and (result := self._unsealing.opened(sealed)) is not None:
            kept = {"result": result}
        return Before(state=state, claimed=True, **kept)


def places_of(journal: Journal, root: int) -> dict[str, Places]:
    """Where the steps of a run stand, and of those that resumed it, by their ids."""
    notes = journal.notes(root)
    return {run: Places(*value) for kind, run, _, _, value, *_ in notes if kind == PLACES}


class _Told:
    """Reads the events of one run."""

    def __init__(self, there: Places) -> None:
        self._there = there
        self._play = 0
        self._places: dict[int, str] = {}
        self._passed: Counter[tuple[int, str, str]] = Counter()
        self._marks: dict[tuple[int, str], Mark] = {}
        self._items: dict[Mark, list[tuple[Mark, Before]]] = {}
        self._failed: set[tuple[int, str]] = set()

    def turns(self, events: Iterable[Event]) -> Iterator[tuple[Mark, Before]]:
        for event in events:
            match event:
                case PlayStarted():
                    self._play = event.number
                case TaskStarted():
                    self._places[event.task] = event.place
                case StepStarted():
                    self._begin(event)
                case ItemFinished():
                    yield from self._item(event)
                case StepFinished():
                    yield from self._step(event)

    def _begin(self, event: StepStarted) -> None:
        place = self._places[event.task]
        self._passed[self._play, place, event.host] += 1
        nth = self._passed[self._play, place, event.host]
        mark = Mark(self._there.step(self._play, place, nth), event.host)
        self._marks[event.task, event.host] = mark
        self._items[mark] = []

    def _item(self, event: ItemFinished) -> Iterator[tuple[Mark, Before]]:
        mark = self._marks[event.task, event.host]
        items = self._items[mark]
        items.append((mark._replace(item=len(items)), _told(event)))
        if not self._tidies_up(event.host):
            yield items[-1]

    def _step(self, event: StepFinished) -> Iterator[tuple[Mark, Before]]:
        mark = self._marks.pop((event.task, event.host))
        items = self._items.pop(mark)
        if self._tidies_up(event.host):
            return
        if event.rescued:
            yield from ((item, replace(before, state="done")) for item, before in items)
        if event.item_count is None:
            yield mark, _told(event)
        if _is_bad(event):
            self._failed.add((self._play, event.host))

    def _tidies_up(self, host: str) -> bool:
        """What tidies up after a failure does so again."""
        return (self._play, host) in self._failed


def _told(event: ItemFinished | StepFinished) -> Before:
    whole = MASK not in json.dumps(event.result, default=str)
    result = event.result
    if "censored" in result:
        # What `no_log` hides is not known, but for how it went.
        whole, result = False, {"changed": result["changed"], event.status: True}
    state: Any = "failed" if _is_bad(event) else "done"
    return Before(state=state, result=result, whole=whole)


def _is_bad(event: ItemFinished | StepFinished) -> bool:
    bad = event.status in ("failed", "unreachable")
    return bad and not event.ignored and not getattr(event, "rescued", False)
