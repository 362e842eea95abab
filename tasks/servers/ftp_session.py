"""A client's session with our FTP server: what pyftpdlib's handler lacks.

What takes long (checking a hashed password, making an upload safe) is done in a thread, so that
the other clients of the loop need not wait.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from datetime import UTC, datetime
from functools import partial
from typing import Any

# First: it alone silences the warning that asyncore gives when it is imported.
import pyftpdlib.ioloop
from pyftpdlib.authorizers import AuthenticationFailed

from .ftp_accounts import Accounts
from .ftp_log import Telling
from .ftp_uploads import Keeper, Upload, place
from .inbox import Inbox
from .password_hashes import UncheckableError

_CHANGING = frozenset({"STOR", "APPE", "DELE", "RNFR", "RNTO"})
_TRANSFERRING = frozenset({"STOR", "APPE", "STOU", "RETR", "LIST", "NLST", "MLSD"})
_MOST_HELD = 100
_NAMING = frozenset({"STOR", "APPE", "RNTO"})


class Session(Telling):
    """Mixed into a handler of pyftpdlib."""

    authorizer: Accounts
    encoding: str
    unicode_errors: str
    executor: Executor
    inbox: Inbox
    sessions: set[Any]
    keeper: Keeper | None

    _held: list[Callable[[], None]] | None = None
    """What the client asked for before the answer to what goes on."""

    def __init__(self: Any, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        if not self._closed:
            self.sessions.add(self)

    def close(self) -> None:
        self.sessions.discard(self)
        super().close()  # type: ignore[misc]  # of the handler that this is mixed into

    def push(self, data: str) -> None:
        # FTPHandler.push encodes strictly: one name that is not in the encoding ends the session.
        encoded = data.encode(self.encoding, self.unicode_errors)
        pyftpdlib.ioloop.AsyncChat.push(self, encoded)

    def _aside(
        self, work: Callable[[], None], then: Callable[[BaseException | None], None]
    ) -> None:
        """Do the work in a thread, then go on in the loop with what went wrong, if anything."""

        def go_on(done: Future[None]) -> None:
            if self in self.sessions and not done.cancelled():
                self.guarded(partial(then, done.exception()))

        future = self.executor.submit(work)
        future.add_done_callback(lambda done: self.inbox.post(partial(go_on, done)))

    def guarded(self: Any, call: Callable[[], None]) -> None:
        try:
            call()
        except Exception:  # noqa: BLE001  # a bug ends this session, not the server
            self.handle_error()

    # One answer after the other ----------------------------------------------------------------

    def pre_process_command(self: Any, line: str, cmd: str, arg: str) -> None:
        """Take a command; one that was sent too early waits, so that answers keep their order."""
        if self._held is None:
            super().pre_process_command(line, cmd, arg)  # type: ignore[misc]  # as above
        elif len(self._held) < _MOST_HELD:
            self._held.append(partial(self.pre_process_command, line, cmd, arg))
        else:
            self.close()

    def _release(self) -> None:
        held, self._held = self._held or [], None
        for command in held:  # should one of them take long, those behind it wait again
            command()

    # Logging in ------------------------------------------------------------------------------

    def ftp_PASS(self: Any, line: str) -> None:  # noqa: N802  # the name of the command
        if self.authenticated or not self.username:
            super().ftp_PASS(line)  # type: ignore[misc]  # as above
            return
        self._held = []
        if not self.authorizer.takes_long(self.username):
            super().ftp_PASS(line)  # type: ignore[misc]  # as above
            return
        check = partial(self.authorizer.validate_authentication, self.username, line, self)
        self._aside(check, partial(self._checked, line))

    def _checked(self: Any, password: str, error: BaseException | None) -> None:
        name = self.username
        if error is None:
            home = self.authorizer.get_home_dir(name)
            self.handle_auth_success(home, password, self.authorizer.get_msg_login(name))
        elif isinstance(error, AuthenticationFailed):
            self.handle_auth_failed("", password)
        elif isinstance(error, UncheckableError):
            self.tell("has a password that cannot be checked", detail=str(error))
            self.handle_auth_failed("", password)
        else:
            raise error

    def on_login(self, username: str) -> None:
        super().on_login(username)
        self._release()

    def on_login_failed(self, username: str, password: str) -> None:
        super().on_login_failed(username, password)
        self._release()

    # Transfers -------------------------------------------------------------------------------

    def process_command(self: Any, cmd: str, *arguments: str, **named: str) -> None:
        refusal = self._refusal(cmd, arguments[0])
        if refusal:
            self.respond(refusal)
            self.log_cmd(cmd, arguments[0], int(refusal[:3]), refusal[4:])
        else:
            super().process_command(cmd, *arguments, **named)  # type: ignore[misc]  # as above

    def _refusal(self: Any, cmd: str, path: str) -> str:
        if self.keeper and cmd in _NAMING and not _is_text(path):
            return f"553 The name is not written in {self.encoding}; give the file another one."
        if self.keeper and cmd in _CHANGING and self.keeper.is_busy(place(path)):
            return "450 The file is being processed; try again later."
        if cmd in _TRANSFERRING and not self._has_data():
            return "425 There is no data connection; open one with PASV or PORT."
        return ""

    def _has_data(self: Any) -> bool:
        """Whether a data connection is there, or on its way: pyftpdlib would wait for ever."""
        dialling = self._dtp_connector and self._dtp_connector.is_dialling
        return bool(self.data_channel or self._dtp_acceptor or dialling)

    def lose_data(self: Any) -> None:
        """Take note that a data connection ended before its transfer began."""
        self._dtp_acceptor = None
        waiting = self._in_dtp_queue or self._out_dtp_queue
        self._in_dtp_queue = self._out_dtp_queue = None
        if waiting:
            file = next((part for part in waiting if hasattr(part, "close")), None)
            if file:
                file.close()
            self.respond("426 The data connection was cut; nothing was transferred.")

    def upload(self, path: str) -> Upload:
        now = datetime.now(UTC).isoformat(timespec="microseconds")
        return Upload(path=place(path), user=self.username, client=self.remote_ip, time=now)

    def on_file_received(self, file: str) -> None:
        if self.keeper is not None:
            self._held = []
            self._aside(partial(self.keeper.keep, self.upload(file)), self._kept)

    def _kept(self: Any, error: BaseException | None) -> None:
        if error is None:
            self.respond("226 Transfer complete.")
        elif isinstance(error, OSError):
            self.tell("heard that the upload could not be kept", detail=str(error.strerror))
            self.respond(f"451 {error.strerror}; send the file again.")
        else:
            raise error
        self._release()


def _is_text(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
