from __future__ import annotations

import pytest

from opsplay.tasks.servers.certificate import Certificate, make_certificate


@pytest.fixture(name="certificate", scope="session")
def _certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))
