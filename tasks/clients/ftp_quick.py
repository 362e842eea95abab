"""The dialogues that move small files, as generators: they yield whatever they would wait for.

So one thread can lead many of them at once. Threads would do, but where each step is as short as
here they spend most of their time on handing over Python's lock.

Nothing is put into words here: whoever meets an error does it again with care, and is told then.
"""

from __future__ import annotations

import os
import select
import socket
import time
from collections.abc import Callable, Generator, Iterable, Sequence
from contextlib import closing, suppress
from typing import NamedTuple, Protocol, Self, TypeAlias, TypeVar

from .ftp import FtpClient
from .ftp_account import FtpAccount
from .ftp_known import Known
from .ftp_reply import Reply, passive_port
from .ftp_session import Command

T = TypeVar("T")
Wait: TypeAlias = Sequence[tuple[socket.socket, int]]
"""Sockets, and what one of them must be ready for: POLLIN or POLLOUT."""
Steps: TypeAlias = Generator[Wait, socket.socket, T]
"""Is sent the socket that is ready; returns what a dialogue gives."""

_BLOCK = 256 * 1024
_ROUND = 500
"""Milliseconds after which those are looked for that have waited too long."""


class Quick(Protocol):
    """What small files are moved with."""

    ftp: FtpClient

    def exchange(self, commands: Sequence[Command]) -> Steps[list[Reply]]: ...

    def put(self, path: str, data: memoryview) -> Steps[None]: ...

    def get(self, path: str, write: Callable[[memoryview], object]) -> Steps[None]: ...


class Patient:
    """Waits where it is: for TLS, whose work is done without Python's lock, in a thread each."""

    def __init__(self, ftp: FtpClient) -> None:
        self.ftp = ftp

    def exchange(self, commands: Sequence[Command]) -> Steps[list[Reply]]:
        yield from ()
        return self.ftp.exchange(commands)

    def put(self, path: str, data: memoryview) -> Steps[None]:
        yield from ()
        self.ftp.put(path, data)

    def get(self, path: str, write: Callable[[memoryview], object]) -> Steps[None]:
        yield from ()
        self.ftp.download(path, write)


class Nimble:
    """Never waits; for sessions in clear whose data connections we open."""

    def __init__(self, ftp: FtpClient) -> None:
        self.ftp = ftp
        self._control = ftp.control
        self._spoken = self._control.socket, select.POLLIN
        self._buffer = memoryview(bytearray(_BLOCK))

    def __enter__(self) -> Self:
        self._control.socket.setblocking(False)
        return self

    def __exit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        if error is not None:
            self.ftp.is_broken = True
        self._control.socket.settimeout(self.ftp.account.timeout)

    @staticmethod
    def fits(account: FtpAccount, known: Known) -> bool:
        return account.tls == "none" and account.passive and known.takes_packets

    def exchange(self, commands: Sequence[Command]) -> Steps[list[Reply]]:
        lines = [self.ftp.encoded(*command) for command in commands]
        self.ftp.due += len(lines)
        self._control.send(b"".join(lines))
        replies: list[Reply] = []
        while len(replies) < len(lines):
            replies += [(yield from self._reply())]
        return replies

    def _reply(self) -> Steps[Reply]:
        while (reply := self._control.received()) is None:
            try:
                self._control.fill()
            except BlockingIOError:
                yield [self._spoken]
        self.ftp.due -= 1
        return reply

    def _final(self) -> Steps[None]:
        """Wait for the reply that ends a transfer, and that must be good."""
        reply = yield from self._reply()
        if reply.goes_on:
            self.ftp.due += 1
            reply = yield from self._reply()
        if not reply.done:
            raise ConnectionAbortedError(str(reply))

    def _open(self, verb: str, path: str) -> Steps[socket.socket]:
        (reply,) = yield from self.exchange([(self.ftp.passive_verbs()[0], "")])
        port = passive_port(reply)
        if port is None:
            raise ConnectionAbortedError(str(reply))
        sock = socket.socket(self._control.socket.family, socket.SOCK_STREAM)
        try:
            yield from self._connect(sock, port)
            self.ftp.due += 1
            self._control.send(self.ftp.encoded(verb, path))
        except BaseException:
            sock.close()
            raise
        return sock

    def _connect(self, sock: socket.socket, port: int) -> Steps[None]:
        sock.setblocking(False)
        peer = self._control.peer
        if sock.connect_ex((peer[0], port, *peer[2:])):
            yield [(sock, select.POLLOUT)]
            if code := sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                raise OSError(code, os.strerror(code))

    def put(self, path: str, data: memoryview) -> Steps[None]:
        """Store a file; it is sent before the server has said that it may come."""
        with closing((yield from self._open("STOR", path))) as sock:
            while data:
                try:
                    data = data[sock.send(data) :]
                except BlockingIOError:
                    yield [(sock, select.POLLOUT)]
        yield from self._final()

    def get(self, path: str, write: Callable[[memoryview], object]) -> Steps[None]:
        """Fetch a file; what comes is written piece by piece."""
        with closing((yield from self._open("RETR", path))) as sock:
            yield from self._begin(sock)
            while True:
                try:
                    count = sock.recv_into(self._buffer)
                except BlockingIOError:
                    yield [(sock, select.POLLIN)]
                    continue
                if not count:
                    break
                write(self._buffer[:count])
        yield from self._final()

    def _begin(self, sock: socket.socket) -> Steps[None]:
        """Wait for data, or for the server's 150: a refusal need not be seen on the connection."""
        ready = yield [(sock, select.POLLIN), self._spoken]
        while ready is self._control.socket:
            self._control.fill()
            if reply := self._control.received():
                if reply.goes_on:
                    return
                self.ftp.due -= 1
                raise ConnectionAbortedError(str(reply))
            ready = yield [self._spoken]


