"""What is remembered of a run, whatever becomes of the run, of the disk, or of other runs."""

from __future__ import annotations

import json
import random
import signal
import sqlite3
import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest

from opsplay.runner.journal.store import Journal
from opsplay_processes import Opsplay as Processes
from powers import largest_file, permissions_matter
from said import Opsplay, Write

pytestmark = pytest.mark.slow

MANY = """
- command: echo {{ item }}
  loop: "{{ range(150) | list }}"
- debug: {msg: done}
"""
CANARY = "ca?ary/测试 1"


def status(opsplay: Opsplay) -> list[str]:
    return [run["status"] for run in opsplay("runs", "--json").events]


# Whatever ends a run ----------------------------------------------------------------------------


@pytest.fixture(name="processes")
def _processes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Processes]:
    monkeypatch.setenv("OPSPLAY_OUTPUT", "json")
    with Processes(tmp_path) as processes:
        processes.output.touch()
        yield processes


@pytest.mark.parametrize("seed", range(10))
def test_of_a_run_that_is_killed_all_that_was_printed_is_there(
    seed: int, processes: Processes, opsplay: Opsplay, play: Write
) -> None:
    size = random.Random(seed).randrange(1, 60_000)
    playbook = play(f"{MANY}- wait_for: {{timeout: 250}}\n")
    code = processes.run(playbook, kill_when=lambda: processes.output.stat().st_size >= size)
    assert code == -signal.SIGKILL
    printed = processes.output.read_text("utf-8").split("\n")[:-1]
    assert printed
    shown = opsplay("runs", "show", "latest", "--json")
    assert shown.out.splitlines()[: len(printed)] == printed
    assert shown.err == "opsplay: here this run was killed\n"
    assert status(opsplay) == ["killed"]


@pytest.mark.parametrize(
    ("task", "expected"),
    [
        ("debug: {msg: hello}", "ok"),
        ("command: 'false'", "failed"),
        ("shell: kill -INT $PPID; sleep 60", "interrupted"),
        ("include_tasks: missing.yml", "failed"),
    ],
)
def test_how_it_ended_is_remembered(
    task: str, expected: str, opsplay: Opsplay, play: Write
) -> None:
    play(f"- {task}\n")
    opsplay("run", "play.yml")
    assert status(opsplay) == [expected]


@contextmanager
def going_on(*switches: str) -> Iterator[str]:
    """A run of play.yml in a process of its own, that has said hello; gives the line."""
    command = [sys.executable, "-m", "opsplay", "run", "play.yml", *switches]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as running:
        assert running.stdout
        try:
            yield next(line for line in running.stdout if "hello" in line)
        finally:
            running.send_signal(signal.SIGTERM)
            running.communicate()


def test_a_run_that_goes_on_is_running_and_shows_what_it_has_done(
    opsplay: Opsplay, play: Write
) -> None:
    play("- debug: {msg: hello}\n- command: sleep 60")
    with going_on() as printed:
        assert status(opsplay) == ["running"]
        shown = opsplay("runs", "show", "latest")
        assert printed in shown.out
        assert shown.err == "opsplay: this run is not over yet\n"
        assert opsplay("runs", "prune", "--keep", "0").out == "0 forgotten, 1 kept\n"
    assert status(opsplay) == ["interrupted"]


def test_runs_at_once_are_remembered_each_on_its_own(opsplay: Opsplay, play: Write) -> None:
    play(MANY)
    command = [sys.executable, "-m", "opsplay", "run", "play.yml", "--output", "json"]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    printed = {process.communicate()[0] for process in running}
    runs = [run["id"] for run in opsplay("runs", "--json").events]
    assert {opsplay("runs", "show", run, "--json").out for run in runs} == printed
    assert len(printed) == len(runs) == 3


