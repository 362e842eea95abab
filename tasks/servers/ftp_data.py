"""The data connection of our FTP server: an upload counts only if all of it came and lies there.

Left alone, pyftpdlib takes a connection that was cut for one that was closed, and says nothing
more when the last bytes of a file cannot be written.
"""

from __future__ import annotations

import os
import select
import sys
import time
from typing import Any

# First: it alone silences the warning that asyncore gives when it is imported.
import pyftpdlib.ioloop  # noqa: F401
from pyftpdlib.handlers import DTPHandler, FTPHandler, ThrottledDTPHandler
from pyftpdlib.log import logger

_LEAST_PAUSE = 0.01
_GONE = getattr(select, "POLLRDHUP", select.POLLHUP)


class Data(ThrottledDTPHandler):  # type: ignore[misc]  # pyftpdlib is not typed
    """Limits may be set; `read_limit` and `write_limit` are bytes a second."""

    _resp: tuple[Any, ...]
    _timenext: float
    # A connection that is reset at once is closed before pyftpdlib has set this.
    _throttler: Any = None

    def __init__(self, sock: Any, cmd_channel: Any) -> None:
        super().__init__(sock, cmd_channel)
        if not self.connected:
            cmd_channel.lose_data()

    def use_sendfile(self) -> bool:
        return not self.write_limit and bool(DTPHandler.use_sendfile(self))

    def send(self, data: bytes) -> int:
        # Sending nothing, as for an empty listing, would end a TLS connection that is yet to begin.
        return int(super().send(data)) if data else 0

    def _throttle_bandwidth(self, count: int, rate: int) -> None:
        """Pause for as long as so many bytes should take; pyftpdlib's own way lets more through."""
        now = time.monotonic()
        self._timenext = max(now, self._timenext) + count / rate
        if self._timenext - now > _LEAST_PAUSE and not self._closed:
            self.del_channel()
            self._cancel_throttler()
            self._throttler = self.ioloop.call_later(
                self._timenext - now, self._go_on, _errback=self.handle_error
            )

    def _go_on(self) -> None:
        self.add_channel(events=self.ioloop.READ if self.receive else self.ioloop.WRITE)

    def handle_close(self) -> None:
        if not self._closed and self.receive and self._was_cut():
            self._resp = ("426 The connection was cut; the file is not whole.", logger.debug)
            self.close()
        else:
            super().handle_close()

    def _was_cut(self) -> bool:
        """Whether it ended by an error, or with a client that had gone altogether."""
        return isinstance(sys.exception(), OSError) or has_left(self.cmd_channel.socket)

    def handle_error(self) -> None:
        error = sys.exception()
        if isinstance(error, OSError) and isinstance(error.__context__, OSError):
            self._fail(error.__context__)
            self.close()
        else:
            super().handle_error()

    def close(self) -> None:
        if not self._closed and self.receive and self.file_obj is not None:
            self._close_file()
        super().close()

    def _close_file(self) -> None:
        try:
            if self._had_cr:  # held back by pyftpdlib for a line feed, which did not come
                self.file_obj.write(b"\r")
            self.file_obj.close()
        except OSError as error:
            self._fail(error)
        if self.transfer_finished and self.cmd_channel.keeper is not None:
            # It is said when the file is safe.
            self._resp = ()

    def _fail(self, error: OSError) -> None:
        self.transfer_finished = False
        why = os.strerror(error.errno or 0)
        self._resp = (f"452 {why}; the file is not whole.", logger.warning)


class Active(FTPHandler.active_dtp):  # type: ignore[misc]  # as above
    """Connects to where a client listens, and hands the connection over."""

    _closed: bool

    @property
    def is_dialling(self) -> bool:
        return not self._closed

    def handle_connect(self) -> None:
        super().handle_connect()
        # Closed once more before the next is made, it would take the place of whoever has the
        # number of its socket by then.
        self._closed = True


def has_left(control: Any) -> bool:
    """Whether the client has closed its control connection."""
    poll = select.poll()
    poll.register(control.fileno(), _GONE)
    return bool(poll.poll(0))
