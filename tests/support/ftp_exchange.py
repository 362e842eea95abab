"""A file on one side of a scripted FTP server, and the step that takes it to the other side.

Faults are the same both ways: `Fault(MOVE, …)` meets the command that moves the bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, TypeAlias

import pytest

from file_trees import tree, write
from ftp_faults import Fault, FaultServer, Options
from opsplay.runner.dataclasses import replace
from opsplay.runner.task import Context, Result, Secret
from opsplay.tasks import ftp_download, ftp_upload

Way: TypeAlias = Literal["up", "down"]

MOVE = "MOVE"
VERBS: Mapping[Way, str] = {"up": "STOR", "down": "RETR"}
DATA = bytes(range(256)) * 1000
SMALL_FILES = {f"{number:02}": f"{number:02}".encode() * 100 for number in range(30)}
HALF = len(DATA) // 2
SILENCE = {"timeout": 0.2, "retries": 50}
"""Where the server falls silent once: if the machine does so too, that costs another attempt."""

both_ways = pytest.mark.parametrize("way", ["up", "down"])


class Exchange:
    """`offer` what shall go, `move` it, and see what has `arrived`."""

    def __init__(self, faults: tuple[Fault, ...], options: Options, way: Way, ctx: Context) -> None:
        self.verb = VERBS[way]
        met = [replace(fault, verb=self.verb) if fault.verb == MOVE else fault for fault in faults]
        self.server = FaultServer(*met, options=options)
        self.tree = self.server.tree
        self.ctx = ctx
        self.here = ctx.playbook_dir
        self._way = way

    def offer(self, data: bytes = DATA, name: str = "a") -> None:
        if self._way == "up":
            write(self.here / "out" / name, data)
        else:
            self.tree.put(f"/out/{name}", data)

    def offer_all(self, files: Mapping[str, bytes]) -> None:
        for name, data in files.items():
            self.offer(data, name)

    def lies_there(self, data: bytes, name: str = "a") -> None:
        """Let an older file lie where one goes."""
        if self._way == "up":
            self.tree.put(f"/in/{name}", data, mtime=1)
        else:
            write(self.here / "in" / name, data, mtime=1)

    def move(self, **given: Any) -> Result:
        """Take what is in `out` on one side to `in` on the other."""
        return self.upload(**given) if self._way == "up" else self.download(**given)

    def offered(self) -> Mapping[str, bytes]:
        """Tell what lies in `out`."""
        return self._here("out") if self._way == "up" else self._there("/out/")

    def arrived(self) -> Mapping[str, bytes]:
        """Tell what lies in `in`."""
        return self._there("/in/") if self._way == "up" else self._here("in")

    def _here(self, folder: str) -> Mapping[str, bytes]:
        found = tree(self.here / folder)
        return {path: data for path, data in found.items() if data is not None}

    def _there(self, folder: str) -> Mapping[str, bytes]:
        files = self.tree.files.items()
        return {path.removeprefix(folder): data for path, data in files if path.startswith(folder)}

    def upload(self, **given: Any) -> Result:
        params = {"src": "out/", "dest": "/in", **self._login(), **given}
        return ftp_upload.run(ftp_upload.Params(**params), self.ctx)

    def download(self, **given: Any) -> Result:
        params = {"src": "/out/", "dest": "in", **self._login(), **given}
        return ftp_download.run(ftp_download.Params(**params), self.ctx)

    def _login(self) -> dict[str, Any]:
        options = self.server.options
        return {
            "host": "127.0.0.1",
            "port": self.server.port,
            "user": options.user,
            "password": Secret(options.password),
            "timeout": 60,
            "retries": 2,
            "retry_delay": 0.01,
            "connections": 1,
        }

    def path(self) -> str:
        """Give the path on the server of the file that is moved."""
        return "/in/a" if self._way == "up" else "/out/a"

    def attempts(self) -> int:
        """Tell how often the server was asked to move the file."""
        return len(self.server.heard(self.verb)) + len(self.server.heard("APPE"))


Start: TypeAlias = Callable[..., Exchange]


def offering(start: Start, *faults: Fault, **options: Any) -> Exchange:
    """Offer many small files."""
    exchange = start(*faults, **options)
    exchange.offer_all(SMALL_FILES)
    return exchange
