"""The proxy that other tests lean on, before a server that sends everything back."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tcp_proxy import Line, TcpProxy


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        with suppress(ConnectionError):
            while block := self.request.recv(65536):
                self.request.sendall(block)


@pytest.fixture(name="port")
def _port() -> Iterator[int]:
    """Give the port of a server that sends back whatever it is sent."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, args=[0.01]).start()
        yield server.server_address[1]
        server.shutdown()


def echoed(port: int, timeout: float = 60) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as sock:
        sock.sendall(b"1234567890")
        sock.shutdown(socket.SHUT_WR)
        received = b""
        while block := sock.recv(65536):
            received += block
        return received


@pytest.mark.parametrize("line", [Line(), Line(latency=0.001, block=2), Line(cut_after=11)])
def test_the_proxy_passes_everything(port: int, line: Line) -> None:
    with TcpProxy(up=line, down=line) as proxy:
        assert echoed(proxy.forward(port)) == b"1234567890"


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (Line(cut_after=5, times=1), ConnectionResetError),
        (Line(stall_after=5, times=1), TimeoutError),
    ],
)
@pytest.mark.parametrize("way", ["up", "down"])
def test_the_proxy_breaks_a_connection(
    port: int, line: Line, error: type[OSError], way: str
) -> None:
    with TcpProxy(**{way: line}) as proxy:
        forwarded = proxy.forward(port)
        with pytest.raises(error):
            echoed(forwarded, timeout=0.2 if error is TimeoutError else 60)
        assert echoed(forwarded) == b"1234567890"
