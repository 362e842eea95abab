"""Ports for servers that do not choose one by themselves, and tell it."""

from __future__ import annotations

import random
import socket

# The system gives these to nobody who asks for any port, so nobody has one before the server does.
_OURS = range(20_000, 32_000)
_PORTS = iter(random.SystemRandom().sample(_OURS, len(_OURS)))


def free_port() -> int:
    """Give another one each time."""
    return next(filter(_is_free, _PORTS))


def _is_free(port: int) -> bool:
    try:
        socket.create_server(("127.0.0.1", port)).close()
    except OSError:
        return False
    return True
