"""What `wait_for` cannot easily bring about; the rest is tested there."""

from __future__ import annotations

import socket
import time

import pytest

from opsplay.tasks.clients import port


def test_a_socket_that_reaches_itself_has_reached_nobody() -> None:
    with socket.socket() as lonely:
        lonely.bind(("127.0.0.1", 0))
        with pytest.raises(ConnectionRefusedError):
            port._connect(lonely, lonely.getsockname(), time.monotonic() + 1, lambda: None)


def test_all_addresses_of_a_host_are_tried() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        number = listener.getsockname()[1]
        with port.connect("localhost", number, seconds=1, check=lambda: None) as connection:
            assert connection.getpeername()[:2] == ("127.0.0.1", number)
