from __future__ import annotations

from pathlib import Path

import pytest

from ftp_dropping import Runs, Site
from opsplay.tasks.servers.certificate import Certificate, make_certificate


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Give the folder that an account sees as its home."""
    folder = tmp_path / "home"
    folder.mkdir()
    return folder


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path)


@pytest.fixture
def runs() -> Runs:
    return Runs()
