"""TLS with servers of Debian and our own."""

from __future__ import annotations

from pathlib import Path

import pytest

from file_trees import difficult_tree, many_files, tree
from ftp_pinning import pin_few
from ftp_steps import download, listed, upload
from opsplay.runner.task import Context, TaskError
from opsplay.tasks.servers.certificate import make_certificate
from real_ftp import Servers


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_each_version_of_tls(
    ctx: Context, tmp_path: Path, servers: Servers, server_name: str, version: str
) -> None:
    sent = difficult_tree(tmp_path / "reports")
    login = servers.start(server_name, tls="explicit", tls_version=version)
    upload(ctx, login, src="reports/", dest=".")
    download(ctx, login, src=".", dest="back")
    assert tree(tmp_path / "back") == sent


@pytest.mark.parametrize("server_name", ["vsftpd", "proftpd"])
def test_implicit_tls(ctx: Context, tmp_path: Path, servers: Servers, server_name: str) -> None:
    sent = difficult_tree(tmp_path / "reports")
    login = servers.start(server_name, tls="implicit")
    upload(ctx, login, src="reports/", dest=".")
    download(ctx, login, src=".", dest="back")
    assert tree(tmp_path / "back") == sent


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
@pytest.mark.parametrize(
    ("server_name", "extra"), [("vsftpd", ("require_ssl_reuse=YES",)), ("proftpd", ())]
)
def test_each_data_connection_goes_on_with_a_session_where_that_is_demanded(
    ctx: Context,
    tmp_path: Path,
    servers: Servers,
    server_name: str,
    extra: tuple[str, ...],
    version: str,
) -> None:
    sent = many_files(tmp_path / "many", 40)
    login = servers.start(server_name, tls="explicit", tls_version=version, extra=extra)
    upload(ctx, login, src="many/", dest=".", connections=4, retries=0)
    download(ctx, login, src=".", dest="back", connections=4, retries=0)
    assert tree(servers.home) == tree(tmp_path / "back") == sent


def test_many_files_by_pyopenssl(
    ctx: Context,
    tmp_path: Path,
    servers: Servers,
    server_name: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    pinned = pin_few(monkeypatch)
    sent = many_files(tmp_path / "many", 40)
    login = servers.start(server_name, tls="explicit")
    upload(ctx, login, src="many/", dest=".", connections=4, retries=0)
    download(ctx, login, src=".", dest="back", connections=4, retries=0)
    assert tree(servers.home) == tree(tmp_path / "back") == sent
    assert len(pinned) == 2 * (4 + 40)


def test_a_version_that_is_too_old_is_refused(
    ctx: Context, servers: Servers, server_name: str
) -> None:
    login = servers.start(server_name, tls="explicit", tls_version="TLSv1.2")
    with pytest.raises(TaskError, match=r"cannot start TLS .*`tls_min`"):
        listed(ctx, login, tls_min="1.3")


def test_a_server_that_wants_tls_is_told(ctx: Context, servers: Servers, server_name: str) -> None:
    login = servers.start(server_name, tls="explicit")
    with pytest.raises(TaskError, match="set `tls: explicit`"):
        listed(ctx, login, tls="none")


def test_a_server_without_tls_is_told(ctx: Context, servers: Servers, server_name: str) -> None:
    login = servers.start(server_name)
    with pytest.raises(TaskError, match="the server does not offer TLS"):
        listed(ctx, login, tls="explicit")


def test_a_certificate_of_an_unknown_authority_is_refused(
    ctx: Context, servers: Servers, server_name: str
) -> None:
    login = servers.start(server_name, tls="explicit")
    with pytest.raises(TaskError, match="certificate is refused"):
        listed(ctx, login, ca_file=None)


def test_a_certificate_of_another_name_is_refused(
    ctx: Context, tmp_path: Path, servers: Servers, server_name: str
) -> None:
    certificate = make_certificate(tmp_path, names=("ftp.example.com",))
    login = servers.start(server_name, tls="explicit", certificate=certificate)
    with pytest.raises(TaskError, match="certificate is refused"):
        listed(ctx, login, ca_file=str(certificate.ca_file))
