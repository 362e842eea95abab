from __future__ import annotations

from pathlib import Path
from textwrap import dedent, indent

import pytest

from opsplay.runner.cli import main
from said import Opsplay, Said, Write


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where the runs of the test are remembered."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    return tmp_path / "opsplay"


@pytest.fixture(name="play")
def _play(tmp_path: Path) -> Write:
    """Write play.yml, from plays or from tasks alone."""

    def write(text: str) -> Path:
        text = dedent(text)
        if "hosts:" not in text:
            text = f"- hosts: localhost\n  tasks:\n{indent(text, '    ')}"
        path = tmp_path / "play.yml"
        path.write_text(text, "utf-8")
        return path

    return write


@pytest.fixture(name="opsplay")
def _opsplay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Opsplay:
    """Call opsplay as from the command line, in the test's folder."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments: str) -> Said:
        capsys.readouterr()
        code = main(list(arguments))
        return Said(code, *capsys.readouterr())

    return call
