"""What a transfer tells of the files whose originals it takes away, for a run that is resumed.

Once they are gone, nobody else knows them: without this, a step that was killed meanwhile would
tell of the rest only, and what comes after it would pass the others by.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

from ..runner.dataclasses import replace
from ..runner.task import Context, Result
from .clients.transfer_plan import NoMatch, Step
from .ftp_job import Job
from .ftp_report import ACTIONS, Done, report, told

Files: TypeAlias = Sequence[Mapping[str, Any]]

_SPACE = "originals taken away"


def reported(do: Callable[[], Done], ctx: Context, *, src: object, after: object) -> Result:
    """Do a transfer, and tell of it together with what it did in a run that was killed."""
    started = time.monotonic()
    before = _before(ctx) if after != "keep" else None
    try:
        done = do()
    except NoMatch:
        if before is None or not isinstance(src, str):
            raise
        done = Done([], {}, (), 0)  # all of it has been taken away
    result = report(done, ctx, seconds=time.monotonic() - started)
    return result if before is None else _added(result, before)


def remember(ctx: Context, steps: Sequence[Step], jobs: Mapping[str, Job]) -> None:
    """From now on originals may be gone."""
    if ctx.once and steps:
        now = [told(step, jobs.get(step.path)) for step in steps] if ctx.is_registered else []
        known = {"owner": ctx.ledger.owner, "files": _together(_before(ctx) or (), now)}
        ctx.ledger.put(_SPACE, {ctx.once: known})


def _before(ctx: Context) -> Files | None:
    """The files of this very step in a run that was killed; None if it had not come so far."""
    known = ctx.ledger.get(_SPACE, ctx.once) if ctx.once else None
    if known is None or known["owner"] == ctx.ledger.owner:
        return None
    files: Files = known["files"]
    return files


def _added(result: Result, files: Files) -> Result:
    """The result with what the killed run has done."""
    if not files:  # nobody has registered them
        return replace(result, changed=True)
    now: Any = result.data["files"]
    every = _together(files, now)
    counts = Counter(file["action"] for file in every)
    of_all: dict[str, object] = {action: counts[action] for action in ACTIONS}
    return replace(result, changed=True, data={**result.data, **of_all, "files": every})


def _together(first: Files, then: Files) -> list[Mapping[str, Any]]:
    """What was unchanged the second time, had come the first time."""
    paths = {file["path"] for file in first}
    return [*first, *(file for file in then if file["path"] not in paths)]
