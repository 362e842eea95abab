"""Moves a file on a server, where that may have been done already or must replace another."""

from __future__ import annotations

from .ftp import FtpClient
from .ftp_words import FtpError


def move(ftp: FtpClient, source: str, target: str, *, replaces: bool) -> None:
    if ftp.stat(source) is None and ftp.stat(target):
        return  # the answer to an earlier attempt was all that got lost
    try:
        ftp.rename(source, target)
    except FtpError as error:
        # Some servers do not replace a file by renaming another.
        if error.verb != "RNTO" or error.transient or not (replaces and ftp.usable):
            raise
        ftp.delete(target)
        ftp.rename(source, target)
