"""Whether the file that is wanted somewhere is the one that lies there."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping

from ..runner.dataclasses import dataclass, field
from .clients.ftp import FtpClient
from .clients.ftp_setting_times import says_so
from .clients.ftp_words import FtpError
from .clients.transfer_plan import Item, seconds
from .local_sources import Source


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class Comparison(ABC):
    how: str
    """The parameter `compare`."""
    ftp: FtpClient

    def __call__(self, path: str, wanted: Item, found: Item) -> bool:
        if wanted.size != found.size:
            return False
        match self.how:
            case "size+mtime":
                return self._same_time(path, wanted, found)
            case "checksum":
                return self._same_content(path)
            case how:
                return how == "size"

    @abstractmethod
    def _same_content(self, path: str) -> bool: ...

    @abstractmethod
    def _same_time(self, path: str, wanted: Item, found: Item) -> bool: ...


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
class OnServer(Comparison):
    sources: Mapping[str, Source]
    keeps_times: bool
    """Whether copies are to have the time of the original."""
    check: bool
    newer: list[str] = field(default_factory=list)
    """In check mode, what is sent again if the account may set times."""

    def _same_content(self, path: str) -> bool:
        from .clients.ftp_checksum import compare

        try:
            with self.sources[path].open() as reading:
                return compare(self.ftp, path, reading.blocks()).same
        except FtpError as error:
            if error.code is None or error.transient:
                raise
            return False  # it may not be read: it is sent again

    def _same_time(self, path: str, wanted: Item, found: Item) -> bool:
        """Compare times; where a server cannot keep ours, not older is as good as the same."""
        ours, theirs = seconds(wanted.mtime), seconds(found.mtime)
        if ours is None or theirs is None or theirs < ours:
            return False
        # Newer: of somebody else, or of the moment we sent it because the time could not be set.
        return theirs == ours or not (self.keeps_times and self._can_be_set(path, theirs))

    def _can_be_set(self, path: str, mtime: float) -> bool:
        """Find out by setting the time that the file has; in check mode FEAT is believed."""
        if not self.check:
            return self.ftp.set_mtime(path, mtime)
        if says_so(self.ftp):
            self.newer.append(path)
        return says_so(self.ftp)
