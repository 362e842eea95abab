"""An mbox holds each mail once and whole, whatever ended the run before."""

from __future__ import annotations

import fcntl
import mailbox
import os
import re
from io import BytesIO
from pathlib import Path
from typing import NoReturn

import pytest

from opsplay.runner.task import TaskError
from opsplay.tasks.mail_mbox import Mbox
from opsplay.tasks.mail_stores import Fetched

ONE = b"Subject: one\r\n\r\nFrom here\r\n>From there\r\nto From\r\n"
TWO = b"Subject: two\r\n\r\nno end"


def no_wait(_: float) -> NoReturn:
    pytest.fail("nobody has the mbox")


def keep(path: Path, *mails: bytes) -> list[bool]:
    """Keep mails, each under its number; tells of each whether it is new."""
    numbered = [Fetched("box", str(at), data) for at, data in enumerate(mails, 1)]
    return [kept.is_new for kept in Mbox(path, no_wait).keep(numbered)]


def bodies(path: Path) -> list[bytes]:
    """Read an mbox as an mboxrd is read."""
    with_from = re.split(rb"(?m)^From .*\n", path.read_bytes())[1:]
    return [re.sub(rb"(?m)^>(>*From )", rb"\1", each)[:-1] for each in with_from]


def unix(*mails: bytes) -> list[bytes]:
    lines = [data.replace(b"\r\n", b"\n") for data in mails]
    return [data if data.endswith(b"\n") else data + b"\n" for data in lines]


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return tmp_path / "new/box"


def test_mails_are_read_back_as_they_were(path: Path) -> None:
    assert keep(path, ONE, TWO) == [True, True]
    assert bodies(path) == unix(ONE, TWO)
    read = mailbox.mbox(path)
    assert [message["subject"] for message in read] == ["one", "two"]
    read.close()


def test_a_mail_is_added_once(path: Path) -> None:
    keep(path, ONE)
    assert keep(path, ONE, TWO) == [False, True]
    assert keep(path, ONE, TWO) == [False, False]
    assert bodies(path) == unix(ONE, TWO)


def test_what_other_programs_have_added_stays(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"From a@b Mon Nov 23 10:00:00 2026\nSubject: x\n\nx")
    keep(path, ONE)
    assert [body[:12] for body in bodies(path)] == [b"Subject: x\n\n", b"Subject: one"]
    assert keep(path, ONE) == [False]


def test_a_mail_that_holds_the_line_of_another_hides_none(path: Path) -> None:
    key = Fetched("box", "2", TWO).key
    evil = b"Subject: evil\r\n\r\nFrom %s@opsplay Mon\r\n" % key.encode()
    keep(path, evil)
    assert keep(path, evil, TWO) == [False, True]


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000, 5000])
def test_a_large_mail_is_quoted_as_a_small_one(
    path: Path, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    monkeypatch.setattr("opsplay.tasks.mail_stores._PIECE", size)
    data = b"Subject: x\r\n\r\n" + b"From a\r\n>>From b\r\n\r\n.\r\r\nlong %d\r\n" % 10**900 * 9
    Mbox(path, no_wait).keep([Fetched("box", "1", BytesIO(data))])
    assert bodies(path) == unix(data)


def die_while_appending(path: Path, count: int) -> None:
    """Leave what a run leaves that is killed with so many bytes of a second mail written."""
    path.with_name(".box.opsplay").write_bytes(b"%d" % path.stat().st_size)
    line = f"From {Fetched('box', '2', TWO).key}@opsplay Mon Nov 23 10:00:00 2026\n"
    with path.open("ab") as file:
        file.write((line.encode() + TWO * 9)[:count])


@pytest.mark.parametrize("count", [0, 1, 20, 60, 100])
def test_what_a_killed_run_has_begun_is_cut_off_and_done_again(path: Path, count: int) -> None:
    keep(path, ONE)
    die_while_appending(path, count)
    assert keep(path, ONE, TWO) == [False, True]
    assert bodies(path) == unix(ONE, TWO)
    assert list(path.parent.iterdir()) == [path]


def test_what_others_have_added_behind_it_is_not_cut_off(path: Path) -> None:
    keep(path, ONE)
    die_while_appending(path, 80)
    with path.open("ab") as file:
        file.write(b"From a@b Mon Nov 23 10:00:00 2026\nSubject: x\n\nx\n")
    with pytest.raises(TaskError, match="another program has added some since"):
        keep(path, ONE, TWO)
    assert path.read_bytes().endswith(b"Subject: x\n\nx\n")


@pytest.mark.parametrize("device", ["/dev/full", "/dev/null"])
def test_a_device_is_no_mbox(device: str) -> None:
    with pytest.raises(TaskError, match=f"cannot save mail in {device}: an mbox is a file"):
        keep(Path(device), ONE)


def test_a_full_disk_leaves_no_half_mail(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(path, ONE)

    def write(descriptor: int, data: bytes) -> int:
        if b"two" in bytes(data):
            raise OSError(28, os.strerror(28))
        return os.writev(descriptor, [data])

    monkeypatch.setattr(os, "write", write)
    with pytest.raises(TaskError, match=r"cannot save mail in .*: No space left on device"):
        keep(path, ONE, TWO)
    assert bodies(path) == unix(ONE)


def test_a_mail_program_that_has_the_lock_is_waited_for(path: Path) -> None:
    keep(path, ONE)
    held = os.open(path, os.O_RDWR)
    fcntl.flock(held, fcntl.LOCK_EX)
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        fcntl.flock(held, fcntl.LOCK_UN)

    assert Mbox(path, wait).keep([Fetched("box", "2", TWO)])[0].is_new
    assert len(waits) == 1
    os.close(held)
