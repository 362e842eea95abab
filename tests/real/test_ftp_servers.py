"""The FTP steps against servers of Debian and our own: the same is asked of all of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from file_trees import OLD, difficult_tree, tree, write
from opsplay.runner.task import Context, Result, Secret, TaskError
from opsplay.tasks import ftp_download, ftp_list, ftp_upload
from real_ftp import Login, Servers


def upload(ctx: Context, login: Login, **given: Any) -> Result:
    return ftp_upload.run(ftp_upload.Params(**{**login, **given}), ctx)


def download(ctx: Context, login: Login, **given: Any) -> Result:
    return ftp_download.run(ftp_download.Params(**{**login, **given}), ctx)


def test_a_tree_goes_up_and_comes_down_again(
    ctx: Context, tmp_path: Path, servers: Servers, login: Login
) -> None:
    sent = difficult_tree(tmp_path / "reports")
    upload(ctx, login, src="reports/", dest=".")
    assert tree(servers.home) == sent
    download(ctx, login, src=".", dest="back")
    assert tree(tmp_path / "back") == sent
    assert (tmp_path / "back/测试.txt").stat().st_mtime == OLD


def test_a_second_time_changes_nothing(ctx: Context, tmp_path: Path, login: Login) -> None:
    difficult_tree(tmp_path / "reports")
    up = [upload(ctx, login, src="reports", dest="in").changed for _ in range(2)]
    down = [download(ctx, login, src="in", dest="back").changed for _ in range(2)]
    assert (up, down) == ([True, False], [True, False])


def test_a_change_of_the_same_size_is_seen(
    ctx: Context, tmp_path: Path, servers: Servers, login: Login
) -> None:
    write(tmp_path / "in/a", b"1")
    upload(ctx, login, src="in", dest="in")
    write(tmp_path / "in/a", b"2", OLD - 10)
    assert upload(ctx, login, src="in", dest="in").changed
    assert tree(servers.home) == {"in": None, "in/a": b"2"}


def test_a_folder_is_listed(ctx: Context, servers: Servers, login: Login) -> None:
    write(servers.home / "[in]/测试.txt")
    write(servers.home / "[in]/.hidden")
    result = ftp_list.run(ftp_list.Params(path="[in]", **login), ctx)
    entries = result.data["entries"]
    assert isinstance(entries, list)
    assert [(entry["name"], entry["type"], entry["mtime"][:10]) for entry in entries] == [
        (".hidden", "file", "2001-09-09"),
        ("测试.txt", "file", "2001-09-09"),
    ]
    assert result.warnings == []


def test_links_are_downloaded_as_what_they_lead_to(
    ctx: Context, tmp_path: Path, servers: Servers, login: Login
) -> None:
    write(servers.home / "in/a", b"1")
    (servers.home / "in/link").symlink_to("a")
    download(ctx, login, src="in", dest="in")
    assert tree(tmp_path / "in") == {"a": b"1", "link": b"1"}


def test_active_mode(ctx: Context, tmp_path: Path, servers: Servers, login: Login) -> None:
    sent = write(tmp_path / "a", b"1" * 1_000_000)
    upload(ctx, login, src="a", dest="a", passive=False)
    download(ctx, login, src="a", dest="back", passive=False)
    assert tree(servers.home) == {"a": sent.read_bytes()}
    assert (tmp_path / "back").read_bytes() == sent.read_bytes()


# pure-ftpd takes five seconds to say no.
@pytest.mark.parametrize("server_name", ["vsftpd", "proftpd", "ftp_server"])
def test_a_wrong_password_is_told(ctx: Context, plain: Login) -> None:
    with pytest.raises(TaskError, match=r"530 .*; check `user` and `password`"):
        ftp_list.run(ftp_list.Params(**{**plain, "password": Secret("wrong")}), ctx)


def test_an_account_that_may_only_read_is_told(
    ctx: Context, tmp_path: Path, servers: Servers, server_name: str
) -> None:
    write(tmp_path / "a")
    with pytest.raises(TaskError, match=r"cannot upload .* 55[03] .*; .*may not write"):
        upload(ctx, servers.start(server_name, writable=False), src="a", dest="a")
    assert tree(servers.home) == {}


def test_a_server_that_wants_tls_is_told(ctx: Context, servers: Servers, server_name: str) -> None:
    login = servers.start(server_name, tls="explicit")
    with pytest.raises(TaskError, match="set `tls: explicit`"):
        ftp_list.run(ftp_list.Params(**{**login, "tls": "none"}), ctx)


def test_a_certificate_of_an_unknown_authority_is_refused(
    ctx: Context, servers: Servers, server_name: str
) -> None:
    login = servers.start(server_name, tls="explicit")
    with pytest.raises(TaskError, match="certificate is refused"):
        ftp_list.run(ftp_list.Params(**{**login, "ca_file": None}), ctx)


@pytest.mark.parametrize("version", ["TLSv1.2", "TLSv1.3"])
def test_each_version_of_tls(
    ctx: Context, tmp_path: Path, servers: Servers, server_name: str, version: str
) -> None:
    sent = difficult_tree(tmp_path / "reports")
    login = servers.start(server_name, tls="explicit", tls_version=version)
    upload(ctx, login, src="reports/", dest=".")
    download(ctx, login, src=".", dest="back")
    assert tree(tmp_path / "back") == sent
