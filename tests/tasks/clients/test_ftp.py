from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from opsplay.runner.task import TaskError
from opsplay.tasks.clients.ftp import FtpClient
from opsplay.tasks.clients.ftp_account import FtpAccount
from opsplay.tasks.clients.ftp_control import Control
from opsplay.tasks.clients.ftp_words import FtpError
from opsplay.tasks.servers.certificate import Certificate
from opsplay.tasks.servers.ftp import FtpServer, FtpServerOptions, FtpUser
from opsplay.tasks.servers.ftp_log import FtpEvent

NAMES = ["测试.txt", "with space", " leading", "-rf", "quo\"te'", "[x]*?.txt", ".hidden", "a\\b"]


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Path:
    home = tmp_path / "server home"
    home.mkdir()
    return home


@contextmanager
def server(home: Path, permissions: str = "elradfmwMT", **options: Any) -> Iterator[FtpServer]:
    handler = options.pop("handler", None)
    user = FtpUser(name="li", password="geheim", home=home, permissions=permissions)
    with FtpServer(FtpServerOptions(users=[user], **options), handler) as running:
        yield running


@contextmanager
def connected(running: FtpServer | int, **account: Any) -> Iterator[FtpClient]:
    port = running if isinstance(running, int) else running.port
    given = {"host": "127.0.0.1", "user": "li", "password": "geheim", "timeout": 60, **account}
    client = FtpClient(FtpAccount(port=port, **given))
    with closing(client):
        client.open()
        client.change_folder(None)
        yield client


@contextmanager
def session(home: Path, *, permissions: str = "elradfmwMT", **account: Any) -> Iterator[FtpClient]:
    encoding = account.get("encoding", "utf-8")
    with (
        server(home, permissions, encoding=encoding) as running,
        connected(running, **account) as client,
    ):
        yield client


def send(data: bytes) -> Iterator[memoryview]:
    yield memoryview(data)


def fetch(client: FtpClient, path: str) -> bytes:
    received = bytearray()
    client.download(path, received.extend)
    return bytes(received)


# Files


@pytest.mark.parametrize("size", [0, 1, 3_000_000])
def test_what_is_uploaded_comes_back(home: Path, size: int) -> None:
    data = os.urandom(size)
    with session(home) as client:
        assert client.upload("/a", send(data)) == size
        assert client.size("/a") == size
        assert fetch(client, "/a") == data
    assert (home / "a").read_bytes() == data


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("method", ["mlsd", "list"])
def test_names_survive_the_way_there_and_back(home: Path, name: str, method: Any) -> None:
    with session(home) as client:
        client.upload(f"/{name}", send(b"x"))
        assert [entry.name for entry in client.list_folder("/", method).entries] == [name]
        assert fetch(client, f"/{name}") == b"x"
        entry = client.stat(f"/{name}")
        assert entry is not None
        assert entry.size == 1
    assert [path.name for path in home.iterdir()] == [name]


@pytest.mark.parametrize("encoding", ["gbk", "big5", "utf-8"])
def test_names_are_written_in_the_encoding_of_the_account(home: Path, encoding: str) -> None:
    with session(home, encoding=encoding) as client:
        client.make_folders("/報表/測試")
        client.upload("/報表/測試/文.txt", send(b"x"))
        assert client.list_folder("/報表/測試").entries[0].name == "文.txt"
    assert (home / "報表/測試/文.txt").exists()


def test_a_name_that_the_encoding_has_not_is_refused(home: Path) -> None:
    with session(home, encoding="gbk") as client:
        with pytest.raises(TaskError, match="'/🙂' cannot be written in gbk; check `encoding`"):
            client.upload("/🙂", send(b"x"))
        client.upload("/then", send(b"x"))


def test_names_that_are_no_text_survive(home: Path) -> None:
    raw = b"\xb2\xe2\xca\xd4.txt"
    Path(os.fsdecode(os.fsencode(home) + b"/" + raw)).write_bytes(b"x")
    with session(home) as client:
        name = client.list_folder("/").entries[0].name
        assert os.fsencode(name) == raw
        assert fetch(client, f"/{name}") == b"x"
        client.upload(f"/{name}2", send(b"y"))
    assert (home / os.fsdecode(raw + b"2")).exists()


@pytest.mark.parametrize("path", ["/a\r\nDELE b", "/a\nb", "/a\0b"])
def test_a_path_cannot_become_a_command(home: Path, path: str) -> None:
    (home / "b").touch()
    with session(home) as client:
        with pytest.raises(TaskError, match="would end the line"):
            client.upload(path, send(b"x"))
        assert client.size("/b") == 0


