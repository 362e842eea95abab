"""Where in a play a walk is, and why it may end before its last task."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..dataclasses import dataclass, field, replace

if TYPE_CHECKING:
    from ..errors import Place
    from .hosts import HostState


@dataclass(frozen=True, eq=False, repr=False)
class Where:
    """What surrounds a step: whether a rescue waits, how many Ctrl-C it survives, what it is.

    `depth` counts the includes around it. `awaited`: an `always` waits for its host.
    """

    rescued: bool = False
    awaited: bool = False
    endures: int = 0
    handler: bool = False
    depth: int = 0
    caught: str = ""
    """The file of the block right around it, if that has a rescue or an `always`."""
    outermost: bool = True
    """No block is around it."""
    home: str = ""
    """The file whose steps, right here, are the outermost block's own; none further in."""
    rescuable: bool = False
    """The outermost block has a rescue, of which this may be a part."""
    spares: bool = False
    """It is a handler whose failure counts as rescued, whether it is so or not, as in Ansible."""
    rescuing: str = ""
    """The file of the rescue that it is, and nothing within that."""
    gathering: bool = False
    """It is the step that collects facts."""

    @property
    def inside(self) -> Where:
        """The same, in a block or a file."""
        return replace(self, caught="", outermost=False, home="", rescuing="")


@dataclass(eq=False, repr=False)
class Ending:
    """Why a play does not go on to its last task; shared by all who walk it."""

    fatal: str = ""
    """In words, when a failure has ended it for all hosts."""
    breaks: str = ""
    """The same, when it is the end of the playbook, too."""
    batch: bool = False
    """`end_batch`, or `end_play`."""
    play: bool = False
    came: dict[Place, set[HostState]] = field(default_factory=dict)
    """With the strategy `free`: who has come to a step that should run once."""
    failed_once: dict[Place, bool] = field(default_factory=dict)
    """Such steps that have failed, and whether a rescue was there for that."""
    fallen: set[HostState] = field(default_factory=set)
    """The hosts that count for `max_fail_percentage`, unless they are out of reach."""
