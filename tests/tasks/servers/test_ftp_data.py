"""Transfers that break off are never taken for whole, and nobody waits for ever."""

from __future__ import annotations

import ftplib
import socket
import struct
import time
from contextlib import suppress
from pathlib import Path

import pytest

from ftp_serving import client, put, served
from powers import largest_file
from told import Told


def test_an_upload_that_is_reset_is_not_taken_for_whole(files: Path) -> None:
    told = Told()
    with served(files, on_event=told) as server, client(server) as ftp:
        connection = ftp.transfercmd("STOR a")
        connection.sendall(bytes(100_000))
        while not (files / "a").stat().st_size:
            time.sleep(0.01)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        with pytest.raises(ftplib.error_temp, match=r"426 .* not whole"):
            ftp.voidresp()
    assert any("uploaded a part of /a" in line for line in told)


def test_a_text_that_ends_with_a_carriage_return_keeps_it(files: Path) -> None:
    with served(files) as server, client(server) as ftp:
        ftp.voidcmd("TYPE A")
        put(ftp, "a", b"one\r\ntwo\r")
    assert (files / "a").read_bytes() == b"one\ntwo\r"


def test_an_active_data_connection_that_has_ended_takes_nobody_elses_place(files: Path) -> None:
    """It was closed once more before the next, whoever had its number by then."""
    with served(files) as server, client(server) as ftp:
        ftp.set_pasv(False)
        put(ftp, "a")
        with client(server) as other:
            put(ftp, "b")
            assert other.voidcmd("NOOP")
        with pytest.raises(ftplib.error_temp, match="425 There is no data connection"):
            ftp.sendcmd("RETR a")


@pytest.mark.parametrize("command", ["STOR a", "RETR there", "MLSD"])
def test_without_a_data_connection_nobody_waits_for_one(files: Path, command: str) -> None:
    (files / "there").touch()
    with served(files) as server, client(server) as ftp:
        with pytest.raises(ftplib.error_temp, match="425 There is no data connection"):
            ftp.sendcmd(command)
        put(ftp, "b")
    assert not (files / "a").exists()


def answers(ftp: ftplib.FTP, command: str) -> list[str]:
    """The codes of all that is said to a command, until it is done with."""
    ftp.putcmd(command)
    codes = [ftp.getmultiline()[:3]]
    while codes[-1] < "200":
        codes.append(ftp.getmultiline()[:3])
    return codes


@pytest.mark.parametrize("command", ["STOR a", "RETR there", "MLSD"])
def test_a_data_connection_that_is_cut_at_once_is_told(files: Path, command: str) -> None:
    (files / "there").touch()
    with served(files) as server, client(server) as ftp:
        connection = socket.create_connection(ftp.makepasv())
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        assert answers(ftp, command)[-1] in {"425", "426"}


def test_an_upload_whose_client_has_gone_is_not_taken_for_whole(files: Path) -> None:
    told = Told()
    with served(files, on_event=told) as server:
        with client(server) as ftp:
            connection = ftp.transfercmd("STOR a")
            connection.sendall(b"half of")
            ftp.close()
            connection.close()
        told.wait_for("li@127.0.0.1 disconnected")
    assert any("uploaded a part of /a" in line for line in told)


@pytest.mark.parametrize("size", [6_000, 300_000])
def test_an_upload_for_which_there_is_no_room_is_refused(files: Path, size: int) -> None:
    with served(files) as server, client(server) as ftp, largest_file(4096):
        with suppress(ConnectionError), ftp.transfercmd("STOR a") as connection:
            connection.sendall(bytes(size))
        with pytest.raises(ftplib.error_temp, match="452 File too large; the file is not whole"):
            ftp.voidresp()