def test_rename_delete_and_times(home: Path) -> None:
    with session(home) as client:
        client.upload("/a", send(b"x"))
        client.rename("/a", "/b")
        assert client.set_mtime("/b", 1_000_000_000)
        assert client.mtime("/b") == 1_000_000_000
        client.delete("/b")
        assert client.stat("/b") is None


def test_folders_are_made_with_those_above_them(home: Path) -> None:
    with session(home) as client:
        assert client.make_folders("/a/b/c") == ["/a", "/a/b", "/a/b/c"]
        assert client.make_folders("/a/b/d") == ["/a/b/d"]
        assert client.make_folders("/a/b/d") == []
    assert (home / "a/b/c").is_dir()


def test_relative_paths_start_in_the_folder_changed_to(home: Path) -> None:
    (home / "in/sub").mkdir(parents=True)
    with session(home) as client:
        client.change_folder("in")
        assert client.absolute("sub/../a") == "/in/a"
        assert client.absolute("/a//b") == "/a/b"
        assert client.absolute("//a") == "/a"
        assert [entry.name for entry in client.list_folder(client.absolute(".")).entries] == ["sub"]
        with pytest.raises(
            FtpError, match=r"cannot change to folder /none .*there is no such folder"
        ):
            client.change_folder("none")


def test_a_server_without_mlsd_is_asked_with_list_size_and_mdtm(home: Path) -> None:
    (home / "sub").mkdir()
    (home / "a").write_bytes(b"123")
    os.utime(home / "a", (1_000_000_000, 1_000_000_000))
    with session(home) as client:
        client.known.features = {}
        assert {entry.name: entry.type for entry in client.list_folder("/").entries} == {
            "a": "file",
            "sub": "dir",
        }
        entry, folder = client.stat("/a"), client.stat("/sub")
        assert entry is not None
        assert folder is not None
        assert (entry.size, entry.mtime, folder.type) == (3, 1_000_000_000, "dir")
        assert client.stat("/none") is None
        assert client.list_folder("/sub").entries == ()


def test_files_go_in_active_mode_too(home: Path) -> None:
    with session(home, passive=False) as client:
        client.upload("/a", send(b"x" * 100_000))
        assert fetch(client, "/a") == b"x" * 100_000


def test_a_refusal_in_active_mode_is_told_at_once(home: Path) -> None:
    """This server connects before it knows what for, and then leaves the connection open."""
    began = time.monotonic()
    with session(home, passive=False) as client, pytest.raises(FtpError, match="501"):
        client.list_folder("/none")
    assert time.monotonic() - began < client.account.timeout / 2


def test_files_go_over_ipv6_too(home: Path) -> None:
    for passive in (True, False):
        with (
            server(home, host="::1") as running,
            connected(running, host="::1", passive=passive) as client,
        ):
            client.upload("/a", send(b"x"))
            assert fetch(client, "/a") == b"x"


def test_a_session_can_be_used_after_a_refusal(home: Path) -> None:
    with session(home) as client:
        with pytest.raises(FtpError, match="550"):
            fetch(client, "/none")
        assert client.alive()
        client.upload("/a", send(b"x"))


def test_memory_stays_flat(home: Path) -> None:
    block = memoryview(bytes(1024 * 1024))
    with session(home) as client:
        assert client.upload("/big", (block for _ in range(64))) == 64 * 1024 * 1024
        sizes: list[int] = []
        client.download("/big", lambda block: sizes.append(len(block)))
    assert sum(sizes) == 64 * 1024 * 1024
    assert max(sizes) <= 4 * 1024 * 1024