def test_a_run_that_nobody_can_be_told_of_is_remembered_all_the_same(
    opsplay: Opsplay, play: Write
) -> None:
    play("- debug: {msg: hello}")
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [sys.executable, "-m", "opsplay", "run", "play.yml"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    assert "the output Console failed, and the run goes on without it" in done.stderr
    assert status(opsplay) == ["ok"]
    assert "=> hello" in opsplay("runs", "show", "latest").out


# Secrets ----------------------------------------------------------------------------------------


def bytes_of(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


def disguises(text: str) -> list[bytes]:
    raw = text.encode()
    return [raw, quote(raw, safe="").encode(), b64encode(raw), json.dumps(text)[1:-1].encode()]


def test_what_proves_to_be_secret_is_nowhere_in_the_files(
    opsplay: Opsplay, play: Write, state: Path
) -> None:
    play("""
        - ftp_list: {host: localhost, port: 1, user: li, password: "{{ word }}", retries: 0}
          ignore_errors: true
        - debug: {msg: "{{ word }} and {{ word | urlencode }} and {{ word | b64encode }}"}
        - command: echo {{ word | quote }}
        - fail: {msg: "{{ word }}"}
        """)
    said = opsplay("run", "play.yml", "-v", "-e", json.dumps({"word": CANARY, "month": "May"}))
    assert "******** and ******** and ********" in said.out, said.err
    kept = bytes_of(state)
    assert [found for found in disguises(CANARY) if found in kept] == []
    [known] = opsplay("runs", "--json").events
    assert known["arguments"]["extra_vars"] == ["word=********", "month=May"]


LEADS_TO_A_SECRET = """
- debug: {msg: hello}
- command: sleep 60
- set_fact: {found: "{{ WORD }}"}
- loop: [{account: "{{ found }}"}]
  ftp_list: {host: localhost, user: li, password: "{{ item.account }}"}
"""


def test_what_may_become_a_secret_is_written_when_it_is_known_what_is_one(
    opsplay: Opsplay, play: Write, state: Path
) -> None:
    play(LEADS_TO_A_SECRET.replace("WORD", "word"))
    with going_on("-e", "word=canary", "-e", "month=May"):
        [known] = opsplay("runs", "--json").events
        assert known["arguments"]["extra_vars"] == ["word=********", "month=May"]
        assert b"canary" not in bytes_of(state)
    [known] = opsplay("runs", "--json").events
    assert known["arguments"]["extra_vars"] == ["word=canary", "month=May"]


@pytest.mark.parametrize(
    "beside",
    [
        "- debug: {msg: \"{{ lookup('vars', name) }}\"}\n  no_log: true",
        '- include_tasks: "{{ name }}.yml"\n  when: false',
    ],
)
def test_where_any_variable_may_be_meant_none_is_written(
    beside: str, opsplay: Opsplay, play: Write
) -> None:
    play(f"- debug: {{msg: hello}}\n- command: sleep 60\n{beside}\n")
    with going_on("-e", "name=May"):
        [known] = opsplay("runs", "--json").events
        assert known["arguments"]["extra_vars"] == ["name=********"]


def test_secrets_that_stand_in_a_playbook_are_not_kept_with_its_text(
    opsplay: Opsplay, play: Write, state: Path
) -> None:
    play("""
        - hosts: localhost
          gather_facts: false
          vars: {word: canary-one}
          tasks:
            - fail: {msg: hello}
            - ftp_list: {host: localhost, user: li, password: "{{ word }}"}
            - ftp_list: {host: localhost, user: li, password: canary-two}
        """)
    opsplay("run", "play.yml")
    [(path, text)] = sources(state).items()
    assert path.endswith("play.yml")
    assert ("canary" in text, "msg: hello" in text) == (False, True)


def sources(state: Path) -> dict[str, str]:
    """The texts that are kept of files."""
    with closing(Journal(state)) as journal:
        return journal.sources(1)


HIDDEN = {
    "by the step": "- {debug: {msg: '{{ word }}'}, no_log: true}",
    "by its block": "- {block: [debug: {msg: '{{ word }}'}], no_log: true}",
    "by a filter": "- debug: {msg: '{{ word | secret }}'}",
    "by what is made of it": "- {ping: {data: '{{ i }}'}, vars: {i: 'x{{ word }}'}, no_log: true}",
}


@pytest.mark.parametrize("task", HIDDEN.values(), ids=HIDDEN)
def test_a_value_that_is_hidden_where_it_is_read_is_not_kept_with_its_file(
    task: str, opsplay: Opsplay, play: Write, state: Path
) -> None:
    Path("words.yml").write_text("word: canary-one\nother: hello\n")
    play(f"""
        - hosts: localhost
          gather_facts: false
          vars_files: words.yml
          tasks:
            {task}
            - fail: {{}}
        """)
    assert opsplay("run", "play.yml").code == 2
    kept = "".join(sources(state).values())
    assert ("canary" in kept, "other: hello" in kept) == (False, True)


@pytest.mark.parametrize(
    "given", ["password=canary", "API_TOKEN=canary", '{"db": {"password": "canary"}}']
)
def test_what_is_called_a_secret_is_never_written(
    given: str, opsplay: Opsplay, play: Write, state: Path
) -> None:
    play("- debug: {msg: hello}")
    assert opsplay("run", "play.yml", "-e", given).code == 0
    assert b"canary" not in bytes_of(state)


def test_what_is_given_may_have_a_number_for_a_name(
    opsplay: Opsplay, play: Write, state: Path
) -> None:
    play("- debug: {msg: hello}")
    said = opsplay("run", "play.yml", "-e", "{5: 6}")
    assert (said.code, "is not remembered" in said.err) == (0, False)
    assert b"5=6" in bytes_of(state)


def test_nobody_else_can_read_them(opsplay: Opsplay, play: Write, state: Path) -> None:
    play("- debug: {msg: hello}")
    opsplay("run", "play.yml")
    assert state.stat().st_mode & 0o777 == 0o700
    assert (state / "journal.sqlite").stat().st_mode & 0o777 == 0o600


# What cannot be written -------------------------------------------------------------------------


WARNING = "opsplay: this run is not remembered: "


def test_a_folder_that_is_read_only_is_one_warning(
    opsplay: Opsplay, play: Write, state: Path
) -> None:
    play(MANY)
    state.mkdir(mode=0o500)
    with permissions_matter():
        said = opsplay("run", "play.yml")
    assert (said.code, "PLAY RECAP" in said.out) == (0, True)
    assert said.err == (
        f"{WARNING}cannot keep state in {state}: Permission denied;"
        " make room there, or name another folder with --state-dir\n"
    )


def test_a_full_disk_is_one_warning_and_what_was_written_before_stays(
    opsplay: Opsplay, play: Write, state: Path
) -> None:
    play("- command: sleep 0.1\n- debug: {msg: \"{{ 'long ' * 40_000 }}\"}\n" + MANY)
    with largest_file(240_000):
        said = opsplay("run", "play.yml")
    assert (said.code, "PLAY RECAP" in said.out) == (0, True)
    assert said.err.count(WARNING) == said.err.count("\n") == 1
    assert f"cannot keep state in {state}: " in said.err
    shown = opsplay("runs", "show", "latest")
    assert "TASK [command]" in shown.out
    assert said.out.startswith(shown.out)
    [known] = opsplay("runs", "--json").events
    assert (known["status"], known["lost"] > 150) == ("ok", True)
    assert shown.err == (
        f"opsplay: {known['lost']} events of this run could not be written when it ran\n"
    )
    assert f"events lost: {known['lost']}\n" in opsplay("runs", "show", "latest", "--about").out


def test_a_journal_of_a_newer_opsplay_is_left_alone(
    opsplay: Opsplay, play: Write, state: Path
) -> None:
    play("- debug: {msg: hello}")
    opsplay("run", "play.yml")
    with sqlite3.connect(state / "journal.sqlite") as database:
        database.execute("PRAGMA user_version = 99")
    database.close()
    said = opsplay("run", "play.yml")
    assert (said.code, "PLAY RECAP" in said.out) == (0, True)
    assert said.err.startswith(f"{WARNING}the state in {state} was written by a newer opsplay")
    assert said.err.count("\n") == 1
    listed = opsplay("runs")
    assert (listed.code, "written by a newer opsplay" in listed.err) == (1, True)
    with sqlite3.connect(state / "journal.sqlite") as database:
        assert database.execute("SELECT count(*) FROM run").fetchone() == (1,)
    database.close()


# What is not remembered -------------------------------------------------------------------------


@pytest.mark.parametrize("switch", ["--no-journal", "--syntax-check", "--list-tasks"])
def test_nothing_is_written(switch: str, opsplay: Opsplay, play: Write, state: Path) -> None:
    play("- debug: {msg: hello}")
    assert opsplay("run", "play.yml", switch).code == 0
    assert not state.exists()


def test_a_playbook_that_is_wrong_has_not_run(opsplay: Opsplay, play: Write, state: Path) -> None:
    play("- debgu: {msg: hello}")
    assert opsplay("run", "play.yml").code == 4
    assert not state.exists()
