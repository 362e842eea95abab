"""`opsplay run` in processes of its own that can be killed, without its start-up for each of them.

One process imports all there is to import, also what a run that has come to its end tells of, and
forks for each run. The test's own process may not fork: it has threads.
"""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path
from typing import Self

import opsplay

_MODULES = (
    "runner.engine.plays",
    "runner.listeners.console",
    "tasks.fetch_mail",
    "tasks.ftp_download",
    "tasks.ftp_upload",
    "tasks.send_mail",
)


class Opsplay:
    """Runs playbooks; what a run prints is in `output`."""

    def __init__(self, folder: Path) -> None:
        self.output = folder / "output"
        self._process = subprocess.Popen(
            [sys.executable, __file__],
            bufsize=0,
            env={**os.environ, "PYTHONPATH": str(Path(opsplay.__file__).parents[1])},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdin
        assert self._process.stdout
        self._asked, self._told = self._process.stdin, self._process.stdout

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.communicate()

    def run(self, playbook: Path, *, kill_when: Callable[[], bool] = lambda: False) -> int:
        """Give the exit status, -9 of a run that was killed."""
        return self.call("run", str(playbook), kill_when=kill_when)

    def call(
        self,
        *arguments: str,
        kill_when: Callable[[], bool] = lambda: False,
        by: signal.Signals = signal.SIGKILL,
    ) -> int:
        """The same for any command line; it is killed once, by this signal."""
        self._say([arguments, str(self.output)])
        pid = self._hear()
        killed = False
        while not select.select([self._told], [], [], 0.002)[0]:
            if not killed and kill_when():
                os.kill(pid, by)
                killed = True
        status = self._hear()
        self._say("noted")
        return status

    def _say(self, what: object) -> None:
        self._asked.write(f"{json.dumps(what)}\n".encode())

    def _hear(self) -> int:
        return int(self._told.readline())


def _serve() -> None:
    for module in _MODULES:
        import_module(f"opsplay.{module}")
    for line in sys.stdin:
        arguments, output = json.loads(line)
        imported, run_imports = os.pipe()
        pid = os.fork()
        if not pid:
            _run(arguments, output, run_imports)
        os.close(run_imports)
        _tell(pid)
        ended = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        assert ended
        _tell(ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status)
        # Until it is noted, nobody else may get the number of the process.
        sys.stdin.readline()
        os.waitpid(pid, 0)
        _import(imported)


def _run(arguments: list[str], output: str, run_imports: int) -> None:
    from opsplay.runner.cli import main

    with Path(output).open("wb") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    status = main(arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    os.write(run_imports, " ".join(sys.modules).encode())
    os._exit(status)


def _import(imported: int) -> None:
    """Import what a run has imported; of one that was killed nothing is known."""
    # What a run has left behind may hold the pipe open.
    os.set_blocking(imported, False)
    with suppress(BlockingIOError):
        for name in os.read(imported, 2**16).decode().split():
            with suppress(ImportError):
                import_module(name)
    os.close(imported)


def _tell(number: int) -> None:
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    _serve()
