"""An FTP server in a thread: pyftpdlib, without what it does to the process around it.

Left alone, pyftpdlib changes the working directory of the whole process for every CWD, sets up
Python's logging, shares one loop between all servers, and stops a session over a file name that
its encoding cannot express.
"""

from __future__ import annotations

import codecs
import logging
import os
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

# First: it alone silences the warning that asyncore gives when it is imported.
import pyftpdlib.ioloop
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.filesystems import AbstractedFS, FilesystemError
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer as PyftpdlibServer

from .ftp_log import FtpEvent, Telling

__all__ = ["FTPHandler", "FtpServer", "FtpServerOptions", "FtpUser"]

_LOGGER = logging.getLogger("pyftpdlib")
_LOGGER.addHandler(logging.NullHandler())
_LOGGER.propagate = False


@dataclass(frozen=True, kw_only=True)
class FtpUser:
    """An account; `permissions` are pyftpdlib's letters. `anonymous` needs no password."""

    name: str
    password: str = ""
    home: Path
    permissions: str


@dataclass(frozen=True, kw_only=True)
class FtpServerOptions:
    users: Sequence[FtpUser]
    host: str = "127.0.0.1"
    port: int = 0
    encoding: str = "utf-8"
    banner: str = "opsplay FTP server ready."
    passive_ports: range | None = None
    login_delay: float = 0
    """Seconds that the answer to a wrong password takes."""
    on_event: Callable[[FtpEvent], None] = lambda _: None


def _survive(error: UnicodeError) -> tuple[str | bytes, int]:
    """Keep bytes that are no text as Python's file names do; put `?` for what cannot be said."""
    if isinstance(error, UnicodeEncodeError):
        wrong = error.object[error.start : error.end]
        return b"".join(_escaped_byte(character) for character in wrong), error.end
    return codecs.lookup_error("surrogateescape")(error)


def _escaped_byte(character: str) -> bytes:
    is_byte = "\udc80" <= character <= "\udcff"
    return bytes([ord(character) - 0xDC00]) if is_byte else b"?"


_SURVIVE = "opsplay.survive"
codecs.register_error(_SURVIVE, _survive)


class FtpServer:
    """Serves from `start` to `stop`; `port` is the one it listens on."""

    def __init__(self, options: FtpServerOptions, handler: type[Any] | None = None) -> None:
        listener = socket.create_server(
            (options.host, options.port),
            family=socket.AF_INET6 if ":" in options.host else socket.AF_INET,
        )
        self.port: int = listener.getsockname()[1]
        loop = pyftpdlib.ioloop.IOLoop()
        self._waker = _Waker(loop)
        serving = _handler_for(options, handler or FTPHandler)
        self._server = PyftpdlibServer(listener, serving, ioloop=loop)
        self._thread = threading.Thread(
            target=self._server.serve_forever, name=f"ftp server {self.port}", daemon=True
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Close every connection and the port; returns when nothing is left."""
        self._waker.wake()
        self._thread.join()


class _Waker:
    """A socket in the server's loop that ends it, from whatever thread."""

    def __init__(self, loop: Any) -> None:
        self._reader, self._writer = socket.socketpair()
        self._fileno = self._reader.fileno()
        loop.register(self._fileno, self, loop.READ)

    def wake(self) -> None:
        self._writer.close()

    def readable(self) -> bool:
        return True

    def writable(self) -> bool:
        return False

    def handle_read_event(self) -> None:
        # The way out that pyftpdlib's loop has: it closes all its sockets and returns.
        raise SystemExit

    handle_close = handle_read_event

    def close(self) -> None:
        self._reader.close()
        self._writer.close()


def _handler_for(options: FtpServerOptions, base: type[Any]) -> type[Any]:
    authorizer = _Authorizer()
    for user in options.users:
        authorizer.add_user(user.name, user.password, str(user.home), perm=user.permissions)
    settings = {
        "authorizer": authorizer,
        "abstracted_fs": _Filesystem,
        "encoding": options.encoding,
        "unicode_errors": _SURVIVE,
        "banner": options.banner,
        "passive_ports": options.passive_ports,
        "auth_failed_timeout": options.login_delay,
        "on_event": staticmethod(options.on_event),
        "push": _push,
    }
    return type("OpsplayHandler", (Telling, base), settings)


def _push(handler: Any, data: str) -> None:
    # FTPHandler.push encodes strictly: one name that is not in the encoding ends the session.
    pyftpdlib.ioloop.AsyncChat.push(handler, data.encode(handler.encoding, handler.unicode_errors))


class _Authorizer(DummyAuthorizer):  # type: ignore[misc]  # pyftpdlib is not typed
    def _check_permissions(self, username: str, perm: str) -> None:
        """Allow all: the letters are checked, and who may write is the user's choice."""


class _Filesystem(AbstractedFS):  # type: ignore[misc]  # pyftpdlib is not typed
    def chdir(self, path: str) -> None:
        """Change the session's folder, not the working directory of the process."""
        if not Path(path).is_dir():
            raise FilesystemError("No such directory")
        if not os.access(path, os.X_OK):
            raise FilesystemError("Permission denied")
        self.cwd = self.fs2ftp(path)
