"""`opsplay resume`: goes on with a run that was killed, interrupted, or failed."""

from __future__ import annotations

import os
import sys
import threading
import time
from argparse import Namespace
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from ..engine.memory import Decision, InDoubt, Mark
from ..errors import UsageError
from ..extra_vars import read
from ..secrets import MASK
from ..standard_input import read_line
from .beginning import raw
from .changes import Changes
from .commands import Runs
from .earlier import Earlier, places_of
from .places import Places
from .record import RUNNING, Record
from .recorder import gap_of
from .sealing import KeyFile, Unsealing
from .suspects import Suspects, covered
from .table import clock
from .watched import End, changed_since

if TYPE_CHECKING:
    from ..nodes import Document
    from ..playbook import Step
    from ..session import Session
    from ..vault.opening import Vault

_OK = "ok"
_MAY_HAVE_DIED = 20
_MOMENT = 2.0
_LOOK_AGAIN = 0.05
_ANSWERS: dict[str, Decision] = {"r": "repeat", "s": "skip", "f": "fail"}


class Resumption:
    """A run that goes on with another."""

    def __init__(self, wanted: Namespace, runs: Runs, record: Record) -> None:
        self.record = record
        self.journal_url: str = wanted.resolved.settings.journal
        self._journal = runs.journal
        self._force: bool = wanted.force
        self._in_doubt: InDoubt | None = wanted.in_doubt
        self._asking = threading.Lock()
        self._number = runs.journal.root(record)
        self.root = (self._number, record.family)
        self._key_file = KeyFile(runs.ledger.folder, record.family)

    def changes(self, session: Session) -> Changes:
        """What has become of its files; raises UsageError if that is not all right."""
        changes = self._changes(session.documents, session.vault)
        if not self._force:
            self._check_files(changes, session)
        return changes

    def places(self, changes: Changes, run: str, plays: Iterable[str]) -> Places:
        """Where steps stand in this run."""
        *_, last = (Places({}, ()), *places_of(self._journal, self._number).values())
        return Places.of(changes.lines(last.lines, run), plays, last.plays)

    def earlier(self, session: Session) -> Earlier:
        """What is done."""
        unsealing = Unsealing(session.vault, self._key_file)
        return Earlier(self._journal, self._number, unsealing)

    def _changes(self, documents: Mapping[Path, Document], vault: Vault) -> Changes:
        names = Suspects([document.value for document in documents.values()]).names

        def now(path: Path) -> str | None:
            text, document = raw(path), documents.get(path)
            value = document.value if document else None
            return text and vault.secrets.mask_text(covered(text, value, names))

        return Changes(self._journal.sources(self._number), now)

    def _check_files(self, changes: Changes, session: Session) -> None:
        end = End.of(self.record.started, self._journal.events(self.record))
        written = changed_since(end, session, self.record.given)
        found = [changes.diff()] if changes else []
        if written:
            paths = "".join(f"  {os.path.relpath(path)}\n" for path in written)
            found.append(
                f"written since the run was last heard of, at {clock(end.moment)}:\n{paths}"
            )
        if found:
            raise UsageError(
                "what this run was made of has changed since:\n\n" + "\n".join(found) + "\n"
                "Undo that, or resume with --force: what is done and stands where it stood is not"
                " done again, and what is new is done"
            )

    # What is in doubt ---------------------------------------------------------------------------

    @property
    def in_doubt(self) -> Decision | None:
        """What was decided for all."""
        return None if self._in_doubt == "ask" else self._in_doubt

    def decide(self, step: Step, mark: Mark, what: str) -> Decision:
        """What to do with this step."""
        asks = self._in_doubt == "ask" or (self._in_doubt is None and _can_ask())
        if not asks:
            return self.in_doubt or "fail"
        name = step.name or step.type.name
        with self._asking:
            sys.stderr.write(f"\n{name} ({step.place}) on {mark.host}: {what}.\n")
            while True:
                answer = _asked("Repeat it, skip it, or fail? [r/s/f]: ")
                if decision := _ANSWERS.get(answer.strip().lower()[:1]):
                    return decision


def _can_ask() -> bool:
    return sys.stdin.isatty() and sys.stderr.isatty()


def _asked(question: str) -> str:
    sys.stderr.write(question)
    sys.stderr.flush()
    # At the end of what can be read, nobody will ever answer.
    return read_line() or "fail"


# The command ------------------------------------------------------------------------------------


def do(
    wanted: Namespace, parse: Callable[[list[str]], Namespace], run: Callable[[Namespace], int]
) -> int:
    """`parse` reads a command line, `run` does what it says."""
    if wanted.in_doubt == "ask" and not sys.stdin.isatty():
        raise UsageError("--in-doubt ask: there is no terminal to ask on")
    runs = Runs(wanted)
    with closing(runs.journal), closing(runs.ledger):
        _wait_for_the_dead(runs)
        record = _newest(runs, _chosen(runs, wanted))
        if not wanted.force:
            _check_all_is_known(runs, record, shared=bool(wanted.resolved.settings.journal))
        with _alone(runs, record):
            os.chdir(_folder(record))
            again = _as_it_was(record, parse(["run", *record.playbooks]), wanted)
            again.state_dir = str(runs.ledger.folder)
            again.resumption = Resumption(wanted, runs, record)
            return run(again)


