from __future__ import annotations

import ftplib
import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from free_ports import free_port
from opsplay.runner import params
from opsplay.runner.filters.passwords import password_hash
from opsplay.runner.task import Context, Result, Secret, TaskError
from opsplay.tasks import ftp_server
from opsplay.tasks.ftp_server import Params
from opsplay.tasks.ftp_users import Anonymous, User
from opsplay.tasks.servers.certificate import make_certificate

Contexts = Callable[..., Context]


def user(name: str = "li", home: str = "home", permissions: str = "elradfmwMT") -> User:
    return User(name=name, password=Secret("geheim"), home=home, permissions=permissions)


@contextmanager
def client(
    result: Result, name: str = "li", password: str = "geheim", encoding: str = "utf-8"
) -> Iterator[ftplib.FTP]:
    with ftplib.FTP(encoding=encoding, timeout=60) as ftp:
        ftp.connect(str(result.data["host"]), int(str(result.data["port"])))
        ftp.login(name, password)
        yield ftp


def test_a_user_logs_in_and_sees_the_home_folder(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "home").mkdir()
    (tmp_path / "home/测试.txt").write_text("你好")
    result = ftp_server.run(Params(users=[user()]), ctx)
    with client(result) as ftp:
        assert ftp.nlst() == ["测试.txt"]
    assert result.data["host"] == "127.0.0.1"
    assert result.data["users"] == ["li"]
    assert result.data["ca_file"] is None


def test_what_is_not_there_is_not_every_address_of_the_machine() -> None:
    with pytest.raises(TaskError, match="expected an address"):
        params.build(Params, {"host": None})


def test_missing_homes_are_made_and_that_is_a_change(ctx: Context, tmp_path: Path) -> None:
    assert ftp_server.run(Params(users=[user(home="a/b")]), ctx).changed
    assert (tmp_path / "a/b").is_dir()
    assert not ftp_server.run(Params(users=[user(home="a/b")]), ctx).changed


def test_check_mode_serves_but_makes_nothing(contexts: Contexts, tmp_path: Path) -> None:
    result = ftp_server.run(Params(users=[user()], log="ftp.log"), contexts(check=True))
    assert result.changed
    with client(result) as ftp:
        assert ftp.nlst() == []
    assert not (tmp_path / "home").exists()
    assert not (tmp_path / "ftp.log").exists()


def test_permissions_are_what_the_letters_say(ctx: Context, tmp_path: Path) -> None:
    result = ftp_server.run(Params(users=[user(permissions="elr")]), ctx)
    with client(result) as ftp, pytest.raises(ftplib.error_perm, match="Not enough privileges"):
        ftp.mkd("folder")


def test_a_hash_does_for_a_password(ctx: Context) -> None:
    hashed = User(name="li", password_hash=Secret(password_hash("geheim", rounds=1000)), home="a")
    result = ftp_server.run(Params(users=[hashed]), ctx)
    with client(result) as ftp:
        assert ftp.pwd() == "/"
    with pytest.raises(ftplib.error_perm, match="530"), client(result, password="wrong"):
        pass


def test_clients_can_check_the_certificate_that_the_server_makes(ctx: Context) -> None:
    result = ftp_server.run(Params(users=[user()], tls="required"), ctx)
    context = ssl.create_default_context(cafile=str(result.data["ca_file"]))
    with ftplib.FTP_TLS(context=context, timeout=60) as ftp:
        ftp.connect("localhost", int(str(result.data["port"])))
        ftp.login("li", "geheim")
        ftp.prot_p()
        assert ftp.nlst() == []


def test_a_certificate_of_ones_own_is_shown(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "files").mkdir()
    made = make_certificate(tmp_path / "files")
    both = tmp_path / "files/both.pem"
    both.write_bytes(made.cert_file.read_bytes() + made.key_file.read_bytes())
    result = ftp_server.run(Params(users=[user()], tls="optional", cert_file="both.pem"), ctx)
    assert result.data["ca_file"] is None
    with ftplib.FTP_TLS(
        context=ssl.create_default_context(cafile=str(made.ca_file)), timeout=60
    ) as ftp:
        ftp.connect("localhost", int(str(result.data["port"])))
        assert ftp.auth().startswith("234")


