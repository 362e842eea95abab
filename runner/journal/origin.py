"""Which state of its git repository a playbook is in. Git is asked beside the run: nobody waits."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import TypeAlias

_PATIENCE = 10.0
# A monitor would be a program that the repository names; a lock would be in the way of others.
_COMMAND = "git --no-optional-locks -c core.fsmonitor=false status --porcelain=v2 --branch -- ."


Origin: TypeAlias = tuple[str, bool]
"""A commit, and whether something in the folder of the playbook differs from it."""


class Inquiry:
    """Asks git about a folder, if it is in a repository; otherwise starts nothing."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: Origin | None = None
        self._thread: threading.Thread | None = None
        if _is_in_repository(folder):
            self._thread = threading.Thread(target=self._ask, daemon=True)
            self._thread.start()

    def found(self, patience: float = 0.0) -> Origin | None:
        """What git has said by now, or within some seconds."""
        if self._thread:
            self._thread.join(patience)
        return self._found

    def _ask(self) -> None:
        import subprocess

        # In a hook of git these speak of another repository, perhaps.
        environment = {name: os.environ[name] for name in os.environ if not name.startswith("GIT_")}
        try:
            status = subprocess.run(
                _COMMAND.split(),
                cwd=self._folder,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                timeout=_PATIENCE,
                check=True,
            ).stdout
        except (OSError, subprocess.SubprocessError):
            return
        self._found = _read(status.decode("utf-8", "replace"))


def _is_in_repository(folder: Path) -> bool:
    absolute = folder.absolute()
    return any((parent / ".git").exists() for parent in (absolute, *absolute.parents))


def _read(status: str) -> Origin | None:
    """The commit is in one of the lines with `#`; any other line is about a file."""
    lines = status.splitlines()
    commits = [line.removeprefix("# branch.oid ") for line in lines if "branch.oid" in line[:12]]
    dirty = any(not line.startswith("#") for line in lines)
    return (commits[0], dirty) if commits and commits[0] != "(initial)" else None
