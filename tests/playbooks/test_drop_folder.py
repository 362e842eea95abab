"""The drop folder of the example files what has arrived, and keeps what it cannot file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PLAYBOOK = Path(__file__).parents[2] / "playbooks" / "drop_folder.yml"


@pytest.fixture(name="temporary", autouse=True)
def _temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    return folder


def run(*options: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "opsplay", "run", str(PLAYBOOK), *options],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_reports_are_filed_and_anything_else_waits(tmp_path: Path) -> None:
    root = tmp_path / "root"
    output = run("-e", f"root={root}", "-v")
    assert "south 一月.csv: 22 bytes from south" in output
    assert (root / "filed/north/north 一月.csv").read_text("utf-8") == "month,sold\n一月,1200\n"
    facts = json.loads((root / "filed/south/south 一月.csv.json").read_text("utf-8"))
    assert (facts["user"], facts["size"], facts["attempt"]) == ("south", 22, 1)
    assert [path.name for path in (root / "inbox").iterdir()] == ["note.txt"]
    (job,) = (root / "spool").glob("*.json")
    assert json.loads(job.read_text("utf-8"))["failures"] == 1
    for password in ("tulip", "orchid"):
        assert password not in output


def test_it_leaves_nothing_behind(temporary: Path) -> None:
    run()
    assert not list(temporary.iterdir())
    assert not (PLAYBOOK.parent / ".opsplay").exists()


def test_in_check_mode_nothing_is_made(tmp_path: Path) -> None:
    run("--check", "-e", f"root={tmp_path / 'root'}")
    assert not (tmp_path / "root").exists()
