"""How many may come, how long they may be silent, and how fast they may be."""

from __future__ import annotations

import ftplib
import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from ftp_serving import client, secure, served, tls
from opsplay.tasks.servers.certificate import Certificate
from opsplay.tasks.servers.ftp_data import Data
from told import Told


def test_one_client_too_many_is_turned_away_and_told(files: Path) -> None:
    told = Told()
    with served(files, max_connections=2, on_event=told) as server:
        with client(server) as one, client(server) as two:
            with pytest.raises(ftplib.error_temp, match="421 Too many connections"), client(server):
                pass
            assert one.nlst() == two.nlst() == []
        told.wait_for("li@127.0.0.1 disconnected")
        assert "somebody@127.0.0.1 was turned away (too many connections)" in told
        with client(server):
            pass


def test_one_client_too_many_from_an_address_is_turned_away(files: Path) -> None:
    with (
        served(files, max_connections_per_ip=1) as server,
        client(server),
        pytest.raises(ftplib.error_temp, match="421 Too many connections from the same IP"),
        client(server),
    ):
        pass


def test_a_silent_client_is_sent_away_and_told(files: Path) -> None:
    told = Told()
    with (
        served(files, idle_timeout=3, on_event=told) as server,
        client(server) as ftp,
        pytest.raises(ftplib.error_temp, match="421 Control connection timed out"),
    ):
        ftp.voidresp()
    assert "li@127.0.0.1 was silent for too long" in told


def test_a_stalled_transfer_is_given_up(files: Path) -> None:
    with (
        served(files, data_timeout=0.1) as server,
        client(server) as ftp,
        # On a slow machine this may be said in place of the 150.
        pytest.raises(ftplib.error_temp, match="421 Data connection timed out"),
        ftp.transfercmd("STOR a"),
    ):
        ftp.voidresp()


def test_rates_are_kept_to_and_nothing_is_lost(files: Path, certificate: Certificate) -> None:
    data = os.urandom(40_000)
    received = bytearray()
    rates = {"upload_rate": 400_000, "download_rate": 400_000}
    with (
        served(files, tls=tls(certificate), **rates) as server,
        secure(server, certificate) as ftp,
    ):
        (files / "down").write_bytes(data)
        with (files / "down").open("rb") as file:
            ftp.storbinary("STOR up", file)
        ftp.retrbinary("RETR down", received.extend)
        handler = server._server.handler
        assert (handler.dtp_handler.read_limit, handler.dtp_handler.write_limit) == (400_000,) * 2
    assert (files / "up").read_bytes() == received == data


def test_a_rate_is_kept_by_pauses_that_add_up(monkeypatch: pytest.MonkeyPatch) -> None:
    pauses: list[float] = []
    monkeypatch.setattr("opsplay.tasks.servers.ftp_data.time.monotonic", lambda: 100.0)
    data = Data.__new__(Data)
    data.ioloop = SimpleNamespace(
        call_later=lambda seconds, *_, **__: pauses.append(seconds), unregister=lambda _: None
    )
    data._closed, data._fileno, data._timenext = False, 1, 0
    for _ in range(4):
        data._throttle_bandwidth(500, 1000)
    assert pauses == [0.5, 1.0, 1.5, 2.0]


def test_the_address_outside_of_a_router_is_what_clients_are_told(files: Path) -> None:
    with served(files, masquerade_address="192.0.2.7") as server, client(server) as ftp:
        assert ftp.sendcmd("PASV").startswith("227 Entering passive mode (192,0,2,7,")
