"""One mail's part of an SMTP session, apart from sockets: what is said, and what the replies mean.

A mail goes by DATA, whose 354 is waited for, or by BDAT (RFC 3030), at once with MAIL and RCPT.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TypeAlias

from .mail_account import MailAccount
from .mail_words import MailError, refused
from .smtp_envelope import Delivery, Envelope, Extensions, hindrance, opening, warnings
from .smtp_reply import Reply
from .smtp_text import blocks, stuffed

Result: TypeAlias = Delivery | MailError

_START_INPUT = 354


class Transaction:
    def __init__(self, account: MailAccount, envelope: Envelope, extensions: Extensions) -> None:
        self.envelope = envelope
        self.result: Result | None = None
        """What became of the mail, as soon as that is clear."""
        self.ends_at: float = math.inf
        """How many bytes the connection has carried when the mail's last one has left."""
        self._account = account
        self._extensions = extensions
        self._opening = opening(envelope, extensions)
        self._commands: Sequence[bytes] = ()
        self._resets = 0
        self._replies: list[Reply] = []
        self.due = 0
        """How many replies have not come yet."""
        self._text = stuffed(blocks(envelope.pieces))
        """What has not been given of what follows DATA (RFC 5321, 4.5.2), but its end."""
        self._is_sent = False
        self.is_chunked = False
        """Whether it goes by BDAT."""
        if why := hindrance(envelope, extensions):
            self.result = MailError(account, f"cannot send the mail ({account}): {why}")

    # What is said -----------------------------------------------------------------------------

    def by_data(self, *, anew: bool) -> list[bytes]:
        """Give all up to DATA; `anew` if the server may still keep what was said of another mail.

        Nothing if the mail is hindered.
        """
        return self._begin(b"DATA\r\n", (), anew=anew)

    def by_bdat(self, *, anew: bool) -> list[bytes]:
        """Give all, and the mail itself."""
        self._is_sent = self.is_chunked = True
        last = f"BDAT {self.envelope.size} LAST\r\n".encode()
        return self._begin(last, self.envelope.pieces, anew=anew)

    def by_asking(self, *, anew: bool) -> list[bytes]:
        """Give what only asks for whom the server would take the mail."""
        self._is_sent = True
        return self._begin(b"RSET\r\n", (), anew=anew)

    def _begin(self, last: bytes, pieces: Sequence[bytes], *, anew: bool) -> list[bytes]:
        if self.result:
            return []
        self._resets = int(anew)
        self._commands = [*[b"RSET\r\n"] * self._resets, *self._opening, last]
        self.due = len(self._commands)
        return [*self._commands, *pieces]

    def one_by_one(self) -> Iterator[bytes]:
        """Give the same command by command; it ends where further ones would be in vain."""
        for command in self._commands:
            yield command
            if verdict := self._verdict():
                self.result, self.due = verdict, 0
                return

    def next_block(self) -> bytes:
        """Give some of what follows DATA; empty if only the end is left."""
        return b"" if self.result else next(self._text, b"")

    def data(self) -> list[bytes]:
        """Give all that is left, and the end.

        Nothing but that goes to a server that wants a mail for nobody (RFC 2920, 3.1).
        """
        left = () if self.result else self._text
        self._is_sent = True
        self.due += 1
        return [*left, b".\r\n"]

    @property
    def is_leaving(self) -> bool:
        """Tell whether the mail's last byte is among those that were given."""
        return self._is_sent and self.result is None

    # What is heard ----------------------------------------------------------------------------

    def hear(self, reply: Reply) -> None:
        self._replies.append(reply)
        self.due -= 1
        if self.result:
            return
        if len(self._replies) == len(self._commands):
            self.result = self._verdict()
        if self.due <= 0 and not self.result:
            self.result = self._judged(reply)

    @property
    def is_waiting(self) -> bool:
        """Tell whether not all was answered yet."""
        return self.due > 0

    @property
    def wants_data(self) -> bool:
        """Tell whether the server waits for the mail."""
        return not self._is_sent and not self.is_waiting and self._last_code == _START_INPUT

    @property
    def has_begun(self) -> bool:
        """Tell whether the server may still say something about it."""
        return self.is_waiting or self.wants_data

    @property
    def is_announced(self) -> bool:
        """Tell whether the server was told about the mail, and it did not follow (yet)."""
        return bool(self._commands) and not self._is_sent

    @property
    def _last_code(self) -> int:
        return self._replies[-1].code if self._replies else 0

    def _verdict(self) -> Result | None:
        """Tell how it ends, if the replies to MAIL and RCPT say that nobody gets the mail."""
        said = self._replies[self._resets :]
        if not said:
            return None
        mail, *others = said
        if not mail.done:
            doing = f"send as {self.envelope.sender or '<>'}"
            return refused(self._account, doing, "MAIL", mail.code, mail.text)
        answers = others[: len(self.envelope.receivers)]
        if len(answers) < len(self.envelope.receivers) or any(reply.done for reply in answers):
            return None
        return self._delivery(mail)

    def _judged(self, reply: Reply) -> Result | None:
        if self._is_sent and reply.done:
            return self._delivery(reply)
        if not self._is_sent and reply.code == _START_INPUT:
            return None
        return refused(self._account, "send the mail", "DATA", reply.code, reply.text)

    def _delivery(self, reply: Reply) -> Delivery:
        said = self._said_of_receivers()
        return Delivery(
            accepted=tuple(address for address, reply in said if reply.done),
            refused=self._refused,
            reply=reply,
            warnings=warnings(self.envelope, self._extensions),
        )

    def _said_of_receivers(self) -> list[tuple[str, Reply]]:
        replies = self._replies[self._resets + 1 :]
        return list(zip(self.envelope.receivers, replies, strict=False))

    @property
    def _refused(self) -> dict[str, Reply]:
        return {address: reply for address, reply in self._said_of_receivers() if not reply.done}

    def ended(self, error: MailError, *, in_doubt: bool) -> Result:
        """Tell what became of the mail when the connection ended."""
        result = self.result or self._verdict()
        return result or error.of_a_mail(in_doubt=in_doubt, refused=self._refused)
