"""The contract between the engine and a step: all that the author of a step imports.

A step is a module with a docstring, a frozen dataclass `Params`, a function
`run(params, ctx) -> Result`, and, where it can tell what it would do, `SUPPORTS_CHECK = True`.
A step that is faster over the items of a loop together has, beside `run`, `prepare(params, ctx)`,
which gives what is to be done, or a Result if nothing is, and `run_all(prepared)`, which takes an
iterator of those and yields a Result or a TaskError for each, in their order.
`run_beside`, if there is one, takes the place of `run` in a job (`async`).
`RUNS_ONCE = True` makes it act for the first host alone, who also has its result.
`REPEAT` tells whether it may be done again: a `Repeat`, or what gives one for its Params.
`LACKING` is said where a required argument is missing, in place of which.
`EXAMPLES` (YAML) and `RETURNS` (name -> meaning) feed the documentation.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any, Literal, Protocol, TypeAlias, TypeVar

from .dataclasses import dataclass, field
from .errors import Cancelled, NotDefined, TaskError, TemplateError, Undecided

__all__ = [
    "ANSIBLE",
    "Alias",
    "Cancellation",
    "Cancelled",
    "Commas",
    "Context",
    "Diff",
    "Expression",
    "FreeForm",
    "Ledger",
    "Mode",
    "NotDefined",
    "Pattern",
    "Pool",
    "Range",
    "Repeat",
    "Rest",
    "Result",
    "Secret",
    "TaskError",
    "TaskModule",
    "Templar",
    "TemplateError",
    "Undecided",
]

T = TypeVar("T")

ANSIBLE = "2.19.14"
"""The version whose language is spoken, for playbooks and modules that ask."""


# Parameters ---------------------------------------------------------------------------------


class Secret(str):
    """A text that must not be seen: `str()` and the wire get it, `repr()` and listeners do not."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "'********'"


class Mode(str):
    """File permissions as chmod takes them: `"0644"` or `u=rw,go=r`. A bare number is refused."""

    __slots__ = ()


class FreeForm:
    """Marks the parameter that takes the text of `step: text`."""


class Guard:
    """Marks a flag that protects something: where it is off, the run warns of that once."""


class Rest:
    """Marks the dict that takes every argument no other parameter names."""


class Expression:
    """Marks a parameter that holds bare expressions, as written: for `ctx.templar.evaluate`."""


class Commas:
    """Marks a list that may also be written as a text with commas between its words."""


class Alias:
    """Other names for a parameter; those that are `kept` are for Rest, too."""

    def __init__(self, *names: str, kept: tuple[str, ...] = ()) -> None:
        self.names = (*names, *kept)
        self.kept = kept


@dataclass(frozen=True, eq=False, repr=False)
class Range:
    """The least and the greatest number allowed."""

    minimum: float | None = None
    maximum: float | None = None


@dataclass(frozen=True, eq=False, repr=False)
class Pattern:
    """A regular expression that the text must match, and what to say when it does not."""

    regex: str
    expected: str


@dataclass(frozen=True, eq=False, repr=False)
class Check:
    """What finds fault with a text before the run, unless a template is yet to give it.

    It is called with the parameter's name and the text, and raises TaskError. Of what a template
    has given, the step asks it.
    """

    find_fault: Callable[[str, str], object]


# Results ------------------------------------------------------------------------------------


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Diff:
    """What a step changes, as two texts, or as facts of a file: its mode, its owner."""

    before: str | Mapping[str, object]
    after: str | Mapping[str, object]
    before_header: str = ""
    after_header: str = ""
    alone: bool = False
    """Whether `register` keeps a text by itself, as it does the facts of a file, not in a list."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Result:
    """What a step did. `data` is what `register` sees and holds JSON types only."""

    changed: bool = False
    msg: str = ""
    data: Mapping[str, object] = field(default_factory=dict)
    diff: Sequence[Diff] = ()
    facts: Mapping[str, object] = field(default_factory=dict)
    skipped: bool = False
    quiet: bool = False
    """What it has to say is registered, and not shown unless somebody asks for more."""
    warnings: Sequence[str] = ()


Repeat: TypeAlias = Literal["unsafe", "safe", "harmless", "always"]
"""What becomes of a step in a run that is resumed, if it had begun and nobody knows how it ended.

    unsafe    it must not be done twice: somebody has to decide. If nothing is said, this is meant
    safe      it is done again: what it finds done, it leaves alone
    harmless  it is done again: it only looks, or reckons
    always    it is done again, also if it was done: what it makes ends with the run
