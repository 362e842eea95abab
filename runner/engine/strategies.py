"""How the hosts of a play go through it: in step, or each by itself."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from .walk import Walk
from .where import Ending

if TYPE_CHECKING:
    from .hosts import HostState
    from .run import Batch


def walk(batch: Batch, hosts: Sequence[HostState], ending: Ending) -> None:
    """Walk through the play with these of its hosts."""
    if batch.strategy == "linear":
        Walk(batch, hosts, ending).play()
    else:
        _each_by_itself(batch, hosts, ending)


def _each_by_itself(batch: Batch, hosts: Sequence[HostState], ending: Ending) -> None:
    """`free`: as many steps at a time as there are forks; `host_pinned`: as many hosts."""
    from concurrent.futures import ThreadPoolExecutor

    forks, pinned = batch.run.options.forks, batch.strategy == "host_pinned"
    slots = threading.Semaphore(forks)

    def go(host: HostState) -> None:
        Walk(batch, [host], ending, slots).play()

    with ThreadPoolExecutor(forks if pinned else len(hosts)) as threads:
        list(threads.map(go, hosts))
