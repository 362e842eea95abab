"""A message is put together in memory, or in a file if it is large."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from io import BytesIO
from typing import NoReturn

import pytest

from opsplay.runner.task import TaskError
from opsplay.tasks.clients import mailbox
from opsplay.tasks.clients.mailbox import gathered


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "SPOOL_FROM", 10)


def no_spool() -> NoReturn:
    pytest.fail("a file is made for nothing")


@pytest.mark.parametrize("pieces", [[], [b""], [b"12345", b"67890"]])
def test_a_small_message_stays_in_memory(pieces: list[bytes]) -> None:
    assert gathered(pieces, no_spool) == b"".join(pieces)


@pytest.mark.parametrize("pieces", [[b"12345678901"], [b"123456789", b"01", b"", b"23"]])
def test_a_large_one_goes_to_a_file_that_is_read_from_its_start(pieces: list[bytes]) -> None:
    file = BytesIO()
    assert gathered(pieces, lambda: file) is file
    assert file.read() == b"".join(pieces)


def breaking_off() -> Iterator[bytes]:
    yield b"12345678901"
    raise TaskError("the server closed the connection")


def test_a_message_that_breaks_off_leaves_no_open_file() -> None:
    file = BytesIO()
    with pytest.raises(TaskError, match="closed the connection"):
        gathered(breaking_off(), lambda: file)
    assert file.closed


class FullDisk(BytesIO):
    def writelines(self, _: Iterable[object]) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_is_told_in_words() -> None:
    file = FullDisk()
    with pytest.raises(TaskError, match="cannot write a large mail to disk: No space left"):
        gathered([b"12345678901"], lambda: file)
    assert file.closed
