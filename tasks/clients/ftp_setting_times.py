"""How times of files on a server are set: there are several commands, and none works everywhere.

What is said on the connection is left to the caller, who may be one that never waits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .ftp_listing import parse_size, write_time
from .ftp_reply import SIZE_OR_TIME, Reply

if TYPE_CHECKING:
    from .ftp import FtpClient
    from .ftp_session import Command

# vsftpd knows no MFMT, but takes a time in MDTM; others look for a file of that name.
_FORMS = (
    ("MFMT", "MFMT", "{time} {path}"),
    ("MDTM", "MDTM", "{time} {path}"),
    ("", "SITE", "UTIME {time} {path}"),
    ("", "SITE", "UTIME {path} {time} {time} {time} UTC"),
)
"""The feature that a server must offer, and the command that sets a time then."""


def says_so(ftp: FtpClient) -> bool:
    """Whether a server says that it sets times. vsftpd has no word for it, but does so."""
    return ftp.offers("MFMT") or ftp.known.reads_in_order


class Times:
    """The times that files are to have; a command is tried for all of them, then the next.

    Once one has worked anywhere, a refusal is about the file, and no other command is tried.
    """

    def __init__(self, ftp: FtpClient, files: Sequence[tuple[str, float]]) -> None:
        self._ftp = ftp
        self._form = 0
        self._may_try = True
        self.left = files
        """Those whose time is not set."""

    def commands(self) -> list[Command]:
        """Give what is to be said next, one for each that is left; nothing if all is tried."""
        form = self._next_form() if self.left and self._may_try else None
        if form is None:
            return []
        _, verb, argument = _FORMS[form]
        self._form = form
        return [
            (verb, argument.format(time=write_time(mtime), path=path)) for path, mtime in self.left
        ]

    def _next_form(self) -> int | None:
        known = self._ftp.known
        while known.time_form < len(_FORMS):
            feature = _FORMS[known.time_form][0]
            if not feature or self._ftp.offers(feature):
                return known.time_form
            known.time_form += 1
        return None

    def done(self, replies: Sequence[Reply]) -> None:
        """Learn from the replies which command works here."""
        known, asked = self._ftp.known, self.left
        self.left = [each for each, reply in zip(asked, replies, strict=True) if not reply.done]
        if len(self.left) < len(asked):
            known.keeps_times, known.time_form = True, self._form
        elif not known.keeps_times:
            known.time_form = max(known.time_form, self._form + 1)
        # Another session may have found meanwhile what works.
        self._may_try = known.time_form != self._form


class Finish:
    """Sets the times of files that were sent, and asks for their sizes, in one go."""

    def __init__(self, ftp: FtpClient, files: Sequence[tuple[str, float | None]]) -> None:
        self.times = Times(ftp, [(path, mtime) for path, mtime in files if mtime is not None])
        setting = self.times.commands()
        self._first_size = len(setting)
        self.commands: list[Command] = [*setting, *(("SIZE", path) for path, _ in files)]

    def done(self, replies: Sequence[Reply]) -> list[int | None]:
        """Give the sizes; other commands for the times may be left to try."""
        if self._first_size:
            self.times.done(replies[: self._first_size])
        return [size_of(reply) for reply in replies[self._first_size :]]


def size_of(reply: Reply) -> int | None:
    return parse_size(reply.text) if reply.code == SIZE_OR_TIME else None
