from __future__ import annotations

from pathlib import Path

import pytest

from played import Play, player


@pytest.fixture
def play(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Play:
    """Run tasks in the test's folder."""
    monkeypatch.chdir(tmp_path)
    return player(tmp_path, capsys)
