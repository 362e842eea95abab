"""An IMAP server that behaves well until it is told not to; see `mail_faults`.

`server.put(b"...")` lays a mail into the INBOX or another of `server.folders`. The uids that were
expunged are in `server.expunged`. A command's verb is as in `UID FETCH`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from imap_faults_commands import COMMANDS
from imap_faults_mailbox import Folder, Stored
from imap_faults_session import ImapSession
from mail_faults import Fault, FaultServer, Options


class ImapFaults(FaultServer):
    def __init__(self, *faults: Fault, options: Options | None = None) -> None:
        super().__init__(faults, options or Options())
        self.folders = {"INBOX": Folder()}
        self.expunged: list[int] = []
        self.session = partial(ImapSession, self, COMMANDS)

    @property
    def inbox(self) -> list[Stored]:
        return self.folders["INBOX"].mails

    def put(self, *mails: bytes, folder: str = "INBOX", flags: Sequence[str] = ()) -> None:
        for data in mails:
            self.folders.setdefault(folder, Folder()).add(data, flags)
