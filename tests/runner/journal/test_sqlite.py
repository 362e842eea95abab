"""The journal of one machine: what waits for the disk, and what does not."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from opsplay.runner.journal.sqlite import SQLite

NORMAL, FULL = 1, 2


def test_what_must_outlive_a_power_cut_waits_for_the_disk(tmp_path: Path) -> None:
    with closing(SQLite(tmp_path / "journal.sqlite", [["CREATE TABLE a (b)"]])) as database:
        for outlives_power, expected in ((False, NORMAL), (True, FULL), (False, NORMAL)):
            with database.transaction(outlives_power=outlives_power) as transaction:
                [level] = transaction.execute("PRAGMA synchronous").fetchone()
            assert level == expected
