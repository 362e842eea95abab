"""pyftpdlib in all of its modes: a loop, a thread or a process for each client."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import pyftpdlib_program
from file_trees import difficult_tree, tree
from free_ports import free_port
from ftp_steps import download, upload
from opsplay.runner.task import Context, Secret
from opsplay.tasks.servers.certificate import Certificate
from real_ftp import wait_for


@contextmanager
def running(kind: str, home: Path, *tls: Path) -> Iterator[int]:
    port = free_port()
    program = [
        sys.executable,
        pyftpdlib_program.__file__,
        kind,
        str(home),
        str(port),
        *map(str, tls),
    ]
    process = subprocess.Popen(program, start_new_session=True)
    try:
        wait_for(port, process)
        yield port
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.mark.parametrize("passive", [True, False], ids=["passive", "active"])
@pytest.mark.parametrize("tls", ["none", "explicit"])
@pytest.mark.parametrize("kind", ["FTPServer", "ThreadedFTPServer", "MultiprocessFTPServer"])
def test_a_tree_goes_up_and_comes_down_again(
    contexts: Callable[..., Context],
    tmp_path: Path,
    certificate: Certificate,
    kind: str,
    tls: str,
    *,
    passive: bool,
) -> None:
    ctx, home = contexts(), tmp_path / "home"
    home.mkdir()
    sent = difficult_tree(tmp_path / "reports")
    shown = (certificate.cert_file, certificate.key_file) if tls == "explicit" else ()
    with running(kind, home, *shown) as port:
        login = {
            "host": "127.0.0.1",
            "port": port,
            "user": "li",
            "password": Secret("geheim"),
            "tls": tls,
            "ca_file": str(certificate.ca_file),
            "passive": passive,
            # Its loop forgets active connections where there are several at a time.
            "connections": 4 if passive else 1,
        }
        for is_first in (True, False):
            assert upload(ctx, login, src="reports/", dest="/in", delete=True).changed == is_first
            assert download(ctx, login, src="/in/", dest="back", delete=True).changed == is_first
            assert tree(home / "in") == tree(tmp_path / "back") == sent
        ctx.pool.close()
