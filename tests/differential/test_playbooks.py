"""Playbooks that assert what steps say and keep, as those for Ansible do, run alike with both."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .both import ansible, opsplay

_PLAYBOOKS = sorted(Path(__file__).with_name("playbooks").glob("*.yml"))


@pytest.mark.parametrize("playbook", _PLAYBOOKS, ids=[each.stem for each in _PLAYBOOKS])
def test_a_playbook_that_asserts_runs_as_with_ansible(tmp_path: Path, playbook: Path) -> None:
    outcomes = []
    for run in (ansible, opsplay):
        folder = tmp_path / run.__name__
        folder.mkdir()
        shutil.copyfile(playbook, folder / "site.yml")
        outcomes.append(run(folder, ["site.yml"]))
    theirs, ours = outcomes
    assert theirs.status == 0, theirs.text
    assert ours.transcript == theirs.transcript, ours.text
    assert (ours.recap, ours.status) == (theirs.recap, theirs.status)