def test_a_session_does_not_waste_round_trips(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    packets: list[bytes] = []
    send_packet = Control.send

    def noting(control: Control, packet: bytes) -> None:
        packets.append(packet)
        send_packet(control, packet)

    with session(home) as client:
        monkeypatch.setattr(Control, "send", noting)
        client.upload("/a", send(b"x"))
        client.finish("/a", 1_000_000_000)
        client.rename("/a", "/b")
        fetch(client, "/b")
        monkeypatch.undo()
    assert packets == [
        b"PASV\r\n",
        b"STOR /a\r\n",
        b"MFMT 20010909014640 /a\r\nSIZE /a\r\n",
        b"RNFR /a\r\nRNTO /b\r\n",
        b"PASV\r\n",
        b"RETR /b\r\n",
    ]


# Logging in, and what may go wrong


def test_the_welcome_is_kept(home: Path) -> None:
    with server(home, banner="欢迎") as running, connected(running) as client:
        assert client.welcome == "欢迎"


def test_a_wrong_password_is_told_in_words_that_do_not_show_it(home: Path) -> None:
    with (
        server(home) as running,
        pytest.raises(FtpError) as caught,
        connected(running, password="hunter2"),
    ):
        pass
    port = running.port
    assert caught.value.msg == (
        f"cannot log in (li@127.0.0.1:{port}): 530 Authentication failed;"
        " check `user` and `password`"
    )
    assert caught.value.code == 530
    assert "hunter2" not in str(caught.value.data)


@pytest.mark.parametrize(
    ("permissions", "act", "words"),
    [
        (
            "elr",
            lambda c: c.upload("/a", send(b"")),
            "cannot upload /a .*550 .*may not write there",
        ),
        ("elr", lambda c: c.make_folders("/a"), "cannot make folder /a .*may not make folders"),
        ("elw", lambda c: fetch(c, "/x"), "cannot download /x .*may not read it"),
        ("elrw", lambda c: c.rename("/x", "/y"), "cannot rename /x .*may not rename there"),
        ("elrw", lambda c: c.delete("/x"), "cannot delete /x .*may not delete"),
        ("elrw", lambda c: c.set_mode("/x", "600"), "cannot set the mode of /x .*leave `mode` out"),
        ("rw", lambda c: c.list_folder("/"), "cannot list / .*may not enter it"),
        ("elr", lambda c: c.list_folder("/none"), "cannot list /none .*no such folder"),
        ("elr", lambda c: c.list_folder("/none", "list"), "cannot change to folder /none"),
    ],
)
def test_refusals_say_what_to_do(
    home: Path, permissions: str, act: Callable[[FtpClient], object], words: str
) -> None:
    (home / "x").touch()
    with session(home, permissions=permissions) as client, pytest.raises(FtpError, match=words):
        act(client)


def test_that_nobody_listens_is_told() -> None:
    with (
        pytest.raises(FtpError, match="nothing listens there; check `host` and `port`"),
        connected(1),
    ):
        pass


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b", "x" * 300])
def test_a_host_that_does_not_exist(host: str) -> None:
    with pytest.raises(FtpError, match="there is no host of this name"), connected(21, host=host):
        pass


@contextmanager
def scripted(*answers: bytes) -> Iterator[int]:
    """Answer one line after the other with these; then close."""

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as lines, suppress(ConnectionError):
            for answer in answers:
                connection.sendall(answer)
                lines.readline()

    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield listener.getsockname()[1]
        thread.join()


LOGIN = (b"220 hi\r\n", b"331\r\n", b"230\r\n", b"502\r\n", b"200\r\n", b'257 "/"\r\n')


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ((b"SSH-2.0-OpenSSH\r\n",), "is no FTP server, it says 'SSH-2.0-OpenSSH'"),
        ((b"x" * 200_000,), "its line has no end"),
        ((b"421 Too many users\r\n",), "421 Too many users; .*try again later"),
        ((), "cannot get a greeting .*the server closed the connection"),
        ((b"220 hi\r\n",), "cannot log in .*the server closed the connection"),
        ((b"220 hi\r\n", b"530 Must use TLS\r\n"), "set `tls: explicit`"),
        ((b"220 hi\r\n", b"331\r\n", b"332\r\n"), "asks for an ACCT"),
        (
            (*LOGIN, b"502\r\n", b"502\r\n"),
            "no passive data connection; set `passive: false`",
        ),
    ],
)
def test_strange_servers_are_told_in_words(answers: tuple[bytes, ...], words: str) -> None:
    with (
        scripted(*answers) as port,
        pytest.raises(FtpError, match=words),
        connected(port) as client,
    ):
        client.upload("/a", send(b"x"))


def test_a_server_that_says_nothing_is_given_up() -> None:
    with (
        closing(socket.create_server(("127.0.0.1", 0))) as silent,
        pytest.raises(FtpError, match=r"nothing happened for 0.1 s \(`timeout`\)"),
        connected(silent.getsockname()[1], timeout=0.1),
    ):
        pass


def test_the_address_in_a_pasv_reply_is_not_used(home: Path) -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as data:
        high, low = divmod(data.getsockname()[1], 256)
        pasv = f"227 (192,0,2,1,{high},{low})\r\n".encode()
        with scripted(*LOGIN, pasv, b"150\r\n226\r\n") as port, connected(port) as client:
            assert client.upload("/a", send(b"x")) == 1
        connection, _ = data.accept()
        with connection:
            assert connection.recv(10) == b"x"


