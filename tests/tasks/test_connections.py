from __future__ import annotations

import socket

from opsplay.tasks import connections


def test_whoever_is_connected_to_a_port_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        assert connections.peers(port, connections.ACTIVE) == set()
        with socket.create_connection(("127.0.0.1", port)):
            assert connections.peers(port, ["ESTABLISHED"]) == {"127.0.0.1"}
            assert connections.peers(port, ["SYN_SENT"]) == set()
