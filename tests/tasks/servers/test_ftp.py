"""The FTP server itself: TLS, limits, the walls of a home, and transfers that break off."""

from __future__ import annotations

import ftplib
import os
import resource
import socket
import ssl
import struct
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from opsplay.tasks.servers import ftp_tls
from opsplay.tasks.servers.certificate import Certificate, make_certificate
from opsplay.tasks.servers.ftp import FtpServer, FtpServerOptions, FtpUser
from opsplay.tasks.servers.ftp_data import Data
from told import Told

MD5 = "$1$saltsalt$wTLsTBb/.H7e4VHujepbF0"


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture(name="certificate", scope="module")
def _certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("tls"))


@contextmanager
def served(home: Path, **options: Any) -> Iterator[FtpServer]:
    user = FtpUser(name="li", password="geheim", home=home, permissions="elradfmwMT")
    with FtpServer(FtpServerOptions(**{"users": [user], **options})) as server:
        yield server


@contextmanager
def client(server: FtpServer, password: str = "geheim") -> Iterator[ftplib.FTP]:
    with ftplib.FTP(timeout=10) as ftp:
        ftp.connect("127.0.0.1", server.port)
        ftp.login("li", password)
        yield ftp


def put(ftp: ftplib.FTP, name: str, data: bytes = b"x") -> None:
    with ftp.transfercmd(f"STOR {name}") as connection:
        connection.sendall(data)
    ftp.voidresp()


# TLS


@contextmanager
def secure(server: FtpServer, certificate: Certificate) -> Iterator[ftplib.FTP_TLS]:
    context = ssl.create_default_context(cafile=str(certificate.ca_file))
    with ftplib.FTP_TLS(context=context, timeout=10) as ftp:
        ftp.connect("localhost", server.port)
        ftp.auth()
        ftp.login("li", "geheim")
        ftp.prot_p()
        yield ftp


def tls(certificate: Certificate, *, required: bool = True) -> ftp_tls.FtpTls:
    context = ftp_tls.context(certificate.cert_file, certificate.key_file)
    return ftp_tls.FtpTls(context, required=required)


def test_files_go_up_and_down_over_tls(home: Path, certificate: Certificate) -> None:
    data = os.urandom(3_000_000)
    (home / "down").write_bytes(data)
    received = bytearray()
    with served(home, tls=tls(certificate)) as server, secure(server, certificate) as ftp:
        with (home / "down").open("rb") as file:
            ftp.storbinary("STOR up", file)
        ftp.retrbinary("RETR down", received.extend)
    assert received == data
    assert (home / "up").read_bytes() == data


@pytest.mark.parametrize("command", ["NLST", "MLSD", "LIST", "RETR empty"])
def test_what_is_empty_is_sent_over_tls(home: Path, certificate: Certificate, command: str) -> None:
    if command == "RETR empty":
        (home / "empty").touch()
    received = bytearray()
    with served(home, tls=tls(certificate)) as server, secure(server, certificate) as ftp:
        for _ in range(20):
            ftp.retrbinary(command, received.extend)
    assert not received


def test_a_client_may_use_its_session_again_for_data(home: Path, certificate: Certificate) -> None:
    with served(home, tls=tls(certificate)) as server, secure(server, certificate) as ftp:
        control = ftp.sock
        assert isinstance(control, ssl.SSLSocket)
        host, port = ftp.makepasv()
        ftp.putcmd("NLST")
        with (
            socket.create_connection((host, port)) as plain,
            ftp.context.wrap_socket(
                plain, server_hostname="localhost", session=control.session
            ) as data,
        ):
            assert data.session_reused
            assert data.recv(1) == b""
        assert ftp.getresp().startswith("150")
        ftp.voidresp()


def test_required_means_for_passwords_and_for_files(home: Path, certificate: Certificate) -> None:
    told = Told()
    with served(home, tls=tls(certificate), on_event=told) as server:
        with pytest.raises(ftplib.error_perm, match="TLS required on the control"), client(server):
            pass
        with secure(server, certificate) as ftp:
            ftp.prot_c()
            with pytest.raises(ftplib.error_perm, match="TLS required on the data"):
                ftp.nlst()
    refusal = "somebody@127.0.0.1 was refused USER li (SSL/TLS required on the control channel.)"
    assert refusal in told
    assert "geheim" not in " ".join(told)


