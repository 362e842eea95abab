from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from opsplay.tasks.clients.ftp_crowd import Crowd, Steps


@pytest.fixture(name="pair")
def _pair() -> Iterator[tuple[socket.socket, socket.socket]]:
    with ExitStack() as stack:
        ends = socket.socketpair()
        for end in ends:
            stack.enter_context(end)
        yield ends


def nothing() -> None:
    pass


def test_a_dialogue_goes_on_when_what_it_waits_for_is_there(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    heard: list[bytes] = []

    def listen() -> Steps[None]:
        ready = yield [(ours, select.POLLIN)]
        heard.append(ready.recv(10))

    def speak() -> Steps[None]:
        yield [(theirs, select.POLLOUT)]
        theirs.sendall(b"hello")

    Crowd(5, nothing).lead([listen(), speak()])
    assert heard == [b"hello"]


def test_the_first_of_several_sockets_that_is_ready_is_told(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    told: list[socket.socket] = []

    def wait() -> Steps[None]:
        told.append((yield [(ours, select.POLLIN), (theirs, select.POLLIN)]))

    ours.sendall(b"x")
    Crowd(5, nothing).lead([wait()])
    assert told == [theirs]


def test_one_that_waits_too_long_is_broken_off_and_the_others_go_on(
    pair: tuple[socket.socket, socket.socket],
) -> None:
    ours, theirs = pair
    ends: list[str] = []

    def stall() -> Steps[None]:
        try:
            yield [(ours, select.POLLIN)]
        except TimeoutError:
            ends.append("stalled")

    def speak() -> Steps[None]:
        for _ in range(3):
            yield [(theirs, select.POLLOUT)]
        ends.append("spoke")

    Crowd(0.01, nothing).lead([stall(), speak()])
    assert sorted(ends) == ["spoke", "stalled"]


def test_who_stops_it_ends_all_dialogues(pair: tuple[socket.socket, socket.socket]) -> None:
    ours, _ = pair
    closed: list[bool] = []

    def wait() -> Steps[None]:
        try:
            yield [(ours, select.POLLIN)]
        finally:
            closed.append(True)

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Crowd(5, stop).lead([wait()])
    assert closed == [True]
