"""Drafts have names only once they are whole, with the system's help and without."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from opsplay.tasks import mail_drafts
from opsplay.tasks.mail_drafts import discard, draft, place, sync


@pytest.fixture(autouse=True, params=["nameless", "hidden"])
def _kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "hidden":
        monkeypatch.setattr(mail_drafts, "_NAMELESS", 0)


def test_a_draft_is_not_seen_before_it_is_placed(tmp_path: Path) -> None:
    file = draft(tmp_path)
    file.write(b"x")
    assert not list(tmp_path.glob("[!.]*"))
    sync(file)
    assert place(file, tmp_path / "a")
    discard(file)
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]
    assert (tmp_path / "a").read_bytes() == b"x"


def test_what_is_there_is_not_replaced(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"old")
    file = draft(tmp_path)
    file.write(b"new")
    sync(file)
    assert not place(file, tmp_path / "a")
    assert place(file, tmp_path / "b")
    discard(file)
    assert [(tmp_path / name).read_bytes() for name in ("a", "b")] == [b"old", b"new"]


def test_a_draft_that_is_dropped_leaves_nothing(tmp_path: Path) -> None:
    file = draft(tmp_path)
    file.write(b"x")
    discard(file)
    assert not list(tmp_path.iterdir())


def test_a_file_system_without_nameless_files_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_drafts, "_NAMELESS", os.O_DIRECTORY)
    file = draft(tmp_path)
    assert place(file, tmp_path / "a")
    discard(file)
    assert list(tmp_path.iterdir()) == [tmp_path / "a"]


def test_what_killed_runs_have_left_goes_and_what_is_being_written_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_drafts, "_NAMELESS", 0)
    old, new = tmp_path / ".opsplay-a.part", tmp_path / ".opsplay-b.part"
    for left in (old, new):
        left.touch()
    os.utime(old, (0, 0))
    mail_drafts.discard(mail_drafts.draft(tmp_path))
    assert list(tmp_path.iterdir()) == [new]
