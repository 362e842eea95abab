"""The files of a download on their way; loaded where there are any."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from functools import partial

from ..runner.task import Context, TaskError
from . import ftp_transfer
from .clients.ftp_sources import Remote
from .ftp_download_plan import Plan
from .ftp_fetching import Fetching
from .ftp_fetching_together import FetchingTogether
from .ftp_job import Job
from .ftp_lanes import Doing
from .ftp_manner import Manner
from .ftp_pace import Pace
from .ftp_recheck import changed
from .ftp_site import FtpSite
from .ftp_transfer import Transfer


def fetch(
    site: FtpSite, params: Transfer, ctx: Context, plan: Plan, jobs: Mapping[str, Job], pace: Pace
) -> Fetching:
    """Do the jobs; gives what was fetched, and the warnings."""
    manner = Manner(
        resume=params.resume,
        preserve_mtime=params.preserve_mtime,
        mode=params.mode,
        verify_transfer=params.verify_transfer,
    )
    fetching = Fetching(plan.remotes, pace, manner)
    together = FetchingTogether(manner, plan.remotes, pace, fetching.fetched, fetching.settled)
    if not pace.is_limited:  # a rate would have to be shared
        together.beside = partial(_beside, together, site, ctx)
    ftp_transfer.move(site, params, ctx, jobs, fetching, together)
    _fetch_what_changed(site, params, ctx, plan, fetching)
    return fetching


def _beside(
    together: FetchingTogether, site: FtpSite, ctx: Context, sessions: int
) -> AbstractContextManager[Sequence[Doing[Job]]]:
    from .ftp_beside import beside

    return beside(together, site, ctx.cancellation, sessions)


def _fetch_what_changed(
    site: FtpSite, params: Transfer, ctx: Context, plan: Plan, fetching: Fetching
) -> None:
    """Fetch once more what was written while it was fetched, until none is."""
    suspects = fetching.fetched.keys() - fetching.settled
    for _ in range(params.retries + 1):
        paths = {plan.remotes[path].path: path for path in suspects}
        items = {source: fetching.fetched[path] for source, path in paths.items()}
        now = site.talk(lambda ftp: changed(ftp, items))  # noqa: B023  # called at once
        if not now:
            return
        suspects = {paths[source] for source in now}
        for source, item in now.items():
            plan.remotes[paths[source]] = Remote(size=item.size, mtime=item.mtime, path=source)
        again = {step.path: Job(step) for step in plan.steps if step.path in suspects}
        ftp_transfer.move(site, params, ctx, again, fetching)
    first = plan.remotes[min(suspects)].path
    raise TaskError(
        f"{first} goes on changing on the server ({site.account}); wait with ftp_wait until it has"
        " been quiet for a while"
    )
