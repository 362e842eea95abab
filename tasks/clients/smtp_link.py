"""Commands to an SMTP server, and its replies."""

from __future__ import annotations

from .mail_account import MailAccount
from .mail_words import MailError, refused
from .smtp_envelope import Extensions
from .smtp_reply import NotSmtp, Reply, read_reply
from .wire import Wire

_CLOSING = 421
_CLOSES_WITHIN = 2.0


class SmtpLink:
    def __init__(self, account: MailAccount) -> None:
        self.account = account
        self.wire = Wire(account)
        self.hello = b""
        """The EHLO that the server has taken."""
        self.extensions: Extensions = {}
        self.is_in_step = True
        """Whether the next reply answers the next command; behind nonsense it may answer any."""
        self.has_rest = False
        """Whether the server may still keep what it was told about another mail."""

    def greeting(self) -> Reply:
        """Take what the server says first."""
        self.wire.doing = "connect"
        return self._good("", self.reply())

    def ask(self, doing: str, command: str) -> Reply:
        """Send a command and take its reply, which must be good."""
        return self._good(command.partition(" ")[0], self.exchange(doing, command))

    def exchange(self, doing: str, command: str) -> Reply:
        """The same, whatever the reply."""
        self.wire.doing = doing
        self.wire.send(f"{command}\r\n".encode())
        return self.reply()

    def _good(self, verb: str, reply: Reply) -> Reply:
        if not reply.done:
            raise refused(self.account, self.wire.doing, verb, reply.code, reply.text)
        return reply

    def reply(self) -> Reply:
        """Take the next reply; raises MailError if it is the server's goodbye, or there is none."""
        self.is_in_step = False
        try:
            reply = read_reply(self.wire.line)
        except NotSmtp as error:
            self.wire.is_broken = True
            raise self.impossible("what answers there is no SMTP; check `port`") from error
        self.is_in_step = True
        if reply.code == _CLOSING:
            self.wire.is_broken = True
            raise refused(self.account, self.wire.doing, "", reply.code, reply.text)
        return reply

    def says_hello(self) -> bool:
        """Tell whether the next reply is the one to another EHLO."""
        return "CHUNKING" in self.reply().extensions

    def out_of_step(self) -> MailError:
        """Say that replies cannot be told apart."""
        self.wire.is_broken = True
        why = "the server has answered what nobody had asked, so that no reply is sure"
        msg = f"cannot {self.wire.doing} ({self.account}): {why}"
        return MailError(self.account, msg, transient=True)

    def has_closed(self) -> bool:
        """Tell whether the server closes without another word; some say goodbye and go on."""
        try:
            if self.wire.heard(_CLOSES_WITHIN):
                self.wire.line()
        except MailError:
            return True
        return False

    def impossible(self, why: str) -> MailError:
        return MailError(self.account, f"cannot {self.wire.doing} ({self.account}): {why}")
