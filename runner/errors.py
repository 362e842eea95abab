"""What can go wrong, as one tree.

OpsplayError
├── PlaybookError      the playbook, or a file it names, is wrong or not there; nothing has run
├── UsageError         the command line is wrong
│   ├── NobodyLeft     what it says of hosts leaves nobody
│   └── NoCallback     a setting names a callback that is nowhere
├── TemplateError      an expression or template failed on the values it met
│   ├── NotDefined     it uses a name that is not defined
│   └── Undecryptable  it uses what is encrypted and cannot be opened
├── FilterError        a filter or a test cannot work on what it was given
├── LookupFailed       a lookup did not find what it was asked for
│   └── NotSet         what it was asked for by its name is not defined
├── VaultError         an encrypted text cannot be opened, or a password cannot be had
├── PatternError       a pattern of hosts is malformed or matches nothing
└── TaskError          a step failed, in words for the user
    ├── Cancelled      a step was stopped by the user
    ├── Undecided      an earlier run may have done it or not
    └── StateError     what is remembered beyond a run cannot be read or written
"""

from __future__ import annotations

from enum import IntEnum
from typing import TYPE_CHECKING, Self

from .dataclasses import dataclass

if TYPE_CHECKING:
    from collections.abc import Iterable


class ExitCode(IntEnum):
    """The exit status of a run, as ansible-playbook has it."""

    OK = 0
    ERROR = 1
    FAILED = 2
    INVALID = 4
    USAGE = 5
    INTERRUPTED = 99


@dataclass(frozen=True, slots=True)
class Place:
    """A spot in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def __lt__(self, other: Place) -> bool:
        return (self.file, self.line, self.column) < (other.file, other.line, other.column)


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong: where, what, and what to do about it."""

    place: Place | None
    message: str
    hint: str = ""
    width: int = 1
    """How many characters of the line the caret underlines."""
    missing: bool = False
    """Whether what is named is nowhere, a file, a role, a handler, or never ends: of an include
    only the step fails."""
    listless: bool = False
    """Whether a file of tasks holds something else than a list."""
    status: ExitCode = ExitCode.INVALID
    """That of a run in which nothing else is wrong: Ansible has its own for some mistakes."""
    deprecation: bool = False
    """Whether it is nothing yet, and only will be."""

    @property
    def told(self) -> str:
        """What is wrong and what to do, without the place."""
        return f"{self.message.rstrip(' .!')}; {self.hint}" if self.hint else self.message

    def __str__(self) -> str:
        where = f"{self.place}: " if self.place else ""
        hint = f" ({self.hint})" if self.hint else ""
        return f"{where}{self.message}{hint}"


class OpsplayError(Exception):
    """The root of every error that is meant for the user."""

    exit_code = ExitCode.ERROR
    as_ansible = False
    """Whether it is told as Ansible would, too: scripts may look for that."""


class PlaybookError(OpsplayError):
    """Everything that is wrong with what the user wrote; raised before anything runs."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = tuple(problems)
        # As in Ansible, what is not there is no mistake in what is there.
        statuses = {ExitCode.ERROR if one.missing else one.status for one in self.problems}
        self.exit_code = statuses.pop() if len(statuses) == 1 else ExitCode.INVALID
        super().__init__("\n".join(str(problem) for problem in self.problems))


class UsageError(OpsplayError):
    """The command line asks for something that cannot be."""

    exit_code = ExitCode.USAGE


class NobodyLeft(UsageError):
    """What the command line says of hosts leaves nobody; the exit status is Ansible's."""

    exit_code = ExitCode.ERROR


class NoCallback(UsageError):
    """A setting names a callback that is nowhere; the exit status is Ansible's."""

    exit_code = ExitCode.ERROR


class TemplateError(OpsplayError):
    """A template or expression failed; the problem says where and why.

    `purpose` is what it was for, in Ansible's words, which playbooks look for.
    """

    def __init__(self, problem: Problem, purpose: str = "Task failed: ") -> None:
        self.problem = problem
        self.purpose = purpose
        super().__init__(str(problem))

    def meant_for(self, purpose: str) -> Self:
        """The same, of which is known what it was for."""
        return type(self)(self.problem, f"Task failed: {purpose}")


class NotDefined(TemplateError):
    """A template or expression uses a name that is not defined."""


class Undecryptable(TemplateError):
    """What is encrypted cannot be opened."""


class FilterError(OpsplayError):
    """A filter or a test cannot work on what it was given; whoever renders knows the place."""


class LookupFailed(OpsplayError):
    """A lookup did not find what it was asked for; whoever renders knows the place."""


class NotSet(LookupFailed):
    """What a lookup was asked for by its name is not defined, which `default` may mend."""


class _Hinted(OpsplayError):
    """What is wrong, and what to do; the caller knows where it stands."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.message = message
        self.hint = hint
        super().__init__(f"{message} ({hint})" if hint else message)


class VaultError(_Hinted):
    """An encrypted text cannot be opened, or its password cannot be had."""


class PatternError(_Hinted):
    """A pattern of hosts is malformed or matches nothing."""

    exit_code = ExitCode.INVALID


class UnmatchedError(PatternError):
    """A part of a pattern matches nothing, which Ansible would not have either."""

    exit_code = ExitCode.ERROR


class TaskError(OpsplayError):
    """A step failed. `data` goes into the registered result beside the message, or in its place.

    A `hint` in it is said after the message: what may be done.
    """

    exit_code = ExitCode.FAILED
    quiet = False
    """Whether no more is shown than must be."""
    final = False
    """Whether `changed_when` and `failed_when` have no say in it."""

    def __init__(self, msg: str, /, **data: object) -> None:
        self.msg = msg
        self.data = data
        super().__init__(msg)


class Cancelled(TaskError):
    """The user asked to stop while the step was at work."""

    def __init__(self) -> None:
        super().__init__("interrupted")


class Undecided(TaskError):
    """What an earlier run has begun is in doubt: nobody goes on before a person has decided."""

    final = True


class StateError(TaskError):
    """What is remembered beyond a run cannot be read or written."""

    exit_code = ExitCode.ERROR
