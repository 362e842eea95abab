"""Lines and texts to and from a mail server, over a socket that may turn to TLS.

Every wait is bounded. What may be large is given in pieces as it comes in, and no byte is searched
twice. Commands can be written ahead at will: `send` takes in what the server says meanwhile.
"""

from __future__ import annotations

import math
import re
import select
import socket
import ssl
from collections.abc import Iterator
from contextlib import suppress
from types import TracebackType

from .dotted import END, certain, single_dots
from .lines import one_line
from .mail_account import MailAccount
from .mail_words import MailError, broken
from .tls import client_context

_CHUNK = 65_536
"""More takes longer: what is larger than 128 KiB the C library maps and unmaps each time."""
_RECORD = 16_384
_LONGEST_LINE = 65_536
_POLITE = 2.0


class Wire:
    """Open it first, close it last; `abort` may be called from any thread and ends all waiting."""

    def __init__(self, account: MailAccount) -> None:
        self.account = account
        self.doing = "connect"
        """What an error says that could not be done."""
        self.is_secure = False
        self.is_broken = False
        self.sent = 0
        """How many bytes have left, as far as this machine knows."""
        self._socket: socket.socket | None = None
        self._buffer = b""
        self._at = 0
        """What lies in the buffer before this place is done with."""
        self._aborted = False
        self._told = _Told(self)

    def open(self) -> None:
        """Connect; with TLS first, if it is implicit."""
        with self._told:
            self._connect()
        if self.account.tls == "implicit":
            self.secure()

    def _connect(self) -> None:
        failure: OSError = ConnectionRefusedError()
        host = one_line("host", self.account.host)
        # Of a text Python asks for its IDNA, and loads what makes it.
        name = host.encode() if host.isascii() else host
        found = socket.getaddrinfo(name, self.account.port, type=socket.SOCK_STREAM)
        for family, kind, protocol, _, address in found:
            self._socket = socket.socket(family, kind, protocol)
            self._socket.settimeout(self.account.timeout)
            try:
                if not self._aborted:
                    self._socket.connect(address)
                    self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                    return
            except OSError as error:
                failure = error
            self._socket.close()
        raise failure

    def secure(self) -> None:
        """Go on over TLS; what came unencrypted after the last reply is not to be believed."""
        if self.has_more:
            raise MailError(
                self.account,
                f"cannot start TLS ({self.account}): the server, or somebody on the way, sent more"
                " than the reply before TLS was on; do not use this connection",
            )
        context = client_context(
            verify=self.account.verify,
            ca_file=self.account.ca_file,
            client_cert=self.account.client_cert,
            client_key=self.account.client_key,
        )
        with self._told:
            self._socket = context.wrap_socket(self._open, server_hostname=self.account.host)
            self.is_secure = True

    @property
    def _open(self) -> socket.socket:
        if self._socket is None:
            raise ConnectionResetError
        return self._socket

    @property
    def _most(self) -> int:
        # TLS gives one record at a time; room for more would be made, and not used, for each.
        return _RECORD if self.is_secure else _CHUNK

    @property
    def local_address(self) -> str:
        return str(self._open.getsockname()[0])

    def send(self, data: bytes) -> None:
        """Send all of it; what the server says meanwhile is kept, lest each wait for the other."""
        left = memoryview(data)
        with self._told:
            while left:
                self._wait_to_send()
                count = self._open.send(left[: self._most])
                self.sent += count
                left = left[count:]

    @property
    def has_room(self) -> bool:
        """Tell whether more can leave at once, and the server has said nothing meanwhile."""
        with self._told:
            return self._event(select.POLLIN | select.POLLOUT, 0) == select.POLLOUT

    def _wait_to_send(self) -> None:
        while (event := self._event(select.POLLIN | select.POLLOUT, self.account.timeout)) != 0:
            if event != select.POLLIN:
                return
            self._take_in()
        raise TimeoutError

    def _event(self, events: int, seconds: float) -> int:
        """Wait for the socket to be ready; tells for what, and 0 if it is for nothing."""
        poll = select.poll()
        poll.register(self._open, events)
        return sum(event for _, event in poll.poll(seconds * 1000))

    def _take_in(self) -> None:
        """Read what is there; over TLS that may be nothing yet, or nothing for us."""
        self._open.settimeout(0)
        try:
            data = self._open.recv(self._most)
        except (BlockingIOError, ssl.SSLWantReadError):
            return
        finally:
            self._open.settimeout(self.account.timeout)
        self._keep(data)

    def line(self, limit: int = _LONGEST_LINE) -> bytes:
        """One line, without its end."""
        pieces: list[bytes] = []
        while (end := self._buffer.find(b"\n", self._at)) < 0:
            pieces.append(self._taken(len(self._buffer)))
            limit -= len(pieces[-1])
            if limit < 0:
                raise self._nonsense("a line without end")
            self._fill()
        line = self._taken(end + 1)
        if pieces:
            line = b"".join([*pieces, line])
        return line[: -2 if line.endswith(b"\r\n") else -1]

    def matching(self, pattern: re.Pattern[bytes]) -> Iterator[re.Match[bytes]]:
        """What has come already and looks like this, again and again; nobody waits for it."""
        while found := pattern.match(self._buffer, self._at):
            self._at = found.end()
            yield found

    def counted_texts(
        self, head: re.Pattern[bytes], end: bytes, limit: int
    ) -> Iterator[tuple[re.Match[bytes], bytes]]:
        """Heads that have come, whose last group counts the text behind them, and those texts.

        A text of more than `limit` bytes, or with another `end`, is left to be read otherwise.
        """
        while found := head.match(self._buffer, self._at):
            size = int(found[head.groups])
            start, stop = found.end(), found.end() + size
            if size <= limit and stop + len(end) > len(self._buffer):
                self._fill()
            elif size <= limit and self._buffer.startswith(end, stop):
                self._at = stop + len(end)
                yield found, self._buffer[start:stop]
            else:
                return

    def exactly(self, count: int) -> bytes:
        """So many bytes, whatever they are."""
        end = self._at + count
        return self._taken(end) if end <= len(self._buffer) else b"".join(self.counted(count))

    def counted(self, count: int) -> Iterator[bytes]:
        """So many bytes, in pieces as they come in."""
        while count:
            if not self.has_more:
                self._fill()
            piece = self._taken(min(self._at + count, len(self._buffer)))
            count -= len(piece)
            yield piece

    def text(self, limit: int) -> bytes:
        """All lines up to a lone dot, their doubled dots made single; at most `limit` bytes."""
        return b"".join(self.dotted(limit))

    def dotted(self, limit: float = math.inf) -> Iterator[bytes]:
        """The same, in pieces as they come in."""
        length = 0
        for piece in self._dotted():
            length += len(piece)
            if length > limit:
                raise self._nonsense(f"more than {limit:,} bytes")
            yield piece

    def _dotted(self) -> Iterator[bytes]:
        while len(self._buffer) - self._at < len(b".\r\n"):
            self._fill()
        if self._buffer.startswith(b".\r\n", self._at):
            self._at += len(b".\r\n")
            return
        self._at += self._buffer.startswith(b"..", self._at)
        while (end := self._buffer.find(END, self._at)) < 0:
            yield single_dots(self._taken(certain(self._buffer, self._at)))
            self._fill()
        yield single_dots(self._taken(end + 2))
        self._at += len(b".\r\n")

    @property
    def has_more(self) -> bool:
        """Tell whether something has come that was not asked for yet."""
        return self._at < len(self._buffer)

    def _taken(self, end: int) -> bytes:
        piece = self._buffer[self._at : end]
        self._at = end
        return piece

    def _fill(self) -> None:
        with self._told:
            self._keep(self._open.recv(self._most))

    def _keep(self, data: bytes) -> None:
        if not data:
            raise ConnectionResetError
        self._buffer, self._at = self._buffer[self._at :] + data, 0

    def heard(self, seconds: float) -> bool:
        """Wait so long for the server to say something."""
        if self.has_more or (isinstance(self._socket, ssl.SSLSocket) and self._socket.pending()):
            return True
        with self._told:
            return bool(self._event(select.POLLIN, seconds))

    def _nonsense(self, what: str) -> MailError:
        self.is_broken = True
        return MailError(
            self.account, f"cannot {self.doing} ({self.account}): the server sent {what}"
        )

    def quiet(self) -> bool:
        """Tell whether the server has said nothing unasked: a goodbye, or the end."""
        return not self.is_broken and not self.heard(0)

    def close(self, goodbye: bytes = b"") -> None:
        """Say goodbye if there is somebody to say it to, and close."""
        if self._socket is None:
            return
        if goodbye and not self.is_broken:
            with suppress(OSError, MailError):
                self._socket.settimeout(_POLITE)
                self.send(goodbye)
                self.line()
        self._socket.close()

    def abort(self) -> None:
        """Let everything that waits for the server fail at once."""
        self._aborted = True
        if self._socket is not None:
            with suppress(OSError):
                # Not SSLSocket's own: it pulls the TLS object away from the thread that reads.
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class _Told:
    """Puts what befalls a connection into words."""

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def __enter__(self) -> None:
        """Nothing has befallen it yet."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if not isinstance(error, OSError | UnicodeError):
            return
        self._wire.is_broken = True
        # Of a host's name the system says nothing.
        why = error if isinstance(error, OSError) else socket.gaierror()
        raise broken(self._wire.account, self._wire.doing, why) from error
