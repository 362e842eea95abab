"""Which of the entries that lie ahead a host takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from .outline import Flush

if TYPE_CHECKING:
    from .hosts import HostState
    from .outline import Entry
    from .walk import Walk


class HostsWay(NamedTuple):
    """What decides which entries a host takes; see `position.Way`."""

    walk: Walk
    host: HostState

    @property
    def stops(self) -> bool:
        return self.walk.run.interrupt.count > 0

    def skips(self, entry: Entry) -> bool:
        if isinstance(entry.what, Flush):
            return self.stops or not self._has_handlers()
        role = entry.role
        return role is not None and not role.repeats and role.identity in self.host.roles_done

    def _has_handlers(self) -> bool:
        """As in Ansible, a host passes handlers that are due for others only."""
        return bool(self.host.notified) or any(each.due for each in self.walk.batch.roles.entries)

    def is_due(self, handler: Entry) -> bool:
        stopped = self.stops and not self.host.here.is_tidying
        return not stopped and handler.due is not None and self.host in handler.due
