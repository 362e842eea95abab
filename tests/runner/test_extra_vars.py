"""`-e`: every form that ansible-playbook takes, and what becomes of it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from opsplay.runner.cli import main
from opsplay.runner.errors import ExitCode, PlaybookError, Problem, UsageError
from opsplay.runner.extra_vars import read
from opsplay.runner.template_text import Template


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("a=1 b=2", {"a": "1", "b": "2"}),
        ("a=1\nb=", {"a": "1", "b": ""}),
        ("a='x y' b=\"it's\"", {"a": "x y", "b": "it's"}),
        ("a=1=2 b=True", {"a": "1=2", "b": "True"}),
        ('a={"b":1} c=[1,2]', {"a": '{"b":1}', "c": "[1,2]"}),
        (r"a=x\ny", {"a": "x\ny"}),
        (r"a=x\ b=\t c='\t'", {"a": "x\\", "b": "", "c": "\t"}),
        ("a={{ b | default('x y') }} c=1", {"a": "{{ b | default('x y') }}", "c": "1"}),
        ("a-b=1 2c=2 d.e=3", {"a-b": "1", "2c": "2", "d.e": "3"}),
        ('{"a": [1, null]}', {"a": [1, None]}),
        ("{a: yes}", {"a": True}),
        ("a: 1", {"a": 1}),
        ("", {}),
    ],
)
def test_each_form_gives_its_variables(text: str, values: dict[str, object]) -> None:
    assert read(text) == values


def test_braces_are_a_template() -> None:
    assert isinstance(read("a={{ b }}")["a"], Template)


@pytest.mark.parametrize("text", ["word", "a=1 word", "a = 1", "a= 1"])
def test_what_has_no_value_means_nothing_and_is_warned_of(text: str) -> None:
    warnings: list[Problem] = []
    assert set(read(text, warn=warnings.append)) <= {"a"}
    assert warnings
    assert "has no value and means nothing" in warnings[0].message


def test_a_file_may_lie_in_the_home_folder(home: Path) -> None:
    (home / "vars.yml").write_text("a: 1")
    assert read("@~/vars.yml") == {"a": 1}
    (home / "vars.yml").unlink()


@pytest.mark.parametrize("text", ["[1]", "/tmp/vars.yml", "./vars.yml"])
def test_what_is_no_variable_is_refused(text: str) -> None:
    with pytest.raises(UsageError):
        read(text)


def test_a_file_that_is_not_there_is_told_with_its_whole_path(home: Path) -> None:
    told = f"Could not find or access '{home}/no.yml' on the Ansible Controller."
    with pytest.raises(PlaybookError, match=told):
        read("@~/no.yml")


def test_a_folder_is_not_a_file_that_is_missing(home: Path) -> None:
    with pytest.raises(PlaybookError, match="is a directory") as error:
        read("@~")
    assert error.value.exit_code == ExitCode.INVALID


@pytest.mark.parametrize("text", ["a='x", "a={{ b"])
def test_what_cannot_be_read_is_an_error_as_in_a_playbook(text: str) -> None:
    with pytest.raises(PlaybookError, match="failed at splitting arguments"):
        read(text)


def test_names_that_mean_something_else_already_are_warned_of_wherever_they_are_set(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "site.yml").write_text("- {hosts: a, gather_facts: false, tasks: []}\n")
    (tmp_path / "hosts").write_text("a serial=1 connection=x\nb serial=2\n[all:vars]\nport=22\n")
    assert main(["run", "site.yml", "-i", "hosts", "-e", "query=x"]) == 0
    told = re.findall(r"reserved name '(\w+)'", capsys.readouterr().err)
    assert told == ["query", "port", "connection", "serial"]
