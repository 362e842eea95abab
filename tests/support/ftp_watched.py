"""Our FTP server, watched: whose account may do what, and what its clients did."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import Any

from file_trees import Tree, tree, write
from opsplay.runner.task import Secret
from opsplay.tasks.servers.ftp import FtpServer, FtpServerOptions, FtpUser
from opsplay.tasks.servers.ftp_log import FtpEvent


class WatchedServer:
    """A server whose account may do what the letters say, and what its clients did."""

    def __init__(self, home: Path, stack: ExitStack) -> None:
        self.home = home
        self.home.mkdir()
        self.events: list[FtpEvent] = []
        self._stack = stack

    def arguments(
        self, permissions: str, handler: type[Any] | None = None, **given: Any
    ) -> dict[str, Any]:
        """Start it, and give the arguments of a step that uses it."""
        user = FtpUser(name="li", password="geheim", home=self.home, permissions=permissions)
        encoding = given.get("encoding", "utf-8")
        options = FtpServerOptions(users=[user], encoding=encoding, on_event=self.events.append)
        port = self._stack.enter_context(FtpServer(options, handler)).port
        login = {"host": "127.0.0.1", "port": port, "user": "li", "password": Secret("geheim")}
        return {"timeout": 60, "retry_delay": 0.01, **login, **given}

    def tree(self) -> Tree:
        return tree(self.home)

    def did(self, what: str) -> list[str]:
        self._stack.close()  # the server tells after it has answered
        return [event.path for event in self.events if event.what == what]


def reports(folder: Path) -> Tree:
    """Make a folder with all names that a server of ours can keep."""
    names = ["测试.txt", "with space", "-rf", "quo\"te'", "[x]*?.txt", ".hidden", " lead", "a\\b"]
    for name in names:
        write(folder / name, name.encode())
    write(folder / "empty", b"")
    write(folder / "月/深/deep.txt", b"deep")
    (folder / "empty folder").mkdir()
    return tree(folder)
