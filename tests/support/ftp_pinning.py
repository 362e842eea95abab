"""Lets few files be many enough for pyOpenSSL, and notes what is done by it."""

from __future__ import annotations

import pytest

from opsplay.tasks import ftp_lanes
from opsplay.tasks.clients import ftp_sockets, ftp_tls_pinned
from opsplay.tasks.clients.pinned_socket import PinnedSocket


def pin_few(monkeypatch: pytest.MonkeyPatch) -> list[PinnedSocket]:
    """Give the list of all connections that will have agreed on TLS."""
    agreed: list[PinnedSocket] = []

    class Watched(PinnedSocket):
        def do_handshake(self) -> None:
            super().do_handshake()
            agreed.append(self)

    monkeypatch.setattr(ftp_lanes, "_WORTH_PINNING", 2)
    monkeypatch.setattr(ftp_sockets, "_IN_NO_TIME", 3600)  # however busy the machine is
    monkeypatch.setattr(ftp_tls_pinned, "PinnedSocket", Watched)
    return agreed
