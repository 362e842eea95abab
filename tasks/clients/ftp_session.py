"""A login on an FTP server: the control connection, and data connections made for one command.

Rules that are easily broken:

* The address in a PASV reply is not used: data connections go where the control connection goes.
* 226 proves nothing; whoever uses a data connection compares sizes.
* A data connection over TLS is ended by a close_notify, then by the end of our half, and closed
  only when the server has closed its own. Closed at once, unread session tickets turn the end into
  a reset, and the server may lose what it has not read yet.
* Servers like vsftpd take a data connection only if it goes on with the TLS session of the control
  connection.
"""

from __future__ import annotations

import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from ...runner.task import TaskError
from .ftp_account import FtpAccount
from .ftp_control import Control
from .ftp_reply import CLOSING, Reply, features, passive_port, quoted_path
from .ftp_sockets import Sockets, end
from .ftp_words import FtpError, broken, refused
from .lines import one_line

_TRUSTED_IDLE = 20.0
_FIELDS = {"USER": "user", "PASS": "password"}


class FtpSession:
    """Open it first, close it last; `abort` may be called from anywhere and ends all waiting."""

    def __init__(self, account: FtpAccount) -> None:
        self.account = account
        self.welcome = ""
        self.features: Mapping[str, str] = {}
        self.home = "/"
        self._busy = True
        """Whether a reply is due, or the connection is not to be trusted any more."""
        self._sockets = Sockets(account)
        self._passive_verb = ""
        self._used = time.monotonic()

    # Opening and closing -----------------------------------------------------------------------

    def open(self) -> None:
        """Connect and log in."""
        try:
            self._connect()
            self._log_in()
        except BaseException:
            self.close()
            raise

    def _connect(self) -> None:
        with self._talking("CONNECT"):
            self._control = Control(self._sockets.dial_host(), self.account.encoding)
        with self._talking("WELCOME"):
            if self.account.tls == "implicit":
                self._secure_control()
            greeting = self._control.receive()
            while greeting.goes_on:
                greeting = self._control.receive()
        if not greeting.done:
            raise self._refusal("WELCOME", "", greeting)
        self.welcome = "\n".join(greeting.lines)

    def _log_in(self) -> None:
        if self.account.tls == "explicit":
            self.command("AUTH", "TLS")
            with self._talking("AUTH"):
                self._refuse_unread()
                self._secure_control()
        if self.command("USER", self.account.user, ok=(2, 3)).wants_more:
            self.command("PASS", self.account.password or "anonymous@")
        if self.account.tls != "none":
            self.command("PBSZ", "0")
            self.command("PROT", "P")
        self.features = features(self.ask("FEAT"))
        if "UTF8" in self.features and self.account.encoding.lower() in ("utf-8", "utf8"):
            self.ask("OPTS", "UTF8 ON")
        self.command("TYPE", "I")
        home = quoted_path(self.ask("PWD"))
        self.home = home if home and home.startswith("/") else "/"

    def _refuse_unread(self) -> None:
        """What comes before TLS is on may be anybody's, and would be taken for the server's."""
        if self._control.has_unread:
            raise ConnectionError("more than the reply came before TLS was on; do not trust it")

    def _secure_control(self) -> None:
        self._control.socket = self._sockets.secure(self._control.socket)

    @property
    def usable(self) -> bool:
        """Whether the next command will be understood."""
        return not self._busy

    def alive(self) -> bool:
        """Whether a session that lay idle can be used again."""
        if self._control.has_unread:  # the end, or a 421
            return False
        if time.monotonic() - self._used < _TRUSTED_IDLE:
            return True
        try:
            return self.ask("NOOP").done
        except FtpError:
            return False

    def close(self) -> None:
        """Say goodbye if there is somebody to say it to, and close all sockets."""
        if not self._busy:
            self._control.say_goodbye()
        self._sockets.close()

    def abort(self) -> None:
        """Let everything that waits for the server fail at once."""
        self._sockets.abort()

    # Commands ----------------------------------------------------------------------------------

    def command(self, verb: str, argument: str = "", *, ok: tuple[int, ...] = (2,)) -> Reply:
        """Send a command; raises FtpError unless the reply is of a kind in `ok`."""
        reply = self.ask(verb, argument)
        if reply.kind not in ok:
            raise self._refusal(verb, argument, reply)
        return reply

    def ask(self, verb: str, argument: str = "") -> Reply:
        """Send a command and give the reply, whatever it is."""
        line = self._encoded(verb, argument)
        with self._talking(verb, argument):
            self._control.send(line)
            reply = self._control.receive()
            self._used = time.monotonic()
            return reply

    def _refusal(self, verb: str, argument: str, reply: Reply) -> FtpError:
        if reply.code == CLOSING:
            self._busy = True
        return refused(self.account, verb, argument, reply)

    @contextmanager
    def _talking(self, verb: str, argument: str = "") -> Iterator[None]:
        """Turn what goes wrong between the server and us into words."""
        self._busy = True
        try:
            yield
        except OSError as error:
            raise broken(self.account, verb, argument, error) from error
        self._busy = False

    def _encoded(self, verb: str, argument: str) -> bytes:
        field = _FIELDS.get(verb, f"the path {argument!r}")
        line = f"{verb} {one_line(field, argument)}" if argument else verb
        try:
            return f"{line}\r\n".encode(self.account.encoding, "surrogateescape")
        except UnicodeEncodeError:
            encoding = self.account.encoding
            raise TaskError(f"{field} cannot be written in {encoding}; check `encoding`") from None

    # Data connections --------------------------------------------------------------------------

    @contextmanager
    def data(self, verb: str, argument: str) -> Iterator[socket.socket]:
        """Open a data connection for a command; at its end the server must say that all is well.

        When the connection breaks, what the server says about it is the error.
        """
        with self._talking(verb, argument):
            opened = self._dial_passive() if self.account.passive else self._offer_port()
        sock = opened
        failure: OSError | None = None
        try:
            begun = self.command(verb, argument, ok=(1, 2))
            self._busy = True
            try:
                sock = self._ready(opened)
                yield sock
                end(sock)
            except OSError as error:
                failure = error
            except TaskError:
                self._give_up(verb, argument, sock)
                raise
        finally:
            self._sockets.drop(opened)
            self._sockets.drop(sock)
        self._confirm(verb, argument, begun, failure)

    def _give_up(self, verb: str, argument: str, sock: socket.socket) -> None:
        """End a transfer that our side cannot go on with, so that the session can be used."""
        self._sockets.drop(sock)
        with suppress(FtpError), self._talking(verb, argument):
            self._control.receive()

    def _confirm(self, verb: str, argument: str, begun: Reply, failure: OSError | None) -> None:
        if isinstance(failure, TimeoutError | ssl.SSLError):
            raise broken(self.account, verb, argument, failure) from failure
        with self._talking(verb, argument):
            reply = self._control.receive() if begun.goes_on else begun
        if not reply.done:
            raise self._refusal(verb, argument, reply) from failure
        if failure:
            self._busy = True
            raise broken(self.account, verb, argument, failure) from failure

    def _ready(self, opened: socket.socket) -> socket.socket:
        control = self._control.socket
        sock = opened if self.account.passive else self._sockets.accept(opened, control)
        return sock if self.account.tls == "none" else self._sockets.secure(sock, control)

    def _dial_passive(self) -> socket.socket:
        control = self._control.socket
        for verb in self._passive_verbs(control.family):
            port = passive_port(self.ask(verb))
            if port:
                self._passive_verb = verb
                peer = control.getpeername()
                return self._sockets.dial(control.family, (peer[0], port, *peer[2:]))
        raise ConnectionError("the server offers no passive data connection; set `passive: false`")

    def _passive_verbs(self, family: int) -> tuple[str, ...]:
        if self._passive_verb:
            return (self._passive_verb,)
        return ("PASV", "EPSV") if family == socket.AF_INET else ("EPSV",)

    def _offer_port(self) -> socket.socket:
        listener = self._sockets.listen(beside=self._control.socket)
        host, port = listener.getsockname()[:2]
        if listener.family == socket.AF_INET:
            high, low = divmod(port, 256)
            self.command("PORT", f"{host.replace('.', ',')},{high},{low}")
        else:
            self.command("EPRT", f"|2|{host}|{port}|")
        return listener
