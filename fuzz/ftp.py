"""What FTP servers say.

Each target takes bytes and raises nothing, unless there is something to mend. What a user would be
told is caught here: the errors that are ours, with their words.
"""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

from opsplay.runner.errors import OpsplayError
from opsplay.tasks.clients import ftp_listing, ftp_reply
from opsplay.tasks.clients.ftp import FtpClient
from opsplay.tasks.clients.ftp_account import FtpAccount

from .babbler import PATIENCE, babbler

_TODAY = datetime(2026, 11, 25, tzinfo=UTC)


def ftp_lists(data: bytes) -> None:
    """What a server lists becomes entries, of which none names another folder."""
    lines = data.decode("utf-8", "surrogateescape").split("\n")
    for listing in (ftp_listing.parse_list(lines, _TODAY), ftp_listing.parse_mlsd(lines)):
        for entry in listing.entries:
            assert entry.name not in ("", ".", "..")
            ftp_listing.permissions(entry)


def ftp_replies(data: bytes) -> None:
    """What a server answers becomes replies."""
    reader = ftp_reply.ReplyReader()
    with suppress(ftp_reply.NotFtp):
        for line in data.decode("utf-8", "surrogateescape").split("\n"):
            if reply := reader.feed(line):
                str(reply)
                ftp_reply.passive_port(reply)
                ftp_reply.quoted_path(reply)
                ftp_reply.features(reply)


def ftp(data: bytes) -> None:
    """A login and questions, whatever the server says to them."""
    server = babbler(data)
    account = FtpAccount(host="127.0.0.1", port=server.port, timeout=PATIENCE)
    client = FtpClient(account)
    with suppress(OpsplayError):
        client.open()
        client.change_folder("in")
        client.stat("/in/file")
        client.size("/in/file")
        client.mtimes(["/in/1", "/in/2"])
    client.abort()
