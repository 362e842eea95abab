"""How the hosts of a play go through it: in step, or each by itself."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..ansible_words import not_for_free
from ..errors import ExitCode, PlaybookError, Problem
from ..registry import bare
from .walk import Walk
from .where import Ending

if TYPE_CHECKING:
    from ..playbook import Play
    from .batch import Batch
    from .hosts import HostState
    from .options import StartAt


_STRATEGIES = ("linear", "free", "host_pinned", "debug")


def named(play: Play, written: object) -> str:
    """The strategy that a play asks for; raises PlaybookError for one that there is not."""
    name = bare(str(written))
    if name not in _STRATEGIES:
        message = f"Invalid play strategy specified: {name}"
        hint = f"there are: {', '.join(_STRATEGIES)}"
        raise PlaybookError([Problem(play.place, message, hint, status=ExitCode.ERROR)])
    return name


def walk(batch: Batch, hosts: Sequence[HostState], ending: Ending) -> None:
    """Walk through the play with these of its hosts."""
    if batch.free:
        _each_by_itself(batch, hosts, ending)
    else:
        Walk(batch, hosts, ending).play()


def _each_by_itself(batch: Batch, hosts: Sequence[HostState], ending: Ending) -> None:
    """`free`: as many steps at a time as there are forks; `host_pinned`: as many hosts."""
    from concurrent.futures import ThreadPoolExecutor

    if batch.max_fail_percentage is not None:
        batch.run.warn_once(not_for_free("max_fail_percentage"), batch.play.place)
    forks, pinned = batch.run.options.forks, batch.strategy == "host_pinned"
    slots = threading.Semaphore(forks)

    starts = [batch.run.start_at.apart() for _ in hosts]

    def go(host: HostState, start_at: StartAt) -> None:
        Walk(batch, [host], ending, slots, start_at).play()

    with ThreadPoolExecutor(forks if pinned else len(hosts)) as threads:
        list(threads.map(go, hosts, starts))
    batch.run.start_at.join(starts)
    for host in hosts:
        if host.struck and host.goes_on:
            host.fall(host.struck, rescued=all(ending.failed_once.values()))
