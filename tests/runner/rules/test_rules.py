"""Playbooks that run and are probably not meant so, with what `check` says; others are right."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsplay.runner.cli import main
from opsplay.runner.errors import ExitCode
from opsplay.runner.rules import RULES

HERE = Path(__file__).parent
WRONG = sorted(path.stem for path in HERE.glob("wrong/*.yml"))
RIGHT = sorted(path.stem for path in HERE.glob("right/*.yml"))


def report_of(playbook: str, capsys: pytest.CaptureFixture[str]) -> str:
    main(["check", playbook])
    return capsys.readouterr().err


@pytest.mark.parametrize("name", WRONG)
def test_the_report_of(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(HERE / "wrong")
    expected = Path(f"{name}.txt").read_text("utf-8")
    assert report_of(f"{name}.yml", capsys) == expected


@pytest.mark.parametrize("name", RIGHT)
def test_nothing_is_said_of(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(HERE / "right")
    assert main(["check", "--strict", f"{name}.yml"]) == ExitCode.OK
    assert capsys.readouterr().err == ""


# It is about the command line, not about a file.
@pytest.mark.parametrize("name", [rule.name for rule in RULES if rule.name != "unknown-tag"])
def test_each_rule_has_its_mistake_and_its_right_way(name: str) -> None:
    assert f"[{name}]\n" in HERE.joinpath("wrong", f"{name}.txt").read_text("utf-8")
    assert name in RIGHT


# Jinja reads texts in templates as Python does, which has something against `\.`.
@pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")
@pytest.mark.parametrize("playbook", sorted(HERE.parents[2].glob("playbooks/*.yml")), ids=str)
def test_the_examples_are_clean(playbook: Path, capsys: pytest.CaptureFixture[str]) -> None:
    inventory = str(playbook.parent / "partners.ini")
    assert main(["check", "--strict", str(playbook), "-i", inventory]) == ExitCode.OK
    assert capsys.readouterr().err == ""
