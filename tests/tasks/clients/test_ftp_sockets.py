from __future__ import annotations

import math
import socket
from collections.abc import Iterator

import pytest

from opsplay.tasks.clients import ftp_sockets
from opsplay.tasks.clients.ftp_account import FtpAccount
from opsplay.tasks.clients.ftp_known import Known
from opsplay.tasks.clients.ftp_sockets import Sockets


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
