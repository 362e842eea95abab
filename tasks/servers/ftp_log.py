"""What the clients of our FTP server do, as events in words."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from ...runner.dataclasses import dataclass

_DONE = {
    "CWD": "changed to folder",
    "DELE": "deleted",
    "LIST": "listed",
    "MFMT": "set the time of",
    "MKD": "made folder",
    "MLSD": "listed",
    "NLST": "listed",
    "RMD": "removed folder",
    "SITE CHMOD": "set the mode of",
}
_TOLD_WHEN_REFUSED = _DONE.keys() | {
    *("APPE", "RETR", "RNFR", "RNTO", "STOR", "STOU"),
    *("EPRT", "EPSV", "PASV", "PORT", "PROT", "USER"),
}
_LEAST_REFUSAL = 400


@dataclass(frozen=True, kw_only=True)
class FtpEvent:
    """One thing a client did: `li@127.0.0.1 uploaded /reports/测试.txt (12 bytes)`."""

    client: str
    user: str
    what: str
    path: str = ""
    detail: str = ""

    def __str__(self) -> str:
        who = f"{self.user or 'somebody'}@{self.client}"
        detail = f"({self.detail})" if self.detail else ""
        return printable(" ".join(filter(None, [who, self.what, self.path, detail])))


def printable(text: str) -> str:
    # A name with a line feed must not look like another line of the log.
    return "".join(c if c.isprintable() else repr(c)[1:-1] for c in text)


class Telling:
    """Mixed into a handler of pyftpdlib, it tells what its client does."""

    on_event: Callable[[FtpEvent], None]
    remote_ip: str
    username: str
    fs: Any
    _renaming = ""

    def on_connect(self) -> None:
        self.tell("connected")

    def on_disconnect(self) -> None:
        self.tell("disconnected")

    def handle_max_cons(self) -> None:
        self.tell("was turned away", detail="too many connections")
        super().handle_max_cons()  # type: ignore[misc]  # of the handler that this is mixed into

    def handle_max_cons_per_ip(self) -> None:
        self.tell("was turned away", detail="too many connections from this address")
        super().handle_max_cons_per_ip()  # type: ignore[misc]  # as above

    def handle_timeout(self) -> None:
        self.tell("was silent for too long")
        super().handle_timeout()  # type: ignore[misc]  # as above

    def on_login(self, username: str) -> None:  # noqa: ARG002
        self.tell("logged in")

    def on_login_failed(self, username: str, password: str) -> None:  # noqa: ARG002
        event = FtpEvent(client=self.remote_ip, user=username, what="failed to log in")
        self.on_event(event)

    def log_transfer(self, **facts: Any) -> None:
        word = "uploaded" if facts["receive"] else "downloaded"
        what = word if facts["completed"] else f"{word} a part of"
        self.tell(what, facts["filename"], f"{facts['bytes']} bytes")

    def log_cmd(self, cmd: str, arg: str, respcode: int, respstr: str) -> None:
        if respcode >= _LEAST_REFUSAL:
            if cmd in _TOLD_WHEN_REFUSED:
                self.tell(f"was refused {cmd}", arg, respstr)
        elif cmd == "RNFR":
            self._renaming = arg
        elif cmd == "RNTO":
            self.tell("renamed", self._renaming, f"to {self._shown(arg)}")
        elif cmd in _DONE:
            self.tell(_DONE[cmd], arg)

    def log_exception(self, instance: object) -> None:  # noqa: ARG002
        self.tell("met an error of the server", detail=repr(sys.exception()))

    def tell(self, what: str, path: str = "", detail: str = "") -> None:
        self.on_event(
            FtpEvent(
                client=self.remote_ip,
                user=self.username,
                what=what,
                path=self._shown(path),
                detail=detail,
            )
        )

    def _shown(self, path: str) -> str:
        """Give the path as the client sees it."""
        return str(self.fs.fs2ftp(path)) if self.fs and os.path.isabs(path) else path  # noqa: PTH117
