"""Steps of one's own, as docs/writing-a-step.md shows them: its files are what runs here."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

PAGE = Path(__file__).parent.parent / "docs" / "writing-a-step.md"
FENCED = re.compile(r"^```\w+ (\S+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SHOWN = dict(FENCED.findall(PAGE.read_text("utf-8")))
MODULE = SHOWN["task_modules/fresh.py"]


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """Run a program in a folder, in which it may import what was installed there."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(cwd), "PYTHONPATH": str(cwd / "site")}
    return subprocess.run(
        command, cwd=cwd, env=environment, capture_output=True, text=True, check=False
    )


def opsplay(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return run(Path(sys.executable).parent / "opsplay", *arguments, cwd=cwd)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Make a folder with the playbook of the page, and the backup that it is about."""
    (tmp_path / "playbook.yml").write_text(SHOWN["playbook.yml"], "utf-8")
    (tmp_path / "backup.tar").touch()
    return tmp_path


@pytest.fixture
def beside(project: Path) -> Path:
    """Put the step beside the playbook."""
    (project / "task_modules").mkdir()
    (project / "task_modules" / "fresh.py").write_text(MODULE, "utf-8")
    return project


@pytest.fixture
def installed(project: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the step as a package."""
    source = tmp_path_factory.mktemp("opsplay-fresh")
    (source / "fresh.py").write_text(MODULE, "utf-8")
    (source / "pyproject.toml").write_text(SHOWN["pyproject.toml"], "utf-8")
    pip = (sys.executable, "-m", "pip", "install", "--quiet", "--target", project / "site")
    done = run(*pip, "--no-index", "--no-deps", "--no-build-isolation", source, cwd=project)
    assert done.returncode == 0, done.stderr
    return project


def test_the_whole_package_is_shown_in_less_than_thirty_lines() -> None:
    lines = (MODULE + SHOWN["pyproject.toml"]).splitlines()
    assert len(list(filter(None, lines))) < 30


def test_a_step_beside_the_playbook_is_used(beside: Path) -> None:
    done = opsplay("run", "playbook.yml", cwd=beside)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0.0 hours" in done.stdout


def test_a_step_from_a_package_is_used(installed: Path) -> None:
    done = opsplay("run", "playbook.yml", cwd=installed)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "0.0 hours" in done.stdout


def test_without_either_the_step_is_not_known(project: Path) -> None:
    done = opsplay("run", "playbook.yml", cwd=project)
    assert done.returncode == 4
    assert "playbook.yml:4:7" in done.stderr


def test_its_failure_is_told_in_its_own_words(beside: Path) -> None:
    os.utime(beside / "backup.tar", (0, 0))
    done = opsplay("run", "playbook.yml", cwd=beside)
    assert done.returncode == 2
    assert re.search(r"backup\.tar is \d+\.\d hours old", done.stdout)


def test_its_arguments_are_checked_before_anything_runs(beside: Path) -> None:
    playbook = beside / "playbook.yml"
    playbook.write_text(playbook.read_text("utf-8").replace("hours: 12", "huors: 12"), "utf-8")
    done = opsplay("run", "playbook.yml", cwd=beside)
    assert done.returncode == 4
    assert "huors" in done.stderr
    assert "hours" in done.stderr


def test_it_has_a_manual(beside: Path) -> None:
    done = opsplay("doc", "fresh", cwd=beside)
    assert done.returncode == 0, done.stderr
    assert "Fail when a file has not been renewed in time." in done.stdout
    assert "How old it may be." in done.stdout


def test_the_test_that_is_shown_passes(tmp_path: Path) -> None:
    (tmp_path / "fresh.py").write_text(MODULE, "utf-8")
    (tmp_path / "test_fresh.py").write_text(SHOWN["test_fresh.py"], "utf-8")
    done = run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert "2 passed" in done.stdout
