"""Servers of Debian: what is asked of one FTP server is asked of all; postfix and dovecot."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

import real_mail
from opsplay.tasks.servers.certificate import Certificate
from opsplay_processes import Opsplay
from real_ftp import NAMES, Login, Servers
from real_mail import Ports
from real_mail_setup import Site, mail_site


@pytest.fixture(name="servers")
def _servers(tmp_path: Path, certificate: Certificate) -> Iterator[Servers]:
    with ExitStack() as stack:
        yield Servers(tmp_path / "server", certificate, stack)


@pytest.fixture(name="opsplay")
def _opsplay(tmp_path: Path) -> Iterator[Opsplay]:
    with Opsplay(tmp_path) as opsplay:
        yield opsplay


@pytest.fixture(name="server_name", params=NAMES)
def _server_name(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(name="plain")
def _plain(server_name: str, servers: Servers) -> Login:
    return servers.start(server_name)


@pytest.fixture(name="login", params=["none", "explicit"])
def _login(request: pytest.FixtureRequest, server_name: str, servers: Servers) -> Login:
    return servers.start(server_name, tls=request.param)


@pytest.fixture(name="mail_site")
def _mail_site() -> Iterator[Site]:
    with mail_site() as site:
        yield site


@pytest.fixture(name="dovecot")
def _dovecot(mail_site: Site) -> Iterator[Ports]:
    with real_mail.dovecot(mail_site) as ports:
        yield ports


@pytest.fixture(name="postfix")
def _postfix(mail_site: Site) -> Iterator[Ports]:
    with real_mail.postfix(mail_site) as ports:
        yield ports
