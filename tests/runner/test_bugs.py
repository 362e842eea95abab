"""What nobody foresaw is told without secrets, wherever it happens."""

from __future__ import annotations

import errno
import os
import threading
from pathlib import Path

import pytest

from opsplay.runner import bugs, system_faults
from opsplay.runner.cli import main
from opsplay.runner.secrets import MASK, Secrets

SECRET = "tr0ub4dor"


@pytest.fixture
def secrets() -> Secrets:
    known = Secrets()
    known.add(SECRET)
    return known


def fail() -> None:
    raise ValueError(f"{SECRET} \x1b[2J")


def test_a_thread_that_dies_does_not_tell(
    secrets: Secrets, capsys: pytest.CaptureFixture[str]
) -> None:
    with bugs.of_threads_told(secrets):
        thread = threading.Thread(target=fail)
        thread.start()
        thread.join()
    told = capsys.readouterr().err
    assert f"ValueError: {MASK} \\x1b[2J" in told
    assert SECRET not in told
    assert "in fail" in told


def test_threads_are_as_they_were_afterwards(secrets: Secrets) -> None:
    before = threading.excepthook
    with bugs.of_threads_told(secrets):
        assert threading.excepthook is not before
    assert threading.excepthook is before


def test_a_cause_does_not_tell_either(secrets: Secrets) -> None:
    try:
        fail()
    except ValueError as error:
        other = RuntimeError("another")
        other.__cause__ = error
        assert SECRET not in bugs.told(other, secrets)


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.ENOSPC, "", "out"), "No space left on device (out): make room there"),
        (OSError(errno.EROFS, "", b"out"), "Read-only file system (out): it can only be read"),
        (OSError(errno.EFBIG, "", "a"), "File too large (a): the limit of `ulimit -f` is reached"),
        (MemoryError(), "there is no memory left"),
        (FileNotFoundError(errno.ENOENT, "", "out"), ""),
        (RuntimeError("another"), ""),
        (OSError("no number"), ""),
    ],
)
def test_what_the_system_refuses_is_no_bug(error: Exception, words: str) -> None:
    assert system_faults.told(error) == words


def test_what_may_not_be_read_is_told_with_its_name() -> None:
    told = system_faults.told(PermissionError(errno.EACCES, "", "roles"))
    assert told.startswith("Permission denied (roles): look at its permissions")


def test_a_name_that_is_too_long_is_no_bug(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["run", str(tmp_path / ("a" * 300))]) == 1
    assert capsys.readouterr().err.startswith("opsplay: File name too long (")


def test_what_the_system_refuses_is_told_without_a_traceback(secrets: Secrets) -> None:
    told = bugs.told(OSError(errno.EMFILE, "", SECRET), secrets)
    assert told.startswith(f"opsplay: {os.strerror(errno.EMFILE)} ({MASK}): ")
    assert "Traceback" not in told
