"""Settings of Ansible that change how a run looks, and its other stdout callbacks."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from textwrap import dedent
from typing import TypeAlias

import pytest

from opsplay.runner.cli import main

Shown: TypeAlias = Callable[..., str]
TASKS = """
    - gather_facts: false
      tasks:
        - {name: do, command: echo hi, changed_when: true, check_mode: false}
        - {name: say, debug: {msg: "{{ item }}"}, loop: [1]}
        - {name: " leave ", debug: , when: false}
        - meta: noop
        - {name: fail, command: echo no, failed_when: true, ignore_errors: true}
"""


@pytest.fixture
def shown(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shown:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANSIBLE_CALLBACK_RESULT_FORMAT", "json")
    (tmp_path / "site.yml").write_text(dedent(TASKS))

    def run(setting: str, value: str, *switches: str) -> str:
        monkeypatch.setenv(f"ANSIBLE_{setting}", value)
        main(["run", "site.yml", "--no-journal", *switches])
        return capsys.readouterr().out

    return run


def banners(text: str) -> Sequence[str]:
    return [line.rstrip(" *") for line in text.splitlines() if line.endswith("***")]


def test_markers_tell_what_is_done_in_check_mode(shown: Shown) -> None:
    assert banners(shown("CHECK_MODE_MARKERS", "true", "--check")) == [
        *("DRY RUN", "PLAY [localhost] [CHECK MODE]", "TASK [do]", "TASK [say] [CHECK MODE]"),
        *("TASK [leave] [CHECK MODE]", "TASK [meta] [CHECK MODE]"),
        *("TASK [fail] [CHECK MODE]", "PLAY RECAP", "DRY RUN"),
    ]


@pytest.mark.parametrize(("value", "switches"), [("true", []), ("false", ["--check"])])
def test_without_check_mode_or_the_setting_there_are_no_markers(
    shown: Shown, value: str, switches: list[str]
) -> None:
    text = shown("CHECK_MODE_MARKERS", value, *switches)
    assert "CHECK MODE" not in text
    assert "DRY RUN" not in text


def test_the_start_of_a_task_may_be_told_of_each_host(shown: Shown) -> None:
    text = shown("SHOW_PER_HOST_START", "true")
    assert "TASK [do]" in text
    assert "\n [started TASK: do on localhost]\nchanged: [localhost]\n" in text


def test_the_arguments_of_a_task_may_stand_beside_its_name(shown: Shown) -> None:
    text = shown("DISPLAY_ARGS_TO_STDOUT", "true")
    assert banners(text)[1:4] == [
        "TASK [do _raw_params=echo hi]",
        "TASK [say msg={{ item }}]",
        "TASK [leave]",
    ]


def test_where_a_task_is_written_that_failed_may_be_told(shown: Shown, tmp_path: Path) -> None:
    text = shown("SHOW_TASK_PATH_ON_FAILURE", "true")
    assert text.count("task path: ") == 1
    assert f"task path: {tmp_path}/site.yml:8\nfatal: [localhost]: FAILED! => " in text


@pytest.mark.parametrize(
    ("value", "told"),
    [
        ("true", '(item=1) => {\n    "msg": 1\n}\n'),
        ("false", '(item=1) => {"msg": 1}\n'),
    ],
)
def test_results_in_json_may_be_pretty_or_not(shown: Shown, value: str, told: str) -> None:
    assert told in shown("CALLBACK_FORMAT_PRETTY", value)


def test_in_yaml_an_output_is_not_told_twice(shown: Shown) -> None:
    text = shown("CALLBACK_RESULT_FORMAT", "yaml", "-v")
    assert "    stdout: hi\n    stdout_lines: <omitted>\n" in text


def test_in_yaml_a_line_with_a_break_behind_it_is_a_block(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_CALLBACK_RESULT_FORMAT", "yaml")
    (tmp_path / "site.yml").write_text('- tasks: [debug: {msg: {a: "b\\n", c: d}}]\n')
    main(["run", str(tmp_path / "site.yml")])
    assert "    msg:\n        a: |-\n            b\n        c: d\n" in capsys.readouterr().out


def test_minimal_shows_nothing_but_results(shown: Shown) -> None:
    head = "localhost | CHANGED | rc=0 >>\nhi\nlocalhost | SUCCESS => {\n"
    text = shown("STDOUT_CALLBACK", "ansible.builtin.minimal")
    assert text.startswith(head)
    skipped, error, failed = text.partition("localhost | SKIPPED\n")[2].partition("[ERROR]: ")
    assert skipped == ""
    assert error
    assert failed.startswith("Task failed: Action failed.\nOrigin: ")
    assert failed.endswith(" column 7\n\nlocalhost | FAILED | rc=0 >>\nno\n")


def test_where_not_all_is_told_a_banner_stands_above_results_alone(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANSIBLE_CALLBACK_RESULT_FORMAT", "json")
    monkeypatch.setenv("ANSIBLE_DISPLAY_SKIPPED_HOSTS", "false")
    again = "{name: again, command: 'true', retries: 1, delay: 0, until: r is failed, register: r}"
    tasks = f"[meta: noop, {again}]"
    Path("site.yml").write_text(f"- {{gather_facts: false, tasks: {tasks}}}\n")
    main(["run", "site.yml"])
    _, retry, banner, *_ = filter(None, capsys.readouterr().out.splitlines())
    assert retry == "FAILED - RETRYING: [localhost]: again (1 retries left)."
    assert banner.startswith("TASK [again] **")


def test_minimal_shows_results_in_yaml_if_that_is_the_format(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("say.yml").write_text("- {gather_facts: false, tasks: [debug: {msg: [1, a: b]}]}\n")
    monkeypatch.setenv("ANSIBLE_STDOUT_CALLBACK", "minimal")
    monkeypatch.setenv("ANSIBLE_CALLBACK_RESULT_FORMAT", "yaml")
    main(["run", "say.yml"])
    told = "localhost | SUCCESS => \n    msg:\n    - 1\n    -   a: b\n"
    assert capsys.readouterr().out == told


def test_oneline_shows_each_result_on_a_line(shown: Shown) -> None:
    do, say, leave, fail, again = shown("STDOUT_CALLBACK", "oneline").splitlines()
    assert do == "localhost | CHANGED | rc=0 | (stdout) hi"
    assert say.startswith('localhost | SUCCESS => {"changed": false,"msg": "All items ')
    assert leave == "localhost | SKIPPED"
    assert fail == "localhost | FAILED | rc=0 | (stdout) no"
    assert again.startswith('localhost | FAILED! => {"changed": true,"cmd": ["echo","no"],')


def test_oneline_tells_of_an_error_above_what_failed_and_why_a_host_is_out_of_reach(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    tasks = "tasks: [{fail: , ignore_errors: true}, {ping: }]"
    Path("fails.yml").write_text(f"- {{hosts: all, gather_facts: false, {tasks}}}\n")
    monkeypatch.setenv("ANSIBLE_STDOUT_CALLBACK", "oneline")
    main(["run", "fails.yml", "-i", "ann,", "-e", "ansible_connection=ssh"])
    above, fail, away = capsys.readouterr().out.splitlines()
    assert above.endswith("The error was: (traceback unavailable)")
    assert fail.startswith("ann | FAILED! => {")
    assert away.startswith("ann | UNREACHABLE!: ")


def test_with_v_a_loop_that_was_skipped_tells_its_items_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANSIBLE_CALLBACK_RESULT_FORMAT", "json")
    Path("loop.yml").write_text("- tasks: [{ping: , loop: [1], when: false}]\n")
    main(["run", "-v", "loop.yml"])
    told = 'skipping: [localhost] => {"changed": false, "msg": "All items skipped"}\n'
    assert told in capsys.readouterr().out


def test_oneline_tells_on_a_line_that_something_is_hidden(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("hide.yml").write_text("- tasks: [{debug: , no_log: true}]\n  gather_facts: false\n")
    monkeypatch.setenv("ANSIBLE_STDOUT_CALLBACK", "oneline")
    main(["run", "hide.yml"])
    assert capsys.readouterr().out.startswith('localhost | SUCCESS => {"censored": ')


def test_oneline_shows_a_loop_over_a_command_that_failed_once(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("loop.yml").write_text("- tasks: [{command: 'false', loop: [1]}]\n  gather_facts: false\n")
    monkeypatch.setenv("ANSIBLE_STDOUT_CALLBACK", "oneline")
    main(["run", "loop.yml"])
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(
        'localhost | FAILED! => {"changed": true,"msg": "One or more items failed"'
    )


def test_an_include_has_its_banner_where_what_is_ok_is_not_told(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("more.yml").write_text("- debug:\n")
    Path("site.yml").write_text("- gather_facts: false\n  tasks: [include_tasks: more.yml]\n")
    monkeypatch.setenv("ANSIBLE_DISPLAY_OK_HOSTS", "false")
    main(["run", "site.yml"])
    _, include, told, _, *_ = filter(None, capsys.readouterr().out.splitlines())
    assert include.startswith("TASK [include_tasks] **")
    assert told == f"included: {tmp_path}/more.yml for localhost"


@pytest.mark.parametrize("name", ["yaml", "community.general.yaml", "own"])
def test_a_callback_of_others_changes_nothing(shown: Shown, tmp_path: Path, name: str) -> None:
    (tmp_path / "callback_plugins").mkdir()
    (tmp_path / "callback_plugins/own.py").touch()
    assert "TASK [do]" in shown("STDOUT_CALLBACK", name)


@pytest.mark.parametrize("name", ["nowhere", "ansible.builtin.nowhere"])
def test_a_callback_that_is_nowhere_is_an_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ANSIBLE_STDOUT_CALLBACK", name)
    Path("site.yml").write_text("- tasks: [debug: ]\n")
    assert main(["run", "site.yml"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert f"Could not load '{name}' callback plugin." in err


ALONE = ("No inventory was parsed", "provided hosts list is empty")


@pytest.mark.parametrize(
    ("setting", "value", "told"),
    [
        ("CALLBACK_RESULT_FORMAT", "json", (True, True)),
        ("CALLBACK_RESULT_FORMAT", "text", (False, False)),
        ("LOCALHOST_WARNING", "false", (True, False)),
        ("INVENTORY_UNPARSED_WARNING", "false", (False, True)),
        ("INVENTORY", "/dev/null", (False, True)),
        ("INVENTORY", "ann,", (False, False)),
    ],
)
def test_with_results_as_ansible_has_them_it_is_warned_of_localhost_alone(
    shown: Shown, capsys: pytest.CaptureFixture[str], setting: str, value: str, told: Sequence[bool]
) -> None:
    shown(setting, value, "--syntax-check")
    main(["run", "site.yml", "--no-journal"])
    err = capsys.readouterr().err
    assert tuple(words in err for words in ALONE) == told


def test_what_ends_a_run_is_told_as_ansible_does(
    shown: Shown, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["run", "site.yml", "--limit", "nobody"])
    assert capsys.readouterr().err.startswith("[ERROR]: Specified inventory, host pattern and/or")
    (tmp_path / "site.yml").write_text("[]")
    main(["run", "site.yml"])
    assert capsys.readouterr().err.startswith(
        "[ERROR]: A playbook must contain at least one play: site.yml\nOrigin: site.yml:1:1\n"
    )


def test_a_log_has_what_is_shown_with_the_time_and_who_ran_it(shown: Shown, tmp_path: Path) -> None:
    console = shown("LOG_PATH", "run.log")
    log = (tmp_path / "run.log").read_text()
    lines = [line.partition("| ") for line in log.splitlines()]
    who = r"^[\d-]+ [\d:,]+ p=\d+ u=\S+ n=opsplay INFO$"
    assert all(re.search(who, head) for head, *_ in lines)
    logged = [text for *_, text in lines]
    assert logged[0].startswith("[WARNING]: No inventory was parsed")
    shown_lines = [line.rstrip() for line in console.splitlines() if line.strip()]
    assert [text for text in logged if not text.startswith("[WARNING]")] == shown_lines


def test_a_log_that_cannot_be_written_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("ANSIBLE_LOG_PATH", str(tmp_path / "nowhere/run.log"))
    (tmp_path / "site.yml").write_text(dedent(TASKS))
    main(["run", str(tmp_path / "site.yml"), "--no-journal"])
    said = capsys.readouterr()
    assert f"log file at '{tmp_path}/nowhere/run.log' is not writeable" in said.err
    assert "PLAY RECAP" in said.out
    monkeypatch.setenv("ANSIBLE_LOG_PATH", str(tmp_path))
    main(["run", str(tmp_path / "site.yml"), "--no-journal"])
    told = f"DEFAULT_LOG_PATH can not be a directory '{tmp_path}', aborting"
    assert told in capsys.readouterr().err


EDIT = "lineinfile: {path: notes, regexp: line 5, line: new}"
COPY = "copy: {content: new, dest: notes}"


@pytest.mark.parametrize(
    ("setting", "value", "step", "lines"),
    [
        ("DIFF_CONTEXT", "0", EDIT, ["@@ -5 +5 @@", "-line 5", "+new"]),
        ("DIFF_CONTEXT", "1", EDIT, ["@@ -4,3 +4,3 @@", " line 4", "-line 5", "+new", " line 6"]),
        ("MAX_DIFF_SIZE", "62", COPY, ["diff skipped: destination file size is greater than 62"]),
    ],
)
def test_how_much_of_a_diff_is_shown_may_be_set(
    shown: Shown, tmp_path: Path, setting: str, value: str, step: str, lines: list[str]
) -> None:
    (tmp_path / "notes").write_text("".join(f"line {number}\n" for number in range(1, 10)))
    (tmp_path / "site.yml").write_text(f"- tasks: [{step}]")
    told = shown(setting, value, "--diff")
    kept = [line for line in told.splitlines() if line[:1] in ("@", "-", "+", " ", "d")]
    assert [line for line in kept if not line.startswith(("---", "+++"))] == lines


def test_of_what_is_edited_a_diff_is_shown_however_long_the_file_is(
    shown: Shown, tmp_path: Path
) -> None:
    (tmp_path / "notes").write_text("".join(f"line {number}\n" for number in range(20_000)))
    (tmp_path / "site.yml").write_text(
        "- tasks: [replace: {path: notes, regexp: line 5$, replace: new}]"
    )
    told = shown("DIFF_CONTEXT", "0", "--diff")
    assert "@@ -6 +6 @@\n-line 5\n+new\n" in told
