"""The FTP steps against vsftpd, as Debian ships it.

It has no MLSD, takes times by MDTM, lists `LIST name` as ls would, refuses data connections that
do not go on with the TLS session of the control connection, and hides dot files.

Its only account is `anonymous` with a password of its own: others would need accounts of the
system. It runs as whoever runs the tests, without a chroot: paths are relative to the home.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from opsplay.runner.task import Context, Secret, TaskError
from opsplay.tasks import ftp_download, ftp_list, ftp_upload
from opsplay.tasks.servers.certificate import Certificate, make_certificate

VSFTPD = shutil.which("vsftpd", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(VSFTPD is None, reason="vsftpd is not installed")

Login = dict[str, Any]
Start = Callable[..., Login]
OLD = 1_000_000_000

CONFIGURATION = """\
listen=YES
listen_address=127.0.0.1
listen_port={port}
background=NO
run_as_launching_user=YES
seccomp_sandbox=NO
isolate=NO
isolate_network=NO
local_enable=NO
anonymous_enable=YES
secure_email_list_enable=YES
email_password_file={folder}/passwords
anon_root={folder}/home
anon_umask=022
anon_world_readable_only=NO
write_enable={writable}
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
allow_writeable_chroot=YES
secure_chroot_dir={folder}/empty
vsftpd_log_file={folder}/log
ssl_enable={tls}
allow_anon_ssl=YES
force_anon_logins_ssl={tls}
force_anon_data_ssl={tls}
ssl_ciphers=HIGH
rsa_cert_file={folder}/server.pem
rsa_private_key_file={folder}/server.key
"""


@pytest.fixture(name="certificate", scope="module")
def _certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return make_certificate(tmp_path_factory.mktemp("certificate"))


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, certificate: Certificate) -> Path:
    """The folder of the server."""
    folder = tmp_path / "vsftpd"
    (folder / "home").mkdir(parents=True)
    (folder / "empty").mkdir()
    (folder / "passwords").write_text("geheim\n")
    shutil.copy(certificate.cert_file, folder)
    shutil.copy(certificate.key_file, folder)
    return folder


@pytest.fixture(name="start")
def _start(folder: Path, certificate: Certificate) -> Iterator[Start]:
    """Start a server, and tell how to log in."""
    with ExitStack() as stack:

        def start(*, tls: bool = False, writable: bool = True, **given: Any) -> Login:
            port = stack.enter_context(vsftpd(folder, tls=tls, writable=writable))
            secure = {"tls": "explicit", "ca_file": str(certificate.ca_file)} if tls else {}
            login = {"host": "127.0.0.1", "port": port, "password": Secret("geheim"), "timeout": 5}
            return {**login, **secure, **given}

        yield start


@pytest.fixture(name="login", params=["plain", "tls"])
def _login(request: pytest.FixtureRequest, start: Start) -> Login:
    return start(tls=request.param == "tls")


@contextmanager
def vsftpd(folder: Path, *, tls: bool, writable: bool) -> Iterator[int]:
    with closing(socket.create_server(("127.0.0.1", 0))) as free:
        port = free.getsockname()[1]
    words = {True: "YES", False: "NO"}
    configuration = folder / "vsftpd.conf"
    configuration.write_text(
        CONFIGURATION.format(folder=folder, port=port, tls=words[tls], writable=words[writable])
    )
    process = subprocess.Popen([str(VSFTPD), str(configuration)])
    try:
        wait_for(port, process)
        yield port
    finally:
        process.terminate()
        process.wait()


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.01)
        else:
            return
    pytest.fail(f"vsftpd does not start, it exits with {process.returncode}")


def write(path: Path, data: bytes = b"x", mtime: int = OLD) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    os.utime(path, (mtime, mtime))
    return path


def tree(top: Path) -> dict[str, bytes | None]:
    return {
        path.relative_to(top).as_posix(): None if path.is_dir() else path.read_bytes()
        for path in top.rglob("*")
    }


def reports(folder: Path) -> dict[str, bytes | None]:
    """A folder with all that makes names and files difficult."""
    names = ["测试.txt", "with space", "-rf", "quo\"te'", "[x]*?.txt", ".hidden", "{a,b}"]
    for name in names:
        write(folder / name, name.encode())
    write(folder / "empty", b"")
    write(folder / "large", os.urandom(3_000_000))
    write(folder / "月 [1]/深/deep.txt", b"deep")
    (folder / "empty folder").mkdir()
    return tree(folder)


def test_a_tree_goes_up_and_comes_down_again(
    ctx: Context, tmp_path: Path, folder: Path, login: Login
) -> None:
    sent = reports(tmp_path / "reports")
    ftp_upload.run(ftp_upload.Params(src="reports/", dest=".", **login), ctx)
    assert tree(folder / "home") == sent
    ftp_download.run(ftp_download.Params(src=".", dest="back", **login), ctx)
    assert tree(tmp_path / "back") == sent
    assert (tmp_path / "back/测试.txt").stat().st_mtime == OLD


def test_a_second_time_changes_nothing(ctx: Context, tmp_path: Path, login: Login) -> None:
    reports(tmp_path / "reports")
    up = ftp_upload.Params(src="reports", dest="in", **login)
    down = ftp_download.Params(src="in", dest="back", **login)
    assert [ftp_upload.run(up, ctx).changed for _ in range(2)] == [True, False]
    assert [ftp_download.run(down, ctx).changed for _ in range(2)] == [True, False]


def test_a_change_of_the_same_size_is_seen(
    ctx: Context, tmp_path: Path, folder: Path, login: Login
) -> None:
    write(tmp_path / "in/a", b"1")
    params = ftp_upload.Params(src="in", dest="in", **login)
    ftp_upload.run(params, ctx)
    write(tmp_path / "in/a", b"2", OLD - 10)
    assert ftp_upload.run(params, ctx).changed
    assert tree(folder / "home") == {"in": None, "in/a": b"2"}


def test_list(ctx: Context, folder: Path, login: Login) -> None:
    write(folder / "home/[in]/测试.txt")
    write(folder / "home/[in]/.hidden")
    (folder / "home/[in]/link").symlink_to("测试.txt")
    result = ftp_list.run(ftp_list.Params(path="[in]", **login), ctx)
    entries = result.data["entries"]
    assert isinstance(entries, list)
    assert [(entry["name"], entry["type"]) for entry in entries] == [
        (".hidden", "file"),
        ("link", "link"),
        ("测试.txt", "file"),
    ]
    assert entries[2]["mtime"] == "2001-09-09T00:00:00Z"
    assert result.warnings == []


def test_links_are_downloaded_as_what_they_lead_to(
    ctx: Context, tmp_path: Path, folder: Path, login: Login
) -> None:
    write(folder / "home/in/a", b"1")
    (folder / "home/in/link").symlink_to("a")
    ftp_download.run(ftp_download.Params(src="in", dest="in", **login), ctx)
    assert tree(tmp_path / "in") == {"a": b"1", "link": b"1"}


def test_active_mode(ctx: Context, tmp_path: Path, folder: Path, login: Login) -> None:
    write(tmp_path / "a", b"1" * 1_000_000)
    ftp_upload.run(ftp_upload.Params(src="a", dest="a", passive=False, **login), ctx)
    assert tree(folder / "home") == {"a": b"1" * 1_000_000}


def test_a_wrong_password(ctx: Context, start: Start) -> None:
    login = start(password=Secret("wrong"))
    with pytest.raises(TaskError, match="530 Login incorrect; check `user` and `password`"):
        ftp_list.run(ftp_list.Params(**login), ctx)


def test_an_account_that_may_only_read(ctx: Context, tmp_path: Path, start: Start) -> None:
    write(tmp_path / "a")
    with pytest.raises(TaskError, match=r"cannot upload .* 550 Permission denied; .*may not write"):
        ftp_upload.run(ftp_upload.Params(src="a", dest="a", **start(writable=False)), ctx)


def test_a_server_that_wants_tls_says_so(ctx: Context, start: Start) -> None:
    login = start(tls=True)
    del login["tls"]
    with pytest.raises(TaskError, match="set `tls: explicit`"):
        ftp_list.run(ftp_list.Params(**login), ctx)


def test_a_certificate_of_an_unknown_authority_is_refused(ctx: Context, start: Start) -> None:
    login = start(tls=True)
    del login["ca_file"]
    with pytest.raises(TaskError, match="certificate is refused"):
        ftp_list.run(ftp_list.Params(**login), ctx)
