"""Writes a run into the journal. Whatever becomes of the journal, the run goes on."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..errors import StateError
from ..events import Event, RunFinished
from .beginning import Beginning
from .origin import Inquiry
from .record import Record
from .store import Journal

# Git has had all the time of the run.
_LAST_PATIENCE = 1.0


class Recorder:
    """Writes the events it is given; those it could not write it counts, and warns once."""

    def __init__(self, run: Beginning, warn: Callable[[str], None]) -> None:
        self._journal = Journal(run.ledger.folder)
        self._run = run
        self._warn = warn
        self._record: Record | None = None
        self._lost = 0

    def __call__(self, events: Sequence[Event]) -> None:
        if self._lost or not self._is_done(lambda: self._write(events)):
            self._lost += len(events)
        if isinstance(end := events[-1], RunFinished):
            self._is_done(lambda: self._end(end))

    def _is_done(self, write: Callable[[], None]) -> bool:
        try:
            write()
        except Exception as error:  # noqa: BLE001  # whatever it is, the run goes on
            if not self._lost:
                why = error if isinstance(error, StateError) else repr(error)
                self._warn(f"this run is not remembered: {why}")
            return False
        return True

    def _write(self, events: Sequence[Event]) -> None:
        if self._record is None:
            record = self._run.record(events[0].time)
            self._number = self._journal.begin(record)
            self._record = record
            self._inquiry = Inquiry(self._run.folder)
        self._journal.append(self._number, events)
        if self._record.commit is None and (known := self._with_origin(self._record)).commit:
            self._record = known
            self._journal.update(known)

    def _with_origin(self, record: Record, patience: float = 0.0) -> Record:
        origin = self._inquiry.found(patience)
        return record._replace(commit=origin.commit, dirty=origin.dirty) if origin else record

    def _end(self, event: RunFinished) -> None:
        if self._record:
            record = self._with_origin(self._record, _LAST_PATIENCE)._replace(
                arguments=self._run.arguments(),
                finished=event.time,
                exit_code=event.exit_code,
                lost=self._lost,
            )
            self._journal.update(record)
        self._journal.close()
