"""The switches of ansible-playbook: those with a meaning here, and those that are only read."""

from __future__ import annotations

from getpass import getuser
from pathlib import Path

import pytest

from opsplay.runner.cli import main
from opsplay.runner.commands.arguments import parse
from opsplay.runner.errors import UsageError

WITH_VALUES = """
    -u --user -T --timeout --private-key --key-file --ssh-common-args --ssh-extra-args
    --scp-extra-args --sftp-extra-args --become-method --become-password-file --become-pass-file
    --connection-password-file --conn-pass-file
"""
ALONE = "-k --ask-pass -K --ask-become-pass --flush-cache"
WITHOUT_EFFECT = [*(f"{switch}=1" for switch in WITH_VALUES.split()), *ALONE.split()]

PLAY = "- hosts: all\n  gather_facts: false\n  tasks: [command: 'true']\n"


@pytest.fixture
def playbook(tmp_path: Path) -> str:
    path = tmp_path / "site.yml"
    path.write_text(PLAY)
    return str(path)


@pytest.mark.usefixtures("capsys")
def test_switches_about_other_machines_have_no_effect(playbook: str) -> None:
    assert main(["run", playbook, "-i", "a,", *WITHOUT_EFFECT]) == 0


@pytest.mark.parametrize(("connection", "status"), [("local", 0), ("ssh", 4)])
def test_a_connection_is_that_of_hosts_that_do_not_say(
    playbook: str, connection: str, status: int
) -> None:
    assert main(["run", playbook, "-i", "a,", "-c", connection]) == status
    own = ["-e", "ansible_connection=local"]
    assert main(["run", playbook, "-i", "a,", "-c", connection, *own]) == 0


def test_one_can_become_only_oneself(playbook: str) -> None:
    parse(["run", playbook, "-b", "--become-user", getuser()])
    with pytest.raises(UsageError, match=f"steps run as {getuser()}, .* and not as somebody"):
        parse(["run", playbook, "--become", "--become-user", "somebody"])


@pytest.mark.parametrize("command", ["run", "check", "list"])
def test_folders_of_steps_have_colons_between_them(playbook: str, command: str) -> None:
    wanted = parse([command, playbook, "-M", "one:two", "--module-path", "three"])
    assert wanted.task_modules == ["one", "two", "three"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("no.yml", "the playbook: no.yml could not be found"),
        (".", "the playbook: . does not appear to be"),
    ],
)
def test_a_playbook_that_is_not_there_ends_with_the_status_of_ansible(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    name: str,
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["run", name]) == 1
    assert words in capsys.readouterr().err


def test_without_a_word_it_tells_what_can_be_said() -> None:
    with pytest.raises(UsageError, match=r"(?s)say what to do\n.*run playbooks.*print the JSON"):
        parse([])


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["rn", "site.yml"], "there is no command rn; did you mean run?\nusage: opsplay "),
        (["ansible"], "there is no command ansible; see opsplay --help\n"),
        (
            ["run", "a.yml", "--chek"],
            "unrecognized arguments: --chek; did you mean --check?\nusage: opsplay run",
        ),
        (
            ["runs", "--stauts=ok"],
            "unrecognized arguments: --stauts; did you mean --status?\nusage: opsplay runs",
        ),
        (["run", "a.yml", "--%"], "unrecognized arguments: --%\nusage: opsplay run "),
        (
            ["run", "a.yml", "--resume"],
            "unrecognized arguments: --resume; see opsplay resume --help\n",
        ),
        (["run", "a.yml", "--foo"], "unrecognized arguments: --foo\nusage: opsplay run "),
        (["vars", "web", "x", "a.yml"], "unrecognized arguments: a.yml\nusage: opsplay vars "),
    ],
)
def test_what_is_misspelt_is_told_with_the_nearest_right_name(argv: list[str], words: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(argv)
    assert str(caught.value).startswith(words)


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (
            ["run", "a.yml", "-f", "many"],
            "--forks: expected a whole number, at least 1, got 'many'",
        ),
        (["run", "a.yml", "-f", "0"], "--forks: expected a whole number, at least 1, got '0'"),
        (["serve", "ftp", "--port", "ftp"], "--port: expected a number from 0 to 65535, got 'ftp'"),
        (["runs", "--limit", "all"], "--limit: expected a whole number, 0 or more, got 'all'"),
    ],
)
def test_a_number_that_is_none_is_told_as_what_was_written(argv: list[str], words: str) -> None:
    with pytest.raises(UsageError, match=words):
        parse(argv)
