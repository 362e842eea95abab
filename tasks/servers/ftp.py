"""An FTP server in a thread: pyftpdlib, without what it does to the process around it.

Left alone, pyftpdlib changes the working directory of the whole process for every CWD, sets up
Python's logging, shares one loop between all servers, counts its own sockets as connections, and
stops a session over a file name that its encoding cannot express.
"""

from __future__ import annotations

import codecs
import logging
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, NoReturn, Self

# First: it alone silences the warning that asyncore gives when it is imported.
import pyftpdlib.ioloop
from pyftpdlib.handlers import DTPHandler, FTPHandler
from pyftpdlib.servers import FTPServer as PyftpdlibServer

from ...runner.dataclasses import dataclass
from .ftp_accounts import Accounts, FtpUser
from .ftp_data import Active, Data
from .ftp_files import Files
from .ftp_log import FtpEvent
from .ftp_session import Session
from .ftp_uploads import Keeper
from .inbox import Inbox

if TYPE_CHECKING:
    from .ftp_tls import FtpTls

__all__ = ["FTPHandler", "FtpServer", "FtpServerOptions", "FtpUser"]

_LOGGER = logging.getLogger("pyftpdlib")
_LOGGER.addHandler(logging.NullHandler())
_LOGGER.propagate = False
_THREADS = 4


@dataclass(frozen=True, kw_only=True)
class FtpServerOptions:
    """Times are seconds, rates bytes a second and connection; 0 stands for no limit."""

    users: Sequence[FtpUser]
    host: str = "127.0.0.1"
    port: int = 0
    tls: FtpTls | None = None
    encoding: str = "utf-8"
    banner: str = "opsplay FTP server ready."
    passive_ports: range | None = None
    masquerade_address: str | None = None
    max_connections: int = 512
    max_connections_per_ip: int = 0
    idle_timeout: float = 300
    data_timeout: float = 300
    upload_rate: int = 0
    download_rate: int = 0
    login_delay: float = 0
    """How long the answer to a wrong password takes."""
    login_attempts: int = 3
    keeper: Keeper | None = None
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
        serving = _handler_for(options, handler)
        listener = socket.create_server(
            (options.host, options.port),
            family=socket.AF_INET6 if ":" in options.host else socket.AF_INET,
        )
        self.port: int = listener.getsockname()[1]
        loop = pyftpdlib.ioloop.IOLoop()
        self._inbox = serving.inbox = Inbox(loop)
        self._executor = serving.executor = ThreadPoolExecutor(_THREADS, "ftp server")
        self._sessions: set[Any] = serving.sessions
        self._server = _Server(listener, serving, ioloop=loop)
        self._server.max_cons = options.max_connections
        self._server.max_cons_per_ip = options.max_connections_per_ip
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
        self._inbox.post(self._leave)
        self._thread.join()
        self._executor.shutdown(cancel_futures=True)

    def _leave(self) -> NoReturn:
        # Those that wait for the answer to their password are not in the loop.
        for session in list(self._sessions):
            session.guarded(session.close)
        # The way out that pyftpdlib's loop has: it closes all its sockets and returns.
        raise SystemExit


class _Server(PyftpdlibServer):  # type: ignore[misc]  # pyftpdlib is not typed
    def _accept_new_cons(self) -> bool:
        # ip_map has one entry for each client that is there, the new one included.
        return not self.max_cons or len(self.ip_map) <= self.max_cons


def _handler_for(options: FtpServerOptions, handler: type[Any] | None) -> type[Any]:
    base: type[Any] = handler or FTPHandler
    more: dict[str, object] = {}
    if options.tls:
        from . import ftp_tls

        base = ftp_tls.SecureHandler
        more = {
            "ssl_context": options.tls.context,
            "tls_control_required": options.tls.required,
            "tls_data_required": options.tls.required,
        }
    settings = {
        "authorizer": Accounts(options.users),
        "abstracted_fs": Files,
        "active_dtp": Active,
        "dtp_handler": _data_for(options, base.dtp_handler),
        "encoding": options.encoding,
        "unicode_errors": _SURVIVE,
        "banner": options.banner,
        "passive_ports": options.passive_ports,
        "masquerade_address": options.masquerade_address,
        "timeout": options.idle_timeout,
        "auth_failed_timeout": options.login_delay,
        "max_login_attempts": options.login_attempts,
        "on_event": staticmethod(options.on_event),
        "keeper": options.keeper,
        "sessions": set(),
        **more,
    }
    return type("OpsplayHandler", (Session, base), settings)


def _data_for(options: FtpServerOptions, base: type[Any]) -> type[Any]:
    bases = (Data,) if base is DTPHandler else (base,) if issubclass(base, Data) else (base, Data)
    settings = {
        "timeout": options.data_timeout,
        "read_limit": options.upload_rate,
        "write_limit": options.download_rate,
    }
    return type("OpsplayData", bases, settings)
