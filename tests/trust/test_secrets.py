"""Where secrets come from, and where they do not go."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from opsplay.runner.cli import main
from played import Play

SECRET = "tr0ub4dor&3-horse"
MASK = "********"
OUTPUTS = [["-vvv", "--diff"], ["--output", "json"]]
SHOWN = '- {name: Told, debug: {msg: "it is <{{ known }}>"}}\n'


# The filter `secret` --------------------------------------------------------------------------


@pytest.mark.parametrize("output", OUTPUTS, ids=" ".join)
@pytest.mark.parametrize(
    "found",
    [
        "lookup('pipe', 'cat kept')",
        "lookup('env', 'OF_THE_TEST')",
        "lookup('file', 'kept')",
        "['x', lookup('file', 'kept')]",
    ],
)
def test_what_is_marked_as_secret_is_covered(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, found: str, output: list[str]
) -> None:
    (tmp_path / "kept").write_text(SECRET)
    monkeypatch.setenv("OF_THE_TEST", SECRET)
    played = play(f'- {{set_fact: {{known: "{{{{ {found} | secret }}}}"}}}}\n{SHOWN}', *output)
    assert SECRET not in played.shown
    assert MASK in played.shown


def test_what_is_marked_as_secret_stays_a_text(play: Play, tmp_path: Path) -> None:
    (tmp_path / "kept").write_text(SECRET)
    played = play(f"""
        - copy: {{content: "{{{{ lookup('file', 'kept') | secret | upper }}}}", dest: out}}
        - assert: {{that: "lookup('file', 'kept') | secret | length == {len(SECRET)}"}}
    """)
    assert played.code == 0
    assert (tmp_path / "out").read_text() == SECRET.upper()


def test_what_is_not_defined_is_no_secret_but_an_error(play: Play) -> None:
    played = play("- debug: {msg: '{{ nothing | secret }}'}")
    assert played.code == 2
    assert "'nothing' is undefined" in played.shown


# Variables of the environment -----------------------------------------------------------------


@pytest.fixture
def secret_env(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", SECRET)
    monkeypatch.setenv("OPSPLAY_SECRET_ENV", "*_PASSWORD, API_KEY")


@pytest.mark.parametrize("output", OUTPUTS, ids=" ".join)
def test_variables_that_the_settings_name_are_secrets_from_the_start(
    play: Play, secret_env: None, output: list[str]
) -> None:
    played = play(f"- debug: {{msg: {SECRET}}}\n", *output)
    assert SECRET not in played.shown
    assert MASK in played.shown


def test_no_child_inherits_them(
    play: Play, tmp_path: Path, secret_env: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_ASYNC_DIR", str(tmp_path / "jobs"))
    played = play("""
        - shell: env > of_shell
        - set_fact: {seen: "{{ lookup('pipe', 'env > of_pipe') }}"}
        - {shell: env > of_job, async: 20, poll: 1}
    """)
    assert played.code == 0, played.shown
    for each in ("of_shell", "of_pipe", "of_job"):
        assert SECRET not in (tmp_path / each).read_text()
        assert "PATH=" in (tmp_path / each).read_text()


def test_the_step_that_asks_for_one_gets_it(play: Play, tmp_path: Path, secret_env: None) -> None:
    played = play("""
        - shell: printf %s "$KEY" > seen
          environment: {KEY: "{{ lookup('env', 'DB_PASSWORD') }}"}
    """)
    assert played.code == 0, played.shown
    assert (tmp_path / "seen").read_text() == SECRET


def test_a_script_that_prints_the_vault_password_gets_them(
    tmp_path: Path, secret_env: None, capsys: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "password"
    script.write_text('#!/bin/sh\nprintf %s "$DB_PASSWORD"\n')
    script.chmod(0o700)
    (tmp_path / "plain.yml").write_text("word: hi\n")
    asked = ["--vault-password-file", str(script), str(tmp_path / "plain.yml")]
    assert main(["vault", "encrypt", *asked]) == 0
    assert main(["vault", "view", *asked]) == 0
    assert capsys.readouterr().out == "word: hi\n"


def test_what_is_shorter_than_a_secret_covers_no_words(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ASK_PASSWORD", "no")
    monkeypatch.setenv("OPSPLAY_SECRET_ENV", "*_PASSWORD")
    assert "no news" in play("- debug: {msg: no news}").shown


# What no_log hides ----------------------------------------------------------------------------

WITHIN = f"""
- {{{{command: '{{}}', no_log: true, vars: {{{{{{}}}}}}}}}}
- set_fact: {{{{known: {SECRET}}}}}"""
HIDDEN = {
    "an argument": f"- {{set_fact: {{known: {SECRET}}}, no_log: true}}",
    "a result": "- {command: cat kept, register: found, no_log: true}\n"
    "- set_fact: {known: '{{ found.stdout }}'}",
    "a part of a line": f"- {{command: 'echo password={SECRET}', no_log: true}}\n"
    f"- set_fact: {{known: '{SECRET}'}}",
    "a part of a word": WITHIN.format("echo -p{{ known }}", f"known: {SECRET}"),
    "an entry of a variable": WITHIN.format("echo x{{ d.k }}", f"d: {{k: {SECRET}}}"),
    "an item": f"- {{debug: {{msg: '{{{{ item }}}}'}}, loop: ['{SECRET}'], no_log: true}}\n"
    f"- set_fact: {{known: '{SECRET}'}}",
    "a mistake": f"- {{wait_for: {{port: '{SECRET}'}}, no_log: true, ignore_errors: true}}\n"
    f"- set_fact: {{known: '{SECRET}'}}",
    "a failure": "- {shell: cat kept; exit 1, register: found, no_log: true, ignore_errors: true}\n"
    "- set_fact: {known: '{{ found.stdout }}'}",
}


@pytest.mark.parametrize("output", OUTPUTS, ids=" ".join)
@pytest.mark.parametrize("what", HIDDEN)
def test_what_a_step_hides_no_other_step_tells(
    play: Play, tmp_path: Path, what: str, output: list[str]
) -> None:
    (tmp_path / "kept").write_text(SECRET)
    played = play(f"{HIDDEN[what]}\n{SHOWN}", *output)
    assert played.code == 0, played.shown
    assert SECRET not in played.shown.partition("Told")[2]
    assert f"<{MASK}>" in played.shown


@pytest.mark.parametrize(
    "task",
    [
        "command: 'true'\n  loop: '{{ words }}'",
        "command: echo {{ item }}\n  register: said\n  loop: '{{ words }}'",
        "set_fact: {kept: '{{ words }}'}",
        "shell: echo {{ words[0] }} > out",
        "include_tasks: {file: more.yml, apply: {no_log: true}}\n  vars: {given: '{{ words[0] }}'}",
        "add_host: {name: other, given: '{{ words[0] }}'}",
        "loop: '{{ words }}'\n  block: [{command: 'echo {{ item }}'}]",
        "command: echo {{ words[0] }}; exit 1\n  retries: 1\n  delay: 0\n  ignore_errors: true",
    ],
)
def test_what_is_kept_for_a_run_that_goes_on_holds_nothing_of_it(
    play: Play, tmp_path: Path, task: str
) -> None:
    (tmp_path / "vars.json").write_text(json.dumps({"words": [SECRET, f"{SECRET}!"]}))
    (tmp_path / "more.yml").write_text("- command: echo {{ given }}\n")
    played = play(f"- {task}\n  no_log: true\n- command: 'false'\n", "-e", "@vars.json")
    assert played.code == 2, played.shown
    state = Path(os.environ["XDG_STATE_HOME"])
    assert [file for file in state.rglob("*") if file.is_file()]
    for file in state.rglob("*"):
        assert not file.is_file() or SECRET.encode() not in file.read_bytes(), file


def test_words_that_everybody_uses_stay_readable(play: Play, tmp_path: Path) -> None:
    words = "yes ok directory localhost present 2026-11-25 10.0.0.1 3000000 0644 -rw-r--r--"
    played = play(f"""
        - debug: {{msg: "{{{{ item }}}}"}}
          no_log: true
          loop: {json.dumps([*words.split(), str(tmp_path), 1000000, True, "All items completed"])}
        - {{file: {{path: made, state: directory, mode: "0755"}}, no_log: true}}
        - {{command: ls -l, no_log: true}}
        - {{name: Told, debug: {{msg: "{words} {tmp_path} 1000000 {{{{ true }}}}"}}}}
    """)
    assert f"{words} {tmp_path} 1000000 True" in played.shown


def test_more_hidden_values_than_can_be_followed_are_told(play: Play) -> None:
    played = play("""
        - debug: {msg: "pass{{ item }}word"}
          no_log: true
          loop: "{{ range(1100) | list }}"
        - debug: {msg: "pass900word"}
    """)
    words = "steps under no_log have had more than can be followed; the rest is covered there alone"
    assert played.shown.count(words) == 1
    assert "pass900word" not in played.shown


# What is written in a playbook -----------------------------------------------------------------

_WRITTEN = f"""
- ftp_upload: {{host: localhost, password: "{SECRET}", src: a, dest: b}}
  when: 1 > 2
