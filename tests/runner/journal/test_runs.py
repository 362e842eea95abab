"""`opsplay runs`: the list, one of them, and forgetting."""

from __future__ import annotations

import os
import pwd
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from opsplay.runner.journal.record import STATUSES
from opsplay.runner.ledger import Ledger
from said import Opsplay, Write


def ran(opsplay: Opsplay, *names: str, state: str = "") -> list[str]:
    """Run playbooks, each that has bad in its name failing; gives the ids of their runs."""
    where = ["--state-dir", state] if state else []
    ids: list[str] = []
    for name in names:
        path = Path(name)
        path.parent.mkdir(exist_ok=True)
        task = "command: 'false'" if "bad" in path.name else "debug: {msg: hello}"
        path.write_text(f"- hosts: localhost\n  tasks:\n    - {task}\n")
        ids.append(opsplay("run", name, "--output", "json", *where).events[0]["run"])
    return ids


def listed(opsplay: Opsplay, *filters: str) -> list[str]:
    return [event["id"] for event in opsplay("runs", "--json", *filters).events]


def shift(state: Path, run: str, days: int) -> None:
    """Let a run have begun some days earlier."""
    with sqlite3.connect(state / "journal.sqlite") as database:
        database.execute(
            "UPDATE run SET facts = json_set(facts, '$.started', facts ->> 'started' - ?)"
            " WHERE id = ?",
            (days * 86400, run),
        )
    database.close()


def test_the_newest_comes_first_with_its_status_and_playbook(opsplay: Opsplay) -> None:
    first, second = ran(opsplay, "good.yml", "bad.yml")
    head, *lines = opsplay("runs").out.splitlines()
    assert head.split() == ["ID", "STARTED", "TOOK", "STATUS", "PLAYBOOK"]
    assert [line.split()[0] for line in lines] == [second, first]
    assert [line.split()[-2:] for line in lines] == [["failed", "bad.yml"], ["ok", "good.yml"]]


def test_where_no_run_is_remembered_the_list_is_empty_and_nothing_is_made(
    opsplay: Opsplay, state: Path
) -> None:
    assert opsplay("runs") == (0, "", "")
    assert opsplay("runs", "prune", "--keep", "1") == (0, "0 forgotten, 0 kept\n", "")
    assert not state.exists()


def test_runs_are_chosen_by_status(opsplay: Opsplay) -> None:
    good, bad = ran(opsplay, "good.yml", "bad.yml")
    assert listed(opsplay, "--status", "failed") == [bad]
    assert listed(opsplay, "--status", "ok") == [good]
    assert listed(opsplay, "--status", "killed") == []


def test_a_status_that_no_run_can_have_is_told(opsplay: Opsplay) -> None:
    said = opsplay("runs", "--status", "faild")
    assert said.code == 5
    assert "no run is ever faild (did you mean failed?)" in said.err


