"""`vars_prompt`: what is asked, what is not, and what becomes of the answers."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from on_terminal import on_a_terminal
from opsplay.runner.cli import main

pytestmark = pytest.mark.slow

Asked: TypeAlias = Callable[..., str]


@pytest.fixture
def asked(tmp_path: Path) -> Asked:
    """Run a play with one prompt on a terminal, answer each question; give all that was shown."""

    def run(prompt: dict[str, object], *dialogue: tuple[str, str], extra: str = "z=0") -> str:
        play = {
            "vars": {"partner": "ann"},
            "vars_prompt": [{"name": "word", **prompt}],
            "tasks": [{"debug": {"msg": "<{{ word }}>"}}],
        }
        (tmp_path / "site.yml").write_text(json.dumps([play]))
        arguments = ("run", str(tmp_path / "site.yml"), "-e", extra)
        return on_a_terminal(*arguments, dialogue=dialogue)

    return run


def test_an_answer_that_is_not_private_is_seen(asked: Asked) -> None:
    shown = asked({"prompt": "Which month", "private": False}, ("Which month: ", "May"))
    assert "Which month: May\n" in shown
    assert "=> <May>" in shown


def test_an_answer_is_private_and_a_secret_otherwise(asked: Asked) -> None:
    shown = asked({}, ("word: ", "tr0ub4dor"))
    assert "tr0ub4dor" not in shown
    assert "=> <********>" in shown


def test_no_answer_is_the_default_which_may_be_a_template(asked: Asked) -> None:
    prompt = {"prompt": "For {{ partner }}", "default": "{{ partner }}!", "private": "no"}
    assert "=> <ann!>" in asked(prompt, ("For ann [ann!]: ", ""))


def test_confirm_asks_until_two_answers_are_the_same(asked: Asked) -> None:
    prompt = {"prompt": "New", "confirm": True, "private": False}
    first = [("New: ", "one"), ("confirm New: ", "two")]
    second = [("New: ", "six"), ("confirm New: ", "six")]
    shown = asked(prompt, *first, *second)
    assert "***** VALUES ENTERED DO NOT MATCH ****" in shown
    assert "=> <six>" in shown


def test_encrypt_keeps_a_hash(asked: Asked) -> None:
    prompt = {"encrypt": "sha512_crypt", "salt_size": 7, "private": False}
    shown = asked(prompt, ("word: ", "hello"))
    salt, _, hashed = shown.partition("=> <$6$rounds=656000$")[2].partition("$")
    assert len(salt) == 7
    assert len(hashed.partition(">")[0]) == 86


@pytest.mark.parametrize(("unsafe", "shown"), [("no", "<ann>"), ("yes", "<{{ partner }}>")])
def test_an_answer_may_be_a_template_unless_it_is_unsafe(
    asked: Asked, unsafe: str, shown: str
) -> None:
    prompt = {"private": False, "unsafe": unsafe}
    assert f"=> {shown}" in asked(prompt, ("word: ", "{{ partner }}"))


def test_braces_in_a_password_are_characters(asked: Asked) -> None:
    """Rendered, it would name a variable that is not there."""
    shown = asked({}, ("word: ", "{{ p4ss }}"))
    assert "=> <********>" in shown


def test_a_default_is_rendered_once(asked: Asked) -> None:
    prompt = {"default": "{{ '{{ partner }}' }}", "private": "no"}
    shown = asked(prompt, ("word [{{ partner }}]: ", ""))
    assert "=> <{{ partner }}>" in shown


def test_what_the_command_line_gives_is_not_asked_for(asked: Asked) -> None:
    shown = asked({}, extra="word=given")
    assert "word: " not in shown
    assert "=> <given>" in shown


@pytest.mark.parametrize(
    ("prompt", "kept", "value"),
    [
        ({"default": "May"}, "its default counts", "May"),
        ({"default": 5, "private": False}, "its default counts", "5"),
        ({}, "it is 'None'", "None"),
    ],
)
def test_without_a_terminal_nobody_is_asked_which_is_told(
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    prompt: dict[str, str],
    kept: str,
    value: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    play = {
        "vars_prompt": [{"name": "word", **prompt}],
        "tasks": [{"debug": {"msg": "<{{ word }}>"}}],
    }
    Path("site.yml").write_text(json.dumps([play]))
    assert main(["run", "site.yml"]) == 0
    out, err = capsys.readouterr()
    assert f"not in interactive mode: word; {kept}; give it with -e word=… (site.yml" in err
    assert f"=> <{value}>" in out


def test_vars_files_win_over_an_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("vars.yml").write_text("word: file\n")
    play = {
        "vars": {"word": "play", "other": "play"},
        "vars_prompt": [{"name": name, "default": "asked"} for name in ("word", "other")],
        "vars_files": ["vars.yml"],
        "tasks": [{"assert": {"that": "word == 'file' and other == 'asked'"}}],
    }
    Path("site.yml").write_text(json.dumps([play]))
    assert main(["run", "site.yml"]) == 0, capsys.readouterr().out


def test_one_may_stand_without_a_list(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    play = {
        "vars_prompt": {"name": "x", "default": "y"},
        "tasks": [{"debug": {"msg": "<{{ x }}>"}}],
    }
    Path("site.yml").write_text(json.dumps([play]))
    assert main(["run", "site.yml"]) == 0
    assert "<y>" in capsys.readouterr().out


@pytest.mark.parametrize("prompts", ["{{ some }}", ["{{ some }}"], {"nam": "x"}])
def test_what_is_no_prompt_is_told_before_the_run(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], prompts: object
) -> None:
    (tmp_path / "site.yml").write_text(json.dumps([{"vars_prompt": prompts, "tasks": []}]))
    assert main(["run", str(tmp_path / "site.yml")]) == 4
    assert "vars_prompt" in capsys.readouterr().err


def test_who_only_looks_is_not_asked(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("site.yml").write_text(json.dumps([{"vars_prompt": [{"name": "x"}], "tasks": []}]))
    assert main(["run", "site.yml", "--list-tasks"]) == 0
    assert "no terminal" not in "".join(capsys.readouterr())
