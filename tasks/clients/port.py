"""A TCP port: whether it answers, and what it says.

Everything is done in small steps between which `check` may raise: a blocking call would not
notice that the user wants to stop. What fails raises OSError.
"""

from __future__ import annotations

import errno
import os
import select
import socket
import time
from typing import TYPE_CHECKING, Any

from ...runner.task import TaskError

if TYPE_CHECKING:
    import re
    from collections.abc import Callable

    Check = Callable[[], None]

_STEP = 100
"""Milliseconds."""
_REMEMBERED = 1024 * 1024
"""How many bytes of what a server says are searched."""


def connect(host: str, port: int, *, seconds: float, check: Check) -> socket.socket:
    """Connect to the first address of the host that answers within so many seconds."""
    try:
        addresses = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except UnicodeError as error:
        raise TaskError(f"host: {host!r} is not the name of a host") from error
    failure = OSError(errno.EADDRNOTAVAIL, os.strerror(errno.EADDRNOTAVAIL))
    for family, kind, protocol, _, address in addresses:
        connection = socket.socket(family, kind, protocol)
        try:
            _connect(connection, address, time.monotonic() + seconds, check)
        except OSError as error:
            connection.close()
            failure = error
        except BaseException:
            connection.close()
            raise
        else:
            return connection
    raise failure


def _connect(connection: socket.socket, address: Any, end: float, check: Check) -> None:
    connection.setblocking(False)
    code = connection.connect_ex(address)
    while code == errno.EINPROGRESS:
        if _ready(connection, select.POLLOUT, check):
            code = connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        elif time.monotonic() >= end:
            code = errno.ETIMEDOUT
    if code == 0 and connection.getsockname() == connection.getpeername():
        # A free port of this machine may happen to be our own end: we have met ourselves.
        code = errno.ECONNREFUSED
    if code:
        raise OSError(code, os.strerror(code))


def listen_for(
    pattern: re.Pattern[bytes], connection: socket.socket, *, end: float, check: Check
) -> re.Match[bytes] | None:
    """Read until the pattern is found, the server is silent for good, or time is up."""
    data = bytearray()
    while time.monotonic() < end:
        if not _ready(connection, select.POLLIN, check):
            continue
        chunk = connection.recv(64 * 1024)
        data += chunk
        if match := pattern.search(bytes(data)):
            return match
        if not chunk:
            break
        del data[:-_REMEMBERED]
    return None


def _ready(connection: socket.socket, event: int, check: Check) -> bool:
    check()
    poll = select.poll()
    poll.register(connection, event)
    return bool(poll.poll(_STEP))
