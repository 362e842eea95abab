from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from served import Served, Serving, start


@pytest.fixture
def serving(tmp_path: Path) -> Iterator[Serving]:
    running: list[Served] = []

    def serve(*arguments: str) -> Served:
        running.append(start(tmp_path, *arguments))
        return running[-1]

    yield serve
    for served in running:
        served.process.kill()
        served.process.communicate()