def _wait_for_the_dead(runs: Runs) -> None:
    """A server may hear a moment later that a process of this machine was killed."""
    newest = islice(runs.newest_first(), _MAY_HAVE_DIED)
    here = [record for record in newest if record.machine == os.uname().nodename]
    end = time.monotonic() + _MOMENT
    while time.monotonic() < end and any(
        runs.status(record) == RUNNING and not runs.ledger.is_alive(record.owner) for record in here
    ):
        time.sleep(_LOOK_AGAIN)


def _check_all_is_known(runs: Runs, record: Record, *, shared: bool) -> None:
    """Raises UsageError if not all that the run has done can be known here."""
    if record.lost or gap_of(runs.ledger.folder, record.id).exists():
        raise UsageError(
            f"of the run {record.id} not all could be written down when it ran, so nobody knows"
            " all that it has done; with --force what is not known is done again"
        )
    root = runs.journal.root(record)
    if runs.journal.sources(root) and not places_of(runs.journal, root):
        raise UsageError(
            f"of the run {record.id} it is not known where its steps stood: an older opsplay has"
            " written it, or the journal was damaged; with --force all of it is done again"
        )
    here = os.uname().nodename
    family = runs.journal.of_root(root) if shared else ()
    for machine in (one.machine for one in family if one.machine != here):
        raise UsageError(
            f"the run {record.id} was at work on {machine}, where it is remembered which mails it"
            " has sent; resume it there, or with --force here: a mail that it was about to send"
            " may come twice then"
        )


def _chosen(runs: Runs, wanted: Namespace) -> Record:
    """The run that is named, or the newest of this folder that did not end well."""
    if wanted.run:
        return runs.one(wanted.run)
    open_ends = [*_open_ends(runs)]
    for record in open_ends:
        if record.folder == str(Path.cwd()):
            return record
    others = [f"; name it to go on with {record.id}, of {record.folder}" for record in open_ends]
    raise UsageError("there is no run of this folder to resume" + "".join(others[:1]))


def _open_ends(runs: Runs) -> Iterator[Record]:
    resumed: set[str | None] = set()
    for record in runs.newest_first():
        if record.id not in resumed and runs.status(record) not in (_OK, RUNNING):
            yield record
        resumed.add(record.resumes)


def _newest(runs: Runs, record: Record) -> Record:
    """Of the runs that have gone on with it, the last one; raises UsageError if all is done."""
    newest, status = _last(runs, record)
    which = f"the run {newest.id}"
    if newest.id != record.id:
        which = f"the run {record.id} was resumed by {newest.id}, and that"
    if status == _OK:
        raise UsageError(f"{which} has ended well: there is nothing to go on with")
    if status == RUNNING:
        pid = newest.owner.partition("-")[0]
        raise UsageError(f"{which} goes on, in the process {pid} on {newest.machine}")
    return newest


def _last(runs: Runs, record: Record) -> tuple[Record, str]:
    root = runs.journal.root(record)
    *_, last = runs.journal.of_root(root)
    # When it has told its end, a run writes down what it has sent; so it may be killed then, too.
    if runs.status(last) == RUNNING or runs.ledger.is_alive(last.owner):
        return last, RUNNING
    # Between the two looks it may have come to its end.
    *_, last = runs.journal.of_root(root)
    return last, runs.status(last)


@contextmanager
def _alone(runs: Runs, record: Record) -> Iterator[None]:
    """Nobody else goes on with it meanwhile; raises UsageError."""

    def refuse(_: float) -> None:
        raise UsageError(f"the run {record.id} is being resumed at this moment by another process")

    name = f"resume {runs.journal.root(record)}"
    with runs.ledger.held(name, refuse):
        if not runs.journal.hold(name):
            refuse(0)
        # Between the look and the lock, somebody may have done all of it.
        _newest(runs, record)
        yield


def _folder(record: Record) -> str:
    if not Path(record.folder).is_dir():
        raise UsageError(f"the run {record.id} was started in {record.folder}, which is gone")
    return record.folder


def _as_it_was(record: Record, again: Namespace, wanted: Namespace) -> Namespace:
    """The command line of the run, and on top of it what is given now."""
    kept = {name: value for name, value in record.arguments.items() if name != "extra_vars"}
    now = {name: getattr(wanted, name) for name in _NOW if getattr(wanted, name)}
    vars(again).update({**kept, **now})
    again.verbosity = wanted.verbosity or record.verbosity
    again.extra_vars = _extra_vars(record, wanted.extra_vars)
    again.resumes = record.id
    return again


_NOW = ("output", "vault_ids", "vault_password_files", "ask_vault_pass", "secrets")
"""What may be given anew."""


def _extra_vars(record: Record, given: Sequence[str]) -> list[str]:
    """All of them; raises UsageError if the value of one is not known."""
    names = {str(name) for text in given for name in read(text)}
    known, missing = [], []
    for text in record.given:
        values = {} if text.startswith("@") else read(text)
        lost = [str(name) for name, value in values.items() if value == MASK]
        missing += [name for name in lost if name not in names]
        known.append(text)
    if missing:
        switches = " ".join(f"-e {name}=…" for name in missing)
        raise UsageError(
            f"the values of {', '.join(missing)} were not kept, as they may be secret; give them"
            f" again: opsplay resume {record.id} {switches}"
        )
    return [*known, *given]
