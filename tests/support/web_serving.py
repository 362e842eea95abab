"""A web server in a thread that answers as a test wants, and remembers what it was asked."""

from __future__ import annotations

import json
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TypeAlias

from opsplay.tasks.servers.certificate import Certificate


@dataclass(frozen=True)
class Asked:
    """What the server was asked."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What the server says; `raw` is sent as it is, in place of all else."""

    body: bytes = b""
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    raw: bytes = b""


Answers: TypeAlias = Callable[[Asked], Reply]


@dataclass(frozen=True)
class Web:
    url: str
    asked: list[Asked]


class _AtFile(ThreadingHTTPServer):
    address_family = socket.AF_UNIX

    def server_bind(self) -> None:
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "localhost", 0


@contextmanager
def serving(
    answers: Answers, certificate: Certificate | None = None, file: Path | None = None
) -> Iterator[Web]:
    """Serve on a free port, or at the socket `file`; with a certificate, over TLS."""
    asked: list[Asked] = []

    class Handler(BaseHTTPRequestHandler):
        def handle_one_request(self) -> None:
            self.close_connection = True
            self.raw_requestline = self.rfile.readline(65537)
            if self.raw_requestline and self.parse_request():
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): text for name, text in self.headers.items()}
                asked.append(Asked(self.command, self.path, headers, body))
                self._reply(answers(asked[-1]))

        def _reply(self, reply: Reply) -> None:
            if reply.raw:
                self.wfile.write(reply.raw)
                return
            self.send_response(reply.status)
            for name, text in {"Content-Length": str(len(reply.body)), **reply.headers}.items():
                self.send_header(name, text)
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(reply.body)

        def log_message(self, *_: object) -> None:
            pass

    if file:
        server: ThreadingHTTPServer = _AtFile(str(file), Handler)  # type: ignore[arg-type]
    else:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.handle_error = lambda *_: None  # type: ignore[method-assign]  # clients break off
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.cert_file, certificate.key_file)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield Web(f"http{'s' * bool(certificate)}://127.0.0.1:{server.server_port}", asked)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def serving_at(paths: Mapping[str, Reply]) -> Iterator[Web]:
    """Serve a reply for each path; for others there is none."""
    with serving(lambda asked: paths.get(asked.path, Reply(b"nowhere", 404))) as web:
        yield web


def echo(asked: Asked) -> Reply:
    """Tell in JSON what was asked."""
    said = {"method": asked.method, "path": asked.path, "body": asked.body.decode()}
    headers = {"Content-Type": "application/json", "X-Number": "7", "Failed": "true"}
    return Reply(json.dumps({**said, "headers": dict(asked.headers)}).encode(), 200, headers)
