"""What `exception` in a result says, and what is shown of it, by the setting display_traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from played import Play, lay, player, result

pytestmark = pytest.mark.slow

PROBE = """
    #!/usr/bin/python
    from ansible.module_utils.basic import AnsibleModule

    module = AnsibleModule(dict(how=dict()))
    if module.params["how"] == "raise":
        raise ValueError("boom")
    if module.params["how"] == "fail":
        module.fail_json(msg="bad")
    try:
        1 / 0
    except ZeroDivisionError as error:
        told = {"text": "a long story", "exception": error}
        module.fail_json(msg="bad", exception=told.get(module.params["how"]))
"""
UNAVAILABLE = "(traceback unavailable)"


@pytest.fixture
def play(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Play:
    monkeypatch.chdir(tmp_path)
    lay(tmp_path, "library/probe.py", PROBE)
    return player(tmp_path, capsys)


@pytest.mark.parametrize("how", ["raise", "fail", "text", "exception", "nothing"])
def test_usually_there_is_none_whatever_a_module_says(play: Play, how: str) -> None:
    assert result(play, f"- {{name: it, probe: {{how: {how}}}}}")["exception"] == UNAVAILABLE


@pytest.mark.parametrize(
    ("how", "told"),
    [
        ("raise", "ValueError: boom\n"),
        ("fail", "Message: bad\n"),
        ("text", "a long story\n"),
        ("exception", "ZeroDivisionError: division by zero\n"),
        ("nothing", "ZeroDivisionError: division by zero\n"),
    ],
)
@pytest.mark.parametrize("setting", ["error", "always", "warning,error"])
def test_with_the_setting_it_tells_of_the_module_and_then_of_the_run(
    play: Play, monkeypatch: pytest.MonkeyPatch, setting: str, how: str, told: str
) -> None:
    monkeypatch.setenv("ANSIBLE_DISPLAY_TRACEBACK", setting)
    told_of_it = result(play, f"- {{name: it, probe: {{how: {how}}}}}")["exception"]
    module, _, run = told_of_it.partition("\nThe above target exception was the direct cause")
    assert module.endswith(told)
    assert "Traceback (most recent call last):\n" in run


def test_with_the_setting_it_stands_below_the_message(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_DISPLAY_TRACEBACK", "error")
    assert "\nTraceback (most recent call last):\n" in play("- fail:").out
    monkeypatch.setenv("ANSIBLE_CALLBACK_RESULT_FORMAT", "json")
    assert "^ column 7\n\nTraceback (most recent call last):\n" in play("- fail:").out


def test_a_failure_that_only_the_playbook_sees_has_none(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = "- {name: it, command: echo, failed_when: true}"
    assert result(play, tasks)["exception"] == UNAVAILABLE
    monkeypatch.setenv("ANSIBLE_DISPLAY_TRACEBACK", "error")
    assert result(play, tasks)["exception"] == "(traceback missing)"


def test_a_failure_that_is_none_to_the_playbook_keeps_it_aside(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_DISPLAY_TRACEBACK", "error")
    got = result(play, "- {name: it, probe: {how: raise}, failed_when: false}")
    assert "exception" not in got
    assert "ValueError: boom\n" in got["failed_when_suppressed_exception"]
