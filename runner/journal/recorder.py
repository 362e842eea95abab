"""Writes a run into the journal. Whatever becomes of the journal, the run goes on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from .. import system_faults
from ..dataclasses import replace
from ..errors import ExitCode, StateError
from ..events import Event, RunFinished
from .beginning import Beginning
from .origin import Inquiry
from .places import PLACES
from .record import Record
from .sealing import KeyFile, runs_with_keys
from .store import Journal

if TYPE_CHECKING:
    from cryptography.fernet import Fernet

    from .places import Places

# Git has had all the time of the run.
_LAST_PATIENCE = 1.0


class Recorder:
    """Writes the events it is given; those it could not write it counts, and warns once."""

    def __init__(
        self,
        run: Beginning,
        journal: Journal,
        warn: Callable[[str], None],
        root: tuple[int, str] | None = None,
    ) -> None:
        """`root`: number and id of the first run, if this one goes on with it."""
        self.journal = journal
        self._run = run
        self._warn = warn
        self._record: Record | None = None
        self._lost = 0
        self._is_broken = False
        self._root: int | None
        self._root, self.root_id = root or (None, run.id)
        self._notes: list[str] = []
        self._sources = 0
        self._changed: Mapping[str, str] = {}

    @property
    def id(self) -> str:
        return self._run.id

    def __call__(self, events: Sequence[Event]) -> None:
        if self._is_broken or not self._is_done(lambda: self._write(events)):
            self._lost += len(events)
        if isinstance(end := events[-1], RunFinished):
            self._is_done(lambda: self._end(end))

    def _is_done(self, write: Callable[[], None]) -> bool:
        try:
            write()
        except Exception as error:  # noqa: BLE001  # whatever it is, the run goes on
            if not self._is_broken:
                self._warn(f"this run is not remembered: {_why(error)}")
                self._leave_word()
            self._is_broken = True
            return False
        return True

    def _write(self, events: Sequence[Event]) -> None:
        before = self._record or self._begun(events[0])
        self._write_down_notes()
        self._write_down_sources()
        self._record = self._known_after(events[-1], before)
        renewed = self._record if self._record is not before else None
        # Together: who finds the end of a run finds that it has ended.
        self.journal.append(self._number, events, renewed)

    def _begun(self, event: Event) -> Record:
        first = self.root_id if self._root else None
        record = replace(self._run.record(event.time), first=first)
        self._number = self.journal.begin(record, self._root)
        self._root = self._root or self._number
        self._record, self._inquiry = record, Inquiry(self._run.folder)
        return record

    def _known_after(self, event: Event, record: Record) -> Record:
        """What is known of the run when this has happened."""
        if isinstance(event, RunFinished):
            return self._ended(event, record)
        return record if record.commit else self._with_origin(record)

    def _ended(self, event: RunFinished, record: Record) -> Record:
        return replace(
            self._with_origin(record, _LAST_PATIENCE),
            arguments=self._run.arguments(),
            given=self._run.given(),
            finished=event.time,
            exit_code=event.exit_code,
            lost=self._lost,
        )

    def _with_origin(self, record: Record, patience: float = 0.0) -> Record:
        commit, dirty = self._inquiry.found(patience) or (None, None)
        return replace(record, commit=commit, dirty=dirty) if commit else record

    def _end(self, event: RunFinished) -> None:
        if self._record:
            if self._lost:
                self.journal.update(self._ended(event, self._record))
                gap_of(self._run.ledger.folder, self.id).unlink(missing_ok=True)
            if self._root and event.exit_code == ExitCode.OK:
                self.journal.settle(self._root)
                self._forget_effects()
            elif self._root:
                self._cover_sources(self._root)
            self._forget_keys()
        self.journal.close()

    def _leave_word(self) -> None:
        """Not all is known from here on; if the run is killed, the journal is never told that."""
        with suppress(OSError):
            gap_of(self._run.ledger.folder, self.id).touch(0o600)

    def _forget_effects(self) -> None:
        """Forget what was needed so that a run that is resumed does nothing twice."""
        ledger = self._run.ledger
        if ledger.is_open or ledger.is_lent or self._number != self._root:
            ledger.forget(f"{self.root_id} ")

    def _forget_keys(self) -> None:
        """Forget the key if all is well, and those of runs that were killed before they could."""
        folder = self._run.ledger.folder
        for run in [*self.journal.ended_well(runs_with_keys(folder))]:
            KeyFile(folder, run).forget()

    # So that it can be resumed ------------------------------------------------------------------

    def key(self) -> Fernet | None:
        """The key of this run that lies on this machine; None if there is no place for one."""
        if self._record and not self._is_broken:
            with suppress(OSError, StateError, ValueError):
                return self._key_file.made()
        return None

    @property
    def _key_file(self) -> KeyFile:
        return KeyFile(self._run.ledger.folder, self.root_id)

    def claim(self, mark: Sequence[object], *, outlives_power: bool) -> int | None:
        """Claim a turn of a step; None if that cannot be written."""
        made: list[int] = []

        def write() -> None:
            if self._root:
                self._write_down_notes()
                made.append(self.journal.claim(self._root, mark, outlives_power=outlives_power))

        return made[0] if not self._is_broken and self._is_done(write) and made else None

    def keep(
        self, claim: Sequence[object], state: str, outcome: str, *, outlives_power: bool
    ) -> None:
        root = self._root
        if root and not self._is_broken:

            def write() -> None:
                self._write_down_notes()
                self.journal.keep(root, claim, state, outcome, outlives_power=outlives_power)

            self._is_done(write)

    def stands(self, here: Places, changed: Mapping[str, str] = {}) -> None:  # read only
        """Note where the steps of this run stand, with the texts that have changed since."""
        self._changed = changed
        self.note(json.dumps([PLACES, self.id, "", -1, [here.lines, here.plays]]))

    def note(self, note: str) -> None:
        """Keep a note, at the latest before the next claim or outcome."""
        self._notes.append(note)

    def _cover_sources(self, root: int) -> None:
        """Cover in the texts that are kept what has proved to be secret since."""
        texts = self.journal.sources(root)
        covered = {path: self._run.mask(text) for path, text in texts.items()}
        if changed := {path: text for path, text in covered.items() if text != texts[path]}:
            self.journal.keep_sources(root, changed)

    def _write_down_notes(self) -> None:
        if self._root and self._notes:
            notes, self._notes = self._notes, []
            changed, self._changed = self._changed, {}
            self.journal.note(self._root, notes, changed)

    def _write_down_sources(self) -> None:
        """Keep the texts of the files that have been read."""
        if self._root and (texts := self._run.texts(self._sources)):
            self._sources += len(texts)
            self.journal.keep_sources(self._root, texts)


def gap_of(folder: Path, run: str) -> Path:
    """What is there if a run has done what its journal does not know.

    On most full disks there is room for an empty file in a folder that is there.
    """
    return folder / "owners" / f"{Path(run).name}.gap"


def _why(error: Exception) -> str:
    if isinstance(error, StateError):
        return str(error)
    return system_faults.told(error) or repr(error)
