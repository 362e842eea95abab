"""Ansible's callbacks, which show a run there: here none is run, but a wrong name is told."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from .errors import NoCallback
from .registry import bare

if TYPE_CHECKING:
    from .settings import Settings

FOLDER = "callback_plugins"
_KNOWN = (
    *("actionable", "counter_enabled", "debug", "default", "dense", "diy", "full_skip", "json"),
    *("jsonl", "junit", "minimal", "null", "oneline", "selective", "skippy", "stderr", "tree"),
    *("unixy", "yaml"),
)
"""Those of Ansible, and of collections that have come from it."""


def check(settings: Settings, folders: Iterable[Path]) -> None:
    """Raises NoCallback for a name that is nowhere; what collections have is not looked for."""
    name = bare(settings.stdout_callback)
    if name in _KNOWN or "." in name:
        return
    beside = (folder / FOLDER for folder in folders)
    at_home = Path(settings.ansible_home or "~/.ansible").expanduser() / "plugins/callback"
    places = [*map(Path, settings.callback_plugins), *beside, at_home]
    if not any((place / f"{name}.py").is_file() for place in places):
        raise NoCallback(f"Could not load {settings.stdout_callback!r} callback plugin.")
