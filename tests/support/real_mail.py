"""Postfix and dovecot as Debian ships them, in instances of the test's own on free ports.

    with mail_site() as site, dovecot(site) as fetching, postfix(site) as sending:
        ...     # what is sent to li@example.com through sending["smtp"] lies in site.mails("li"),
        ...     # and can be fetched from fetching["imaps"] as li, geheim

postfix can only be started by root; SASL works where a dovecot of the same site runs.
"""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

import pytest

from free_ports import free_port
from real_mail_setup import Site, configure_dovecot, configure_postfix

Ports: TypeAlias = Mapping[str, int]

_PLACES = f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin"
_DOVECOT_PARTS = Path("/usr/lib/dovecot")
_POSTFIX_MASTER = Path("/usr/lib/postfix/sbin/master")


@contextmanager
def dovecot(site: Site) -> Iterator[Ports]:
    """Serve the site by `pop3`, `pop3s`, `imap` and `imaps`."""
    program = shutil.which("dovecot", path=_PLACES)
    if not (program and (_DOVECOT_PARTS / "pop3").exists() and (_DOVECOT_PARTS / "imap").exists()):
        pytest.skip("dovecot with POP3 and IMAP is not installed")
    ports = {name: free_port() for name in ("pop3", "pop3s", "imap", "imaps")}
    configuration = configure_dovecot(site, ports)
    with _running([program, "-F", "-c", str(configuration)], ports, site.folder / "dovecot.log"):
        yield ports


@contextmanager
def postfix(site: Site) -> Iterator[Ports]:
    """Deliver to the site's accounts: `smtp`, and with a login `submission` and `smtps`."""
    if not _POSTFIX_MASTER.exists():
        pytest.skip("postfix is not installed")
    if os.geteuid():
        pytest.skip("postfix can only be started by root")
    ports = {name: free_port() for name in ("smtp", "submission", "smtps")}
    command = [str(_POSTFIX_MASTER), "-d", "-c", str(configure_postfix(site, ports))]
    with _running(command, ports, site.folder / "postfix.log"):
        yield ports


@contextmanager
def _running(command: Sequence[str], ports: Ports, log: Path) -> Iterator[None]:
    process = subprocess.Popen(command, start_new_session=True)
    try:
        for port in ports.values():
            wait_for(port, process, log)
        yield
    finally:
        # The parts too, which would go on for a while without the one that began them.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path | None = None) -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.01)
        else:
            return
    said = log.read_text() if log and log.exists() else ""
    pytest.fail(f"{process.args!r} exits with {process.returncode}\n{said}")
