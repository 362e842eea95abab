"""Where fetched mails and their attachments go."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias

from ..runner.dataclasses import dataclass
from ..runner.task import TaskError
from .mail_attachments import AttachmentFolders
from .mail_drafts import draft
from .mail_stores import Store

Format: TypeAlias = Literal["eml", "maildir", "mbox"]


@dataclass(frozen=True, kw_only=True)
class Places:
    """Where mails and attachments go; with `check` nothing goes anywhere."""

    store: Store | None
    attachments: AttachmentFolders
    check: bool

    def spool(self) -> BinaryIO:
        """Make a file for a mail too large for memory."""
        if self.store and not self.check:
            return self.store.spool()
        try:
            return draft(Path(tempfile.gettempdir()))
        except OSError as error:
            raise TaskError(f"cannot keep a large mail for now: {error.strerror}") from error


def store(form: Format, path: Path, wait: Callable[[float], None]) -> Store:
    """Open a store; it is made when something is kept in it."""
    if form == "mbox":
        from .mail_mbox import Mbox

        return Mbox(path, wait)
    from .mail_folders import EmlFolder, Maildir

    return Maildir(path) if form == "maildir" else EmlFolder(path)
