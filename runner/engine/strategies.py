"""How the hosts of a play go through it: in step, or each by itself."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

from ..ansible_words import not_for_free
from ..errors import ExitCode, PlaybookError, Problem
from ..registry import bare
from . import handlers, starts
from .outline import Layout
from .walk import Walk

if TYPE_CHECKING:
    from ..playbook import Play
    from .batch import Batch
    from .ending import Ending


_STRATEGIES = ("linear", "free", "host_pinned", "debug")


def named(play: Play, written: object) -> str:
    """The strategy that a play asks for; raises PlaybookError for one that there is not."""
    name = bare(str(written))
    if name not in _STRATEGIES:
        message = f"Invalid play strategy specified: {name}"
        hint = f"there are: {', '.join(_STRATEGIES)}"
        raise PlaybookError([Problem(play.place, message, hint, status=ExitCode.ERROR)])
    return name


def walk(batch: Batch, ending: Ending) -> None:
    """Walk through the play with its hosts."""
    layout = Layout(batch.run.selection.admits)
    forced = handlers.forced(batch, batch.hosts[0])
    groups = layout.play(batch.play, forces_handlers=forced)
    walk = Walk(batch, batch.hosts, groups, ending)
    starts.begin(walk, layout, groups)
    if batch.free:
        _each_by_itself(batch, ending)
    else:
        walk.play()


def _each_by_itself(batch: Batch, ending: Ending) -> None:
    """`free`: as many steps at a time as there are forks; `host_pinned`: as many hosts."""
    from concurrent.futures import ThreadPoolExecutor

    if batch.max_fail_percentage is not None:
        batch.run.warn_once(not_for_free("max_fail_percentage"), batch.play.place)
    forks, pinned = batch.run.options.forks, batch.strategy == "host_pinned"
    slots = threading.Semaphore(forks)

    walks = [Walk(batch, [host], (), ending, slots) for host in batch.hosts]
    with ThreadPoolExecutor(forks if pinned else len(walks)) as threads:
        # One that was out of reach may be forgiven when it has gone already.
        while left := [walk for walk in walks if walk.goes_on]:
            list(threads.map(_play, left))


def _play(walk: Walk) -> None:
    """Walk; what ends the run ends it for those, too, who are elsewhere."""
    try:
        walk.play()
    except BaseException:
        walk.ending.batch = True
        raise