- mail_server: {{accounts: [{{user: a@b.c, password: "{SECRET}x"}}]}}
  when: 1 > 2
- fail:
"""


@pytest.mark.parametrize("output", [["-vvv"], ["--output", "json"], ["--diff", "-v"]], ids=" ".join)
@pytest.mark.parametrize("form", ["text", "json", "yaml"])
def test_lines_around_a_failure_show_no_secret_of_a_step_that_was_skipped(
    play: Play, monkeypatch: pytest.MonkeyPatch, form: str, output: list[str]
) -> None:
    monkeypatch.setenv("ANSIBLE_CALLBACK_RESULT_FORMAT", form)
    played = play(_WRITTEN, *output)
    assert played.code == 2
    assert SECRET not in played.shown


def test_nor_do_they_if_the_file_was_included(play: Play, tmp_path: Path) -> None:
    (tmp_path / "more.yml").write_text(_WRITTEN)
    played = play("- include_tasks: more.yml", "--output", "json")
    assert "********" in played.out
    assert SECRET not in played.shown


def test_nor_do_lines_around_a_mistake(play: Play) -> None:
    played = play(f"- ftp_upload: {{hots: x, password: {SECRET}, src: a, dest: b}}")
    assert played.code == 4
    assert "password: ********" in played.shown
    assert SECRET not in played.shown


def test_and_the_caret_stands_below_its_word_behind_a_mask(play: Play) -> None:
    shown = play("- ftp_upload: {password: p, hots: x, src: a, dest: b}").shown.splitlines()
    line, caret = next(pair for pair in pairwise(shown) if "hots: x" in pair[0])
    assert "password: ********, hots" in line
    assert caret.index("^") == line.index("hots")


@pytest.mark.parametrize(
    "task",
    [
        f"ftp_upload: {{host: x, pasword: {SECRET}, src: a, dest: b}}",
        f"ftp_upload: host=x pasword={SECRET} src=a dest=b",
        f"ftp_uplaod: {{host: x, password: {SECRET}, src: a, dest: b}}",
        f"ftp_uplaod: host=x password={SECRET} src=a dest=b",
        f"mail_server: {{accounts: [{{user: a@b.c, passwort: {SECRET}}}]}}",
    ],
)
def test_nor_do_they_if_its_name_or_that_of_its_step_is_misspelt(play: Play, task: str) -> None:
    played = play(f"- {task}")
    assert played.code == 4
    assert "********" in played.shown
    assert SECRET not in played.shown


# Bugs -----------------------------------------------------------------------------------------


def test_a_bug_outside_of_steps_is_told_without_secrets(tmp_path: Path, secret_env: None) -> None:
    """A plugin of the inventory may raise anything, also what it was given."""
    script = (
        "import sys; from opsplay.runner import commands, cli\n"
        "def bug(wanted): raise ValueError(wanted.playbooks)\n"
        "commands._COMMANDS = {'run': bug}\n"
        "sys.exit(cli.main())"
    )
    command = [sys.executable, "-c", script, "run", f"{SECRET}.yml"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert SECRET not in done.stderr
    assert f"ValueError: ['{MASK}.yml']" in done.stderr
    assert done.stderr.endswith("this is a bug in opsplay; please report it with the lines above\n")
