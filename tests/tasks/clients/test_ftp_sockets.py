from __future__ import annotations

import math
import socket
from collections.abc import Iterator
from contextlib import closing

import pytest

from opsplay.tasks.clients import ftp_sockets
from opsplay.tasks.clients.ftp import FtpClient
from opsplay.tasks.clients.ftp_account import FtpAccount
from opsplay.tasks.clients.ftp_known import Known
from opsplay.tasks.clients.ftp_sockets import Sockets
from opsplay.tasks.clients.ftp_words import FtpError


@pytest.fixture(name="listener")
def _listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


def room(listener: socket.socket) -> int:
    """How many bytes may be on the way to a server."""
    sockets = Sockets(FtpAccount(host="127.0.0.1"), Known())
    with sockets.dial(socket.AF_INET, listener.getsockname()) as sock:
        return sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)


def test_little_is_on_its_way_to_a_server_nearby_and_much_to_others(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ftp_sockets, "_NEAR", math.inf)
    nearby = room(listener)
    monkeypatch.setattr(ftp_sockets, "_NEAR", 0)
    with socket.create_connection(listener.getsockname()) as sock:
        usual = sock.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF)
    assert nearby < room(listener) == usual


def test_an_address_that_does_not_answer_is_given_up() -> None:
    # A full backlog: the kernel drops further connections without a word.
    with (
        socket.create_server(("127.0.0.1", 0), backlog=0) as full,
        socket.create_connection(full.getsockname()),
        closing(
            FtpClient(FtpAccount(host="127.0.0.1", port=full.getsockname()[1], connect_timeout=0.1))
        ) as client,
        pytest.raises(FtpError, match=r"no answer within 0.1 s \(`connect_timeout`\)"),
    ):
        client.open()
