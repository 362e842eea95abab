"""Repositories of git for tests of the step `git`."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

ENVIRONMENT = {
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ALLOW_PROTOCOL": "file:http",
    **{f"GIT_{who}_NAME": "Li" for who in ("AUTHOR", "COMMITTER")},
    **{f"GIT_{who}_EMAIL": "li@example.com" for who in ("AUTHOR", "COMMITTER")},
}


def command(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words],
        cwd=folder,
        env={**os.environ, **ENVIRONMENT},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def commit(folder: Path, text: str) -> str:
    (folder / "file").write_text(text)
    command(folder, "add", ".")
    command(folder, "commit", "-q", "-m", text)
    return command(folder, "rev-parse", "HEAD")


def repository(folder: Path) -> Path:
    """A repository of two revisions: the first is tagged, `side` is a branch of its own."""
    folder.mkdir()
    command(folder, "init", "-q", "-b", "trunk")
    commit(folder, "one")
    command(folder, "tag", "-a", "-m", "one", "v1")
    command(folder, "checkout", "-q", "-b", "side")
    commit(folder, "side")
    command(folder, "checkout", "-q", "trunk")
    commit(folder, "two")
    return folder