"""


# What a step may use ------------------------------------------------------------------------


class Cancellation:
    """Tells the step that is at work that the user wants to stop."""

    def __init__(self) -> None:
        self.cancelled = False
        self._lock = threading.RLock()
        self._callbacks: list[Callable[[], None]] = []

    @cached_property
    def _event(self) -> threading.Event:
        # Few steps wait, and one is made for each.
        return threading.Event()

    def cancel(self) -> None:
        """Stop whatever is registered; called from a signal handler or another thread."""
        self.cancelled = True
        self._event.set()
        with self._lock:
            callbacks = list(self._callbacks)
        for callback in callbacks:
            callback()

    def check(self) -> None:
        """Raise Cancelled when the user wants to stop."""
        if self.cancelled:
            raise Cancelled

    def sleep(self, seconds: float) -> None:
        """Wait; raises Cancelled at once when the user wants to stop."""
        deadline = time.monotonic() + seconds
        # Short waits: a signal handler that runs in the thread that waits cannot wake it otherwise.
        while (left := deadline - time.monotonic()) > 0:
            self._event.wait(min(left, 0.1))
            self.check()

    @contextmanager
    def calling(self, stop: Callable[[], None]) -> Iterator[None]:
        """While the body runs, `stop` (close a socket, kill a child) answers a cancellation."""
        with self._lock:
            self._callbacks.append(stop)
        try:
            self.check()
            yield
        finally:
            with self._lock:
                self._callbacks.remove(stop)


class Pool:
    """Open connections that live as long as the run, so that forty steps log in once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._remembered: dict[Hashable, object] = {}
        self._idle: dict[Hashable, list[tuple[object, Callable[[], None]]]] = {}

    def remember(self, key: Hashable, make: Callable[[], T]) -> T:
        """Give what belongs to this key as long as the run lives; the first time it is made."""
        with self._lock:
            found = self._remembered.get(key)
            if found is None:
                found = self._remembered[key] = make()
        return found  # type: ignore[return-value]  # a key stands for one type

    @contextmanager
    def lease(
        self,
        key: Hashable,
        connect: Callable[[], T],
        *,
        close: Callable[[T], None],
        alive: Callable[[T], bool] = lambda _: True,
    ) -> Iterator[T]:
        """Lend an idle connection of this key, or a new one; after an exception it is closed."""
        connection = self._take(key, alive) or connect()
        try:
            yield connection
        except BaseException:
            close(connection)
            raise
        with self._lock:
            entry = (connection, lambda: close(connection))
            self._idle.setdefault(key, []).append(entry)

    def _take(self, key: Hashable, alive: Callable[[T], bool]) -> T | None:
        while True:
            with self._lock:
                entries = self._idle.get(key)
                if not entries:
                    return None
                connection, close = entries.pop()
            if alive(connection):  # type: ignore[arg-type]  # a key stands for one type of connection
                return connection  # type: ignore[return-value]
            close()

    def close(self, wanted: Callable[[Hashable], bool] = lambda _: True) -> bool:
        """Close every idle connection whose key is wanted; tells whether there were any."""
        with self._lock:
            keys = [key for key in self._idle if wanted(key)]
            entries = [entry for key in keys for entry in self._idle.pop(key)]
        for _, close in entries:
            close()
        return bool(entries)


class Templar(Protocol):
    """Renders what a person wrote, with the variables of this host and step."""

    def render(self, value: object) -> object:
        """Render the templates inside `value`; text that is data comes back untouched."""

    def over(self, variables: Mapping[str, object]) -> Templar:
        """The same, with these variables before all others."""

    def evaluate(self, expression: str) -> object:
        """Evaluate a bare expression that a person wrote (an `Expression` parameter).

        Raises NotDefined for a name that is not defined.
        """

    def evaluate_in_part(self, expression: str, missing: Callable[[str, str], object]) -> object:
        """Evaluate a bare expression, of which not all has to be defined.

        For what is not stands what `missing` makes of what is said of it, and of a hint.
        """

    def expressed(self, written: str) -> object:
        """What is meant where an expression is wanted: what braces around it come to, or itself.

        Raises TemplateError if that is a text that nobody wrote as one.
        """

    def holds(self, claim: object) -> bool:
        """Tell whether a condition, a bare expression that a person wrote, is true.

        Raises TemplateError for one that is neither true nor false.
        """

    def render_file(
        self,
        path: Path,
        extra: Mapping[str, object],
        options: Mapping[str, object] | None = None,
        *,
        beside_first: bool = False,
    ) -> object:
        """Render a template file that lies beside the playbook; `options` are Jinja's own.

        What it includes is looked for beside it, too: last, or with `beside_first` first. Gives a
        text, or what the only expression in the file comes to.
        """


class Ledger(Protocol):
    """What is remembered beyond the run: JSON facts by space and key; see runner/ledger.py.

    What was written is on the disk when a method returns. Raises TaskError in words.
    """

    def get(self, space: str, key: str) -> dict[str, Any] | None:
        """What is known of a key."""

    def keys(self, space: str) -> set[str]:
        """Every key of a space."""

    def put(
        self,
        space: str,
        entries: Mapping[str, Mapping[str, Any]],
        *,
        outlives_power: bool = True,
    ) -> None:
        """Set the facts of keys, all of them or none.

        Without `outlives_power` it is faster: a kill loses nothing, a power cut what came last.
        """

    def jot(self, space: str, entries: Mapping[str, Mapping[str, Any]]) -> None:
        """Set the facts of keys that nobody else asks for while this process is there.

        It is faster still: nobody waits for a database.
        """

    def delete(self, space: str, keys: Iterable[str]) -> None:
        """Forget keys."""

    def held(self, name: str, wait: Callable[[float], None]) -> AbstractContextManager[None]:
        """Hold a name among all runs of this user.

        While another holds it, `wait` (`ctx.cancellation.sleep`) is called again and again.
        """

    @property
    def owner(self) -> str:
        """Names this process, in facts that other runs read."""

    def is_alive(self, owner: str) -> bool:
        """Tell whether the process that called itself so still runs."""


