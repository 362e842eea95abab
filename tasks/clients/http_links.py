"""The connections of HTTP requests: straight or by a proxy, ended when the user wants to stop."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from http.client import HTTPConnection, HTTPResponse, HTTPSConnection
from pathlib import Path
from typing import Any, Self
from urllib.parse import urlsplit
from urllib.request import AbstractHTTPHandler, ProxyHandler, Request

from ...runner.task import Cancellation
from . import port


class _Connection(HTTPConnection):
    def watched(self, links: Links) -> Self:
        """Wait for the server in small steps, so that Ctrl-C is heard."""
        self._create_connection = links.connected
        return self


class _SecureConnection(HTTPSConnection, _Connection):
    pass


class Links(AbstractHTTPHandler):
    """Opens both kinds of address; TLS is made ready only for those that need it."""

    def __init__(
        self, tls: Callable[[], ssl.SSLContext], cancellation: Cancellation, file: Path | None
    ) -> None:
        super().__init__()
        # Handles of our own: http.client lets go of a socket before its answer is read.
        self._sockets: list[socket.socket] = []
        self._responses: list[HTTPResponse] = []
        self._tls = tls
        self._cancellation = cancellation
        self._file = file

    http_request = https_request = AbstractHTTPHandler.do_request_

    def http_open(self, req: Request) -> HTTPResponse:
        return self._opened(_Connection, req)

    def https_open(self, req: Request) -> HTTPResponse:
        return self._opened(partial(_SecureConnection, context=self._tls()), req)

    def _opened(self, kind: Callable[..., _Connection], req: Request) -> HTTPResponse:
        response = self.do_open(lambda *args, **more: kind(*args, **more).watched(self), req)
        self._responses.append(response)
        return response

    def connected(self, address: tuple[str, int], timeout: float, _: object) -> socket.socket:
        check = self._cancellation.check
        if self._file:
            connection = _beside(self._file)
        else:
            connection = port.connect(*address, seconds=timeout, check=check)
        connection.settimeout(timeout)
        self._sockets.append(connection.dup())
        return connection

    def abort(self) -> None:
        """End all waiting; called from another thread."""
        for connection in self._sockets:
            with suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Close what urllib leaves open: the answers before the last, as one that wants a login."""
        for response in self._responses:
            response.close()
        for connection in self._sockets:
            connection.close()


class _FileSocket(socket.socket):
    def setsockopt(self, *_: object) -> None:
        """Take what http.client sets of TCP, which is not spoken here."""


def _beside(file: Path) -> socket.socket:
    """Connect to a server of this machine by its socket; nobody waits for that."""
    connection = _FileSocket(socket.AF_UNIX)
    try:
        connection.connect(str(file))
    except OSError:
        connection.close()
        raise
    return connection


class Proxies(ProxyHandler):
    """Knows the proxies of one step, not those of this process."""

    def __init__(self, proxies: Mapping[str, str]) -> None:
        super().__init__({kind: proxy for kind, proxy in proxies.items() if kind != "no"})
        self._without = [name.strip().lstrip(".") for name in proxies.get("no", "").split(",")]

    def proxy_open(self, req: Request, proxy: str, type: str) -> Any:  # noqa: A002  # urllib's word
        host = urlsplit(f"//{req.host}").hostname or ""
        if any(name == "*" or f".{host}".endswith(f".{name}") for name in self._without if name):
            return None
        return super().proxy_open(req, proxy, type)
