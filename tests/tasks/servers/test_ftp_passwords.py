"""Logging in: passwords in clear and hashed, and what guessing them costs."""

from __future__ import annotations

import ftplib
import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from ftp_serving import client, served
from opsplay.tasks.servers.ftp import FtpUser
from told import Told

MD5 = "$1$saltsalt$wTLsTBb/.H7e4VHujepbF0"


def test_a_hashed_password_opens_the_door_and_another_does_not(files: Path) -> None:
    users = [FtpUser(name="li", password_hash=MD5, home=files, permissions="elr")]
    with served(files, users=users) as server:
        with client(server) as ftp:
            assert ftp.pwd() == "/"
        with pytest.raises(ftplib.error_perm, match="530"), client(server, "wrong"):
            pass


def test_while_a_password_is_checked_the_others_are_served(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def slow(*_: object) -> bool:
        asked.set()
        return go_on.wait(60)

    monkeypatch.setattr("opsplay.tasks.servers.password_hashes.matches", slow)
    users = [
        FtpUser(name="bo", password_hash=MD5, home=files, permissions="elr"),
        FtpUser(name="li", password="geheim", home=files, permissions="elr"),
    ]
    with served(files, users=users) as server, ftplib.FTP(timeout=60) as waiting:
        waiting.connect("127.0.0.1", server.port)
        waiting.sendcmd("USER bo")
        waiting.putcmd("PASS x")
        assert asked.wait(60)
        with client(server) as ftp:
            assert ftp.nlst() == []
        go_on.set()
        assert waiting.voidresp().startswith("230")


@pytest.mark.parametrize("account", [{"password": "geheim"}, {"password_hash": MD5}])
@pytest.mark.parametrize(
    ("password", "answers"),
    [("geheim", ["331", "230", "257", "221"]), ("wrong", ["331", "530", "530", "221"])],
)
def test_commands_sent_without_waiting_are_answered_in_order(
    files: Path, account: dict[str, str], password: str, answers: list[str]
) -> None:
    users = [FtpUser(name="li", home=files, permissions="elr", **account)]
    with (
        served(files, users=users) as server,
        socket.create_connection(("127.0.0.1", server.port)) as connection,
        connection.makefile("r") as replies,
    ):
        connection.sendall(f"USER li\r\nPASS {password}\r\nPWD\r\nQUIT\r\n".encode())
        assert [line[:3] for line in replies] == ["220", *answers]


def test_commands_without_end_before_the_answer_end_the_connection(
    files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    monkeypatch.setattr("opsplay.tasks.servers.password_hashes.matches", lambda *_: go_on.wait(60))
    users = [FtpUser(name="li", password_hash=MD5, home=files, permissions="elr")]
    with (
        served(files, users=users) as server,
        socket.create_connection(("127.0.0.1", server.port)) as connection,
    ):
        with suppress(ConnectionError):
            connection.sendall(b"USER li\r\nPASS geheim\r\n" + b"NOOP\r\n" * 1000)
            while connection.recv(1000):
                pass
        go_on.set()


def test_a_hash_that_cannot_be_checked_is_told_to_us_and_not_to_the_client(files: Path) -> None:
    told = Told()
    users = [FtpUser(name="li", password_hash="$2b$99$nonsense", home=files, permissions="elr")]
    with (
        served(files, users=users, on_event=told) as server,
        pytest.raises(ftplib.error_perm, match="530 Authentication failed"),
        client(server),
    ):
        pass
    assert any("has a password that cannot be checked" in line for line in told)


def test_after_some_wrong_passwords_the_connection_ends(files: Path) -> None:
    with served(files, login_attempts=2) as server, ftplib.FTP(timeout=60) as ftp:
        ftp.connect("127.0.0.1", server.port)
        for words in ("530 Authentication failed.$", "530 .* Disconnecting"):
            with pytest.raises(ftplib.error_perm, match=words):
                ftp.login("li", "wrong")
        with pytest.raises((EOFError, ConnectionError)):
            ftp.voidcmd("NOOP")


def test_stopping_does_not_wait_for_an_answer_that_is_put_off(files: Path) -> None:
    with served(files, login_delay=3600) as server, ftplib.FTP(timeout=60) as ftp:
        ftp.connect("127.0.0.1", server.port)
        ftp.sendcmd("USER li")
        ftp.putcmd("PASS wrong")
        server.stop()
        with pytest.raises((EOFError, ConnectionError)):
            ftp.voidresp()