def lead(steps: Steps[T]) -> T:
    """Go through a dialogue that waits by itself."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            result: T = end.value
            return result


class Crowd:
    """Leads dialogues side by side; one that waits for longer than `seconds` is broken off."""

    def __init__(self, seconds: float, check: Callable[[], None]) -> None:
        self._seconds = seconds
        self._check = check
        self._poller = select.poll()
        self._waiting: dict[int, _Waiting] = {}
        self._next_look = 0.0

    def lead(self, dialogues: Iterable[Steps[None]]) -> None:
        """Go through all of them; what one of them raises, or `check`, ends the others."""
        dialogues = list(dialogues)
        try:
            for steps in dialogues:
                self._go_on(steps, None)
            while self._waiting:
                self._check()
                for descriptor, _ in self._poller.poll(_ROUND):
                    self._wake(descriptor)
                self._break_off()
        finally:
            for steps in dialogues:
                steps.close()

    def _go_on(self, steps: Steps[None], ready: socket.socket | None) -> None:
        with suppress(StopIteration):
            self._park(steps, steps.send(ready))  # type: ignore[arg-type]  # None starts it

    def _park(self, steps: Steps[None], wait: Wait) -> None:
        since = time.monotonic()
        descriptors = [sock.fileno() for sock, _ in wait]
        for descriptor, (sock, event) in zip(descriptors, wait, strict=True):
            self._poller.register(descriptor, event)
            self._waiting[descriptor] = _Waiting(steps, sock, descriptors, since)

    def _unpark(self, waiting: _Waiting) -> None:
        for descriptor in waiting.descriptors:
            self._poller.unregister(descriptor)
            del self._waiting[descriptor]

    def _wake(self, descriptor: int) -> None:
        if waiting := self._waiting.get(descriptor):
            self._unpark(waiting)
            self._go_on(waiting.steps, waiting.socket)

    def _break_off(self) -> None:
        now = time.monotonic()
        if now < self._next_look:
            return
        self._next_look = now + _ROUND / 1000
        for waiting in list(self._waiting.values()):
            if now - waiting.since > self._seconds and waiting.descriptors[0] in self._waiting:
                self._unpark(waiting)
                with suppress(StopIteration):
                    self._park(waiting.steps, waiting.steps.throw(TimeoutError()))


class _Waiting(NamedTuple):
    steps: Steps[None]
    socket: socket.socket
    descriptors: Sequence[int]
    since: float
