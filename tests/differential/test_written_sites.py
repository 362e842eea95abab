"""What ansible-playbook makes of a playbook, opsplay makes of it: of playbooks written by hand.

A file of `written/` has the files of a site, each behind `=== NAME`, and behind `$` what it is run
with. To add a case, add a file.
"""

from __future__ import annotations

import re
import shlex
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeAlias

import pytest

from .both import Outcome, ansible, opsplay

Run: TypeAlias = Callable[[Path, Sequence[str]], Outcome]

_WRITTEN = Path(__file__).parent / "written"


def _laid_out(site: str, folder: Path) -> list[list[str]]:
    """Write the files of the site; gives what it is run with."""
    files, _, runs = site.partition("\n$ ")
    for file in re.split(r"^=== ", files, flags=re.MULTILINE)[1:]:
        name, _, text = file.partition("\n")
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return [shlex.split(arguments) for arguments in runs.split("\n$ ")]


def _outcomes(run: Run, site: str, folder: Path) -> list[Outcome]:
    """Run the site where nobody has run it before."""
    shutil.rmtree(folder, ignore_errors=True)
    return [run(folder, arguments) for arguments in _laid_out(site, folder)]


@pytest.mark.parametrize("name", sorted(path.stem for path in _WRITTEN.glob("*.txt")))
def test_a_written_site_ends_as_with_ansible(tmp_path: Path, name: str) -> None:
    site = (_WRITTEN / f"{name}.txt").read_text("utf-8")
    both = (_outcomes(run, site, tmp_path / "site") for run in (ansible, opsplay))
    for theirs, ours in zip(*both, strict=True):
        assert ours.transcript == theirs.transcript, ours.text
        assert ours.recap == theirs.recap
        assert ours.status == theirs.status
