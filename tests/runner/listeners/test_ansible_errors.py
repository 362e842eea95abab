"""What is told above a failed task: the error in words, and where the task is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsplay.runner.cli import main
from printing import printed
from vaulting import password_file, tagged


@pytest.fixture(autouse=True)
def _in_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ANSIBLE_CALLBACK_RESULT_FORMAT")


def test_above_a_failure_stands_what_failed_and_the_task_in_its_file(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tasks = """
    - name: it
      fail: {msg: oops}
      ignore_errors: true
    """
    place = Path("site.yml").absolute()
    assert printed("json", tasks, capsys)[:7] == [
        "[ERROR]: Task failed: Action failed: oops",
        f"Origin: {place}:3:7",
        "1 - tasks:",
        "2",
        "3     - name: it",
        "        ^ column 7",
        'fatal: [localhost]: FAILED! => {"changed": false, "msg": "oops"}',
    ]


def test_a_loop_that_does_not_begin_is_no_task_that_failed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    task = "    - {command: date, loop: text, ignore_errors: true, register: it}"
    told = printed("json", f"{task}\n    - assert: {{that: it.changed is undefined}}", capsys)
    assert told[0] == "[ERROR]: The `loop` value must resolve to a 'list', not 'str'."
    assert "ok: [localhost] => {" in told


def test_a_failure_in_words_ends_as_its_message_does(capsys: pytest.CaptureFixture[str]) -> None:
    Path("site.yml").write_text('- tasks: [{fail: {msg: "a\\n"}}]\n')
    Path("opsplay.toml").write_text('callback_result_format = "json"\nno_journal = true\n')
    main(["run", "site.yml"])
    assert "[ERROR]: Task failed: Action failed: a\n\nOrigin: " in capsys.readouterr().out


def test_a_failure_is_told_where_a_secret_is_the_number_of_its_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("pin.yml").write_text(f"pin: {tagged('5')}")
    Path("site.yml").write_text("""
- vars_files: [pin.yml]
  tasks:
    - debug: {var: pin}
    - fail: {msg: oops}
""")
    Path("opsplay.toml").write_text('callback_result_format = "json"\nno_journal = true\n')
    assert main(["run", "site.yml", "--vault-password-file", password_file(Path())]) == 2
    said = capsys.readouterr()
    assert "site.yml:********:" in said.out
    assert "failed=1" in said.out


def test_a_module_whose_words_nobody_can_read_is_an_action_that_failed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    Path("library").mkdir()
    Path("library/odd").write_text("#!/bin/sh\necho no\n")
    words = "Module result deserialization failed: No start of json char found"
    told = printed("json", "    - {odd: , ignore_errors: true}", capsys)[0]
    assert told == f"[ERROR]: Task failed: Action failed: {words}"


def test_of_one_task_each_error_is_told_once_and_says_whose_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    tasks = """
    - fail: {msg: "{{ item }}"}
      loop: [a, b, a]
      ignore_errors: true
    - stat: {path: "{{ item }}"}
      loop: ["{{ nowhere }}"]
      ignore_errors: true
    - command: "false"
      ignore_errors: true
    - {shell: "true", changed_when: nowhere, ignore_errors: true}
    - {script: nowhere.sh, ignore_errors: true}
    - {fail: {message: a}, ignore_errors: true}
    - {command: "true", failed_when: true}
    """
    told = printed("json", tasks, capsys)
    assert [line for line in told if line.startswith("[ERROR]")] == [
        "[ERROR]: Task failed: Action failed: a",
        "[ERROR]: Task failed: Action failed: b",
        "[ERROR]: Task failed: 'nowhere' is undefined",
        "[ERROR]: Task failed: Module failed: non-zero return code",
        "[ERROR]: Task failed: Action failed.",
        "[ERROR]: Task failed: Could not find or access 'nowhere.sh'",
        "[ERROR]: Task failed: Invalid options for fail: message",
        "[ERROR]: Task failed: Action failed.",
    ]


def test_what_no_log_hides_is_in_no_error(capsys: pytest.CaptureFixture[str]) -> None:
    told = printed("json", "- {fail: {msg: hidden}, no_log: true}", capsys)
    assert told[0] == "[ERROR]: Task failed: Action failed."
    assert "hidden" not in str(told[:-1])