def test_optional_means_that_old_clients_may_come(home: Path, certificate: Certificate) -> None:
    with served(home, tls=tls(certificate, required=False)) as server:
        with client(server) as ftp:
            put(ftp, "plain")
        with secure(server, certificate) as secured:
            assert secured.nlst() == ["plain"]


def test_tls_before_1_2_is_refused_and_told(home: Path, certificate: Certificate) -> None:
    told = Told()
    context = ssl.create_default_context(cafile=str(certificate.ca_file))
    context.set_ciphers("DEFAULT:@SECLEVEL=0")
    with pytest.warns(DeprecationWarning, match="TLSVersion.TLSv1_1"):
        context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with (
        served(home, tls=tls(certificate), on_event=told) as server,
        ftplib.FTP_TLS(context=context, timeout=10) as ftp,
    ):
        ftp.connect("localhost", server.port)
        with pytest.raises(ssl.SSLError, match="protocol version"):
            ftp.auth()
    assert "somebody@127.0.0.1 failed to agree on TLS (unsupported protocol)" in told


def test_an_upload_without_the_goodbye_of_tls_may_be_cut_short(
    home: Path, certificate: Certificate
) -> None:
    with served(home, tls=tls(certificate)) as server, secure(server, certificate) as ftp:
        connection = ftp.transfercmd("STOR a")
        connection.sendall(b"half of")
        connection.close()
        with pytest.raises(ftplib.error_temp, match=r"426 .* not whole"):
            ftp.voidresp()


@pytest.mark.parametrize(
    ("cert_file", "key_file", "words"),
    [
        ("nothing", "server.key", "nothing is no certificate in PEM"),
        ("server.pem", "other.key", "other.key is not the key of .*server.pem"),
        ("server.pem", "locked.key", "locked.key is not the key of .*server.pem"),
    ],
)
def test_files_that_are_no_certificate_and_key_are_told(
    certificate: Certificate, cert_file: str, key_file: str, words: str
) -> None:
    folder = certificate.cert_file.parent
    (folder / "nothing").write_text("nothing")
    (folder / "more").mkdir(exist_ok=True)
    other = make_certificate(folder / "more").key_file
    (folder / "other.key").write_bytes(other.read_bytes())
    (folder / "locked.key").write_bytes(locked(other.read_bytes()))
    with pytest.raises(ValueError, match=words):
        ftp_tls.context(folder / cert_file, folder / key_file)


def locked(key: bytes) -> bytes:
    from cryptography.hazmat.primitives import serialization as pem

    return pem.load_pem_private_key(key, None).private_bytes(
        pem.Encoding.PEM, pem.PrivateFormat.PKCS8, pem.BestAvailableEncryption(b"secret")
    )


# Passwords


def test_a_hashed_password_opens_the_door_and_another_does_not(home: Path) -> None:
    users = [FtpUser(name="li", password_hash=MD5, home=home, permissions="elr")]
    with served(home, users=users) as server:
        with client(server) as ftp:
            assert ftp.pwd() == "/"
        with pytest.raises(ftplib.error_perm, match="530"), client(server, "wrong"):
            pass


def test_while_a_password_is_checked_the_others_are_served(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def slow(*_: object) -> bool:
        asked.set()
        return go_on.wait(10)

    monkeypatch.setattr("opsplay.tasks.servers.password_hashes.matches", slow)
    users = [
        FtpUser(name="bo", password_hash=MD5, home=home, permissions="elr"),
        FtpUser(name="li", password="geheim", home=home, permissions="elr"),
    ]
    with served(home, users=users) as server, ftplib.FTP(timeout=10) as waiting:
        waiting.connect("127.0.0.1", server.port)
        waiting.sendcmd("USER bo")
        waiting.putcmd("PASS x")
        assert asked.wait(10)
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
    home: Path, account: dict[str, str], password: str, answers: list[str]
) -> None:
    users = [FtpUser(name="li", home=home, permissions="elr", **account)]
    with (
        served(home, users=users) as server,
        socket.create_connection(("127.0.0.1", server.port)) as connection,
        connection.makefile("r") as replies,
    ):
        connection.sendall(f"USER li\r\nPASS {password}\r\nPWD\r\nQUIT\r\n".encode())
        assert [line[:3] for line in replies] == ["220", *answers]


