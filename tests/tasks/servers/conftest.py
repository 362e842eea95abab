from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from ftp_dropping import Runs, Site
from mail_serving import ACCOUNTS, Start
from opsplay.tasks.servers.certificate import Certificate
from opsplay.tasks.servers.mail import MailServer, MailServerOptions


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Give the folder that an account sees as its home."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def runs() -> Runs:
    return Runs()


@pytest.fixture
def trusting(certificate: Certificate) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certificate.ca_file)


@pytest.fixture
def start(certificate: Certificate) -> Iterator[Start]:
    """Start mail servers."""
    servers: list[MailServer] = []

    def starting(**options: object) -> MailServer:
        given = {"accounts": ACCOUNTS, "certificate": certificate, **options}
        servers.append(MailServer(MailServerOptions(**given)))  # type: ignore[arg-type]
        return servers[-1]

    yield starting
    for server in servers:
        server.close()
    assert not [thread for thread in threading.enumerate() if thread.name == "mail server"]
