"""What goes wrong with FTP servers, in words: what was tried, what they said, what to do."""

from __future__ import annotations

import socket
from collections.abc import Mapping, Sequence

from ...runner.task import TaskError
from .ftp_account import FtpAccount
from .ftp_reply import CLOSING, NotFtp, NotOffered, Reply

_DOING: Mapping[str, str] = {
    "APPE": "upload",
    "AUTH": "start TLS",
    "CONNECT": "connect",
    "CWD": "change to folder",
    "DELE": "delete",
    "EPRT": "open a data connection",
    "EPSV": "open a data connection",
    "FEAT": "ask for the server's features",
    "LIST": "list",
    "MDTM": "ask for the time of",
    "MFMT": "set the time of",
    "MKD": "make folder",
    "MLSD": "list",
    "MLST": "look at",
    "PASS": "log in",
    "PASV": "open a data connection",
    "PBSZ": "protect the data connections",
    "PORT": "open a data connection",
    "PROT": "protect the data connections",
    "PWD": "ask for the current folder",
    "REST": "go on with a transfer in the middle",
    "RETR": "download",
    "RMD": "remove folder",
    "RNFR": "rename",
    "RNTO": "rename to",
    "SITE CHMOD": "set the mode of",
    "SITE UTIME": "set the time of",
    "SIZE": "ask for the size of",
    "STOR": "upload",
    "TYPE": "switch to binary transfers",
    "USER": "log in",
    "WELCOME": "get a greeting",
}

_LOGIN = "check `user` and `password`"
_FOLDER = "there is no such folder, or the account may not enter it"
_WRITE = "the account may not write there, or the folder does not exist"
_RENAME = "the account may not rename there, or the folder does not exist"
_TLS_DATA = "the server wants encrypted data connections; set `tls: explicit`"
_DATA = "the data connection failed; check the firewall, or turn `passive` round"
_FULL = "the server's disk or the account's quota is full; make room there"
_UNWRITTEN = "the server could not write it; its disk or the account's quota may be full"
_MODE = "leave `mode` out where the server or the account cannot set it"
_LATER = "try again later"

_HINTS: Mapping[tuple[int, str] | int, str] = {
    421: "the server has too many clients or is shutting down; " + _LATER,
    425: _DATA,
    426: _DATA,
    450: _LATER,
    451: _LATER,
    452: _FULL,
    521: _TLS_DATA,
    522: _TLS_DATA,
    552: _FULL,
    (430, "PASS"): _LOGIN,
    (530, "PASS"): _LOGIN,
    (530, "USER"): _LOGIN,
    (332, "PASS"): "the server asks for an ACCT, which is not supported",
    (500, "AUTH"): "the server does not offer TLS",
    (502, "AUTH"): "the server does not offer TLS",
    (504, "AUTH"): "the server does not offer TLS",
    (530, "AUTH"): "the server does not offer TLS",
    (501, "MLSD"): _FOLDER,
    (550, "CWD"): _FOLDER,
    (550, "LIST"): _FOLDER,
    (550, "MLSD"): _FOLDER,
    (550, "MKD"): "the account may not make folders there, or a file is in the way",
    (550, "RETR"): "there is no such file, or the account may not read it",
    (550, "RNFR"): _RENAME,
    (550, "RNTO"): _RENAME,
    (553, "RNTO"): _RENAME,
    (451, "STOR"): _UNWRITTEN,
    (451, "APPE"): _UNWRITTEN,
    (550, "STOR"): _WRITE,
    (553, "STOR"): _WRITE + ", or the server refuses the name",
    (500, "SITE CHMOD"): _MODE,
    (502, "SITE CHMOD"): _MODE,
    (504, "SITE CHMOD"): _MODE,
    (550, "SITE CHMOD"): _MODE,
    (550, "RMD"): "there is no such folder, it is not empty, or the account may not remove it",
    (550, "DELE"): "there is no such file, or the account may not delete",
}


NOT_LOGGED_IN = 530
_CROWDED = ("too many", "maximum", "limit", "connections")
_PERMANENT_CODES = (430, 452)
"""Wrong login and full disk: replies of the kind 4 that no further attempt mends."""
_PERMANENT_ERRORS = (NotFtp, NotOffered)


class FtpError(TaskError):
    """The server refused, or could not be talked to."""

    def __init__(
        self,
        msg: str,
        *,
        verb: str = "",
        code: int | None = None,
        transient: bool = False,
        **data: object,
    ) -> None:
        self.verb = verb
        self.code = code
        """That of the server's reply, if it sent one."""
        self.transient = transient
        """Whether a further attempt may succeed."""
        super().__init__(msg, code=code, **data)

    @property
    def at_login(self) -> bool:
        """Whether there was no session yet in which anything could be asked."""
        return self.verb in ("CONNECT", "WELCOME", "AUTH", "USER", "PASS")

    @property
    def is_of_connection(self) -> bool:
        """Whether it was not the server that said no."""
        return self.code is None and self.verb != ""

    def name(self, path: str, instead_of: str) -> None:
        """Speak of the path that the user knows."""
        self._say(self.msg.replace(instead_of, path))
        self.data["path"] = path

    def add(self, words: str) -> None:
        self._say(self.msg + words)

    def _say(self, msg: str) -> None:
        self.msg = msg
        self.args = (msg,)

    def after(self, attempts: int) -> FtpError:
        """Tell how many times it was tried."""
        if attempts > 1:
            self.add(f"; tried {attempts} times")
        return self


