"""What is shown where there is no terminal: text, with what scripts look for as Ansible has it."""

from __future__ import annotations

from pathlib import Path

import pytest

from on_terminal import on_a_terminal
from printing import printed


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    ("task", "told"),
    [
        ("debug: {msg: hé}", ["ok: [localhost] => {", '    "msg": "hé"', "}"]),
        ("debug: {var: '7'}", ["ok: [localhost] => {", '    "7": 7', "}"]),
        (
            "{debug: {msg: '{{ item }}'}, loop: [a]}",
            ["ok: [localhost] => (item=a) => {", '    "msg": "a"', "}"],
        ),
        (
            "assert: {that: true, success_msg: fine}",
            ["ok: [localhost] => {", '    "changed": false,', '    "msg": "fine"', "}"],
        ),
    ],
)
def test_what_debug_and_assert_say_is_json(
    task: str, told: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert printed("auto", f"- {task}", capsys) == told


def test_what_others_say_is_text(capsys: pytest.CaptureFixture[str]) -> None:
    assert printed("auto", "- stat: {path: nowhere}", capsys, "-v") == [
        "ok: [localhost]",
        "    stat:",
        "      exists: false",
    ]


def test_a_failure_is_told_in_ansibles_word_and_in_text(capsys: pytest.CaptureFixture[str]) -> None:
    tasks = """
    - command: sh -c 'echo a; echo b; exit 3'
      ignore_errors: true
    - fail: {msg: bad}
      loop: [1]
      ignore_errors: true
    """
    assert printed("auto", tasks, capsys) == [
        "fatal: [localhost]: FAILED! => non-zero return code",
        *("    rc: 3", "    stdout:", "        a", "        b", "...ignoring"),
        "failed: [localhost] (item=1) => bad",
        "fatal: [localhost]: FAILED! => One or more items failed",
        "...ignoring",
    ]


def test_what_is_hidden_stays_hidden(capsys: pytest.CaptureFixture[str]) -> None:
    told = printed("auto", "- {debug: {msg: secret}, no_log: true}", capsys)
    assert "secret" not in "".join(told)


def test_a_terminal_shows_text(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANSIBLE_CALLBACK_RESULT_FORMAT")
    monkeypatch.setenv("NO_COLOR", "1")
    Path("site.yml").write_text("- tasks: [debug: {msg: hello}]\n")
    assert "ok: [localhost] => hello\n" in on_a_terminal("run", "site.yml", dialogue=[])
