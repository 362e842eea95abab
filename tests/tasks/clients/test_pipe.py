from __future__ import annotations

import errno
import fcntl
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from opsplay.tasks.clients.pipe import Pipe, Refused, wide_pipe

MUCH = os.urandom(3_000_000)
PATIENCE = 10


@pytest.fixture(name="pipe")
def _pipe() -> Iterator[Pipe]:
    with closing(Pipe()) as pipe:
        yield pipe


@pytest.fixture(name="ends")
def _ends() -> Iterator[tuple[socket.socket, socket.socket]]:
    near, far = socket.socketpair()
    with near, far:
        near.settimeout(PATIENCE)
        yield near, far


@pytest.fixture(name="file")
def _file(tmp_path: Path) -> Iterator[int]:
    descriptor = os.open(tmp_path / "file", os.O_RDWR | os.O_CREAT)
    yield descriptor
    os.close(descriptor)


def open_files() -> set[str]:
    return {path.name for path in Path("/proc/self/fd").iterdir()}


def refuse(number: int) -> None:
    raise OSError(number, os.strerror(number))


def test_all_that_comes_is_in_the_file(
    pipe: Pipe, ends: tuple[socket.socket, socket.socket], file: int
) -> None:
    near, far = ends

    def send() -> None:
        far.sendall(MUCH)
        far.close()

    sender = threading.Thread(target=send)
    sender.start()
    offset = 0
    while count := pipe.fill(near):
        end = offset + count
        while offset < end:
            offset += pipe.pour(file, offset)
    sender.join()
    assert os.pread(file, len(MUCH) + 1, 0) == MUCH


def test_one_byte_is_not_kept_waiting(
    pipe: Pipe, ends: tuple[socket.socket, socket.socket]
) -> None:
    near, far = ends
    far.send(b"x")
    assert pipe.fill(near) == 1


def test_silence_is_waited_for_as_long_as_the_connection_says(
    pipe: Pipe, ends: tuple[socket.socket, socket.socket]
) -> None:
    near, _ = ends
    near.settimeout(0.01)
    with pytest.raises(TimeoutError):
        pipe.fill(near)


def test_what_a_file_does_not_take_can_be_had(
    pipe: Pipe, ends: tuple[socket.socket, socket.socket], tmp_path: Path
) -> None:
    near, far = ends
    far.send(b"12345")
    pipe.fill(near)
    descriptor = os.open(tmp_path / "file", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    with pytest.raises(OSError, match="Invalid argument"):
        pipe.pour(descriptor, 0)
    os.close(descriptor)
    assert pipe.rest() == b"12345"


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSYS, errno.EPERM])
def test_a_connection_that_the_system_keeps_out_loses_nothing(
    pipe: Pipe,
    ends: tuple[socket.socket, socket.socket],
    monkeypatch: pytest.MonkeyPatch,
    number: int,
) -> None:
    near, far = ends
    far.send(b"12345")
    monkeypatch.setattr(os, "splice", lambda *_: refuse(number))
    with pytest.raises(Refused):
        pipe.fill(near)
    assert near.recv(10) == b"12345"


def test_a_connection_that_fails_is_not_taken_for_one_kept_out(
    pipe: Pipe, ends: tuple[socket.socket, socket.socket], monkeypatch: pytest.MonkeyPatch
) -> None:
    near, far = ends
    far.send(b"12345")
    monkeypatch.setattr(os, "splice", lambda *_: refuse(errno.ECONNRESET))
    with pytest.raises(ConnectionResetError):
        pipe.fill(near)


def test_there_is_none_where_it_may_not_be_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    before = open_files()
    monkeypatch.setattr(fcntl, "fcntl", lambda *_: refuse(errno.EPERM))
    with wide_pipe() as pipe:
        assert pipe is None
        assert open_files() == before


def test_there_is_none_where_the_system_cannot_do_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(os, "splice")
    with wide_pipe() as pipe:
        assert pipe is None


def test_none_is_left_open() -> None:
    before = open_files()
    with wide_pipe() as pipe:
        assert pipe
    assert open_files() == before
