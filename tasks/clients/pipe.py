"""A pipe from a connection to a file: Linux hands on what comes, and copies it once less.

That takes two thirds of the time of receiving and writing. It is for connections without TLS.
"""

from __future__ import annotations

import errno
import fcntl
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager

_SIZE = 1024 * 1024
"""As much as anybody may ask for; a narrow pipe would be no quicker than our memory."""
_UNABLE = (errno.EINVAL, errno.ENOSYS, errno.EPERM)


class Refused(Exception):
    """The system does not let this connection into a pipe; nothing is lost."""


class Pipe:
    def __init__(self) -> None:
        """Raises OSError where there is none that is wide enough."""
        self._end, self._beginning = os.pipe()
        try:
            fcntl.fcntl(self._beginning, fcntl.F_SETPIPE_SZ, _SIZE)
        except OSError:
            self.close()
            raise

    def close(self) -> None:
        os.close(self._beginning)
        os.close(self._end)

    def fill(self, sock: socket.socket) -> int:
        """Wait for some bytes, as long as the socket does; tells how many, none at the end."""
        if not sock.recv(1, socket.MSG_PEEK):
            return 0
        try:
            return os.splice(sock.fileno(), self._beginning, _SIZE)
        except OSError as error:
            if error.errno in _UNABLE:
                raise Refused from error
            raise

    def pour(self, descriptor: int, offset: int) -> int:
        """Write some of the bytes to a file; tells how many."""
        return os.splice(self._end, descriptor, _SIZE, offset_dst=offset)

    def rest(self) -> bytes:
        """Give the bytes that could not be written."""
        return os.read(self._end, _SIZE)


@contextmanager
def wide_pipe() -> Iterator[Pipe | None]:
    """Give a pipe, where there is one to be had."""
    try:
        pipe = Pipe() if hasattr(os, "splice") else None
    except OSError:
        pipe = None
    try:
        yield pipe
    finally:
        if pipe:
            pipe.close()
