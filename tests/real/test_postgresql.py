"""The journal in PostgreSQL: what one machine remembers, the others know."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing
from pathlib import Path
from textwrap import dedent
from threading import Timer
from typing import Any

import psycopg
import pytest

from machines import Machine
from opsplay.runner.errors import StateError
from opsplay.runner.journal import address
from opsplay.runner.journal.address import parameters
from opsplay.runner.journal.patience import PatientConnection
from opsplay.runner.journal.postgresql import PostgreSQL
from opsplay.runner.journal.store import Journal
from real_postgresql import PASSWORD, Server, postgresql
from tcp_proxy import Line, TcpProxy

WARNING = "opsplay: this run is not remembered: cannot keep the journal in "
FIRST = ["CREATE TABLE mail (number INTEGER PRIMARY KEY, subject TEXT, body BLOB)"]
SECOND = ["ALTER TABLE mail ADD COLUMN size INTEGER", "UPDATE mail SET size = 0"]
SLOW = "- command: sh -c 'touch begun; sleep 60'"


@pytest.fixture(name="server", scope="module")
def _server() -> Iterator[Server]:
    with postgresql() as server:
        yield server


@pytest.fixture(name="url")
def _url(server: Server, monkeypatch: pytest.MonkeyPatch) -> str:
    url = server.new_database()
    monkeypatch.setenv("OPSPLAY_JOURNAL", url)
    return url


@pytest.fixture(name="machine")
def _machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[[str], Machine]:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("OPSPLAY_STATE_DIR", "")

    def machine(name: str) -> Machine:
        return Machine(tmp_path / name, capsys)

    return machine


@pytest.fixture(name="here")
def _here(machine: Callable[[str], Machine]) -> Machine:
    return machine("here")


@pytest.fixture(name="there")
def _there(machine: Callable[[str], Machine]) -> Machine:
    return machine("there")


def play(tasks: str) -> None:
    begin = "- hosts: localhost\n  tasks:\n"
    lines = [f"    {line}\n" for line in dedent(tasks).strip().splitlines()]
    Path("play.yml").write_text(begin + "".join(lines), "utf-8")


def rows(url: str, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(url) as connection:
        return connection.execute(query.encode()).fetchall()


# What is remembered -----------------------------------------------------------------------------


def test_what_one_machine_has_run_another_shows(url: str, here: Machine, there: Machine) -> None:
    play(r"""
        - debug: {msg: "nul \0, 日本語, 100 % ?"}
        - command: printf 'half of a pair \355\240\275, \377'
          register: odd
        - debug: {msg: "{{ odd.stdout }}"}
        - command: "false"
        """)
    said = here("run", "play.yml")
    assert said.err == ""
    assert there("runs", "show", "latest").out == said.out
    assert there.status() == ["failed"]
    assert not list(there.state.glob("journal*"))


def test_a_run_of_many_events_is_shown_in_their_order(
    url: str, here: Machine, there: Machine
) -> None:
    play("- debug: {msg: '{{ item }}'}\n  loop: '{{ range(500) | list }}'")
    said = here("run", "play.yml")
    assert said.out.count("ok: [localhost] => (item=") == 500
    assert there("runs", "show", "latest").out == said.out


def test_runs_are_forgotten(url: str, here: Machine, there: Machine) -> None:
    play("- command: 'true'")
    assert [here("run", "play.yml").code for _ in range(3)] == [0, 0, 0]
    assert there("runs", "prune", "--keep", "1").out == "2 forgotten, 1 kept\n"
    assert here.status() == ["ok"]
    assert rows(url, "SELECT count(DISTINCT run) FROM opsplay.batch") == [(1,)]


def test_a_run_goes_on_with_what_was_registered(url: str, here: Machine, there: Machine) -> None:
    play("""
        - command: sh -c 'echo once >> numbers; wc -l < numbers'
          register: number
        - command: test -e mended
        - copy: {content: "no. {{ number.stdout }}", dest: report}
        """)
    assert here("run", "play.yml").code == 2
    Path("mended").touch()
    said = there("resume")
    assert said.code == 0, said.err
    assert Path("report").read_text() == "no. 1"
    assert rows(url, "SELECT * FROM opsplay.claim") == rows(url, "SELECT * FROM opsplay.note") == []


def test_a_result_with_a_secret_is_whole_again_where_the_key_lies_and_nowhere_else(
    url: str, here: Machine, there: Machine
) -> None:
    play("""
        - command: echo {{ 'canary-1234' | secret }}
          register: shown
        - command: test -e mended
        - copy: {content: "{{ shown.stdout }}", dest: shown}
        """)
    assert here("run", "play.yml").code == 2
    [key] = (here.state / "keys").iterdir()
    tables = ("run", "batch", "claim", "note", "source")
    known = repr([rows(url, f"SELECT * FROM opsplay.{table}") for table in tables])
    assert "canary" not in known
    assert key.read_text() not in known
    Path("mended").touch()
    assert "its result held a secret" in there("resume").out
    said = here("resume")
    assert said.code == 0, said.out
    assert Path("shown").read_text() == "canary-1234"


def test_of_a_run_that_is_killed_all_that_was_printed_is_there(url: str, there: Machine) -> None:
    play("- debug: {msg: '{{ item }}'}\n  loop: '{{ range(5000) | list }}'")
    command = [sys.executable, "-m", "opsplay", "run", "play.yml"]
    with Path("printed").open("wb") as file, subprocess.Popen(command, stdout=file) as process:
        while Path("printed").stat().st_size < 50_000:
            assert process.poll() is None
            time.sleep(0.001)
        process.kill()
    printed = Path("printed").read_text("utf-8").rpartition("\n")[0]
    assert there("runs", "show", "latest").out.startswith(printed)


def test_what_must_outlive_a_power_cut_waits_for_the_disk(url: str) -> None:
    with closing(PostgreSQL(url, [])) as database:
        for outlives_power, expected in ((True, "on"), (False, "off"), (True, "on")):
            with database.transaction(outlives_power=outlives_power) as transaction:
                [level] = transaction.execute("SHOW synchronous_commit").fetchone()
            assert level == expected


# Who is at work ---------------------------------------------------------------------------------


def test_whether_a_run_of_another_machine_goes_on_is_told(
    url: str, here: Machine, there: Machine
) -> None:
    play(SLOW)
    with here.at_work("run", "play.yml") as process:
        assert there.status() == here.status() == ["running"]
        assert there("runs", "prune", "--keep", "0").out == "0 forgotten, 1 kept\n"
        process.kill()
        process.wait()
        # The server sees it a moment later.
        while there.status() == ["running"]:
            time.sleep(0.01)
    assert there.status() == here.status() == ["killed"]


def test_two_machines_cannot_resume_one_run_at_once(
    url: str, here: Machine, there: Machine
) -> None:
    play(f"- command: test -e mended\n{SLOW}")
    here("run", "play.yml")
    Path("mended").touch()
    [first] = [run["id"] for run in here("runs", "--json").events]
    with here.at_work("resume") as process:
        said = there("resume", first)
        assert said.code == 5
        assert f"process {process.pid} on {os.uname().nodename}" in said.err


def test_a_run_that_was_killed_is_resumed_once_the_server_knows(url: str, here: Machine) -> None:
    play(SLOW)
    with here.at_work("run", "play.yml"):
        pass
    with closing(Journal(here.state, url)) as dying:
        [record] = dying.records()
        while not dying.hold(record.owner):
            time.sleep(0.01)
        Timer(0.3, dying.close).start()
        said = here("resume", "--in-doubt", "skip")
    assert said.code == 0, said.err


def test_what_was_held_is_free_even_if_the_server_ends_the_session_late(
    url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def end(session: PatientConnection) -> None:
        late.push(session)

    with closing(PostgreSQL(url, [])) as other, ExitStack() as late:
        with closing(PostgreSQL(url, [])) as database, monkeypatch.context() as patch:
            assert database.hold("reports")
            patch.setattr(PatientConnection, "close", end)
            database.close()
        assert other.hold("reports")


def test_who_resumes_a_run_shuts_out_others_before_it_has_begun(
    url: str, here: Machine, there: Machine
) -> None:
    play("- command: 'false'")
    here("run", "play.yml")
    with closing(Journal(here.state, url)) as journal:
        [record] = journal.records()
        assert journal.hold(f"resume {journal.root(record)}")
        said = there("resume")
    assert (said.code, "is being resumed at this moment by another process" in said.err) == (
        5,
        True,
    )
    assert there("resume").code == 2


def test_a_run_of_another_machine_is_resumed_only_if_that_is_said(url: str, here: Machine) -> None:
    play("- command: test -e mended")
    here("run", "play.yml")
    with psycopg.connect(url) as connection:
        moved = "UPDATE opsplay.run SET facts = jsonb_set(facts::jsonb, '{machine}', '\"ant\"')"
        connection.execute(moved)
    Path("mended").touch()
    said = here("resume")
    assert (said.code, "was at work on ant, where it is remembered which mails" in said.err) == (
        5,
        True,
    )
    assert here("resume", "--force").code == 0


def test_a_lock_shuts_out_the_plays_of_other_machines(
    url: str, here: Machine, there: Machine
) -> None:
    play(SLOW)
    Path("play.yml").write_text(
        Path("play.yml").read_text().replace("- hosts", "- lock: reports\n  hosts")
    )
    Path("second.yml").write_text(
        "- lock: reports\n  hosts: localhost\n  tasks: [command: 'true']\n"
    )
    with here.at_work("run", "play.yml") as process:
        said = there("run", "second.yml")
        assert said.code == 4
        assert "the lock reports is held by a run on another machine" in said.err + said.out
        process.terminate()
    assert there("run", "second.yml").code == 0


def test_the_lock_of_a_run_that_was_killed_is_free_once_the_server_knows(
    url: str, here: Machine
) -> None:
    Path("play.yml").write_text("- lock: reports\n  hosts: localhost\n  tasks: [ping: ]\n")
    with closing(Journal(here.state, url)) as dying:
        assert dying.hold("lock reports")
        Timer(0.3, dying.close).start()
        said = here("run", "play.yml")
    assert said.code == 0, said.err


def test_a_lock_of_which_nobody_can_tell_stops_the_play(
    monkeypatch: pytest.MonkeyPatch, here: Machine
) -> None:
    monkeypatch.setenv("OPSPLAY_JOURNAL", f"postgresql://li:{PASSWORD}@127.0.0.1:1/runs")
    Path("play.yml").write_text(
        "- lock: reports\n  hosts: localhost\n  tasks: [command: touch x]\n"
    )
    said = here("run", "play.yml")
    assert (said.code, Path("x").exists()) == (4, False)
    assert (
        "nobody can tell who has the lock reports: cannot keep the journal" in said.err + said.out
    )


# A server that is not there ---------------------------------------------------------------------


def test_a_server_that_goes_away_is_one_warning_and_the_run_goes_on(
    monkeypatch: pytest.MonkeyPatch, here: Machine
) -> None:
    with postgresql() as server:
        monkeypatch.setenv("OPSPLAY_JOURNAL", server.url())
        play(f"""
            - debug: {{msg: before}}
            - command: sh -c 'kill -QUIT {server.process.pid}; sleep 0.2'
            - command: sh -c 'echo after > after'
            """)
        said = here("run", "play.yml")
        server.process.wait()
        listed = here("runs")
    assert (said.code, Path("after").read_text()) == (0, "after\n")
    assert "ok=3    changed=2" in said.out
    assert said.err.startswith(WARNING)
    assert said.err.count("\n") == 1
    assert (listed.code, "cannot keep the journal in postgresql://li:********@" in listed.err) == (
        1,
        True,
    )


def test_a_server_that_goes_away_is_in_the_way_of_no_resumed_run(
    monkeypatch: pytest.MonkeyPatch, here: Machine
) -> None:
    with postgresql() as server:
        monkeypatch.setenv("OPSPLAY_JOURNAL", server.url())
        play(f"""
            - command: test -e mended
            - command: sh -c 'kill -QUIT {server.process.pid}; sleep 0.2'
            """)
        assert here("run", "play.yml").code == 2
        Path("mended").touch()
        said = here("resume")
        server.process.wait()
    assert (said.code, said.err.count("\n")) == (0, 1), said.err
    assert said.err.startswith(WARNING)


def test_a_server_that_comes_back_knows_how_the_run_has_ended(url: str, here: Machine) -> None:
    query = (
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'opsplay'"
    )
    Path("cut.py").write_text(f"import psycopg\npsycopg.connect({url!r}).execute({query!r})\n")
    play(f"- debug: {{msg: before}}\n- command: {sys.executable} cut.py\n- debug: {{msg: after}}")
    said = here("run", "play.yml")
    assert (said.code, said.err.count(WARNING)) == (0, 1)
    [known] = here("runs", "--json").events
    assert (known["status"], known["lost"] > 0) == ("ok", True)


def test_a_server_that_is_not_there_is_one_warning(
    monkeypatch: pytest.MonkeyPatch, here: Machine
) -> None:
    monkeypatch.setenv("OPSPLAY_JOURNAL", f"postgresql://li:{PASSWORD}@127.0.0.1:1/runs")
    play("- command: 'true'")
    said = here("run", "play.yml")
    assert (said.code, "PLAY RECAP" in said.out) == (0, True)
    assert said.err.startswith(f"{WARNING}postgresql://li:********@127.0.0.1:1/runs: ")
    assert said.err.count("\n") == 1


@pytest.mark.parametrize("heard", [1, 1000, 2000, 3000])
def test_a_server_that_hangs_is_one_warning_and_the_run_goes_on(
    heard: int, server: Server, monkeypatch: pytest.MonkeyPatch, here: Machine
) -> None:
    monkeypatch.setattr(PatientConnection, "longest", 0.5)
    monkeypatch.setattr(address, "_PATIENCE", 2)
    url = server.new_database()
    with TcpProxy(down=Line(stall_after=heard)) as proxy:
        monkeypatch.setenv(
            "OPSPLAY_JOURNAL", url.replace(str(server.port), str(proxy.forward(server.port)))
        )
        play("- command: 'true'\n  loop: [1, 2, 3, 4, 5, 6, 7, 8, 9]")
        said = here("run", "play.yml")
    assert (said.code, "PLAY RECAP" in said.out) == (0, True)
    assert said.err.startswith(WARNING)
    assert re.search("the server has said nothing|timeout expired", said.err)
    assert said.err.count("\n") == 1


def test_what_a_server_says_acts_on_no_terminal(
    url: str, monkeypatch: pytest.MonkeyPatch, here: Machine
) -> None:
    monkeypatch.setenv("OPSPLAY_JOURNAL", f"{url}%1B%5B2J")
    play("- command: 'true'")
    said = here("run", "play.yml")
    assert (said.code, r'\x1b[2J" does not exist' in said.err) == (0, True)
    assert "\x1b" not in said.err


# The address ------------------------------------------------------------------------------------


@pytest.mark.parametrize("address", ["mysql://li@db/runs", "postgresql://li:geheim-xyzzy@[db/x"])
def test_an_address_that_is_none_is_told_before_anything_runs(
    address: str, monkeypatch: pytest.MonkeyPatch, here: Machine
) -> None:
    monkeypatch.setenv("OPSPLAY_JOURNAL", address)
    play("- command: touch begun")
    said = here("run", "play.yml")
    assert (said.code, Path("begun").exists()) == (5, False)
    assert "postgresql://user@host/database" in said.err
    assert "xyzzy" not in said.err


def test_what_must_be_installed_is_told(
    url: str, monkeypatch: pytest.MonkeyPatch, here: Machine
) -> None:
    monkeypatch.setitem(sys.modules, "psycopg", None)
    play("- command: touch begun")
    said = here("run", "play.yml")
    assert (said.code, Path("begun").exists()) == (5, False)
    assert "pip install 'opsplay[postgresql]'" in said.err
    assert here("run", "play.yml", "--no-journal").code == 0


def test_the_password_of_the_address_is_shown_nowhere_and_no_child_has_it(
    url: str, here: Machine
) -> None:
    play(f"""
        - command: env
        - debug: {{msg: "{PASSWORD} {{{{ lookup('env', 'OPSPLAY_JOURNAL') }}}}"}}
        """)
    said = here("run", "play.yml", "-vv")
    assert said.code == 0, said.err
    assert "OPSPLAY_STATE_DIR" in said.out
    assert "OPSPLAY_JOURNAL" not in said.out
    assert "li:********@" in here("settings").out
    told = said.out + said.err + here("settings").out + here("runs", "--json").out
    assert PASSWORD not in told
    tables = ("run", "batch", "note", "claim")
    assert PASSWORD not in str([rows(url, f"SELECT * FROM opsplay.{table}") for table in tables])


def test_a_password_that_is_wrong_is_not_shown(
    url: str, monkeypatch: pytest.MonkeyPatch, here: Machine
) -> None:
    monkeypatch.setenv("OPSPLAY_JOURNAL", url.replace(PASSWORD, "pa%24%24-wrong"))
    said = here("runs")
    assert (said.code, "password authentication failed" in said.err) == (1, True)
    assert "-wrong" not in said.err


def test_a_password_may_come_from_where_libpq_looks(
    url: str, monkeypatch: pytest.MonkeyPatch, here: Machine
) -> None:
    monkeypatch.setenv("OPSPLAY_JOURNAL", url.replace(f":{PASSWORD}", ""))
    monkeypatch.setenv("PGPASSWORD", PASSWORD)
    monkeypatch.setenv("OPSPLAY_SECRET_ENV", "PGPASS*")
    play("- command: env")
    said = here("run", "play.yml", "-v")
    assert (said.code, said.err, "PGPASSWORD" in said.out) == (0, "", False)
    assert here.status() == ["ok"]


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("postgresql://li@db.example.com/runs", "verify-full"),
        ("postgresql://li@db.example.com/runs?sslmode=disable", "disable"),
        ("postgresql:///runs?hostaddr=192.0.2.1", "verify-full"),
        ("postgresql://li@localhost/runs", None),
        ("postgresql:///runs", None),
        ("postgresql://%2Frun%2Fpostgresql/runs", None),
        ("postgresql:///?service=runs", None),
    ],
)
def test_of_another_machine_it_must_be_certain_who_it_is(
    address: str, expected: str | None
) -> None:
    assert parameters(address).get("sslmode") == expected


# Versions ---------------------------------------------------------------------------------------


def mails(url: str, *schema: list[str]) -> list[tuple[Any, ...]]:
    with closing(PostgreSQL(url, schema)) as database:
        return [*database.rows("SELECT * FROM mail")]


def test_tables_of_an_older_version_become_those_of_the_newest(url: str) -> None:
    with (
        closing(PostgreSQL(url, [FIRST])) as database,
        database.transaction() as transaction,
    ):
        transaction.execute("INSERT INTO mail (subject, body) VALUES (?, ?)", ("hello", b"\0\xff"))
    assert mails(url, FIRST, SECOND) == mails(url, FIRST, SECOND) == [(1, "hello", b"\0\xff", 0)]


def test_a_migration_that_fails_leaves_all_as_it_was(url: str) -> None:
    assert mails(url, FIRST) == []
    with pytest.raises(StateError, match='relation "letter" does not exist'):
        mails(url, FIRST, [*SECOND, "UPDATE letter SET size = 1"])
    assert mails(url, FIRST) == []


def test_what_a_newer_opsplay_has_written_is_refused(url: str, here: Machine) -> None:
    play("- command: 'true'")
    here("run", "play.yml")
    with psycopg.connect(url) as connection:
        connection.execute("UPDATE opsplay.version SET number = 99")
    said = here("run", "play.yml")
    assert (said.code, said.err.count("\n")) == (0, 1)
    assert "was written by a newer opsplay; use that one, or name another database" in said.err
    assert here("runs").code == 1
    assert rows(url, "SELECT count(*) FROM opsplay.run") == [(1,)]


def test_many_may_be_the_first_at_once(url: str) -> None:
    with ThreadPoolExecutor(8) as threads:
        found = [*threads.map(lambda _: mails(url, FIRST, SECOND), range(8))]
    assert found == [[]] * 8
    assert rows(url, "SELECT * FROM opsplay.version") == [(2,)]


def test_a_database_that_cannot_hold_every_text_is_refused(server: Server) -> None:
    url = server.new_database("ENCODING LATIN1 TEMPLATE template0")
    with pytest.raises(StateError, match="needs a database in UTF8, not LATIN1"):
        mails(url, FIRST)