def test_commands_without_end_before_the_answer_end_the_connection(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()
    monkeypatch.setattr("opsplay.tasks.servers.password_hashes.matches", lambda *_: go_on.wait(10))
    users = [FtpUser(name="li", password_hash=MD5, home=home, permissions="elr")]
    with (
        served(home, users=users) as server,
        socket.create_connection(("127.0.0.1", server.port)) as connection,
    ):
        with suppress(ConnectionError):
            connection.sendall(b"USER li\r\nPASS geheim\r\n" + b"NOOP\r\n" * 1000)
            while connection.recv(1000):
                pass
        go_on.set()


def test_a_hash_that_cannot_be_checked_is_told_to_us_and_not_to_the_client(home: Path) -> None:
    told = Told()
    users = [FtpUser(name="li", password_hash="$2b$99$nonsense", home=home, permissions="elr")]
    with (
        served(home, users=users, on_event=told) as server,
        pytest.raises(ftplib.error_perm, match="530 Authentication failed"),
        client(server),
    ):
        pass
    assert any("has a password that cannot be checked" in line for line in told)


def test_after_some_wrong_passwords_the_connection_ends(home: Path) -> None:
    with served(home, login_attempts=2) as server, ftplib.FTP(timeout=10) as ftp:
        ftp.connect("127.0.0.1", server.port)
        for words in ("530 Authentication failed.$", "530 .* Disconnecting"):
            with pytest.raises(ftplib.error_perm, match=words):
                ftp.login("li", "wrong")
        with pytest.raises((EOFError, ConnectionError)):
            ftp.voidcmd("NOOP")


def test_stopping_does_not_wait_for_an_answer_that_is_put_off(home: Path) -> None:
    with served(home, login_delay=3600) as server, ftplib.FTP(timeout=10) as ftp:
        ftp.connect("127.0.0.1", server.port)
        ftp.sendcmd("USER li")
        ftp.putcmd("PASS wrong")
        server.stop()
        with pytest.raises((EOFError, ConnectionError)):
            ftp.voidresp()


# Limits


def test_one_client_too_many_is_turned_away_and_told(home: Path) -> None:
    told = Told()
    with served(home, max_connections=2, on_event=told) as server:
        with client(server) as one, client(server) as two:
            with pytest.raises(ftplib.error_temp, match="421 Too many connections"), client(server):
                pass
            assert one.nlst() == two.nlst() == []
        told.wait_for("li@127.0.0.1 disconnected")
        assert "somebody@127.0.0.1 was turned away (too many connections)" in told
        with client(server):
            pass


def test_one_client_too_many_from_an_address_is_turned_away(home: Path) -> None:
    with (
        served(home, max_connections_per_ip=1) as server,
        client(server),
        pytest.raises(ftplib.error_temp, match="421 Too many connections from the same IP"),
        client(server),
    ):
        pass


def test_a_silent_client_is_sent_away_and_told(home: Path) -> None:
    told = Told()
    with (
        served(home, idle_timeout=0.1, on_event=told) as server,
        client(server) as ftp,
        pytest.raises(ftplib.error_temp, match="421 Control connection timed out"),
    ):
        ftp.voidresp()
    assert "li@127.0.0.1 was silent for too long" in told


def test_a_stalled_transfer_is_given_up(home: Path) -> None:
    with (
        served(home, data_timeout=0.1) as server,
        client(server) as ftp,
        ftp.transfercmd("STOR a"),
        pytest.raises(ftplib.error_temp, match="421 Data connection timed out"),
    ):
        ftp.voidresp()


def test_rates_are_kept_to_and_nothing_is_lost(home: Path, certificate: Certificate) -> None:
    data = os.urandom(40_000)
    received = bytearray()
    rates = {"upload_rate": 400_000, "download_rate": 400_000}
    with (
        served(home, tls=tls(certificate), **rates) as server,
        secure(server, certificate) as ftp,
    ):
        (home / "down").write_bytes(data)
        with (home / "down").open("rb") as file:
            ftp.storbinary("STOR up", file)
        ftp.retrbinary("RETR down", received.extend)
        handler = server._server.handler
        assert (handler.dtp_handler.read_limit, handler.dtp_handler.write_limit) == (400_000,) * 2
    assert (home / "up").read_bytes() == received == data


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


def test_the_address_outside_of_a_router_is_what_clients_are_told(home: Path) -> None:
    with served(home, masquerade_address="192.0.2.7") as server, client(server) as ftp:
        assert ftp.sendcmd("PASV").startswith("227 Entering passive mode (192,0,2,7,")


# The walls of a home


@pytest.mark.parametrize(
    "command",
    [
        *("CWD out", "RETR out/secret", "MLST out/secret", "MLSD out", "RETR secret"),
        *("STOR out/new", "STOR secret", "APPE secret", "STOU out/new", "MKD out/new"),
        *("DELE out/secret", "RMD out", "RNFR out/secret", "SITE CHMOD 777 secret"),
        *("MFMT 20200101000000 secret", "RETR ../outside/secret", "RETR /../outside/secret"),
        *("CWD ..\\..", "SIZE out/secret"),
    ],
)
def test_nothing_leads_out_of_a_home(home: Path, tmp_path: Path, command: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    (home / "out").symlink_to(outside)
    (home / "secret").symlink_to(outside / "secret")
    before = {path.name: path.stat() for path in outside.iterdir()}
    with served(home) as server, client(server) as ftp:
        ftp.voidcmd("TYPE I")
        with pytest.raises((ftplib.error_perm, ftplib.error_temp)):
            ftp.sendcmd(command)
    assert {path.name: path.stat() for path in outside.iterdir()} == before


def test_a_file_cannot_be_renamed_to_somewhere_outside(home: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (home / "out").symlink_to(tmp_path / "outside")
    with served(home) as server, client(server) as ftp:
        put(ftp, "a")
        with pytest.raises(ftplib.error_perm, match="outside the user's root"):
            ftp.rename("a", "out/a")
    assert (home / "a").exists()


def test_a_named_pipe_does_not_stop_the_server(home: Path) -> None:
    os.mkfifo(home / "pipe")
    with served(home) as server, client(server) as ftp:
        with suppress(ftplib.Error):
            ftp.retrbinary("RETR pipe", lambda _: None)
        with pytest.raises(ftplib.error_perm, match="550"):
            put(ftp, "pipe")
        assert ftp.nlst() == ["pipe"]


# Transfers that break off


def test_an_upload_that_is_reset_is_not_taken_for_whole(home: Path) -> None:
    told = Told()
    with served(home, on_event=told) as server, client(server) as ftp:
        connection = ftp.transfercmd("STOR a")
        connection.sendall(bytes(100_000))
        while not (home / "a").stat().st_size:
            time.sleep(0.01)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        with pytest.raises(ftplib.error_temp, match=r"426 .* not whole"):
            ftp.voidresp()
    assert any("uploaded a part of /a" in line for line in told)


@pytest.mark.parametrize("command", ["STOR a", "RETR there", "MLSD"])
def test_without_a_data_connection_nobody_waits_for_one(home: Path, command: str) -> None:
    (home / "there").touch()
    with served(home) as server, client(server) as ftp:
        with pytest.raises(ftplib.error_temp, match="425 There is no data connection"):
            ftp.sendcmd(command)
        put(ftp, "b")
    assert not (home / "a").exists()


def answers(ftp: ftplib.FTP, command: str) -> list[str]:
    """The codes of all that is said to a command, until it is done with."""
    ftp.putcmd(command)
    codes = [ftp.getmultiline()[:3]]
    while codes[-1] < "200":
        codes.append(ftp.getmultiline()[:3])
    return codes


@pytest.mark.parametrize("command", ["STOR a", "RETR there", "MLSD"])
def test_a_data_connection_that_is_cut_at_once_is_told(home: Path, command: str) -> None:
    (home / "there").touch()
    with served(home) as server, client(server) as ftp:
        connection = socket.create_connection(ftp.makepasv())
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
        assert answers(ftp, command)[-1] in {"425", "426"}


def test_an_upload_whose_client_has_gone_is_not_taken_for_whole(home: Path) -> None:
    told = Told()
    with served(home, on_event=told) as server:
        with client(server) as ftp:
            connection = ftp.transfercmd("STOR a")
            connection.sendall(b"half of")
            ftp.close()
            connection.close()
        told.wait_for("li@127.0.0.1 disconnected")
    assert any("uploaded a part of /a" in line for line in told)


@pytest.fixture(name="limit_files")
def _limit_files() -> Iterator[Callable[[int], None]]:
    """Let no file of this process grow beyond some bytes, as on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda size: resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("size", [6_000, 300_000])
def test_an_upload_for_which_there_is_no_room_is_refused(
    home: Path, limit_files: Callable[[int], None], size: int
) -> None:
    with served(home) as server, client(server) as ftp:
        limit_files(4096)
        with suppress(ConnectionError), ftp.transfercmd("STOR a") as connection:
            connection.sendall(bytes(size))
        with pytest.raises(ftplib.error_temp, match="452 File too large; the file is not whole"):
            ftp.voidresp()
