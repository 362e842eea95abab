"""A drop folder with a stand-in for its playbook, behind our FTP server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from opsplay.runner.task import Cancellation
from opsplay.tasks.servers.ftp import FtpServer, FtpServerOptions, FtpUser
from opsplay.tasks.servers.ftp_drop import DropFolder, DropOptions, RunFailedError
from opsplay.tasks.servers.ftp_spool import Job
from told import Told

TEMPORARY = (".*", "*.part")


class Runs:
    """Stands for the playbook: notes what it runs for, and does what the test wants."""

    def __init__(self) -> None:
        self.jobs: list[Job] = []
        self.contents: list[bytes] = []
        self.told = Told()
        self._news = threading.Condition()
        self.act: Callable[[Job, Cancellation], None] = lambda *_: None

    def __call__(self, job: Job, cancellation: Cancellation) -> None:
        content = job.upload.path.read_bytes()
        with self._news:
            self.jobs.append(job)
            self.contents.append(content)
            self._news.notify_all()
        self.act(job, cancellation)

    @property
    def names(self) -> list[str]:
        return [job.upload.path.name for job in self.jobs]

    def wait_for(self, count: int) -> None:
        """Until so many runs have begun."""
        with self._news:
            assert self._news.wait_for(lambda: len(self.jobs) >= count, timeout=60), self.told


def fail(*_: object) -> None:
    raise RunFailedError("exit status 2", ["no such customer"])


def run_on(_: Job, cancellation: Cancellation) -> None:
    """Run until the server stops."""
    while True:
        cancellation.sleep(0.01)


class Site:
    """A home, a spool, and servers over them, one after the other."""

    def __init__(self, folder: Path) -> None:
        self.home = folder / "home"
        self.home.mkdir()
        self.spool = folder / "spool"

    @contextmanager
    def served(self, runs: Runs, *, starts: bool = True, **options: Any) -> Iterator[FtpServer]:
        user = FtpUser(name="li", password="geheim", home=self.home, permissions="elradfmwMT")
        drop = DropFolder(
            DropOptions(spool=self.spool, run=runs, temporary=TEMPORARY, tell=runs.told, **options)
        )
        with ExitStack() as stack:
            stack.callback(drop.stop)
            server = FtpServer(FtpServerOptions(users=[user], keeper=drop))
            stack.enter_context(server)
            if starts:
                drop.start()
            yield server

    @property
    def jobs(self) -> int:
        return len(list(self.spool.glob("*.json")))
