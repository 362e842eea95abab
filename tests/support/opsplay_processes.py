"""`opsplay run` in processes of its own that can be killed, without its start-up for each of them.

One process imports all there is to import, and forks for each run. The test's own process may not
fork: it has threads.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from typing import Self

import opsplay

_STEPS = ("tasks.ftp_upload", "tasks.ftp_download")


class Opsplay:
    """Runs playbooks; what a run prints is in `output`."""

    def __init__(self, folder: Path) -> None:
        self.output = folder / "output"
        source = str(Path(opsplay.__file__).parents[1])
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            env={**os.environ, "PYTHONPATH": source},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(self, playbook: Path, *, kill_after: float | None = None) -> int:
        """Give the exit status, -9 of a run that was killed after so many seconds."""
        assert self._process.stdin
        assert self._process.stdout
        json.dump([str(playbook), kill_after, str(self.output)], self._process.stdin)
        print(file=self._process.stdin, flush=True)
        return int(self._process.stdout.readline())


def _serve() -> None:
    for module in ("runner.engine.plays", "runner.listeners.console", *_STEPS):
        import_module(f"opsplay.{module}")
    from opsplay.runner.cli import main

    for line in sys.stdin:
        playbook, kill_after, output = json.loads(line)
        pid = os.fork()
        if not pid:
            with Path(output).open("wb") as file:
                os.dup2(file.fileno(), 1)
                os.dup2(file.fileno(), 2)
            status = main(["run", playbook])
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
        sys.stdout.write(f"{_end(pid, kill_after)}\n")
        sys.stdout.flush()


def _end(pid: int, kill_after: float | None) -> int:
    ended, _, _ = select.select([os.pidfd_open(pid)], [], [], kill_after)
    if not ended:
        os.kill(pid, signal.SIGKILL)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


if __name__ == "__main__":
    _serve()
