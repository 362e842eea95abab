"""A login on an FTP server: the control connection, and what is said on it.

Commands whose order is all that matters travel in one packet, which saves round trips; their
replies come in the same order. What a command depends on is waited for.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from typing import TypeAlias

from ...runner.task import TaskError
from .ftp_account import FtpAccount
from .ftp_control import Control
from .ftp_known import Known, WantsNewerTls
from .ftp_reply import CLOSING, NotFtp, Reply, features, quoted_path
from .ftp_sockets import Sockets
from .ftp_words import FtpError, broken, refused
from .lines import one_line

Command: TypeAlias = tuple[str, str]
"""A verb and its argument, which may be empty."""

_TRUSTED_IDLE = 20.0
_FIELDS = {"USER": "user", "PASS": "password"}
_PACKET = 250
"""Commands in a packet, and two packets on the way: far less than fills the buffers there."""


class FtpSession:
    """Open it first, close it last; `abort` may be called from anywhere and ends all waiting."""

    def __init__(self, account: FtpAccount, known: Known | None = None) -> None:
        self.account = account
        self.known = known or Known()
        self.welcome = ""
        self.due = 0
        """How many replies are still to come."""
        self.is_broken = True
        """Whether what the server says next is not to be trusted any more."""
        self.sockets = Sockets(account, self.known)
        self._used = time.monotonic()

    # Opening and closing -----------------------------------------------------------------------

    def open(self, patience: float | None = None) -> None:
        """Connect and log in; the greeting is waited for no longer than the `patience` lasts."""
        try:
            self._connect(patience)
            self._log_in()
        except WantsNewerTls:
            self.sockets.close()
            self.open(patience)
        except BaseException:
            self.close()
            raise

    def _connect(self, patience: float | None) -> None:
        began = time.monotonic()
        with Talking(self, "CONNECT"):
            self.control = Control(self.sockets.dial_host(), self.account.encoding)
        with Talking(self, "WELCOME"):
            if patience:
                self.control.socket.settimeout(min(patience, self.account.timeout))
            if self.account.tls == "implicit":
                self._secure_control()
            greeting = self.control.receive()
            while greeting.goes_on:
                greeting = self.control.receive()
            self.control.socket.settimeout(self.account.timeout)
        if not greeting.done:
            raise self._refusal("WELCOME", "", greeting)
        self.welcome = "\n".join(greeting.lines)
        self.known.greets_within = max(self.known.greets_within, time.monotonic() - began)
        self.known.reads_in_order = "vsFTPd" in self.welcome
        self.known.reads_telnet = "ProFTPD" in self.welcome

    def _log_in(self) -> None:
        if self.account.tls == "explicit":
            self.command("AUTH", "TLS")
            with Talking(self, "AUTH"):
                self._refuse_unread()
                self._secure_control()
        if self.command("USER", self.account.user, ok=(2, 3)).wants_more:
            self.command("PASS", self.account.password or "anonymous@")
        if self.known.features is None:
            self._look_around()
        else:
            self._set_up([*self._utf8(), ("TYPE", "I")])

    def _look_around(self) -> None:
        """Ask what later sessions need not ask again."""
        feat, _, home = self._set_up([("FEAT", ""), ("TYPE", "I"), ("PWD", "")])
        path = quoted_path(home)
        self.known.home = path if path and path.startswith("/") else "/"
        self.known.features = features(feat)
        if self._utf8():
            self.exchange(self._utf8())

    def _utf8(self) -> list[Command]:
        wanted = self.account.encoding.lower() in ("utf-8", "utf8") and self.offers("UTF8")
        return [("OPTS", "UTF8 ON")] if wanted else []

    def _set_up(self, commands: Sequence[Command]) -> list[Reply]:
        needed: list[Command] = [("PBSZ", "0"), ("PROT", "P")] if self.account.tls != "none" else []
        asked = [*needed, *commands]
        replies = self.exchange(asked)
        for (verb, argument), reply in zip(asked, replies, strict=True):
            if verb in ("PBSZ", "PROT", "TYPE") and not reply.done:
                raise self._refusal(verb, argument, reply)
        return replies[len(needed) :]

    def _refuse_unread(self) -> None:
        """What comes before TLS is on may be anybody's, and would be taken for the server's."""
        if self.control.has_unread:
            raise NotFtp("more than the reply came before TLS was on; do not trust it")

    def _secure_control(self) -> None:
        self.control.go_on_over(self.sockets.secure(self.control.socket))

    def offers(self, feature: str) -> bool:
        """Whether FEAT has named it."""
        return feature in (self.known.features or {})

    @property
    def usable(self) -> bool:
        """Whether the next command will be understood."""
        return not self.is_broken and self.due == 0

    def alive(self) -> bool:
        """Whether a session that lay idle can be used again."""
        if not self.usable or self.control.has_unread:  # the end, or a 421
            return False
        if time.monotonic() - self._used < _TRUSTED_IDLE:
            return True
        try:
            return self.ask("NOOP").done
        except FtpError:
            return False

    def close(self) -> None:
        """Say goodbye if there is somebody to say it to, and close all sockets."""
        if self.usable:
            self.control.say_goodbye()
        self.sockets.close()

    def abort(self) -> None:
        """Let everything that waits for the server fail at once."""
        self.sockets.abort()

    # Commands ----------------------------------------------------------------------------------

    def command(self, verb: str, argument: str = "", *, ok: tuple[int, ...] = (2,)) -> Reply:
        """Send a command; raises FtpError unless the reply is of a kind in `ok`."""
        reply = self.ask(verb, argument)
        if reply.kind not in ok:
            raise self._refusal(verb, argument, reply)
        return reply

    def ask(self, verb: str, argument: str = "") -> Reply:
        """Send a command and give the reply, whatever it is."""
        return self.exchange([(verb, argument)])[0]

    def exchange(self, commands: Sequence[Command], doing: Command | None = None) -> list[Reply]:
        """Send commands that do not wait for each other; gives a reply for each, whatever it is.

        Errors tell what could not be done: the command, or what it is there for.
        """
        replies: list[Reply] = []
        size, ahead = (_PACKET, 2) if self.known.takes_packets else (1, 1)
        starts = range(0, len(commands), size)
        packets = [self.encoded(commands[at : at + size]) for at in starts]
        self.is_broken = True
        try:
            for sent, packet in enumerate(packets, start=1):
                self.control.send(packet)
                self._take(replies, (sent + 1 - ahead) * size)
            self._take(replies, len(commands))
        except OSError as error:
            raise broken(self.account, *(doing or commands[len(replies)]), error) from error
        self.is_broken = False
        return replies

    def _take(self, replies: list[Reply], count: int) -> None:
        """Receive replies until there are so many."""
        while (missing := count - len(replies)) > 0:
            replies += self.control.received_of(missing) or [self._receive(is_first=not replies)]

    def say(self, verb: str, argument: str) -> None:
        """Send a command whose replies are taken one by one."""
        line = self.encoded([(verb, argument)])
        with Talking(self, verb, argument):
            self.control.send(line)
        self.due += 1

    def reply_to(self, command: Command) -> Reply:
        with Talking(self, *command):
            reply = self._receive(is_first=True)
        self.due -= 1
        return reply

    def _receive(self, *, is_first: bool) -> Reply:
        try:
            reply = self.control.receive()
        except TimeoutError:
            if not is_first:
                self.known.takes_packets = False
            raise
        self._used = time.monotonic()
        return reply

    def _refusal(self, verb: str, argument: str, reply: Reply) -> FtpError:
        if reply.code == CLOSING:
            self.is_broken = True
        return refused(self.account, verb, argument, reply)

    def encoded(self, commands: Sequence[Command]) -> bytes:
        """Give the lines to send. Raises TaskError for what cannot be in one."""
        lines = [
            f"{verb} {argument}\r\n" if argument else f"{verb}\r\n" for verb, argument in commands
        ]
        try:
            one_line("", "".join([argument for _, argument in commands]))
            said = "".join(lines).encode(self.account.encoding, "surrogateescape")
        except (TaskError, UnicodeEncodeError):
            for command in commands:
                self._check(*command)
            raise
        return said.replace(b"\xff", b"\xff\xff") if self.known.reads_telnet else said

    def check(self, paths: Iterable[str]) -> None:
        """Raise TaskError for a path that cannot be said, by its name."""
        try:
            one_line("", "".join(paths)).encode(self.account.encoding, "surrogateescape")
        except (TaskError, UnicodeEncodeError):
            for path in paths:
                self._check("", path)
            raise

    def _check(self, verb: str, argument: str) -> None:
        """Raise TaskError for what cannot be said, by its name."""
        field = _FIELDS.get(verb, f"the path {argument!r}")
        try:
            one_line(field, argument).encode(self.account.encoding, "surrogateescape")
        except UnicodeEncodeError:
            encoding = self.account.encoding
            raise TaskError(f"{field} cannot be written in {encoding}; check `encoding`") from None


class Talking:
    """Turns what goes wrong between the server and us into words.

    A class, because entering one is four times as quick as a generator, and there are many.
    """

    __slots__ = ("_argument", "_session", "_verb")

    def __init__(self, session: FtpSession, verb: str, argument: str = "") -> None:
        self._session = session
        self._verb = verb
        self._argument = argument

    def __enter__(self) -> None:
        self._session.is_broken = True

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if isinstance(error, OSError):
            raise broken(self._session.account, self._verb, self._argument, error) from error
        self._session.is_broken = error is not None
