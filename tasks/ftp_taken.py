"""What a transfer tells of the files whose originals it takes away, for a run that is resumed.

Once they are gone, nobody else knows them: without this, a step that was killed meanwhile would
tell of the rest only, and what comes after it would pass the others by.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

from ..runner.dataclasses import replace
from ..runner.task import Context, Result
from .clients.transfer_plan import Step
from .ftp_job import Job
from .ftp_report import ACTIONS, told

Files: TypeAlias = Sequence[Mapping[str, Any]]

_SPACE = "originals taken away"


def before(ctx: Context) -> Files | None:
    """The files of this very step in a run that was killed; None if it had not come so far."""
    known = ctx.ledger.get(_SPACE, ctx.once) if ctx.once else None
    if known is None or known["owner"] == ctx.ledger.owner:
        return None
    files: Files = known["files"]
    return files


def remember(ctx: Context, steps: Iterable[Step], jobs: Mapping[str, Job]) -> None:
    """From now on originals may be gone."""
    if ctx.once:
        now = [told(step, jobs.get(step.path)) for step in steps] if ctx.is_registered else []
        known = {"owner": ctx.ledger.owner, "files": _together(before(ctx) or (), now)}
        ctx.ledger.put(_SPACE, {ctx.once: known})


def added(result: Result, files: Files) -> Result:
    """The result with what the killed run has done."""
    now: Any = result.data["files"]
    every = _together(files, now)
    counts = Counter(file["action"] for file in every)
    of_all: dict[str, object] = {action: counts[action] for action in ACTIONS}
    return replace(result, changed=True, data={**result.data, **of_all, "files": every})


def _together(first: Files, then: Files) -> list[Mapping[str, Any]]:
    """What was unchanged the second time, had come the first time."""
    paths = {file["path"] for file in first}
    return [*first, *(file for file in then if file["path"] not in paths)]
