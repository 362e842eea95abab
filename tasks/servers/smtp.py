"""The server's side of SMTP, apart from sockets.

RFC 5321 with STARTTLS (3207), AUTH (4954), SIZE (1870), PIPELINING (2920), CHUNKING (3030),
8BITMIME (6152), SMTPUTF8 (6531), DSN (3461) and enhanced status codes (2034).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import ClassVar

from ...runner.dataclasses import dataclass, field
from ..message.words import decode
from . import sasl
from .dialogue import Dialogue, Rules
from .entity import Entity
from .faults import END_OF_MAIL
from .folders import Mailbox, Refused
from .mailboxes import Account
from .smtp_content import ChunkedContent, Content, DottedContent
from .smtp_path import MAIL_PARAMETERS, RCPT_PARAMETERS, read_path

_CHUNK = re.compile(r"(\d{1,12})( +LAST)?\Z", re.IGNORECASE)
_MOST_RECEIVERS = 1000


@dataclass
class _Envelope:
    """A mail that is being sent, as far as it is told."""

    sender: str | None = None
    takes_utf8: bool = False
    receivers: list[tuple[str, Mailbox]] = field(default_factory=list)

    def check_characters(self, address: str) -> None:
        if not (address.isascii() or self.takes_utf8):
            raise Refused("553 5.6.7 such an address needs SMTPUTF8")


class SmtpDialogue(Dialogue):
    """One client's connection; replies are made without their line ends."""

    _too_long = b"500 5.5.2 line too long\r\n"

    def __init__(self, rules: Rules, *, is_secure: bool) -> None:
        super().__init__(rules, is_secure=is_secure)
        self._is_logged_in = False
        self._reset()

    def _greeting(self) -> bytes:
        return b"220 opsplay ESMTP ready\r\n"

    def secured(self) -> None:
        super().secured()
        self._is_logged_in = False
        self._reset()

    def _reset(self) -> None:
        self._letter = _Envelope()
        self._chunks: ChunkedContent | None = None
        self._content: Content | None = None

    def _answer(self, line: bytes) -> bytes:
        word, _, rest = line.decode("utf-8", "replace").partition(" ")
        verb = word.upper()
        if verb not in self.COMMANDS:
            return b"500 5.5.1 no such command\r\n"
        if verb == "BDAT":  # it is answered when its chunk has come
            return self._tried(lambda: self._bdat(rest.strip()))
        command = self.COMMANDS[verb]
        return self._do(verb, lambda: _written(command(self, rest.strip())))

    def _failure(self, error: Exception) -> bytes:
        match error:
            case sasl.Denied():
                return b"535 5.7.8 wrong user or password\r\n"
            case sasl.Malformed():
                return b"501 5.5.2 that is no login\r\n"
            case Refused():
                return f"{error}\r\n".encode()
            case _:
                return b"452 4.3.1 the server cannot keep this mail\r\n"

    # Commands ---------------------------------------------------------------------------------

    def _ehlo(self, _: str) -> str:
        self._reset()
        offers = ["opsplay", "PIPELINING", "8BITMIME", "SMTPUTF8", "CHUNKING", "DSN"]
        offers += ["ENHANCEDSTATUSCODES", f"SIZE {self._rules.max_size}"]
        if not self._is_secure:
            offers.append("STARTTLS")
        offers.append(f"AUTH {' '.join(sasl.MECHANISMS)}")
        last = offers.pop()
        return "".join(f"250-{offer}\r\n" for offer in offers) + f"250 {last}"

    def _helo(self, _: str) -> str:
        self._reset()
        return "250 opsplay"

    def _starttls(self, _: str) -> str:
        if self._is_secure:
            return "503 5.5.1 TLS is not to be had now"
        self.upgrading = True
        return "220 2.0.0 go ahead"

    def _auth(self, rest: str) -> bytes:
        if self._is_logged_in:
            raise Refused("503 5.5.1 you are logged in")
        mechanism, _, initial = rest.partition(" ")
        if mechanism.upper() not in sasl.MECHANISMS:
            raise Refused(f"504 5.5.4 use one of {' '.join(sasl.MECHANISMS)}")
        return self._authenticate(mechanism, initial.encode() or None)

    def _challenge(self, text: str) -> bytes:
        return f"334 {text}\r\n".encode()

    def _admit(self, _: Account) -> bytes:
        self._is_logged_in = True
        return b"235 2.7.0 welcome\r\n"

    def _mail(self, rest: str) -> str:
        if self._rules.login_required and not self._is_logged_in:
            raise Refused("530 5.7.0 log in first")
        if self._letter.sender is not None:
            raise Refused("503 5.5.1 one mail after the other")
        sender, given = read_path(rest, "MAIL FROM", MAIL_PARAMETERS)
        if int(given.get("SIZE", 0)) > self._rules.max_size:
            raise Refused(f"552 5.3.4 a mail may have {self._rules.max_size} bytes at most")
        mail = _Envelope(sender, "SMTPUTF8" in given)
        mail.check_characters(sender)
        self._letter = mail
        return "250 2.1.0 ok"

    def _rcpt(self, rest: str) -> str:
        receiver, _ = read_path(rest, "RCPT TO", RCPT_PARAMETERS)
        if not receiver:
            raise Refused("501 5.1.3 a mail needs somebody to go to")
        if self._letter.sender is None:
            raise Refused("503 5.5.1 MAIL FROM comes first")
        self._letter.check_characters(receiver)
        if len(self._letter.receivers) == _MOST_RECEIVERS:
            raise Refused(f"452 4.5.3 {_MOST_RECEIVERS} receivers at a time")
        mailbox = self._rules.mailboxes.for_address(receiver)
        if mailbox is None:
            raise Refused(f"550 5.1.1 <{receiver}> has no mailbox here")
        self._letter.receivers.append((receiver, mailbox))
        return "250 2.1.5 ok"

    def _rset(self, _: str) -> str:
        self._reset()
        return "250 2.0.0 ok"

    def _noop(self, _: str) -> str:
        return "250 2.0.0 ok"

    def _vrfy(self, _: str) -> str:
        return "252 2.5.0 send it and see"

    def _quit(self, _: str) -> str:
        self.closed = True
        return "221 2.0.0 bye"

    # The mail itself --------------------------------------------------------------------------

    def _data(self, _: str) -> str:
        if not self._letter.receivers or self._chunks:
            raise Refused("503 5.5.1 DATA comes after RCPT TO, and never after BDAT")
        self._content = DottedContent(self._rules.max_size)
        return "354 end with a dot on a line of its own"

    def _bdat(self, rest: str) -> bytes:
        chunk = _CHUNK.match(rest)
        if not chunk:
            # Nobody knows where the next command begins.
            self.closed = True
            raise Refused("501 5.5.4 write BDAT size, or BDAT size LAST")
        self._chunks = self._chunks or ChunkedContent(self._rules.max_size)
        self._chunks.expect(int(chunk[1]), is_last=bool(chunk[2]))
        self._content = self._chunks
        return b""

    def _next(self) -> bytes | None:
        content = self._content
        if not content:
            return super()._next()
        data = content.take(self._buffer)
        if data is None:
            return None
        self._content = None
        if self._chunks and not self._chunks.is_last:
            return self._do("BDAT", lambda: self._go_on(content))
        finish = partial(self._finish, self._letter, content, data)
        self._reset()
        return self._do(END_OF_MAIL, finish)

    def _go_on(self, content: Content) -> bytes:
        """Answer to a chunk that is not the last."""
        try:
            self._check(self._letter, content)
        except Refused:
            self._reset()
            raise
        return b"250 2.0.0 go on\r\n"

    def _finish(self, mail: _Envelope, content: Content, data: bytes) -> bytes:
        self._check(mail, content)
        for address, mailbox in mail.receivers:
            head = f"Return-Path: <{mail.sender}>\r\nDelivered-To: {address}\r\n"
            mailbox.inbox.add(head.encode() + data)
        names = ", ".join(address for address, _ in mail.receivers)
        subject = decode(Entity(data).value(b"subject") or b"(no subject)")
        self._rules.on_event(
            f"mail from {mail.sender or 'nobody'} to {names}: {subject} ({len(data)} bytes)"
        )
        return b"250 2.0.0 accepted\r\n"

    def _check(self, mail: _Envelope, content: Content) -> None:
        if not mail.receivers:
            raise Refused("503 5.5.1 RCPT TO comes first")
        if content.is_too_big:
            raise Refused(f"552 5.3.4 more than {self._rules.max_size} bytes")

    COMMANDS: ClassVar[Mapping[str, Callable[[SmtpDialogue, str], str | bytes]]] = {
        "EHLO": _ehlo,
        "HELO": _helo,
        "STARTTLS": _starttls,
        "AUTH": _auth,
        "MAIL": _mail,
        "RCPT": _rcpt,
        "DATA": _data,
        "BDAT": _bdat,
        "RSET": _rset,
        "NOOP": _noop,
        "VRFY": _vrfy,
        "QUIT": _quit,
    }


def _written(reply: str | bytes) -> bytes:
    return reply if isinstance(reply, bytes) else f"{reply}\r\n".encode()
