"""The files of an upload on their way; loaded where there are any."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from ..runner.task import Context, TaskError
from . import ftp_transfer
from .ftp_job import Job
from .ftp_pace import Pace
from .ftp_parts import Parts
from .ftp_sending import Manner, Sending
from .ftp_sending_together import SendingTogether
from .ftp_site import FtpSite
from .ftp_transfer import Transfer
from .local_sources import Source


def sending(
    params: Transfer,
    sources: Mapping[str, Source],
    left: Mapping[str, int],
    ctx: Context,
    pace: Pace,
    *,
    atomic: bool,
) -> Sending:
    """Give what sends files as the parameters say."""
    manner = Manner(
        atomic=atomic,
        resume=params.resume,
        retries=params.retries,
        preserve_mtime=params.preserve_mtime,
        mode=params.mode,
        verify_transfer=params.verify_transfer,
    )
    parts = Parts(left, resume=params.resume, sleep=ctx.cancellation.sleep)
    return Sending(sources, parts, pace, manner)


def send(
    site: FtpSite, params: Transfer, ctx: Context, jobs: Mapping[str, Job], sending: Sending
) -> None:
    """Do the jobs; takes away what was sent in vain."""
    try:
        ftp_transfer.move(site, params, ctx, jobs, sending, SendingTogether(sending))
    except TaskError:
        ctx.cancellation.check()
        with suppress(TaskError), site.session() as ftp:
            ftp.remove_each([(part, False) for part in sending.parts.useless(sending.sources)])
        raise
