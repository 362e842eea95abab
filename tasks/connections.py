"""Who is connected to a port of this machine, as the kernel of Linux tells it."""

from __future__ import annotations

import socket
import struct
import sys
from collections.abc import Collection, Iterator
from pathlib import Path

_FILES = (Path("/proc/net/tcp"), Path("/proc/net/tcp6"))
_STATES = {
    "ESTABLISHED": 1,
    "SYN_SENT": 2,
    "SYN_RECV": 3,
    "FIN_WAIT1": 4,
    "FIN_WAIT2": 5,
    "TIME_WAIT": 6,
}
ACTIVE = tuple(_STATES)
_MAPPED = "::ffff:"


def peers(port: int, states: Collection[str]) -> set[str]:
    """The addresses at the other ends of connections in one of these states."""
    wanted = {_STATES[name] for name in states if name in _STATES}
    return {
        address
        for path in _FILES
        if path.exists()
        for own_port, address, state in _connections(path.read_text("ascii"))
        if own_port == port and state in wanted
    }


def _connections(table: str) -> Iterator[tuple[int, str, int]]:
    for line in table.splitlines()[1:]:
        _, own, other, state, *_ = line.split()
        yield int(own.rpartition(":")[2], 16), _address(other.partition(":")[0]), int(state, 16)


def _address(digits: str) -> str:
    """Each group of four bytes is written as the machine holds a number."""
    words = [int(digits[at : at + 8], 16) for at in range(0, len(digits), 8)]
    order = "<" if sys.byteorder == "little" else ">"
    packed = struct.pack(f"{order}{len(words)}I", *words)
    family = socket.AF_INET if len(words) == 1 else socket.AF_INET6
    return socket.inet_ntop(family, packed).removeprefix(_MAPPED)
