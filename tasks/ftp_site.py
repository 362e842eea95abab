"""A server as a step uses it: sessions that the run keeps open, tried again after what passes."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from itertools import count
from typing import TypeVar

from ..runner.task import Context, TaskError
from . import backoff
from .clients.ftp import FtpClient
from .clients.ftp_account import FtpAccount
from .clients.ftp_known import Known
from .clients.ftp_words import FtpError
from .ftp_login import FtpLogin, account, warnings

T = TypeVar("T")

_PATIENCE = 5.0
"""Seconds for which a further session is waited for, where the server is not known to be slow: it
may take more of them than it answers."""
_LOOK_EVERY = 0.1


class _Server:
    """What all who talk to one server in this run have in common, whoever they log in as."""

    def __init__(self) -> None:
        self.busy = 0
        """How many of them have a session, or are about to have one."""
        self.lock = threading.Lock()

    @contextmanager
    def in_use(self) -> Iterator[None]:
        with self.lock:
            self.busy += 1
        try:
            yield
        finally:
            with self.lock:
                self.busy -= 1


class FtpSite:
    def __init__(self, login: FtpLogin, ctx: Context) -> None:
        self.account = account(login, ctx)
        self.known = ctx.pool.remember(("known", self.account), Known)
        where = self.account.host, self.account.port
        self._server = ctx.pool.remember(("ftp server", *where), _Server)
        self.warnings = [text for text in warnings(login) if self.known.is_news(text)]
        self._login = login
        self._ctx = ctx
        self._folder: str | None = None

    def talk(self, work: Callable[[FtpClient], T]) -> T:
        """Do something on a session; again from its beginning after a fault that may pass."""

        def attempt(_: int) -> T:
            with self.session() as ftp:
                return work(ftp)

        return self.trying(attempt)

    def trying(self, work: Callable[[int], T]) -> T:
        """Call with 1, 2 … until it does well, a fault will not pass, or `retries` are used up."""
        for attempt in count(1):
            try:
                return work(attempt)
            except FtpError as error:
                if not error.transient or attempt > self._login.retries:
                    raise error.after(attempt) from error
                self._pause(error, attempt)
        raise AssertionError

    def _pause(self, error: FtpError, attempt: int) -> None:
        seconds = backoff.pause(self._login.retry_delay, attempt)
        self._ctx.line(f"{error.msg}; trying again in {seconds:.1f} s")
        self._ctx.cancellation.sleep(seconds)

    @contextmanager
    def session(self, *, pinned: bool = False, further: bool = False) -> Iterator[FtpClient]:
        """Lend a session of the run's, in the folder of the login.

        One that is a `further` one is not waited for as long as one that is needed.
        """
        refusal: TaskError | None = None
        lease = self._ctx.pool.lease(
            self.account,
            partial(self._connect, pinned=pinned, further=further),
            close=FtpClient.close,
            alive=lambda client: client.sockets.is_pinned is pinned and client.alive(),
        )
        try:
            with (
                self._server.in_use(),
                lease as client,
                self._ctx.cancellation.calling(client.abort),
            ):
                try:
                    self._enter(client)
                    yield client
                except TaskError as error:
                    if not client.usable:
                        raise
                    refusal = error
        except TaskError:
            # Whoever wants to stop closes the sockets: that the server is gone is no error then.
            self._ctx.cancellation.check()
            raise
        if refusal:
            raise refusal

    def sessions(
        self, opened: ExitStack, wanted: int, *, held: int = 0, pinned: bool = False
    ) -> Iterator[FtpClient]:
        """Lend as many sessions as are wanted and the server lets in; `held` are lent already.

        One that is `pinned` is for `Quick` alone.
        """
        for number in range(held, min(wanted, self.known.most_sessions)):
            try:
                yield opened.enter_context(self.session(pinned=pinned, further=number > 0))
            except FtpError as error:
                if number and error.code is not None:
                    self.known.most_sessions = number
                return

    def _connect(self, *, pinned: bool, further: bool) -> FtpClient:
        try:
            return self._connected(pinned=pinned, further=further)
        except FtpError as error:
            is_crowded = error.transient and error.code is not None
            if further or not is_crowded or not self._has_made_room():
                raise
            return self._connected(pinned=pinned, further=further)

    def _has_made_room(self) -> bool:
        """Close our sessions that lie idle there, of whichever account; waits while all are in use.

        False where none of ours is there: it is others who are too many.
        """
        server, cancellation = self._server, self._ctx.cancellation
        with server.lock:
            server.busy -= 1  # whoever waits keeps nobody else waiting
            if server.busy:
                host, port = self.account.host, self.account.port
                self._ctx.line(
                    f"{host}:{port} takes no more sessions; waiting for those of this run"
                )
        while True:
            with server.lock:
                has_made = self._ctx.pool.close(self._is_same_server)
                if has_made or not server.busy or cancellation.cancelled:
                    server.busy += 1
                    return has_made
            time.sleep(_LOOK_EVERY)

    def _is_same_server(self, key: object) -> bool:
        ours = self.account.host, self.account.port
        return isinstance(key, FtpAccount) and (key.host, key.port) == ours

    def _connected(self, *, pinned: bool, further: bool) -> FtpClient:
        client = FtpClient(self.account, self.known)
        if pinned and self.known.certificate:
            client.sockets.pin(self.known.certificate)
        with self._ctx.cancellation.calling(client.abort):
            client.open(self.patience if further else None)
        return client

    @property
    def patience(self) -> float:
        """How many seconds a further session is waited for."""
        return max(_PATIENCE, 5 * self.known.greets_within)

    def _enter(self, client: FtpClient) -> None:
        """Change to the folder once a step: other steps may have removed it."""
        if self._folder is None:
            client.change_folder(self._login.cwd)
            self._folder = client.folder
        client.folder = self._folder