def test_the_address_that_clients_are_told_may_be_a_name(ctx: Context) -> None:
    result = ftp_server.run(Params(users=[user()], masquerade_address="localhost"), ctx)
    with client(result) as ftp:
        assert "(127,0,0,1," in ftp.sendcmd("PASV")


def test_limits_are_handed_on(ctx: Context) -> None:
    result = ftp_server.run(Params(users=[user()], max_connections=1, idle_timeout=30), ctx)
    with client(result), pytest.raises(ftplib.error_temp, match="421 Too many"), client(result):
        pass


@pytest.mark.parametrize("anonymous", ["public", Anonymous(home="public", permissions="elrw")])
def test_everybody_may_read_the_anonymous_folder(
    ctx: Context, tmp_path: Path, anonymous: str | Anonymous
) -> None:
    result = ftp_server.run(Params(anonymous=anonymous), ctx)
    (tmp_path / "public/a.txt").write_text("a")
    with client(result, "anonymous", "li@example.com") as ftp:
        assert ftp.nlst() == ["a.txt"]


def test_a_wrong_password_is_refused_and_told(contexts: Contexts) -> None:
    lines: list[str] = []
    result = ftp_server.run(Params(users=[user()]), contexts(on_line=lines.append))
    with pytest.raises(ftplib.error_perm, match="530"), client(result, password="wrong"):
        pass
    assert "li@127.0.0.1 failed to log in" in lines
    assert "wrong" not in " ".join(lines)


def test_what_clients_do_is_told_and_kept_in_the_log(contexts: Contexts, tmp_path: Path) -> None:
    lines: list[str] = []
    ctx = contexts(on_line=lines.append)
    result = ftp_server.run(Params(users=[user()], log="logs/ftp.log"), ctx)
    with client(result) as ftp:
        ftp.mkd("报表")
        ftp.cwd("报表")
        (tmp_path / "a").write_bytes(b"12345")
        with (tmp_path / "a").open("rb") as file:
            ftp.storbinary("STOR 测试.txt", file)
        ftp.rename("测试.txt", "b.txt")
        ftp.retrbinary("RETR b.txt", lambda _: None)
        ftp.delete("b.txt")
        with pytest.raises(ftplib.error_perm):
            ftp.delete("b.txt")
        ftp.quit()
    ctx.exit_stack.close()
    wanted = [
        "somebody@127.0.0.1 connected",
        "li@127.0.0.1 logged in",
        "li@127.0.0.1 made folder /报表",
        "li@127.0.0.1 changed to folder /报表",
        "li@127.0.0.1 uploaded /报表/测试.txt (5 bytes)",
        "li@127.0.0.1 renamed /报表/测试.txt (to /报表/b.txt)",
        "li@127.0.0.1 downloaded /报表/b.txt (5 bytes)",
        "li@127.0.0.1 deleted /报表/b.txt",
        "li@127.0.0.1 was refused DELE /报表/b.txt (No such file or directory.)",
    ]
    assert lines[: len(wanted)] == wanted
    log = (tmp_path / "logs/ftp.log").read_text("utf-8").splitlines()
    assert [line.split(" ", 1)[1] for line in log] == lines


def test_a_name_with_a_line_feed_does_not_forge_a_line_of_the_log(
    contexts: Contexts, tmp_path: Path
) -> None:
    lines: list[str] = []
    result = ftp_server.run(Params(users=[user()]), contexts(on_line=lines.append))
    with client(result) as ftp:
        assert ftp.sock is not None
        ftp.sock.sendall(b"MKD a\rb\r\n")
        ftp.sock.recv(100)
    assert "li@127.0.0.1 made folder /a\\rb" in lines


def test_a_server_that_speaks_gbk_writes_names_in_gbk(ctx: Context, tmp_path: Path) -> None:
    result = ftp_server.run(Params(users=[user()], encoding="gbk"), ctx)
    (tmp_path / "home/测试.txt").write_text("x")
    with client(result, encoding="gbk") as ftp:
        assert ftp.nlst() == ["测试.txt"]
        ftp.mkd("报表")
    assert (tmp_path / "home/报表").is_dir()


