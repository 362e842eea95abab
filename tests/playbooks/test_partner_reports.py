"""The example of a role: a report for each partner."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsplay.runner.cli import main

PLAYBOOK = Path(__file__).parents[2] / "playbooks" / "partner_reports.yml"


def test_each_partner_has_a_report_in_his_language(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(PLAYBOOK), "-e", f"outbox={tmp_path}/out"]) == 0
    told = capsys.readouterr().out
    assert "- 1042: 3 pieces\n- 1043: 10 pieces\n" in (tmp_path / "out/ann.txt").read_text()
    assert "- 1044: 1 Stück\n" in (tmp_path / "out/li.txt").read_text()
    assert f"In {tmp_path}/out: ann.txt, li.txt" in told


def test_without_a_folder_nothing_is_written(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", str(PLAYBOOK)]) == 2
    assert "missing required arguments: outbox" in capsys.readouterr().out
