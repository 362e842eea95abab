"""What lies in `out` on one side, and what a step makes of `in` on the other: the same both ways.

The server is our own, so that both sides are folders.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any, TypeAlias

from file_trees import Tree, tree
from ftp_exchange import Way
from ftp_serving import served
from ftp_steps import download, upload
from opsplay.runner.task import Context, Result, Secret
from opsplay.tasks.servers.ftp_log import FtpEvent
from told import Told

Contexts: TypeAlias = Callable[..., Context]
Begin: TypeAlias = "Callable[[Way], Sides]"


class Sides:
    def __init__(self, way: Way, folder: Path, contexts: Contexts, stack: ExitStack) -> None:
        self.here, self.home = folder / "here", folder / "home"
        for side in (self.here, self.home):
            side.mkdir()
        self.source = (self.here if way == "up" else self.home) / "out"
        self.target = (self.home if way == "up" else self.here) / "in"
        self.top = "/in" if way == "up" else str(self.target)
        """How the step names what it writes to."""
        self.events: list[FtpEvent] = []
        self._way = way
        self._contexts = contexts
        self._stack = stack
        self._told = Told()
        self._server = stack.enter_context(served(self.home, on_event=self._hear))

    def _hear(self, event: FtpEvent) -> None:
        self.events.append(event)
        self._told(event)

    def wait_for(self, words: str) -> None:
        """Wait until the server has told of an event in such words."""
        self._told.wait_for(words)

    def context(self, **overrides: Any) -> Context:
        """Make a Context whose playbook lies on our side."""
        folders = {"playbook_dir": self.here, "search_path": (self.here,)}
        return self._contexts(**{**folders, **overrides})

    def move(self, ctx: Context | None = None, **given: Any) -> Result:
        """Take what is in `out` to `in`."""
        login = {"host": "127.0.0.1", "port": self._server.port, "user": "li"}
        needed = {**login, "password": Secret("geheim"), "timeout": 60, "retry_delay": 0.01}
        step = upload if self._way == "up" else download
        return step(ctx or self.context(), needed, **{"src": "out/", "dest": "in", **given})

    def arrived(self) -> Tree:
        """Tell what lies in `in`; None is a folder."""
        return tree(self.target)

    def did(self, what: str) -> list[FtpEvent]:
        """Tell what was done on the server, which is stopped first: it tells after it answers."""
        self._stack.close()
        return [event for event in self.events if event.what == what]


def actions(result: Result) -> dict[str, str]:
    """Tell what became of each path."""
    files = result.data["files"]
    assert isinstance(files, list)
    return {file["path"]: file["action"] for file in files}
