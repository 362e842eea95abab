"""Lets few files be many enough for a second process, and notes what becomes of them."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Sequence
from pathlib import Path
from socket import socket
from typing import Any

import pytest

from opsplay.tasks import ftp_beside, ftp_lanes
from opsplay.tasks.clients import ftp_sockets
from opsplay.tasks.ftp_job import Job


class Second:
    """The processes that were started, and the files that they have fetched."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.processes: list[subprocess.Popen[bytes]] = []
        self.fetched: list[str] = []
        start, take = ftp_beside._started, ftp_beside.Beside._take

        def started(channels: Sequence[socket]) -> subprocess.Popen[bytes]:
            self.processes.append(start(channels))
            return self.processes[-1]

        def taken(beside: ftp_beside.Beside, job: Job, *outcome: Any) -> None:
            take(beside, job, *outcome)
            if job.is_done:
                self.fetched.append(Path(job.step.path).name)

        monkeypatch.setattr(ftp_beside, "_started", started)
        monkeypatch.setattr(ftp_beside.Beside, "_take", taken)
        monkeypatch.setattr(ftp_lanes, "_WORTH_A_PROCESS", 2)
        monkeypatch.setattr(ftp_beside, "_FREE", threading.Semaphore(1))
        monkeypatch.setattr(ftp_sockets, "_IN_NO_TIME", 3600)  # however busy the machine is

    def kill(self) -> None:
        for process in self.processes:
            process.kill()

    def has_ended(self) -> bool:
        return any(process.poll() is not None for process in self.processes)