def test_what_the_server_says_about_a_broken_transfer_is_the_error() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as data:
        high, low = divmod(data.getsockname()[1], 256)
        pasv = f"227 (127,0,0,1,{high},{low})\r\n".encode()
        with (
            scripted(*LOGIN, pasv, b"150\r\n552 Quota exceeded\r\n") as port,
            connected(port) as client,
            pytest.raises(FtpError, match=r"552 Quota exceeded; .*make room there"),
        ):
            client.upload("/a", send(b"x"))


def test_abort_ends_a_wait_at_once() -> None:
    with closing(socket.create_server(("127.0.0.1", 0))) as silent:
        client = FtpClient(FtpAccount(host="127.0.0.1", port=silent.getsockname()[1]))
        timer = threading.Timer(0.1, client.abort)
        timer.start()
        with pytest.raises(FtpError, match="cannot get a greeting"):
            client.open()
        timer.join()


def test_a_session_that_the_server_closed_is_not_alive(home: Path) -> None:
    with server(home) as running, connected(running) as client:
        assert client.alive()
        running.stop()
        assert not client.alive()


# TLS


def tls_handler(certificate: Certificate, *, implicit: bool = False) -> type[Any]:
    from pyftpdlib.handlers import TLS_FTPHandler

    class Secure(TLS_FTPHandler):  # type: ignore[misc]  # pyftpdlib is not typed
        certfile = str(certificate.cert_file)
        keyfile = str(certificate.key_file)
        tls_control_required = tls_data_required = True
        ssl_context = None

        def handle(self) -> None:
            if implicit:
                self.secure_connection(self.get_ssl_context())
            super().handle()

    return Secure


@pytest.mark.parametrize("tls", ["explicit", "implicit"])
@pytest.mark.parametrize("passive", ["passive", "active"])
def test_transfers_over_tls(home: Path, certificate: Certificate, tls: str, passive: str) -> None:
    handler = tls_handler(certificate, implicit=tls == "implicit")
    account = {"tls": tls, "ca_file": certificate.ca_file, "passive": passive == "passive"}
    data = os.urandom(3_000_000)
    with server(home, handler=handler) as running, connected(running, **account) as client:
        for _ in range(2):
            assert client.upload("/测试", send(data)) == len(data)
            assert fetch(client, "/测试") == data
        client.upload("/empty", send(b""))
        assert fetch(client, "/empty") == b""
        assert len(client.list_folder("/").entries) == 2
        assert client.alive()


def test_a_server_that_wants_tls_says_so(home: Path, certificate: Certificate) -> None:
    with (
        server(home, handler=tls_handler(certificate)) as running,
        pytest.raises(FtpError, match="set `tls: explicit`"),
        connected(running),
    ):
        pass


def test_a_certificate_of_an_unknown_authority_is_refused(
    home: Path, certificate: Certificate
) -> None:
    with (
        server(home, handler=tls_handler(certificate)) as running,
        pytest.raises(FtpError, match=r"cannot start TLS .*certificate is refused.*`ca_file`"),
        connected(running, tls="explicit"),
    ):
        pass


def test_verify_off_takes_any_certificate(home: Path, certificate: Certificate) -> None:
    handler = tls_handler(certificate)
    with (
        server(home, handler=handler) as running,
        connected(running, tls="explicit", verify=False) as client,
    ):
        client.upload("/a", send(b"x"))
        assert fetch(client, "/a") == b"x"


def test_a_server_without_tls_is_told_in_words(home: Path) -> None:
    with (
        server(home) as running,
        pytest.raises(FtpError, match=r"cannot start TLS .*the server does not offer TLS"),
        connected(running, tls="explicit"),
    ):
        pass


@pytest.mark.parametrize("words", [b"230 you are in\r\n", b"230-you are\r\n", b"230 you a"])
def test_words_put_in_before_tls_is_on_are_not_believed(words: bytes) -> None:
    with (
        scripted(b"220 hi\r\n", b"234 go on\r\n" + words) as port,
        pytest.raises(FtpError, match="more than the reply came before TLS was on"),
        connected(port, tls="explicit"),
    ):
        pass


def test_implicit_tls_with_a_plain_server_is_told_in_words(home: Path) -> None:
    with (
        server(home) as running,
        pytest.raises(FtpError, match="does not speak TLS on this port; check `port` and `tls`"),
        connected(running, tls="implicit"),
    ):
        pass


def test_events_name_the_client(home: Path) -> None:
    events: list[FtpEvent] = []
    with server(home, on_event=events.append) as running, connected(running) as client:
        client.upload("/a", send(b"x"))
    assert [event.what for event in events][:3] == ["connected", "logged in", "uploaded"]
