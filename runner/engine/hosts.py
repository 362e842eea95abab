"""One host in the course of a run: what it knows, what was notified, how it fared."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from ..dataclasses import dataclass, field
from ..events import Recap

if TYPE_CHECKING:
    from ..errors import Place

GATHERED = "_ansible_facts_gathered"
"""The fact that facts were gathered: not every step that brings some gathers."""
_REACHED_BY = re.compile(
    r"ansible_(connection(_user)?|host|port|user|password|timeout|pipelining|private_key_file|facts"
    r"|shell_type|shell_executable|module_compression|network_os|playbook_python|rsync_path"
    r"|(scp|sftp)_extra_args|(become|local|psrp|winrm)_.*|become|ssh_(?!host_key_).*|.*_interpreter)"
)


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Failure:
    """A failure of a host, for the `rescue` that it begins, and for whatever comes later."""

    task: Mapping[str, object]
    result: Mapping[str, object]


@dataclass(kw_only=True, eq=False, repr=False)
class HostState:
    """Changes while the run goes on; touched by one thread at a time."""

    name: str
    look_up: Callable[[], Mapping[str, object]]
    """Gives what the inventory says of it at this moment."""
    implicit: bool = False
    """It is the localhost of which no inventory tells."""
    facts: dict[str, Any] = field(default_factory=dict)
    learned: int = 0
    """How often its facts have changed."""
    registered: dict[str, Any] = field(default_factory=dict)
    """Registered results and set_fact."""
    included: dict[str, object] = field(default_factory=dict)
    """What include_vars has read."""
    roles_begun: set[str] = field(default_factory=set)
    """Roles of this play of which a task has run."""
    roles_done: set[str] = field(default_factory=set)
    """Roles of this play that need not run again."""
    notified: dict[str, list[int]] = field(default_factory=dict)
    """The names and topics that were notified since handlers ran last, and who answered then."""
    due: set[int] = field(default_factory=set)
    """The handlers to run, by their numbers in the play."""
    stuck_at: int = -1
    """The handler that failed; as in Ansible those before it wait for the flush after the next.

    As there, too, those that others had included before it count.
    """
    failure: Failure | None = None
    handled: Failure | None = None
    """The failure for which a rescue was begun last."""
    failed: bool = False
    unreachable: bool = False
    stranded: bool = False
    """A play ended while it was out of reach: as in Ansible it is so again when others begin."""
    ended: bool = False
    """The play is over for this host, though it did not fail."""
    leaving: bool = False
    """It is on its way out of a role."""
    lost: str | None = None
    """Another one has failed for it, too, in this file: no rescue beside that is for this host."""
    at: Place | None = None
    """The last step that it took."""
    struck: int = 0
    """So often another one has failed for it, too, while it waited, and it does not know it yet."""
    falls: int = 0
    """The same, where it comes back to what it has left: there it fails."""
    left_at: Place | None = None
    """Where it was when it got out of reach, or was struck."""
    passing: Place | None = None
    """It comes back, and passes by what stands before this place, and at it."""
    condemned: bool = False
    """Another one has failed for it, too: it takes no part in later plays."""
    sunk: bool = False
    """Its failure has come to the outermost block: ending it does not save it."""
    tidying: bool = False
    """It has failed, and is in an `always`."""
    tidied_at: Place | None = None
    """It has failed, and has been through an `always`, to this place."""
    behind: Place | None = None
    """It has failed further in than the outermost block, and what it has left ends here."""
    forgiven: bool = False
    """It has failed, was forgiven in that `always`, and goes on behind it."""
    removed: bool = False
    """It was forgiven, and as in Ansible is not named for the rest of the play."""
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.promoted = harmless(self.facts)
        """The facts that are variables of their own."""

    @cached_property
    def address(self) -> Mapping[str, object]:
        """How it is reached, if nobody says."""
        return {"ansible_host": "127.0.0.1" if self.implicit else self.name}

    @property
    def inventory(self) -> Mapping[str, object]:
        return self.look_up()

    @property
    def goes_on(self) -> bool:
        """The play is not over for it."""
        return not self.failed and not self.ended

    @property
    def is_named(self) -> bool:
        """It stands in `ansible_play_hosts`."""
        return self.goes_on and not (self.condemned or self.removed)

    def fall(self, times: int, *, rescued: bool) -> None:
        """Fail at the last step, as another one has failed for all.

        Who fails twice loses the rescue beside that step.
        """
        self.struck = self.falls = 0
        self.behind = None
        self.failed = self.failed or not rescued
        self.lost = self.at.file if times > 1 and self.at else None

    def leave(self) -> None:
        """Go back behind the others, to fail there as one that was struck."""
        self.falls, self.struck = self.struck, 0
        self.left_at, self.ended, self.removed = self.at, True, True

    def learn(self, facts: Mapping[str, Any]) -> None:
        """Take in what a step has found out about it."""
        self.facts.update(facts)
        self.promoted.update(harmless(facts))
        self.learned += 1

    def forget(self) -> None:
        """Know nothing of it any more."""
        self.facts.clear()
        self.promoted.clear()
        self.learned += 1

    def come_back(self) -> None:
        """Go on where it was when it got out of reach."""
        self.ended = False
        self.left_at, self.passing = None, self.left_at

    def passes(self, place: Place) -> bool:
        """Whether it has been here before."""
        passed = self.passing is not None
        if self.passing == place:
            self.passing = None
        return passed

    def fail_as_condemned(self) -> None:
        """Fail for what happened to another one in an earlier play."""
        self.failed, self.condemned = True, False

    @property
    def away(self) -> bool:
        """It takes no part in what comes next."""
        return self.ended or self.leaving

    def begin(self) -> None:
        """Forget what belongs to one play alone."""
        self.ended, self.sunk, self.struck, self.falls = False, False, 0, 0
        self.at = self.left_at = self.passing = self.tidied_at = self.behind = None
        self.stuck_at = -1
        for kept in (self.notified, self.due, self.roles_begun, self.roles_done):
            kept.clear()

    def strand(self) -> None:
        """Be out of reach again, whoever has forgiven that in between."""
        if self.stranded:
            self.unreachable = self.failed = True

    def forgive(self) -> None:
        """Take part again: behind the `always` it is in, else from the next play on."""
        self.ended = self.ended or (self.failed and not self.tidying)
        self.forgiven = self.tidying
        left_at = self.tidied_at or (None if self.sunk else self.behind)
        if self.failed and not self.tidying and left_at:
            # As in Ansible it had yet to learn that the play is over for it.
            self.left_at = left_at
        self.removed = self.removed or self.failed
        self.failed = self.unreachable = self.condemned = self.sunk = False
        self.tidied_at = self.behind = None

    def recap(self) -> Recap:
        return Recap(**self.counts)


Hosts: TypeAlias = Sequence[HostState]


def harmless(facts: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what would decide how a host is reached: that is not the host's to say.

    As in Ansible, what it keeps for itself is a fact only.
    """
    own = "_ansible_"
    return {name: facts[name] for name in facts if not (decides(name) or name.startswith(own))}


def decides(name: str) -> bool:
    """Whether a host is reached otherwise with a variable of this name."""
    return _REACHED_BY.fullmatch(name) is not None