def test_names_that_the_encoding_cannot_say_do_not_end_the_session(
    ctx: Context, tmp_path: Path
) -> None:
    result = ftp_server.run(Params(users=[user()], encoding="gbk"), ctx)
    (tmp_path / "home/🙂").mkdir()
    with client(result, encoding="gbk") as ftp:
        assert ftp.nlst() == ["?"]


def test_bytes_that_are_no_text_survive_in_names(ctx: Context, tmp_path: Path) -> None:
    result = ftp_server.run(Params(users=[user()]), ctx)
    with client(result, encoding="latin-1") as ftp:
        ftp.mkd("\xb2\xe2")
        assert ftp.nlst() == ["\xb2\xe2"]
    assert [os.fsencode(path.name) for path in (tmp_path / "home").iterdir()] == [b"\xb2\xe2"]


def test_changing_folders_leaves_the_process_where_it_is(ctx: Context, tmp_path: Path) -> None:
    result = ftp_server.run(Params(users=[user()]), ctx)
    (tmp_path / "home/sub").mkdir()
    seen: set[Path] = set()
    done = threading.Event()

    def watch() -> None:
        while not done.is_set():
            seen.add(Path.cwd())

    watcher = threading.Thread(target=watch)
    watcher.start()
    with client(result) as ftp:
        for _ in range(50):
            ftp.cwd("/sub")
    done.set()
    watcher.join()
    assert seen == {Path.cwd()}


def test_the_end_of_the_run_leaves_no_thread_and_no_socket(ctx: Context) -> None:
    before = {*threading.enumerate()}
    result = ftp_server.run(Params(users=[user()]), ctx)
    with client(result) as ftp:
        ctx.exit_stack.close()
        with pytest.raises((EOFError, ConnectionError, ftplib.error_temp)):
            ftp.voidcmd("NOOP")
    assert not {*threading.enumerate()} - before
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", int(str(result.data["port"]))))


def test_a_port_in_use_is_told_in_words(ctx: Context) -> None:
    port = int(str(ftp_server.run(Params(), ctx).data["port"]))
    with pytest.raises(TaskError, match=f"127.0.0.1:{port}: another program uses this port"):
        ftp_server.run(Params(port=port), ctx)


@pytest.mark.parametrize(
    ("params", "words"),
    [
        (Params(host="192.0.2.1"), "no such address; check `host`"),
        (Params(host="no such host.example"), "no such address; check `host`"),
        (Params(encoding="klingon"), "there is none of the name 'klingon'"),
        (Params(encoding="utf-16"), "utf-16 cannot be used"),
        (Params(passive_ports="50100-50000"), "is no range of ports"),
        (Params(users=[user(), user()]), "two accounts are called li"),
        (Params(banner="a\r\nb"), "banner holds a carriage return"),
        (Params(users=[user(home="file/home")]), "cannot make .*the home of li: Not a directory"),
        (Params(log="file/log"), "cannot write log"),
        (Params(users=[User(name="li", home="a")]), "li: give either `password` or"),
        (
            Params(users=[User(name="li", password_hash=Secret("geheim"), home="a")]),
            "the password_hash of li is none that can be checked; make one with the filter",
        ),
        (Params(cert_file="a.pem"), "cert_file and key_file are for `tls: optional`"),
        (Params(tls="optional", key_file="a.key"), "key_file: give its certificate too"),
        (Params(tls="optional", cert_file="a.pem"), "Could not find or access 'a.pem'"),
        (Params(tls="optional", cert_file="file"), "file is no certificate in PEM"),
        (
            Params(masquerade_address="no such name.example"),
            "masquerade_address: no such name.example is no IPv4 address, and no name",
        ),
    ],
)
def test_what_cannot_be_is_told_in_words(
    ctx: Context, tmp_path: Path, params: Params, words: str
) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(TaskError, match=words) as caught:
        ftp_server.run(params, ctx)
    assert "geheim" not in caught.value.msg


def test_data_connections_use_the_passive_ports(ctx: Context) -> None:
    port = free_port()
    result = ftp_server.run(Params(users=[user()], passive_ports=f"{port}-{port}"), ctx)
    with client(result) as ftp:
        assert ftp.makepasv()[1] == port


def test_the_banner_greets(ctx: Context) -> None:
    with client(ftp_server.run(Params(users=[user()], banner="欢迎"), ctx)) as ftp:
        assert ftp.getwelcome() == "220 欢迎"
