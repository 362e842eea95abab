"""Every start pays for what it imports: what it does without need not be loaded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ftp_faults import Fault, FaultServer, Options, hang_up
from opsplay.tasks.servers.certificate import make_certificate

_LOOK = """
import sys
from opsplay.runner.cli import main
assert main(sys.argv[1:]) == 0
sys.stderr.write("\\n".join(sys.modules))
"""
_FOR_MANY = {"pickle", "subprocess", "opsplay.tasks.ftp_beside", "OpenSSL"}
_TLS = {"ssl", "opsplay.tasks.clients.tls"}
_MANY_OVER_TLS = {"OpenSSL", "opsplay.tasks.clients.pinned_socket"}
_MOVING = {
    "_hashlib",
    "encodings.idna",
    "opsplay.tasks.clients.ftp_checksum",
    "opsplay.tasks.ftp_fetching",
    "opsplay.tasks.ftp_sending",
    "opsplay.tasks.permissions",
}


@pytest.fixture(name="server")
def _server() -> Iterator[FaultServer]:
    with FaultServer() as server:
        server.tree.put("/old", b"x")
        yield server


def loaded(tmp_path: Path, server: FaultServer, way: str, **secure: str) -> set[str]:
    """What a run loads that has one step."""
    ends = {"up": {"src": "play.yml", "dest": "/new"}, "down": {"src": "/old", "dest": "old"}}
    login = {"host": "127.0.0.1", "port": server.port, "user": "li", "password": "geheim"}
    tasks = [{f"ftp_{way}load": {**login, **(secure or {"tls": "none"}), **ends[way]}}]
    play = [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]
    (tmp_path / "play.yml").write_text(json.dumps(play), "utf-8")
    os.utime(tmp_path / "play.yml", (0, 0))
    command = [sys.executable, "-c", _LOOK, "run", "play.yml", "--state-dir", "state"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize("way", ["up", "down"])
def test_in_clear_nothing_of_tls_is_loaded(tmp_path: Path, server: FaultServer, way: str) -> None:
    assert not _TLS & loaded(tmp_path, server, way)


@pytest.mark.parametrize("way", ["up", "down"])
def test_few_files_need_no_second_process(tmp_path: Path, server: FaultServer, way: str) -> None:
    assert not _FOR_MANY & loaded(tmp_path, server, way)


def test_what_goes_wrong_in_clear_is_told_without_tls(tmp_path: Path) -> None:
    with FaultServer(Fault("RETR", hang_up)) as server:
        server.tree.put("/old", b"x")
        assert not _TLS & loaded(tmp_path, server, "down")


@pytest.mark.parametrize("way", ["up", "down"])
def test_few_files_over_tls_do_without_pyopenssl(tmp_path: Path, way: str) -> None:
    certificate = make_certificate(tmp_path)
    with FaultServer(options=Options(certificate=certificate)) as server:
        server.tree.put("/old", b"x")
        found = loaded(tmp_path, server, way, tls="explicit", ca_file=str(certificate.ca_file))
    assert found >= _TLS
    assert not _MANY_OVER_TLS & found


@pytest.mark.parametrize("way", ["up", "down"])
def test_where_nothing_moves_nothing_is_loaded_that_moves_it(
    tmp_path: Path, server: FaultServer, way: str
) -> None:
    assert _MOVING & loaded(tmp_path, server, way)
    assert not _MOVING & loaded(tmp_path, server, way)
