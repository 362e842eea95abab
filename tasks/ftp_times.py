"""The times of many files on a server, to the second: asked for over several sessions at once.

Each session of a server is a process or a thread there, and they look at their disk side by side.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from itertools import chain

from ..runner.task import Context
from .clients.ftp import FtpClient, asking_times, times_of
from .clients.ftp_crowd import Crowd, Steps
from .clients.ftp_quick import Quick
from .clients.ftp_session import Talking
from .clients.ftp_words import FtpError
from .ftp_site import FtpSite

_WORTH_A_LOGIN = 2000
"""Files that take about ten times as long as another login."""
_TOGETHER = 500


def times(
    site: FtpSite, ctx: Context, ftp: FtpClient, paths: Sequence[str], connections: int
) -> list[float | None]:
    """Give the time of each file, where the server tells it; `ftp` is one of the sessions."""
    found: dict[str, float | None] = {}
    sessions = min(connections, len(paths) // _WORTH_A_LOGIN)
    if sessions > 1 and site.known.takes_packets:
        waiting = deque(paths[at : at + _TOGETHER] for at in range(0, len(paths), _TOGETHER))
        with ExitStack() as opened:
            # The others log in while the first is asked.
            others = site.sessions(opened, sessions, held=1)
            dialogues = (_beside(other, waiting, found) for other in others)
            crowd = Crowd(site.account.timeout, ctx.cancellation.check)
            crowd.lead(chain([_asked(ftp, waiting, found)], dialogues))
    rest = [path for path in paths if path not in found]
    found.update(zip(rest, ftp.mtimes(rest), strict=True))
    return [found[path] for path in paths]


def _asked(
    ftp: FtpClient, waiting: deque[Sequence[str]], found: dict[str, float | None]
) -> Steps[None]:
    """Take some files again and again, as long as there are any."""
    while waiting:
        paths = waiting.popleft()
        with Talking(ftp, "MDTM", paths[0]), Quick(ftp) as quick:
            replies = yield from quick.exchange(asking_times(paths))
        found.update(zip(paths, times_of(replies), strict=True))


def _beside(
    ftp: FtpClient, waiting: deque[Sequence[str]], found: dict[str, float | None]
) -> Steps[None]:
    """What fails on a session that only helps is asked for again on the other."""
    with suppress(FtpError):
        yield from _asked(ftp, waiting, found)
