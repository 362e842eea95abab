"""What goes wrong on our own disk while files are moved."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from file_trees import rewrite, write
from ftp_exchange import DATA, HALF, Start
from ftp_faults import ALWAYS, OLD, Action, Fault, Session
from opsplay.runner.task import TaskError
from powers import largest_file, permissions_matter

LARGE = DATA * 64
"""More than the buffers of a connection hold: the server sees it before we have sent it all."""


def doing(act: Callable[[], object]) -> Action:
    def do(_: Session) -> None:
        act()

    return do


# A file that is sent

CHANGES: dict[str, Callable[[Path], object]] = {
    "grows": lambda path: path.write_bytes(LARGE + b"more"),
    "shrinks": lambda path: os.truncate(path, HALF),
    "becomes empty": lambda path: os.truncate(path, 0),
    "is written anew": lambda path: write(path, LARGE[::-1], OLD + 1),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_file_that_changes_while_it_is_sent_is_told(
    start: Start, tmp_path: Path, change: Callable[[Path], object]
) -> None:
    act = doing(lambda: change(tmp_path / "out/a"))
    exchange = start(Fault("STOR", act, at=1000))
    exchange.offer(LARGE)
    with pytest.raises(TaskError, match=r"out/a changed while it was sent; send it again"):
        exchange.upload(retries=0)
    assert exchange.arrived() == {}


def test_a_file_that_always_changes_never_arrives_mixed(start: Start, tmp_path: Path) -> None:
    contents = itertools.cycle([LARGE[::-1], LARGE])
    act = doing(lambda: rewrite(tmp_path / "out/a", next(contents)))
    exchange = start(Fault("STOR", act, at=1000, times=ALWAYS))
    exchange.offer(LARGE)
    with pytest.raises(TaskError, match=r"out/a changed while it was sent"):
        exchange.upload()
    assert exchange.arrived() == {}


def test_a_part_is_not_gone_on_with_if_the_file_changed_after_the_connection_broke(
    start: Start, tmp_path: Path
) -> None:
    def change_and_break(session: Session) -> None:
        write(tmp_path / "out/a", DATA[::-1], OLD + 1)
        session.leave()

    exchange = start(Fault("STOR", change_and_break, at=HALF))
    exchange.offer(DATA)
    exchange.upload()
    assert exchange.arrived() == {"a": DATA[::-1]}


def remove(path: Path) -> None:
    path.unlink()


def become_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def become_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


@pytest.mark.parametrize("change", [remove, become_folder, become_pipe])
def test_a_file_that_is_no_file_any_more_is_told(
    start: Start, tmp_path: Path, change: Callable[[Path], None]
) -> None:
    act = doing(lambda: change(tmp_path / "out/b"))
    exchange = start(Fault("STOR", act, about="a"))
    exchange.offer(b"1", "a")
    exchange.offer(b"2", "b")
    with pytest.raises(TaskError, match="out/b"):
        exchange.upload(src=["out/a", "out/b"])
    assert exchange.arrived() == {"a": b"1"}


def test_a_file_that_may_not_be_read_is_told(start: Start, tmp_path: Path) -> None:
    exchange = start()
    exchange.offer(b"1", "a")
    (tmp_path / "out/a").chmod(0)
    with (
        permissions_matter(),
        pytest.raises(TaskError, match=r"cannot read .*out/a: Permission denied"),
    ):
        exchange.upload()
    assert exchange.arrived() == {}


def test_a_folder_that_may_not_be_listed_is_told(start: Start, tmp_path: Path) -> None:
    exchange = start()
    exchange.offer(b"1", "sub/a")
    (tmp_path / "out/sub").chmod(0)
    with permissions_matter(), pytest.raises(TaskError, match=r"out/sub.*: Permission denied"):
        exchange.upload()
    assert exchange.arrived() == {}


def test_a_pipe_in_the_tree_is_told_and_not_waited_for(start: Start, tmp_path: Path) -> None:
    exchange = start()
    exchange.offer(b"1", "a")
    os.mkfifo(tmp_path / "out/pipe")
    with pytest.raises(TaskError, match="pipe"):
        exchange.upload()


# A place that is written to


def test_a_full_disk_is_told_and_the_old_file_stays(start: Start, tmp_path: Path) -> None:
    exchange = start(way="down")
    exchange.offer(DATA)
    exchange.lies_there(b"old")
    with largest_file(HALF), pytest.raises(TaskError, match=r"cannot write .*in/a: File too large"):
        exchange.download()
    assert exchange.arrived() == {"a": b"old"}
    assert exchange.attempts() == 1


def test_after_a_full_disk_the_session_serves_the_next_step(start: Start) -> None:
    exchange = start(way="down")
    exchange.offer(DATA)
    with largest_file(HALF), pytest.raises(TaskError):
        exchange.download()
    exchange.download()
    assert exchange.arrived() == {"a": DATA}


def test_a_folder_that_may_not_be_written_to_is_told(start: Start, tmp_path: Path) -> None:
    exchange = start(way="down")
    exchange.offer(DATA)
    (tmp_path / "in").mkdir(mode=0o500)
    with permissions_matter(), pytest.raises(TaskError, match=r"in/a.*: Permission denied"):
        exchange.download()
    assert exchange.arrived() == {}


def test_a_folder_that_vanishes_while_a_file_is_fetched_is_told(
    start: Start, tmp_path: Path
) -> None:
    def remove_folder() -> None:
        for part in (tmp_path / "in").iterdir():
            part.unlink()
        (tmp_path / "in").rmdir()

    exchange = start(Fault("RETR", doing(remove_folder), at=HALF), way="down")
    exchange.offer(DATA)
    with pytest.raises(TaskError, match="in/a"):
        exchange.download(retries=0)
