"""A TCP proxy on loopback that cuts, stalls and slows what passes through it.

    with TcpProxy(up=Line(cut_after=1000)) as proxy:
        port = proxy.forward(server.port)       # for the client, in place of the server's

`up` is what happens to the bytes of a connection on their way to the server, `down` on the way
back. A proxy forwards as many ports as it is asked to: `Options(advertise=proxy.forward)` of a
`FaultServer` sends the data connections of FTP through it.
"""

from __future__ import annotations

import math
import select
import socket
import threading
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import Self

from ftp_fault_session import reset

_HOST = "127.0.0.1"
_BLOCK = 65536


@dataclass(frozen=True, kw_only=True)
class Line:
    cut_after: float = math.inf
    """After how many bytes both ends see a reset."""
    stall_after: float = math.inf
    """After how many bytes nothing passes any more, either way, though the connection stays."""
    times: float = math.inf
    """How many connections are cut or stalled; those that come as far later pass."""
    latency: float = 0
    """How many seconds each block waits."""
    block: int = _BLOCK
    """How many bytes pass at once."""


@dataclass(eq=False)
class _Way:
    """One direction of one connection."""

    to: socket.socket
    line: Line
    done: int = 0

    def room(self) -> int:
        stops = (self.line.cut_after - self.done, self.line.stall_after - self.done)
        return int(min([self.line.block, *(stop for stop in stops if stop > 0)]))


class TcpProxy:
    def __init__(self, *, up: Line | None = None, down: Line | None = None) -> None:
        self._up = up or Line()
        self._down = down or Line()
        self._left = {id(line): line.times for line in (self._up, self._down)}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._sockets: set[socket.socket] = set()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        for sock in list(self._sockets):
            with suppress(OSError):
                sock.shutdown(socket.SHUT_RDWR)
        for thread in self._threads:  # grows while the last connections are accepted
            thread.join()

    def forward(self, port: int) -> int:
        """Give the port that leads to this one."""
        listener = socket.create_server((_HOST, 0))
        # The less lies about in the proxy, the sooner both ends notice what it does.
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BLOCK)
        number: int = listener.getsockname()[1]
        self._start(self._accept, listener, port)
        return number

    def _start(self, work: Callable[..., None], *given: object) -> None:
        self._sockets.update(sock for sock in given if isinstance(sock, socket.socket))
        thread = threading.Thread(target=work, args=given, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self, listener: socket.socket, port: int) -> None:
        with closing(listener), suppress(OSError):
            while True:
                client, _ = listener.accept()
                self._start(self._connect, client, port)

    def _connect(self, client: socket.socket, port: int) -> None:
        try:
            server = socket.create_connection((_HOST, port))
        except OSError:
            reset(client)
            return
        self._sockets.add(server)
        try:
            self._pass({client: _Way(server, self._up), server: _Way(client, self._down)})
        except OSError:
            reset(client)
            reset(server)
        client.close()
        server.close()

    def _pass(self, ways: dict[socket.socket, _Way]) -> None:
        while ways:
            ready, _, _ = select.select(list(ways), [], [])
            for sock in ready:
                if not self._goes_on(sock, ways[sock]):
                    del ways[sock]

    def _goes_on(self, sock: socket.socket, way: _Way) -> bool:
        """Pass a block on; raises OSError where the line is cut."""
        block = sock.recv(way.room())
        time.sleep(way.line.latency)
        if not block:
            way.to.shutdown(socket.SHUT_WR)
            return False
        way.to.sendall(block)
        way.done += len(block)
        if way.done == way.line.cut_after and self._may_stop(way.line):
            raise ConnectionResetError
        if way.done == way.line.stall_after and self._may_stop(way.line):
            self._closing.wait()
        return True

    def _may_stop(self, line: Line) -> bool:
        with self._lock:
            self._left[id(line)] -= 1
            return self._left[id(line)] >= 0
