"""SQLite files in the state folder: their versions, and who may read them."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from opsplay.runner.database import in_words, open_database
from opsplay.runner.errors import StateError

FIRST = ["CREATE TABLE mail (subject TEXT)"]
SECOND = ["ALTER TABLE mail ADD COLUMN size INTEGER", "UPDATE mail SET size = 0"]
MAILS = "SELECT * FROM mail"


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Path:
    return tmp_path / "state" / "mails.sqlite"


def rows(file: Path, *versions: list[str], query: str = MAILS) -> list[tuple[object, ...]]:
    database = open_database(file, versions)
    try:
        return database.execute(query).fetchall()
    finally:
        database.close()


def with_one_mail(file: Path) -> None:
    database = open_database(file, [FIRST])
    with database:
        database.execute("INSERT INTO mail VALUES ('hello')")
    database.close()


def test_a_file_of_an_older_version_becomes_one_of_the_newest_and_keeps_what_it_holds(
    file: Path,
) -> None:
    with_one_mail(file)
    assert rows(file, FIRST, SECOND) == [("hello", 0)]
    assert rows(file, FIRST, SECOND) == [("hello", 0)]


def test_whoever_opens_a_new_file_waits_for_another_who_makes_its_tables(file: Path) -> None:
    file.parent.mkdir()
    first = sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    with closing(first):
        for statement in ("BEGIN IMMEDIATE", *FIRST, "PRAGMA user_version = 1"):
            first.execute(statement)
        made = threading.Timer(0.1, first.execute, ["COMMIT"])
        made.start()
        assert rows(file, FIRST) == []
        made.join()


def test_a_migration_that_fails_leaves_the_file_as_it_was(file: Path) -> None:
    with_one_mail(file)
    with pytest.raises(sqlite3.OperationalError, match="no such table"):
        open_database(file, [FIRST, [*SECOND, "UPDATE letter SET size = 1"]])
    assert rows(file, FIRST) == [("hello",)]


def test_a_file_of_a_newer_version_is_refused_and_left_alone(file: Path) -> None:
    rows(file, FIRST, SECOND)
    before = file.read_bytes()
    with pytest.raises(StateError, match=r"written by a newer opsplay; .*--state-dir"):
        open_database(file, [FIRST])
    assert file.read_bytes() == before


def test_state_is_for_its_user_alone_also_in_a_folder_that_others_may_enter(file: Path) -> None:
    file.parent.mkdir(mode=0o755)
    database = open_database(file, [FIRST])
    with database:
        database.execute("INSERT INTO mail VALUES ('hello')")
    assert {path.stat().st_mode & 0o777 for path in file.parent.iterdir()} == {0o600}
    assert len(list(file.parent.iterdir())) == 3
    database.close()


def test_a_reader_does_not_wait_for_a_writer(file: Path) -> None:
    with_one_mail(file)
    writer = open_database(file, [FIRST])
    writer.execute("INSERT INTO mail VALUES ('not yet')")
    assert rows(file, FIRST) == [("hello",)]
    writer.close()


def test_what_another_program_has_done_to_a_file_is_put_into_words(file: Path) -> None:
    file.parent.mkdir()
    file.write_text("no database " * 100)
    with pytest.raises(StateError, match=r"cannot keep state in .*state.*: .*--state-dir"):  # noqa: SIM117
        with in_words(file.parent):
            open_database(file, [FIRST])
