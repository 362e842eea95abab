"""What ansible-playbook makes of a playbook, opsplay makes of it: of playbooks written by hand.

A file of `written/` has the files of a site, each behind `=== NAME`, and behind `$` what it is run
with. To add a case, add a file.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from .both import ansible, opsplay

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


@pytest.mark.parametrize("name", sorted(path.stem for path in _WRITTEN.glob("*.txt")))
def test_a_written_site_ends_as_with_ansible(tmp_path: Path, name: str) -> None:
    site = (_WRITTEN / f"{name}.txt").read_text("utf-8")
    for arguments in _laid_out(site, tmp_path):
        theirs, ours = ansible(tmp_path, arguments), opsplay(tmp_path, arguments)
        assert ours.transcript == theirs.transcript, ours.text
        assert ours.recap == theirs.recap
        assert ours.status == theirs.status