MOST_UNREGISTERED = 1000
"""So many files or mails are told in a result that nobody makes use of."""


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Context:
    """Where and how a step runs. One a host, step and loop item."""

    host: str
    check: bool = False
    diff: bool = False
    verbosity: int = 0
    is_registered: bool = True
    """Whether the playbook makes use of the result; otherwise `MOST_UNREGISTERED` is enough."""
    playbook_dir: Path
    search_path: tuple[Path, ...]
    """Folders in which relative source files are looked for, nearest first."""
    environment: Mapping[str, str]
    """What `environment:` adds for child processes."""
    strict_texts: bool = True
    """Whether a program fails that says what is no UTF-8."""
    usual_shell: Callable[[], str] = lambda: "/bin/sh"
    """Gives the shell of this host."""
    templar: Templar
    cancellation: Cancellation
    pool: Pool
    ledger: Ledger
    exit_stack: ExitStack
    """Unwound at the end of the run, whatever happens: servers are stopped here."""
    once: str | None = None
    """A name for the effect of this step on this host, the same when the run is resumed."""
    in_doubt: str | None = None
    """What whoever resumes the run says about effects that are in doubt."""
    is_beside: bool = False
    """Whether it may outlive the run, and be at work when that is resumed (`async`)."""
    temp_dir: Callable[[], Path]
    """The run's own folder, 0700, removed at its end."""
    on_progress: Callable[[str, int, int | None, str], None]
    on_line: Callable[[str], None]
    on_warning: Callable[[str], None] = lambda _: None
    unvault: Callable[[Path], bytes | None] = lambda _: None
    """Gives what a file holds that ansible-vault encrypted; None of any other. Raises TaskError."""
    read_variables: Callable[[Path], Mapping[str, object]] = lambda _: {}
    """Gives the variables in a file, with their templates. Raises TaskError or PlaybookError."""

    def path(self, text: str) -> Path:
        """A local path as a step means it: `~`, `$HOME` expanded, from the playbook's folder."""
        return self.playbook_dir / _expanded(os.path.expandvars(text))

    def find(self, text: str, kind: str = "files") -> Path:
        """A source file or folder: looked for in `kind`/ and beside the playbook.

        Raises TaskError, which names the places searched.
        """
        wanted = _expanded(text)
        if wanted.is_absolute():
            candidates = [wanted]
        else:
            folders = [folder / part for folder in around(self.search_path) for part in (kind, "")]
            candidates = [folder / wanted for folder in folders]
        # As in Ansible, `..` leads back also from a folder that is not there.
        plain = [Path(os.path.normpath(path)) for path in candidates if ".." in wanted.parts]
        for candidate in (*candidates, *plain):
            # Of a name that the system cannot have, pathlib raises where os.path says no.
            if os.path.exists(candidate):  # noqa: PTH110
                return candidate
        places = "".join(f"\n\t{candidate}" for candidate in dict.fromkeys(candidates))
        searched = "" if wanted.is_absolute() else f"\nSearched in:{places}"
        error = TaskError(f"Could not find or access '{text}'{searched} on the Ansible Controller.")
        error.final = True
        raise error

    def progress(self, what: str, done: int, total: int | None = None, unit: str = "B") -> None:
        """Tell how far a long transfer is; cheap to call often."""
        self.on_progress(what, done, total, unit)

    def warn(self, text: str) -> None:
        """Warn at once, and not only with the result: of what a person may want to mend."""
        self.on_warning(text)

    def line(self, text: str) -> None:
        """Tell one line of what is going on (a command's output, a server's log)."""
        self.on_line(text)


def around(folders: Sequence[Path]) -> Iterator[Path]:
    """The folders in which files are looked for; beside one below a role's tasks/, that, too."""
    for folder in folders:
        if folder.parent.name == "tasks" and folder.parent.parent in folders:
            yield folder.parent
        yield folder


def no_name(text: str) -> TaskError:
    """What is wrong with a path that is none."""
    told = {} if text else {"hint": "perhaps a variable came out empty"}
    return TaskError(f"{text!r} is not the name of a file or folder", **told)


def _expanded(text: str) -> Path:
    """Refuse what is no path: an empty one would mean the playbook's own folder."""
    if not text or "\0" in text:
        raise no_name(text)
    try:
        return Path(text).expanduser()
    except RuntimeError as error:
        msg = f"the home folder that {text!r} begins with cannot be found"
        raise TaskError(msg) from error


class TaskModule(Protocol):
    """A step module, as the registry expects it."""

    __name__: str
    __doc__: str | None
    Params: type

    @staticmethod
    def run(params: object, ctx: Context, /) -> Result: ...
