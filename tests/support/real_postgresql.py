"""PostgreSQL as Debian ships it, in an instance of the test's own, on a free port."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import psycopg
import pytest

from free_ports import free_port
from real_mail import wait_for

PASSWORD = "geheim-xyzzy"
_NUMBERS = count(1)
# Nothing has to outlive the test.
_QUICK = {"fsync": "off", "full_page_writes": "off", "max_wal_senders": "0", "wal_level": "minimal"}


@dataclass(frozen=True)
class Server:
    folder: Path
    port: int
    process: subprocess.Popen[bytes]

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://li:{PASSWORD}@127.0.0.1:{self.port}/{database}"

    def new_database(self, how: str = "") -> str:
        """Give the address of an empty one."""
        name = f"runs_{next(_NUMBERS)}"
        with psycopg.connect(self.url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name} {how}".encode())
        return self.url(name)

    def wait_until_it_answers(self) -> None:
        while True:
            # What it says while it is starting up is an error, too.
            with suppress(psycopg.OperationalError), psycopg.connect(self.url()):
                return

    def die(self) -> None:
        """As if the power was cut."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait()


@contextmanager
def postgresql() -> Iterator[Server]:
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    if not programs:
        pytest.skip("postgresql is not installed")
    # Not below the folder of pytest, which no other user may enter.
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "password").write_text(PASSWORD)
        shutil.chown(folder / "password", _owner())
        shutil.chown(folder, _owner())
        yield from _served(programs[-1], folder)


def _served(programs: Path, folder: Path) -> Iterator[Server]:
    initdb = [
        str(programs / "initdb"),
        "--no-sync",
        "--encoding=UTF8",
        "--locale=C",
        "--username=li",
    ]
    login = ["--auth=scram-sha-256", f"--pwfile={folder}/password"]
    _called([*initdb, *login, f"--pgdata={folder}/data"], folder)
    port = free_port()
    options = {**_QUICK, "listen_addresses": "127.0.0.1", "unix_socket_directories": str(folder)}
    given = [f"--{option}={value}" for option, value in options.items()]
    command = [str(programs / "postgres"), "-D", f"{folder}/data", "-p", str(port), *given]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(_as_owner(command), stderr=log, cwd=folder)
    try:
        wait_for(port, process, folder / "log")
        server = Server(folder, port, process)
        server.wait_until_it_answers()
        yield server
    finally:
        process.send_signal(signal.SIGQUIT)
        process.wait()


def _called(command: Sequence[str | Path], folder: Path) -> None:
    done = subprocess.run(
        _as_owner(command),
        cwd=folder,
        check=False,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert done.returncode == 0, done.stdout.decode()


def _owner() -> int:
    """As root it refuses to run."""
    return os.geteuid() or pwd.getpwnam("nobody").pw_uid


def _as_owner(command: Sequence[str | Path]) -> Sequence[str | Path]:
    if os.geteuid():
        return command
    return ["setpriv", f"--reuid={_owner()}", "--clear-groups", *command]
