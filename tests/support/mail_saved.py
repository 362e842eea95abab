"""What fetch_mail has saved, whatever the format."""

from __future__ import annotations

import mailbox
from contextlib import closing
from pathlib import Path
from typing import Literal, TypeAlias

Format: TypeAlias = Literal["eml", "maildir", "mbox"]


def saved_mails(path: Path, form: Format = "eml") -> list[bytes]:
    """Give the mails, sorted, with line ends as they are on the wire."""
    if form == "mbox":
        with closing(mailbox.mbox(path)) as box:
            mails = [box.get_bytes(key) for key in box.keys()]  # noqa: SIM118  # it has no other
    else:
        pattern = {"eml": "*.eml", "maildir": "[nc]*/*"}[form]
        mails = [file.read_bytes() for file in path.glob(pattern)]
    return sorted(mail.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n") for mail in mails)
