"""Every start pays for what it imports: who talks in clear need not load what speaks TLS."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from ftp_faults import FaultServer

_LOOK = """
import sys
from opsplay.runner.cli import main
assert main(sys.argv[1:]) == 0
sys.stderr.write("\\n".join(sys.modules))
"""


@pytest.mark.parametrize("way", ["up", "down"])
def test_in_clear_nothing_of_tls_is_loaded(tmp_path: Path, way: str) -> None:
    ends = {"up": {"src": "play.yml", "dest": "/new"}, "down": {"src": "/old", "dest": "old"}}
    with FaultServer() as server:
        server.tree.put("/old")
        login = {"host": "127.0.0.1", "port": server.port, "user": "li", "password": "geheim"}
        tasks = [{f"ftp_{way}load": {**login, "tls": "none", **ends[way]}}]
        play = [{"hosts": "localhost", "gather_facts": False, "tasks": tasks}]
        (tmp_path / "play.yml").write_text(json.dumps(play), "utf-8")
        command = [sys.executable, "-c", _LOOK, "run", "play.yml", "--state-dir", "state"]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert not {"ssl", "opsplay.tasks.clients.tls"} & set(done.stderr.split())
