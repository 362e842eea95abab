"""ftp_file, ftp_wait, ftp_list and ftp_command against servers of Debian and our own."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, cast

import pytest

from file_trees import difficult_tree, make_folder, tree, write
from ftp_steps import listed
from opsplay.runner.task import Context, Mode, Result, TaskError
from opsplay.tasks import ftp_command, ftp_file, ftp_wait
from real_ftp import Login, Servers


def change(ctx: Context, login: Login, **given: Any) -> Result:
    return ftp_file.run(ftp_file.Params(**{**login, **given}), ctx)


def wait(ctx: Context, login: Login, **given: Any) -> Result:
    return ftp_wait.run(ftp_wait.Params(**{**login, "sleep": 0.05, "within": 200, **given}), ctx)


def test_folders_are_made_once(ctx: Context, servers: Servers, login: Login) -> None:
    made = [change(ctx, login, path="a b/月/c", state="directory") for _ in range(2)]
    assert [each.changed for each in made] == [True, False]
    assert tree(servers.home) == {"a b": None, "a b/月": None, "a b/月/c": None}


def test_a_folder_goes_with_all_that_is_in_it(ctx: Context, servers: Servers, login: Login) -> None:
    difficult_tree(servers.home / "in")
    gone = [change(ctx, login, path="in", state="absent") for _ in range(2)]
    assert [each.changed for each in gone] == [True, False]
    assert tree(servers.home) == {}


def test_what_a_link_leads_to_stays(ctx: Context, servers: Servers, plain: Login) -> None:
    write(servers.home / "kept/a")
    make_folder(servers.home / "in")
    for name in ("in/link", "link"):
        (servers.home / name).symlink_to(servers.home / "kept")
    change(ctx, plain, path="in", state="absent")
    change(ctx, plain, path="link", state="absent")
    assert tree(servers.home) == {"kept": None, "kept/a": b"x"}


def test_a_file_is_moved_once(ctx: Context, servers: Servers, login: Login) -> None:
    write(servers.home / "in/a b", b"data")
    moved = [change(ctx, login, path="done/a b", moved_from="in/a b") for _ in range(2)]
    assert [each.changed for each in moved] == [True, False]
    assert tree(servers.home) == {"in": None, "done": None, "done/a b": b"data"}


def test_a_file_takes_the_place_of_another(ctx: Context, servers: Servers, plain: Login) -> None:
    write(servers.home / "old", b"old")
    write(servers.home / "new", b"new")
    with pytest.raises(TaskError, match="is there already"):
        change(ctx, plain, path="old", moved_from="new")
    change(ctx, plain, path="old", moved_from="new", force=True)
    assert tree(servers.home) == {"old": b"new"}


def test_a_time_is_set_once(ctx: Context, servers: Servers, login: Login) -> None:
    write(servers.home / "a b")
    done = [change(ctx, login, path="a b", mtime="2025-05-31T12:00:00Z") for _ in range(2)]
    assert [each.changed for each in done] == [True, False]
    assert (servers.home / "a b").stat().st_mtime == 1748692800


def test_permissions_are_set_once(
    ctx: Context, servers: Servers, server_name: str, plain: Login
) -> None:
    write(servers.home / "a b").chmod(0o644)
    if server_name == "vsftpd":  # not for the anonymous account of the tests
        with pytest.raises(TaskError, match="cannot set the mode of"):
            change(ctx, plain, path="a b", mode=Mode("0600"))
        return
    done = [change(ctx, plain, path="a b", mode=Mode("0600")) for _ in range(2)]
    assert [each.changed for each in done] == [True, False]
    assert (servers.home / "a b").stat().st_mode & 0o777 == 0o600


def test_a_quiet_file_is_waited_for(ctx: Context, servers: Servers, login: Login) -> None:
    write(servers.home / "in/a b.csv", b"data")
    found = wait(ctx, login, path="in/*.csv", state="quiet", quiet_for=0.1)
    (match,) = cast("list[dict[str, Any]]", found.data["matches"])
    assert (match["path"].rpartition("/")[2], match["size"]) == ("a b.csv", 4)
    assert wait(ctx, login, path="in/b", state="absent").data["count"] == 0


def test_times_and_sizes_choose(ctx: Context, servers: Servers, login: Login) -> None:
    write(servers.home / "in/old", b"x" * 2000)
    write(servers.home / "in/small", b"x")
    os.utime(write(servers.home / "in/new", b"x" * 2000))
    found = listed(ctx, login, path="in", size="1k", age="2d", sort="mtime")
    assert [(entry["name"], entry["exact"]) for entry in found] == [("old", True)]
    assert found[0]["mtime"] == "2001-09-09T01:46:40Z"


def test_a_command_is_obeyed(ctx: Context, tmp_path: Path, servers: Servers, plain: Login) -> None:
    write(servers.home / "in/a")
    given = {**plain, "cwd": "in", "command": ["RNFR a", "RNTO b"]}
    sent = ftp_command.run(ftp_command.Params(**given), ctx)
    assert sent.changed
    assert (servers.home / "in/b").exists()
    assert not (tmp_path / "b").exists()
