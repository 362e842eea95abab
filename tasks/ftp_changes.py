"""Changes on an FTP server: made, or in check mode only noted; shown as a diff."""

from __future__ import annotations

from collections.abc import Callable

from ..runner.dataclasses import dataclass, field
from ..runner.task import Context, Diff
from .clients.ftp import FtpClient
from .ftp_site import FtpSite


@dataclass
class Changes:
    """What is different now, or would be: facts before and after, and the paths that came or went.

    What makes a change may be called again after a lost connection, and must then find its end.
    """

    site: FtpSite
    ctx: Context
    facts: dict[str, tuple[str, str]] = field(default_factory=dict)
    made: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)

    def make(self, fact: str, before: str, after: str, work: Callable[[FtpClient], object]) -> None:
        self.facts[fact] = (before, after)
        if not self.ctx.check:
            self.site.talk(work)

    def diff(self, path: str) -> list[Diff]:
        if not (self.facts and self.ctx.diff):
            return []
        before, after = (
            "".join(f"{fact}: {told[side]}\n" for fact, told in self.facts.items() if told[side])
            for side in (0, 1)
        )
        before += "".join(f"{each}\n" for each in sorted(self.removed))
        after += "".join(f"{each}\n" for each in self.made)
        return [Diff(before=before, after=after, before_header=path, after_header=path, alone=True)]
