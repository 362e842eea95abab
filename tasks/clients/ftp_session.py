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

import select
import socket
import ssl
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress

from ...runner.task import TaskError
from .ftp_account import FtpAccount
from .ftp_reply import (
    CLOSING,
    NotFtp,
    Reply,
    ReplyReader,
    features,
    passive_port,
    quoted_path,
)
from .ftp_words import FtpError, broken, refused
from .lines import one_line
from .tls import client_context

_LONGEST_LINE = 65536
_LINGER = 5.0
"""How many seconds the server has to close a data connection that is done."""
_POLITE = 1.0
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
        self._aborted = False
        self._sockets: set[socket.socket] = set()
        self._reader = ReplyReader()
        self._unread = b""
        self._passive_verb = ""
        self._used = time.monotonic()

    # Opening and closing -----------------------------------------------------------------------

    def open(self) -> None:
        """Connect and log in."""
        if self.account.tls != "none":
            self._context = client_context(verify=self.account.verify, ca_file=self.account.ca_file)
        try:
            self._connect()
            self._log_in()
        except BaseException:
            self.close()
            raise

    def _connect(self) -> None:
        with self._talking("CONNECT"):
            self._control = self._dial_host()
        with self._talking("WELCOME"):
            if self.account.tls == "implicit":
                self._control = self._secured(self._control)
            greeting = self._receive()
            while greeting.goes_on:
                greeting = self._receive()
        if not greeting.done:
            raise self._refusal("WELCOME", "", greeting)
        self.welcome = "\n".join(greeting.lines)

    def _log_in(self) -> None:
        if self.account.tls == "explicit":
            self.command("AUTH", "TLS")
            with self._talking("AUTH"):
                self._control = self._secured(self._control)
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

    @property
    def usable(self) -> bool:
        """Whether the next command will be understood."""
        return not self._busy

    def alive(self) -> bool:
        """Whether a session that lay idle can be used again."""
        readable, _, _ = select.select([self._control], [], [], 0)
        if readable:  # the end, or a 421
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
            with suppress(OSError):
                self._control.settimeout(_POLITE)
                self._control.sendall(b"QUIT\r\n")
                self._receive()
        for sock in list(self._sockets):
            self._drop(sock)

    def abort(self) -> None:
        """Let everything that waits for the server fail at once."""
        self._aborted = True
        for sock in list(self._sockets):
            with suppress(OSError):
                # Not SSLSocket's own: it pulls the TLS object away from the thread that reads.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)

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
            self._control.sendall(line)
            return self._receive()

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

    def _receive(self) -> Reply:
        while True:
            reply = self._reader.feed(self._line())
            if reply:
                self._used = time.monotonic()
                return reply

    def _line(self) -> str:
        while b"\n" not in self._unread:
            if len(self._unread) > _LONGEST_LINE:
                raise NotFtp("what answers is no FTP server, its line has no end")
            self._unread += self._received()
        line, _, self._unread = self._unread.partition(b"\n")
        return line.removesuffix(b"\r").decode(self.account.encoding, "surrogateescape")

    def _received(self) -> bytes:
        data = self._control.recv(4096)
        if not data:
            raise ConnectionResetError
        return data

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
                self._end(sock)
            except OSError as error:
                failure = error
            except TaskError:
                self._give_up(verb, argument, sock)
                raise
        finally:
            self._drop(opened)
            self._drop(sock)
        self._confirm(verb, argument, begun, failure)

    def _give_up(self, verb: str, argument: str, sock: socket.socket) -> None:
        """End a transfer that our side cannot go on with, so that the session can be used."""
        self._drop(sock)
        with suppress(FtpError), self._talking(verb, argument):
            self._receive()

    def _confirm(self, verb: str, argument: str, begun: Reply, failure: OSError | None) -> None:
        if isinstance(failure, TimeoutError | ssl.SSLError):
            raise broken(self.account, verb, argument, failure) from failure
        with self._talking(verb, argument):
            reply = self._receive() if begun.goes_on else begun
        if not reply.done:
            raise self._refusal(verb, argument, reply) from failure
        if failure:
            self._busy = True
            raise broken(self.account, verb, argument, failure) from failure

    def _ready(self, opened: socket.socket) -> socket.socket:
        sock = opened if self.account.passive else self._accepted(opened)
        return sock if self.account.tls == "none" else self._secured(sock)

    def _dial_passive(self) -> socket.socket:
        for verb in self._passive_verbs():
            port = passive_port(self.ask(verb))
            if port:
                self._passive_verb = verb
                peer = self._control.getpeername()
                return self._dial(self._control.family, (peer[0], port, *peer[2:]))
        raise ConnectionError("the server offers no passive data connection; set `passive: false`")

    def _passive_verbs(self) -> tuple[str, ...]:
        if self._passive_verb:
            return (self._passive_verb,)
        return ("PASV", "EPSV") if self._control.family == socket.AF_INET else ("EPSV",)

    def _offer_port(self) -> socket.socket:
        host = self._control.getsockname()[0]
        listener = socket.create_server((host, 0), family=self._control.family, backlog=1)
        self._sockets.add(listener)
        listener.settimeout(self.account.connect_timeout)
        port = listener.getsockname()[1]
        if self._control.family == socket.AF_INET:
            parts = (*host.split("."), str(port // 256), str(port % 256))
            self.command("PORT", ",".join(parts))
        else:
            self.command("EPRT", f"|2|{host}|{port}|")
        return listener

    def _accepted(self, listener: socket.socket) -> socket.socket:
        """Take the server's connection; nobody else's."""
        while True:
            sock, peer = listener.accept()
            self._sockets.add(sock)
            sock.settimeout(self.account.timeout)
            if peer[0] == self._control.getpeername()[0]:
                return sock
            self._drop(sock)

    @staticmethod
    def _end(sock: socket.socket) -> None:
        if not isinstance(sock, ssl.SSLSocket):
            return
        _notify_close(sock)
        with suppress(OSError):
            socket.socket.shutdown(sock, socket.SHUT_WR)
            sock.settimeout(_LINGER)
            while socket.socket.recv(sock, 4096):
                pass

    # Sockets -----------------------------------------------------------------------------------

    def _dial_host(self) -> socket.socket:
        try:
            addresses = socket.getaddrinfo(
                self.account.host, self.account.port, type=socket.SOCK_STREAM
            )
        except UnicodeError as error:
            raise socket.gaierror(socket.EAI_NONAME, "not a host name") from error
        failure: OSError = ConnectionError("no address")
        for family, _, _, _, address in addresses:
            try:
                return self._dial(family, address)
            except OSError as error:
                failure = error
        raise failure

    def _dial(self, family: int, address: tuple[object, ...]) -> socket.socket:
        sock = socket.socket(family, socket.SOCK_STREAM)
        self._sockets.add(sock)
        if self._aborted:
            self._drop(sock)
            raise ConnectionAbortedError
        try:
            sock.settimeout(self.account.connect_timeout)
            sock.connect(address)
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            sock.settimeout(self.account.timeout)
        except BaseException:
            self._drop(sock)
            raise
        return sock

    def _secured(self, sock: socket.socket) -> ssl.SSLSocket:
        """Speak TLS from here on; data connections continue the control connection's session."""
        control = self._control if sock is not self._control else None
        secure = self._context.wrap_socket(
            sock,
            server_hostname=self.account.host,
            do_handshake_on_connect=False,
            session=control.session if isinstance(control, ssl.SSLSocket) else None,
        )
        self._sockets.discard(sock)
        self._sockets.add(secure)
        secure.do_handshake()
        return secure

    def _drop(self, sock: socket.socket) -> None:
        self._sockets.discard(sock)
        sock.close()


def _notify_close(sock: ssl.SSLSocket) -> None:
    """Send close_notify without waiting for the server's, which some never send."""
    timeout = sock.gettimeout()
    sock.settimeout(0)
    while True:
        try:
            sock.unwrap()
        except ssl.SSLWantWriteError:
            select.select([], [sock], [], timeout)
        except (OSError, ValueError):
            return
        else:
            return
