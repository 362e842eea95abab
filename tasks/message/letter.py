"""A letter: what a person wants to send."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from ...runner.dataclasses import dataclass
from .addresses import Address
from .file import File

if TYPE_CHECKING:
    from .dkim import Dkim
    from .smime import Smime


@dataclass(frozen=True, kw_only=True)
class Letter:
    """Hidden receivers are no part of it, so that they cannot get into a header."""

    sender: Address
    to: Sequence[Address] = ()
    cc: Sequence[Address] = ()
    reply_to: Sequence[Address] = ()
    receipt_to: Sequence[Address] = ()
    """Whom the receivers' programs tell that the mail was read."""
    subject: str = ""
    text: str = ""
    html: str = ""
    inline: Sequence[File] = ()
    attachments: Sequence[File] = ()
    headers: Sequence[tuple[str, str]] = ()
    priority: str = ""
    message_id: str
    in_reply_to: Sequence[str] = ()
    references: Sequence[str] = ()
    date: datetime
    charset: str = "utf-8"
    filename_encoding: str = "rfc2231"
    smime: Smime | None = None
    dkim: Dkim | None = None

    @property
    def needs_smtputf8(self) -> bool:
        """Whether an address in a header is beyond ASCII; only a server with SMTPUTF8 takes it."""
        everyone = (self.sender, *self.to, *self.cc, *self.reply_to, *self.receipt_to)
        return not all(person.address.isascii() for person in everyone)