def test_the_help_names_every_status(opsplay: Opsplay, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        opsplay("runs", "--help")
    helped = " ".join(capsys.readouterr().out.split())
    assert [status for status in STATUSES if status not in helped] == []


@pytest.mark.parametrize("pattern", ["site.yml", "mail/*.yml", "mail/site.yml", "**/site.yml"])
def test_runs_are_chosen_by_the_end_of_the_path(opsplay: Opsplay, pattern: str) -> None:
    mail, _ = ran(opsplay, "mail/site.yml", "other.yml")
    assert listed(opsplay, "--playbook", pattern) == [mail]


def test_runs_are_chosen_by_their_start(opsplay: Opsplay, state: Path) -> None:
    old, new = ran(opsplay, "a.yml", "b.yml")
    shift(state, old, days=2)
    assert listed(opsplay, "--since", "1d") == [new]
    assert listed(opsplay, "--since", "3d") == [new, old]
    assert listed(opsplay, "--since", "2000-01-01") == [new, old]
    assert listed(opsplay, "--since", "2999-01-01T12:00") == []


def test_a_moment_that_is_none_is_told(opsplay: Opsplay) -> None:
    said = opsplay("runs", "--since", "yesterday")
    assert said.code == 5
    assert "yesterday is no point in time; write 2026-11-25" in said.err


def test_so_many_are_listed_as_are_wanted(opsplay: Opsplay) -> None:
    names = [f"{n}.yml" for n in range(21)]
    newest, *others = reversed(ran(opsplay, *names))
    assert listed(opsplay, "-n", "1") == [newest]
    assert listed(opsplay) == [newest, *others[:19]]
    assert listed(opsplay, "--limit", "0") == [newest, *others]


def test_a_run_is_named_by_the_beginning_of_its_id(opsplay: Opsplay) -> None:
    (run,) = ran(opsplay, "good.yml")
    assert opsplay("runs", "show", run[:3], "--json").events[0]["run"] == run


def test_the_beginning_of_several_ids_names_none(opsplay: Opsplay) -> None:
    first, second = ran(opsplay, "good.yml", "good.yml")
    said = opsplay("runs", "show", first[:2])
    assert said.code == 5
    assert said.err.startswith(f"opsplay: more than one run is called 20…: {second}, {first}")


@pytest.mark.parametrize("name", ["latest", "2031"])
def test_a_run_that_is_not_there_is_told(opsplay: Opsplay, name: str) -> None:
    said = opsplay("runs", "show", name)
    assert (said.code, said.err) == (
        5,
        f"opsplay: no run is called {name}; opsplay runs lists them\n",
    )


def test_all_that_is_known_of_a_run_is_told(opsplay: Opsplay, play: Write, tmp_path: Path) -> None:
    play("- debug: {msg: hello}")
    opsplay("run", "play.yml", "--check", "-t", "all", "-e", "month=May", "-e", '{"n": [1]}')
    [known] = opsplay("runs", "--json").events
    assert known["arguments"] == {
        "tags": ["all"],
        "check": True,
        "extra_vars": ["month=May", "n=[1]"],
    }
    assert known["user"] == pwd.getpwuid(os.geteuid()).pw_name
    assert known["machine"] == os.uname().nodename
    assert known["folder"] == str(tmp_path)
    assert known["playbooks"] == ["play.yml"]
    assert (known["exit_code"], known["status"], known["lost"]) == (0, "ok", 0)
    assert known["finished"] >= known["started"]
    about = opsplay("runs", "show", "latest", "--about").out
    assert f"folder: {tmp_path}\n" in about
    assert "    - month=May\n" in about


def test_old_runs_are_forgotten(opsplay: Opsplay, state: Path) -> None:
    old, new = ran(opsplay, "a.yml", "b.yml")
    shift(state, old, days=31)
    assert opsplay("runs", "prune", "--older-than", "30d").out == "1 forgotten, 1 kept\n"
    assert listed(opsplay) == [new]
    assert opsplay("runs", "show", old).code == 5


def test_the_newest_runs_are_kept_however_old_they_are(opsplay: Opsplay, state: Path) -> None:
    runs = ran(opsplay, "a.yml", "b.yml", "c.yml")
    for run in runs:
        shift(state, run, days=31)
    assert opsplay("runs", "prune", "--older-than", "30d", "--keep", "2").out.startswith("1 for")
    assert listed(opsplay) == runs[:0:-1]
    opsplay("runs", "prune", "--keep", "1")
    assert listed(opsplay) == runs[2:]


def test_what_is_forgotten_gives_its_room_back(opsplay: Opsplay, play: Write, state: Path) -> None:
    play("- debug: {msg: \"{{ 'long ' * 100_000 }}\"}")
    opsplay("run", "play.yml")
    assert sum(path.stat().st_size for path in state.glob("journal.sqlite*")) > 500_000
    opsplay("runs", "prune", "--keep", "0")
    [journal] = state.glob("journal.sqlite*")
    assert journal.stat().st_size < 100_000
    assert b"long long" not in journal.read_bytes()


def test_names_of_mails_that_were_sent_long_ago_are_forgotten(
    opsplay: Opsplay, state: Path
) -> None:
    with closing(Ledger(state)) as ledger:
        ledger.put("mail sent once", {"invoice 1": {"at": "2025-01-01T00:00:00+00:00"}})
        assert opsplay("runs", "prune", "--once-older-than", "2024-12-31").out.startswith("0 ")
        said = opsplay("runs", "prune", "--once-older-than", "2025-12-31")
        assert said.out == "1 names of mails forgotten\n"
        assert ledger.keys("mail sent once") == set()


def test_a_run_that_ends_well_remembers_no_mails_by_their_places(
    opsplay: Opsplay, play: Write, state: Path
) -> None:
    login = "host: 127.0.0.1, port: '{{ server.smtp_port }}', tls: none, from: li@example.com"
    play(f"""
- mail_server:
  register: server
- send_mail: {{{login}, to: '{{{{ item }}}}@example.com'}}
  loop: [wang, zhao]
- send_mail: {{{login}, to: zhao@example.com, once: invoice 1}}
""")
    assert opsplay("run", "play.yml").code == 0
    with closing(Ledger(state)) as ledger:
        assert ledger.keys("mail sent once") == {"invoice 1"}
    assert not [*(state / "owners").iterdir()]


def test_without_saying_which_none_is_forgotten(opsplay: Opsplay) -> None:
    said = opsplay("runs", "prune")
    assert said.code == 5
    assert "say which runs to forget: --older-than 30d" in said.err


def test_the_folder_may_be_named_before_and_after_the_word(opsplay: Opsplay) -> None:
    (run,) = ran(opsplay, "good.yml", state="mine")
    assert listed(opsplay, "--state-dir", "mine") == [run]
    assert listed(opsplay) == []
    assert opsplay("runs", "show", run, "--state-dir", "mine").code == 0
    assert opsplay("runs", "--state-dir", "mine", "show", run).code == 0
    assert opsplay("runs", "show", run).code == 5


def test_a_journal_that_is_damaged_is_told_with_what_can_be_done(
    opsplay: Opsplay, state: Path
) -> None:
    state.mkdir()
    (state / "journal.sqlite").write_text("no database\n" * 100)
    said = opsplay("runs")
    assert (said.code, "or move it away: without journal.sqlite the runs" in said.err) == (1, True)


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE run SET facts = replace(facts, 'machine', 'macXine')",
        "UPDATE run SET facts = CAST(x'ff' || facts AS TEXT)",
        "UPDATE run SET shapes = '{'",
        "UPDATE batch SET events = '{}'",
    ],
)
def test_so_is_what_sqlite_does_not_see(damage: str, opsplay: Opsplay, state: Path) -> None:
    ran(opsplay, "good.yml")
    with closing(sqlite3.connect(state / "journal.sqlite")) as journal, journal:
        journal.execute(damage)
    said = opsplay("runs", "show", "latest")
    assert (said.code, "bring a copy" in said.err, "bug" in said.err) == (1, True, False)
