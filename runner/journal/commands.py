"""`opsplay runs`: which runs there were, what one of them has shown, and forgetting them."""

from __future__ import annotations

import json
import os
import sys
from argparse import Namespace
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import islice
from pathlib import PurePath

from ..dataclasses import replace
from ..errors import ExitCode, UsageError
from ..events import Listener, send_off
from ..ledger import Ledger, state_folder
from ..spelling import did_you_mean
from ..terminal import Output, Paint, wants_colour
from . import table
from .record import KILLED, RUNNING, STATUSES, Record
from .recorder import gap_of
from .sealing import KeyFile
from .store import Journal

_LATEST = "latest"
_NAMED = 5


def do(wanted: Namespace, listener: Callable[[Namespace], Listener]) -> int:
    """List, show or prune; `listener` makes what shows the events of a run."""
    runs = Runs(wanted)
    with closing(runs.journal):
        if wanted.action == "show":
            _show(runs, wanted, listener)
        elif wanted.action == "prune":
            _prune(runs, wanted)
        else:
            _list(runs, wanted)
    return ExitCode.OK


class Runs:
    """The runs of a state folder."""

    def __init__(self, wanted: Namespace) -> None:
        settings = wanted.resolved.settings
        folder = state_folder(settings.state_dir, os.environ)
        self.journal = Journal(folder, settings.journal)
        self.ledger = Ledger(folder)

    def newest_first(self) -> Iterator[Record]:
        """Whoever only looks makes nothing."""
        return self.journal.records() if self.journal.exists else iter(())

    def status(self, record: Record) -> str:
        return record.status(self._is_alive)

    def _is_alive(self, owner: str) -> bool:
        """Whether a process still runs, on this machine or on another that shares the journal."""
        return self.ledger.is_alive(owner) or self.journal.is_held(owner)

    def told(self, record: Record) -> table.Told:
        """What is known of it, also by others that came later."""
        family = self.journal.of_root(self.journal.root(record))
        after = (one.id for one in family if one.resumes == record.id)
        return table.Told(record, self.status(record), next(after, None))

    def one(self, name: str) -> Record:
        """The run whose id begins so; raises UsageError."""
        if name == _LATEST:
            found = [*islice(self.newest_first(), 1)]
        else:
            found = [record for record in self.newest_first() if record.id.startswith(name)]
        if len(found) == 1:
            return found[0]
        if not found:
            raise UsageError(f"no run is called {name}; opsplay runs lists them")
        ids = ", ".join(record.id for record in found[:_NAMED])
        more = f" and {len(found) - _NAMED} others" if len(found) > _NAMED else ""
        raise UsageError(f"more than one run is called {name}…: {ids}{more}")


# The list -------------------------------------------------------------------------------------


def _list(runs: Runs, wanted: Namespace) -> None:
    if wanted.status not in (None, *STATUSES):
        hint = did_you_mean(wanted.status, STATUSES) or f"there are: {', '.join(STATUSES)}"
        raise UsageError(f"--status: no run is ever {wanted.status} ({hint})")
    output = Output(sys.stdout)
    paint = Paint(on=wants_colour(sys.stdout, os.environ))
    found = islice(_chosen(runs, wanted), wanted.limit or None)
    if wanted.json:
        for told in found:
            output.write(json.dumps(table.facts(*told)) + "\n")
    else:
        output.write(table.listing(found, paint))


def _chosen(runs: Runs, wanted: Namespace) -> Iterator[table.Told]:
    for record in runs.newest_first():
        if wanted.since and record.started < wanted.since:
            continue
        if wanted.playbook and not _is_of(record, wanted.playbook):
            continue
        told = runs.told(record)
        if wanted.status in (None, told.status):
            yield told


def _is_of(record: Record, pattern: str) -> bool:
    return any(PurePath(record.folder, playbook).match(pattern) for playbook in record.playbooks)


# One run --------------------------------------------------------------------------------------


def _show(runs: Runs, wanted: Namespace, listener: Callable[[Namespace], Listener]) -> None:
    record = runs.one(wanted.run)
    if wanted.about:
        Output(sys.stdout).write(table.about(runs.told(record)))
        return
    status = runs.status(record)
    show = listener(_like_it(wanted, record))
    for event in runs.journal.events(record):
        show(event)
    send_off(show)
    if status in {RUNNING, KILLED} or record.lost:
        sys.stderr.write(f"opsplay: {_ending(record, status)}\n")


def _like_it(wanted: Namespace, record: Record) -> Namespace:
    """What was wanted of the run, as far as it decides how it looks."""
    settings = replace(
        wanted.resolved.settings,
        output="json" if wanted.json else "text",
        verbosity=record.verbosity + wanted.more,
    )
    return Namespace(**{**vars(wanted), "resolved": replace(wanted.resolved, settings=settings)})


def _ending(record: Record, status: str) -> str:
    if record.lost:
        return f"{record.lost:,} events of this run could not be written when it ran"
    return "this run is not over yet" if status == RUNNING else "here this run was killed"


# Forgetting -----------------------------------------------------------------------------------


def _prune(runs: Runs, wanted: Namespace) -> None:
    with closing(runs.ledger):
        if wanted.once_older_than is not None:
            _prune_names(runs, wanted)
        elif wanted.older_than is None and wanted.keep is None:
            raise UsageError("say which runs to forget: --older-than 30d, --keep 100, or both")
        if wanted.older_than is not None or wanted.keep is not None:
            _prune_runs(runs, wanted)


def _prune_names(runs: Runs, wanted: Namespace) -> None:
    """Forget the names of mails that are sent once; under one that is forgotten it is sent anew."""
    count = runs.ledger.prune(wanted.once_older_than)
    sys.stdout.write(f"{count} names of mails forgotten\n")


def _prune_runs(runs: Runs, wanted: Namespace) -> None:
    records = [*runs.newest_first()]
    old = [
        record
        for record in records[wanted.keep or 0 :]
        if wanted.older_than is None or record.started < wanted.older_than
    ]
    ended = {record.id for record in old if runs.status(record) != RUNNING}
    # What a run knows of those that it goes on with, it needs to be resumed itself.
    needed = {record.family for record in records if record.id not in ended}
    gone = [record for record in old if record.family not in needed]
    for record in gone:
        _forget(runs, record)
    if gone:
        runs.journal.shrink()
    sys.stdout.write(f"{len(gone)} forgotten, {len(records) - len(gone)} kept\n")


def _forget(runs: Runs, record: Record) -> None:
    root = runs.journal.root(record)
    runs.journal.remove(record)
    gap_of(runs.ledger.folder, record.id).unlink(missing_ok=True)
    if not any(runs.journal.of_root(root)):  # nobody can resume it any more
        runs.ledger.forget(f"{record.family} ")
        KeyFile(runs.ledger.folder, record.family).forget()
