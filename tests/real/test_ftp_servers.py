"""The FTP steps against servers of Debian and our own: the same is asked of all of them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from file_trees import OLD, difficult_tree, many_files, tree, write
from ftp_second import Second
from ftp_steps import download, listed, upload
from opsplay.runner.task import Context, Mode, Secret, TaskError
from opsplay.tasks import ftp_lanes
from opsplay.tasks.ftp_transfer import Move
from real_ftp import Login, Servers


def test_a_tree_goes_up_and_comes_down_again(
    ctx: Context, tmp_path: Path, servers: Servers, login: Login
) -> None:
    sent = difficult_tree(tmp_path / "reports")
    upload(ctx, login, src="reports/", dest=".")
    assert tree(servers.home) == sent
    download(ctx, login, src=".", dest="back")
    assert tree(tmp_path / "back") == sent


def test_times_go_with_the_files(
    ctx: Context, tmp_path: Path, servers: Servers, login: Login
) -> None:
    write(tmp_path / "a")
    upload(ctx, login, src="a", dest="a")
    download(ctx, login, src="a", dest="back")
    assert (servers.home / "a").stat().st_mtime == OLD
    assert (tmp_path / "back").stat().st_mtime == OLD


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


def test_many_files_go_over_four_connections(
    ctx: Context, tmp_path: Path, servers: Servers, plain: Login
) -> None:
    sent = many_files(tmp_path / "many", 200)
    up = upload(ctx, plain, src="many/", dest=".", connections=4)
    down = download(ctx, plain, src=".", dest="back", connections=4)
    assert tree(servers.home) == tree(tmp_path / "back") == sent
    assert (up.data["created"], down.data["created"]) == (len(sent), len(sent) + 1)


def test_a_mirror_on_the_server(
    ctx: Context, tmp_path: Path, servers: Servers, login: Login
) -> None:
    wanted = difficult_tree(tmp_path / "reports")
    difficult_tree(servers.home / "in/old [1]/of -a")
    result = upload(ctx, login, src="reports/", dest="in", delete=True)
    assert tree(servers.home / "in") == wanted
    assert result.data["deleted"] == len(wanted) + 2


def test_a_mirror_of_the_server(
    ctx: Context, tmp_path: Path, servers: Servers, login: Login
) -> None:
    wanted = difficult_tree(servers.home / "in")
    difficult_tree(tmp_path / "back/old")
    result = download(ctx, login, src="in/", dest="back", delete=True)
    assert tree(tmp_path / "back") == wanted
    assert result.data["deleted"] == len(wanted) + 1


def test_without_atomic_a_file_is_replaced_where_it_lies(
    ctx: Context, tmp_path: Path, servers: Servers, plain: Login
) -> None:
    write(tmp_path / "a", b"new")
    write(servers.home / "a", b"much older")
    upload(ctx, plain, src="a", dest="a", atomic=False)
    assert tree(servers.home) == {"a": b"new"}


# Accounts like the one that vsftpd has here may not change permissions.
@pytest.mark.parametrize("server_name", ["proftpd", "pure-ftpd", "ftp_server"])
def test_permissions_are_set(ctx: Context, tmp_path: Path, servers: Servers, plain: Login) -> None:
    write(tmp_path / "a b")
    upload(ctx, plain, src="a b", dest="a b", mode=Mode("0640"))
    assert (servers.home / "a b").stat().st_mode & 0o777 == 0o640


def test_what_was_uploaded_can_be_deleted_here(
    ctx: Context, tmp_path: Path, servers: Servers, plain: Login
) -> None:
    write(tmp_path / "out/a")
    upload(ctx, plain, src="out/", dest="in", after="delete")
    assert tree(servers.home) == {"in": None, "in/a": b"x"}
    assert tree(tmp_path / "out") == {}


def test_what_was_downloaded_can_be_deleted_on_the_server(
    ctx: Context, tmp_path: Path, servers: Servers, plain: Login
) -> None:
    write(servers.home / "out/a [1]")
    download(ctx, plain, src="out/", dest="in", after="delete")
    assert tree(tmp_path / "in") == {"a [1]": b"x"}
    assert tree(servers.home / "out") == {}


def test_what_was_downloaded_can_be_moved_on_the_server(
    ctx: Context, tmp_path: Path, servers: Servers, plain: Login
) -> None:
    write(servers.home / "out/a [1]")
    download(ctx, plain, src="out/", dest="in", after=Move(move="done"))
    assert tree(tmp_path / "in") == {"a [1]": b"x"}
    assert tree(servers.home) == {"out": None, "done": None, "done/a [1]": b"x"}


def test_a_folder_is_listed(ctx: Context, servers: Servers, login: Login) -> None:
    write(servers.home / "[in]/测试.txt")
    write(servers.home / "[in]/.hidden")
    entries = listed(ctx, login, path="[in]")
    assert [(entry["name"], entry["type"], entry["mtime"][:10]) for entry in entries] == [
        (".hidden", "file", "2001-09-09"),
        ("测试.txt", "file", "2001-09-09"),
    ]


def test_a_link_by_itself_is_what_it_leads_to(
    ctx: Context, tmp_path: Path, servers: Servers, plain: Login
) -> None:
    write(servers.home / "real/file", b"what it leads to")
    (servers.home / "folder").symlink_to("real")
    (servers.home / "link").symlink_to("real/file")
    for _ in range(2):
        download(ctx, plain, src=["folder", "link"], dest="in")
    assert tree(tmp_path / "in") == {
        "folder": None,
        "folder/file": b"what it leads to",
        "link": b"what it leads to",
    }
    assert not upload(ctx, plain, src="in/link", dest="link").changed
    with pytest.raises(TaskError, match="folder is a folder; end `dest` with a slash"):
        upload(ctx, plain, src="in/link", dest="folder")


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


each_as_it_is = pytest.mark.parametrize(
    ("server_name", "extra"),
    [("vsftpd", ()), ("proftpd", ("UseEncoding off",)), ("pure-ftpd", ())],
)
"""Servers that leave names as they are."""


@each_as_it_is
def test_names_in_gbk(
    ctx: Context, tmp_path: Path, servers: Servers, server_name: str, extra: tuple[str, ...]
) -> None:
    write(tmp_path / "out/测试.txt")
    login = servers.start(server_name, extra=extra)
    upload(ctx, login, src="out/", dest=".", encoding="gbk")
    download(ctx, login, src=".", dest="back", encoding="gbk")
    assert [os.fsencode(path.name) for path in servers.home.iterdir()] == ["测试.txt".encode("gbk")]
    assert tree(tmp_path / "back") == {"测试.txt": b"x"}


@each_as_it_is
@pytest.mark.parametrize("encoding", ["cp1251", "latin-1"])
def test_names_with_the_byte_that_begins_commands_of_telnet(
    ctx: Context,
    tmp_path: Path,
    servers: Servers,
    server_name: str,
    extra: tuple[str, ...],
    encoding: str,
) -> None:
    """It is 0xFF, which stands twice where it is meant (RFC 854); only proftpd reads it so."""
    names = [b"\xff/\xff\xffa", b"\xff/b\xff", b"\xff/\xff\xfbc"]
    for name in names:
        write(tmp_path / "out" / name.decode(encoding), name)
    login = servers.start(server_name, extra=extra)
    for _ in range(2):
        upload(ctx, login, src="out/", dest=".", encoding=encoding, delete=True)
    there = {os.fsencode(path.relative_to(servers.home)) for path in servers.home.glob("*/*")}
    assert there == set(names)
    download(ctx, login, src=".", dest="back", encoding=encoding)
    assert tree(tmp_path / "back") == tree(tmp_path / "out")


# pure-ftpd takes five seconds to say no.
@pytest.mark.parametrize("server_name", ["vsftpd", "proftpd", "ftp_server"])
def test_a_wrong_password_is_told(ctx: Context, plain: Login) -> None:
    with pytest.raises(TaskError, match=r"530 .*; check `user` and `password`"):
        listed(ctx, plain, password=Secret("wrong"))


def test_an_account_that_may_only_read_is_told(
    ctx: Context, tmp_path: Path, servers: Servers, server_name: str
) -> None:
    write(tmp_path / "a")
    with pytest.raises(TaskError, match=r"cannot upload .* 55[03] .*; .*may not write"):
        upload(ctx, servers.start(server_name, writable=False), src="a", dest="a")
    assert tree(servers.home) == {}


def test_small_files_come_by_a_second_process(
    ctx: Context, tmp_path: Path, servers: Servers, login: Login, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = Second(monkeypatch)
    monkeypatch.setattr(ftp_lanes.Lanes, "_sessions", lambda *_: [])  # it has to do all
    sent = many_files(servers.home / "many", 40)
    download(ctx, login, src="many/", dest="back", connections=4, retries=0)
    assert tree(tmp_path / "back") == sent
    assert len(second.fetched) == 40