_NO_PATHS = [
    "AUTH",
    "EPRT",
    "HASH",
    "OPTS",
    "PASS",
    "PBSZ",
    "PORT",
    "PROT",
    "REST",
    "SITE",
    "TYPE",
    "USER",
]


def refused(account: FtpAccount, verb: str, argument: str, reply: Reply) -> FtpError:
    """Say that the server does not do what it was asked."""
    path = argument if _takes_path(verb) else ""
    hint = _hint(account, verb, reply)
    said = f"{reply}; {hint}" if hint else str(reply)
    return FtpError(
        f"{_cannot(account, verb, path)}: {said}",
        verb=verb,
        code=reply.code,
        transient=_may_change(reply),
        reply=reply.text,
        host=account.host,
        port=account.port,
        path=path,
    )


def broken(account: FtpAccount, verb: str, argument: str, error: OSError) -> FtpError:
    """Say that the server cannot be talked to."""
    path = argument if _takes_path(verb) else ""
    return FtpError(
        f"{_cannot(account, verb, path)}: {_why(account, verb, error)}",
        verb=verb,
        transient=_passes(account, error),
        host=account.host,
        port=account.port,
        path=path,
    )


def _may_change(reply: Reply) -> bool:
    return _is_crowded(reply) or (reply.not_now and reply.code not in _PERMANENT_CODES)


def _is_crowded(reply: Reply) -> bool:
    """Whether a login is refused because there are others, not because of who we are."""
    text = reply.text.lower()
    return reply.code in (NOT_LOGGED_IN, CLOSING) and any(word in text for word in _CROWDED)


def _passes(account: FtpAccount, error: OSError) -> bool:
    if isinstance(error, socket.gaierror):
        return error.errno == socket.EAI_AGAIN
    if account.tls != "none":
        from . import tls

        if tls.is_fault(error):
            return False
    return not isinstance(error, _PERMANENT_ERRORS)


def _cannot(account: FtpAccount, verb: str, path: str) -> str:
    doing = _DOING.get(verb, f"use {verb}")
    what = f"{doing} {path}" if path else doing
    return f"cannot {what} ({account})"


def _takes_path(verb: str) -> bool:
    return verb not in _NO_PATHS


def _hint(account: FtpAccount, verb: str, reply: Reply) -> str:
    text = reply.text.lower()
    if account.tls == "none" and any(word in text for word in ("tls", "ssl", "encrypt")):
        return "the server wants TLS; set `tls: explicit`"
    if _is_crowded(reply):
        return (
            "the server has too many clients, or too many of this account or address; try again"
            " later, lower `connections`, or serve fewer hosts at a time (`--forks`, `throttle`)"
        )
    return _HINTS.get((reply.code, verb)) or _HINTS.get(reply.code, "")


_SILENT = "nothing happened for {0.timeout:g} s (`timeout`)"
_TLS_FIRST = "a server that waits for TLS wants `tls: implicit`"
_REASONS: tuple[tuple[type[OSError] | tuple[type[OSError], ...], str, str], ...] = (
    (
        socket.gaierror,
        "there is no host of this name, or no name server answers; check `host`",
        "there is no host of this name",
    ),
    (
        ConnectionRefusedError,
        "nothing listens there; check `host` and `port`, and whether the server runs",
        f"connection refused; {_DATA}",
    ),
    (
        TimeoutError,
        "no answer within {0.connect_timeout:g} s (`connect_timeout`); check `host` and `port`",
        _SILENT,
    ),
    (
        (ConnectionResetError, BrokenPipeError),
        "the server closed the connection",
        "the server closed the connection",
    ),
)
"""An error, what it means while connecting, and what later."""


def _why(account: FtpAccount, verb: str, error: OSError) -> str:
    if account.tls != "none":
        from . import tls

        if tls.is_fault(error):
            return tls.why(error)
        error = ConnectionResetError() if tls.is_hang_up(error) else error
    if verb == "WELCOME" and isinstance(error, TimeoutError) and account.tls != "implicit":
        return f"{_SILENT.format(account)}; {_TLS_FIRST}"
    for errors, connecting, later in _REASONS:
        if isinstance(error, errors):
            return (connecting if verb == "CONNECT" else later).format(account)
    return error.strerror or str(error)


def once(said: str, paths: Sequence[str]) -> list[str]:
    """Say something of the first of these paths and how many there are: one warning at most."""
    others = f" (nor of {len(paths) - 1} more)" if len(paths) > 1 else ""
    return [said.format(path) + others for path in paths[:1]]
