"""Playbooks in several folders: a play has the group_vars/ and host_vars/ beside its own file."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsplay.runner.cli import main

from .conftest import Play

TELLS = "- {hosts: all, tasks: [{name: it, debug: {msg: \"{{ x }} {{ y | default('-') }}\"}}]}\n"


@pytest.fixture(autouse=True)
def folders(tmp_path: Path) -> None:
    for name in ("", "sub"):
        folder = tmp_path / name
        (folder / "group_vars").mkdir(parents=True)
        (folder / "group_vars" / "all").write_text(f"x: {name or 'top'}\n")
    (tmp_path / "host_vars").mkdir()
    (tmp_path / "host_vars" / "a").write_text("y: 1\n")
    (tmp_path / "sub" / "more.yml").write_text(TELLS)


def test_a_playbook_that_is_imported_has_its_own(play: Play) -> None:
    ran = play(f"{TELLS}- import_playbook: sub/more.yml\n{TELLS}", "-i", "a,")
    told = [step["result"]["msg"] for step in ran.named("StepFinished")]
    assert told == ["top 1", "sub -", "top 1"]


def test_playbooks_side_by_side_have_their_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "site.yml").write_text(TELLS)
    playbooks = [str(tmp_path / "site.yml"), str(tmp_path / "sub" / "more.yml")]
    assert main(["run", *playbooks, "-i", "a,"]) == 0
    out = capsys.readouterr().out
    assert out.index("=> top 1") < out.index("=> sub -")


def test_a_playbook_that_is_named_twice_runs_twice(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "site.yml").write_text(TELLS)
    assert main(["run", *[str(tmp_path / "site.yml")] * 2, "-i", "a,"]) == 0
    out = capsys.readouterr().out
    assert (out.count("=> top 1"), out.count("PLAY RECAP")) == (2, 2)


def test_inventories_that_are_read_again_leave_it_so(play: Play, tmp_path: Path) -> None:
    refresh = "- {hosts: all, tasks: [meta: refresh_inventory]}\n"
    (tmp_path / "sub" / "more.yml").write_text(refresh + TELLS)
    assert play("- import_playbook: sub/more.yml", "-i", "a,").result("it")["msg"] == "sub -"
