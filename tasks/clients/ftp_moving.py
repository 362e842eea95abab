"""Renames a file on a server, where that may have been done already or must replace another."""

from __future__ import annotations

from contextlib import suppress

from .ftp import FtpClient
from .ftp_words import FtpError
from .part_names import part_name


def move(ftp: FtpClient, source: str, target: str, *, replaces: bool) -> None:
    if ftp.stat(source) is None and ftp.stat(target):
        return  # the answer to an earlier attempt was all that got lost
    if replaces:
        put_in_place(ftp, source, target)
    else:
        ftp.rename(source, target)


def put_in_place(ftp: FtpClient, source: str, target: str) -> None:
    """Rename a file to a name that another may have; what was there is gone then."""
    try:
        ftp.rename(source, target)
    except FtpError as error:
        # Some servers do not replace a file by renaming another.
        if error.verb != "RNTO" or error.transient or ftp.size(target) is None:
            raise
        _swap(ftp, source, target, error)


def _swap(ftp: FtpClient, source: str, target: str, refusal: FtpError) -> None:
    """Put what is there aside: it comes back if nothing may take its place."""
    aside = part_name(target, "aside")
    ftp.remove_each([(aside, False)])
    try:
        ftp.rename(target, aside)
    except FtpError:
        raise refusal from None
    try:
        ftp.rename(source, target)
    except FtpError:
        with suppress(FtpError):
            ftp.rename(aside, target)
        raise
    ftp.remove_each([(aside, False)])
