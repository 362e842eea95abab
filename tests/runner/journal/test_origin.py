"""The commit of a playbook, as git tells it."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from opsplay.runner.journal.origin import Inquiry, Origin
from programs import needs
from said import Opsplay, Write

pytestmark = needs("git")

Git: TypeAlias = Callable[..., str]
WHO = ("-c", "user.name=li", "-c", "user.email=li@example.com")


@pytest.fixture(name="git")
def _git(tmp_path: Path) -> Git:
    """Call git in a repository that is new."""

    def call(*arguments: str) -> str:
        command = ["git", *WHO, *arguments]
        return subprocess.check_output(command, cwd=tmp_path / "repository", text=True).strip()

    (tmp_path / "repository" / "plays").mkdir(parents=True)
    call("init", "--quiet")
    return call


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, git: Git) -> Path:
    """Give a folder with a file, in a repository with one commit."""
    folder = tmp_path / "repository" / "plays"
    (folder / "play.yml").write_text("- debug: {msg: hello}\n")
    git("add", ".")
    git("commit", "--quiet", "-m", "first")
    return folder


def origin(folder: Path) -> Origin | None:
    return Inquiry(folder).found(20)


def test_a_clean_folder_has_its_commit(folder: Path, git: Git) -> None:
    assert origin(folder) == (git("rev-parse", "HEAD"), False)


def test_a_file_that_was_changed_makes_it_dirty(folder: Path, git: Git) -> None:
    (folder / "play.yml").write_text("- debug: {msg: good bye}\n")
    assert origin(folder) == (git("rev-parse", "HEAD"), True)


def test_a_file_that_git_does_not_know_makes_it_dirty(folder: Path, git: Git) -> None:
    (folder / "测试.yml").touch()
    assert origin(folder) == (git("rev-parse", "HEAD"), True)


def test_what_is_changed_elsewhere_in_the_repository_does_not(folder: Path, git: Git) -> None:
    (folder.parent / "other.txt").touch()
    assert origin(folder) == (git("rev-parse", "HEAD"), False)


def test_however_many_files_were_changed_the_answer_comes(folder: Path, git: Git) -> None:
    for number in range(2000):
        (folder / f"{'long' * 20}-{number}").touch()
    assert origin(folder) == (git("rev-parse", "HEAD"), True)


def test_a_repository_without_a_commit_has_none(git: Git, tmp_path: Path) -> None:
    assert origin(tmp_path / "repository") is None


def test_without_a_repository_git_is_not_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    (tmp_path / "git").write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    (tmp_path / "git").chmod(0o755)
    assert origin(tmp_path) is None
    assert not (tmp_path / "started").exists()


def test_without_git_there_is_no_commit(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(folder))
    assert origin(folder) is None


def test_the_repository_of_the_folder_is_meant_whatever_the_environment_says(
    folder: Path, git: Git, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = git("rev-parse", "HEAD")
    monkeypatch.setenv("GIT_DIR", "/nowhere")
    monkeypatch.setenv("GIT_INDEX_FILE", "/nowhere/index")
    assert origin(folder) == (commit, False)


def test_no_program_that_the_repository_names_is_started(
    folder: Path, git: Git, tmp_path: Path
) -> None:
    (tmp_path / "monitor").write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    (tmp_path / "monitor").chmod(0o755)
    git("config", "core.fsmonitor", str(tmp_path / "monitor"))
    assert origin(folder)
    assert not (tmp_path / "started").exists()


def test_it_is_told_of_a_run(opsplay: Opsplay, play: Write, git: Git, folder: Path) -> None:
    (folder / "play.yml").write_text("- hosts: localhost\n  tasks: [debug: {msg: changed}]\n")
    assert opsplay("run", str(folder / "play.yml")).code == 0
    [known] = opsplay("runs", "--json").events
    assert (known["commit"], known["dirty"]) == (git("rev-parse", "HEAD"), True)
    about = opsplay("runs", "show", "latest", "--about").out
    assert f"commit: {known['commit']}, and changes since\n" in about
