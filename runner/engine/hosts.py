"""One host in the course of a run: what it knows, what was notified, how it fared."""

from __future__ import annotations

import re
import threading
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from ..dataclasses import dataclass, field
from ..events import Recap

if TYPE_CHECKING:
    from .outline import Entry, Item
    from .position import Position, Way

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
    """Changes while the run goes on. Where it is, other hosts may change; the rest is its own."""

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
    failure: Failure | None = None
    handled: Failure | None = None
    """The failure for which a rescue was begun last."""
    position: Position | None = None
    """Where it is in a play that is for it."""
    given_up: bool = False
    """It has failed, or another one has failed for it, too: it takes no part in later plays."""
    unreachable: bool = False
    stranded: bool = False
    """A play ended while it was out of reach: as in Ansible it is so again when others begin."""
    left_out: bool = False
    """The inventory that was read again has no part in this play for it."""
    removals: int = 0
    """How often it was taken from `ansible_play_hosts` and not put back."""
    counts: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._moving = threading.Lock()
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
    def failed(self) -> bool:
        """It has failed in this play, and nothing saves it; or in one before."""
        return self.position.is_failed if self.position else self.given_up

    @property
    def takes_part(self) -> bool:
        return not (self.unreachable or self.left_out)

    @property
    def is_named(self) -> bool:
        """It stands in `ansible_play_hosts`."""
        return not self.removals

    # In a play ----------------------------------------------------------------------------------

    def begin(self, position: Position) -> None:
        """Be at the start of a play, and forget what belongs to one play alone."""
        self.position, self.left_out = position, False
        for kept in (self.notified, self.roles_begun, self.roles_done):
            kept.clear()
        if self.given_up:
            self.given_up = False
            self.position = position.fail()

    def leave(self) -> None:
        """The play is over, for all."""
        self.given_up = self.given_up or self.failed
        self.stranded = self.stranded or self.unreachable

    def strand(self) -> None:
        """Be out of reach again, whoever has forgiven that in between; and in no play any more."""
        self.position = None
        self.unreachable = self.unreachable or self.stranded
        self.removals = self.given_up + self.unreachable

    @property
    def here(self) -> Position:
        assert self.position is not None  # noqa: S101  # hosts that are asked are in a play
        return self.position

    def take(self, way: Way) -> Entry | None:
        """Go on to the next entry."""
        with self._moving:
            self.position, entry = self.here.go_on(way)
        return entry

    def fail(self, *, for_good: bool = False) -> None:
        """`for_good`: neither a rescue nor `always` comes."""
        self._move(lambda here: here.give_up() if for_good else here.fail(), removals=1)

    def insert(self, items: Sequence[Item]) -> None:
        self._move(lambda here: here.insert(items))

    def flush(self, handlers: Sequence[Entry]) -> None:
        self._move(lambda here: here.flush(handlers))

    def end(self) -> None:
        """The play is over for it, and not for a failure."""
        self._move(lambda here: here.end(), removals=1)

    def forgive(self) -> None:
        self._move(lambda here: here.forgive())
        self.given_up = self.unreachable = False

    def _move(self, where: Callable[[Position], Position], removals: int = 0) -> None:
        with self._moving:
            self.position = where(self.here)
            self.removals += removals

    # What is known of it ------------------------------------------------------------------------

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
