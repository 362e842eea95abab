"""The example of a role: a report for each partner."""

from __future__ import annotations

import json
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


def test_what_is_no_order_is_refused_before_anything_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = {"outbox": f"{tmp_path}/out", "partners": [{"name": "ann", "orders": [{"number": 1}]}]}
    assert main(["run", str(PLAYBOOK), "-e", json.dumps(given)]) == 2
    assert "missing required arguments: pieces found in orders" in capsys.readouterr().out
    assert not (tmp_path / "out").exists()
