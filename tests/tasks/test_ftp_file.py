"""What lies on a server is made, moved, changed, removed, and only if it has to be."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from file_trees import tree
from ftp_faults import ALWAYS, END, OLD, Fault, FaultServer, Options, cut_control, reply
from opsplay.runner.task import Context, Result, Secret, TaskError
from opsplay.tasks import ftp_file
from opsplay.tasks.servers.ftp import FtpServer, FtpServerOptions, FtpUser

Change = Callable[..., Result]
WITHOUT_MLST = frozenset({"MLST", "MLSD"})


def login(port: int) -> dict[str, Any]:
    user = {"user": "li", "password": Secret("geheim")}
    return {"host": "127.0.0.1", "port": port, "timeout": 60, "retry_delay": 0, **user}


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    for name in ("a.txt", "in/b.txt", "in/deep/c.txt"):
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_bytes(name.encode())
        os.utime(home / name, (OLD, OLD))
        (home / name).chmod(0o644)
    return home


@pytest.fixture(name="change")
def _change(home: Path, contexts: Callable[..., Context]) -> Iterator[Change]:
    """Run the step against a server of ours; `check` and `diff` are the run's."""
    user = FtpUser(name="li", password="geheim", home=home, permissions="elradfmwMT")
    with FtpServer(FtpServerOptions(users=[user])) as server:

        def change(*, check: bool = False, diff: bool = False, **given: Any) -> Result:
            params = ftp_file.Params(**login(server.port), **given)
            return ftp_file.run(params, contexts(check=check, diff=diff))

        yield change


@pytest.fixture(name="start")
def _start(ctx: Context) -> Iterator[Callable[..., tuple[FaultServer, Change]]]:
    """Start a server with faults; gives it, and the step that is run against it."""
    with ExitStack() as stack:

        def start(*faults: Fault, **options: Any) -> tuple[FaultServer, Change]:
            server = stack.enter_context(FaultServer(*faults, options=Options(**options)))

            def change(**given: Any) -> Result:
                return ftp_file.run(ftp_file.Params(**login(server.port), **given), ctx)

            return server, change

        yield start


def twice(change: Change, **given: Any) -> Result:
    """Check mode tells what comes, then it is done, and then there is nothing left to do."""
    told = change(check=True, **given)
    done = change(**given)
    assert (told.changed, told.data["made"], told.data["removed"]) == (
        done.changed,
        done.data["made"],
        done.data["removed"],
    )
    assert not change(**given).changed
    return done


# Folders --------------------------------------------------------------------------------------


def test_a_folder_is_made_with_those_above_it(change: Change, home: Path) -> None:
    done = twice(change, path="x/y/z", state="directory")
    assert done.data["made"] == ["/x", "/x/y", "/x/y/z"]
    assert done.data["state"] == "directory"
    assert done.msg == "/x/y/z is a directory"
    assert (home / "x/y/z").is_dir()


def test_a_folder_is_made_with_its_mode(change: Change, home: Path) -> None:
    change(path="x/y", state="directory", mode="0700")
    assert [(home / name).stat().st_mode & 0o777 for name in ("x", "x/y")] == [0o700, 0o700]


def test_check_mode_makes_nothing(change: Change, home: Path) -> None:
    before = tree(home)
    assert change(path="x", state="directory", check=True).changed
    assert change(path="in", state="absent", check=True).changed
    assert change(path="z", moved_from="a.txt", check=True).changed
    assert change(path="a.txt", mode="0600", mtime="2025-01-01", check=True).changed
    assert tree(home) == before
    assert (home / "a.txt").stat().st_mode & 0o777 == 0o644


def test_where_a_file_lies_no_folder_is_made(change: Change) -> None:
    with pytest.raises(TaskError, match=r"/a\.txt is a file, not a folder"):
        change(path="a.txt", state="directory")


# Removing -------------------------------------------------------------------------------------


def test_a_file_is_removed(change: Change, home: Path) -> None:
    assert twice(change, path="a.txt", state="absent").data["removed"] == ["/a.txt"]
    assert not (home / "a.txt").exists()


def test_a_folder_is_removed_with_all_that_is_in_it(change: Change, home: Path) -> None:
    done = twice(change, path="in", state="absent")
    assert done.data["removed"] == ["/in/deep/c.txt", "/in/deep", "/in/b.txt", "/in"]
    assert done.data["state"] == "absent"
    assert tree(home).keys() == {"a.txt"}


def test_a_link_is_removed_and_what_it_leads_to_stays(change: Change, home: Path) -> None:
    (home / "link").symlink_to("in")
    assert change(path="link", state="absent").data["removed"] == ["/link"]
    assert not (home / "link").is_symlink()
    assert (home / "in/deep/c.txt").exists()


def test_a_link_that_leads_nowhere_is_removed_too(change: Change, home: Path) -> None:
    (home / "link").symlink_to("nowhere")
    assert twice(change, path="link", state="absent").data["removed"] == ["/link"]
    assert not (home / "link").is_symlink()


@pytest.mark.parametrize("text", ["421 Shutting down", "450 Not now"])
def test_a_server_that_cannot_tell_now_is_not_believed_that_nothing_is_there(
    start: Any, text: str
) -> None:
    server, change = start(Fault("MLST", reply(text)))
    server.tree.put("/a")
    assert change(path="a", state="absent").changed
    assert not server.tree.files


def test_a_server_without_any_way_to_ask_about_one_file_is_asked_for_the_folder(
    start: Any,
) -> None:
    server, change = start(without={*WITHOUT_MLST, "SIZE", "MDTM"})
    server.tree.put("/a")
    assert change(path="a", state="absent").changed
    assert not server.tree.files


def test_the_home_of_the_account_is_not_removed(start: Any) -> None:
    server, change = start(Fault("PWD", reply('257 "/home/li"'), times=ALWAYS))
    server.tree.put("/home/li/a")
    with pytest.raises(TaskError, match="/home is or holds the account's home"):
        change(path="/home", state="absent")
    assert server.tree.files


def test_a_link_inside_a_folder_is_not_followed(change: Change, home: Path) -> None:
    """MLSD of this server tells it as a folder."""
    (home / "old").mkdir()
    (home / "old/link").symlink_to(home / "in")
    assert change(path="old", state="absent").data["removed"] == ["/old/link", "/old"]
    assert (home / "in/deep/c.txt").exists()


@pytest.mark.parametrize(
    ("given", "what"),
    [
        ({"path": "/"}, "the root"),
        ({"path": "."}, "the root"),
        ({"path": "in/../.."}, "the root"),
        ({"path": "/in", "cwd": "in/deep"}, "the folder of cwd"),
        ({"path": ".", "cwd": "in"}, "the folder of cwd"),
    ],
)
def test_what_we_stand_on_is_not_removed(
    change: Change, home: Path, given: dict[str, Any], what: str
) -> None:
    before = tree(home)
    with pytest.raises(TaskError, match=f"is or holds {what}; it is not removed"):
        change(state="absent", **given)
    assert tree(home) == before


def test_what_may_not_be_removed_is_told_with_its_path(start: Any) -> None:
    server, change = start(Fault("DELE", reply("550 Denied"), times=ALWAYS, about="keep"))
    server.tree.put("/in/a")
    server.tree.put("/in/keep")
    with pytest.raises(TaskError, match=r"cannot delete /in/keep .*550 Denied"):
        change(path="in", state="absent")
    assert server.tree.files.keys() == {"/in/keep"}


def test_a_connection_that_is_lost_while_removing_is_made_again(start: Any) -> None:
    server, change = start(Fault("DELE", cut_control, at=END, about="b"))
    for name in "abc":
        server.tree.put(f"/in/{name}")
    done = change(path="in", state="absent")
    assert done.changed
    assert not server.tree.files
    assert not server.tree.folders


def test_an_old_server_does_too(start: Any) -> None:
    server, change = start(without=WITHOUT_MLST)
    server.tree.put("/in/deep/a")
    assert change(path="in", state="absent").data["removed"] == ["/in/deep/a", "/in/deep", "/in"]
    assert not server.tree.folders


# Files, and moving ----------------------------------------------------------------------------


def test_a_file_that_is_there_is_left_alone(change: Change) -> None:
    found = change(path="a.txt", state="file")
    assert not found.changed
    assert (found.data["state"], found.data["size"]) == ("file", 5)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"path": "none", "state": "file"}, "there is nothing at /none; `ftp_upload` makes files"),
        ({"path": "none"}, "there is nothing at /none"),
        ({"path": "in", "state": "file"}, "/in is a directory, not a file"),
        ({"path": "x", "moved_from": "y"}, "there is nothing at /x, nor at /y"),
        ({"path": "a.txt", "moved_from": "in/b.txt"}, "/a.txt is there already.*`force: true`"),
        ({"path": "in", "moved_from": "a.txt", "force": True}, "/in is there already"),
        ({"path": "a.txt", "moved_from": "a.txt"}, "are the same: /a.txt"),
        ({"path": "no", "moved_from": "no", "state": "directory"}, "are the same: /no"),
        ({"path": "z", "moved_from": "in", "state": "file"}, "/in is a directory, not a file"),
        ({"path": "a", "state": "absent", "mode": "0644"}, "mode is for what is there"),
        ({"path": "in/new/b", "moved_from": "in"}, "/in cannot be moved into itself, to /in/new/b"),
        ({"path": "a.txt/b", "state": "directory"}, "/a.txt is there, but is no folder"),
        ({"path": "a.txt/b", "moved_from": "in"}, "/a.txt is there, but is no folder"),
        ({"path": "a.txt", "mtime": "yesterday"}, "mtime: 'yesterday' is no time like 2025"),
    ],
)
@pytest.mark.parametrize("check", [True, False])
def test_what_cannot_be_is_told(
    change: Change, given: dict[str, Any], words: str, *, check: bool
) -> None:
    with pytest.raises(TaskError, match=words):
        change(**given, check=check)


def test_that_a_pattern_removes_nothing_is_told(change: Change) -> None:
    assert change(path="in/*", state="absent").warnings == [
        "there is nothing of just the name /in/*; ftp_file takes no pattern"
    ]


def test_a_file_is_moved_and_the_folders_above_it_are_made(change: Change, home: Path) -> None:
    done = twice(change, path="archive/2025/b.txt", moved_from="in/b.txt", state="file")
    assert done.data["made"] == ["/archive", "/archive/2025"]
    assert done.data["moved_from"] == "/in/b.txt"
    assert (home / "archive/2025/b.txt").read_text() == "in/b.txt"
    assert not (home / "in/b.txt").exists()


def test_a_folder_is_moved(change: Change, home: Path) -> None:
    twice(change, path="out", moved_from="in", state="directory")
    assert (home / "out/deep/c.txt").exists()


@pytest.mark.parametrize("replaces", [True, False])
def test_a_file_is_replaced_where_that_is_wanted(start: Any, *, replaces: bool) -> None:
    server, change = start(replaces=replaces)
    server.tree.put("/new", b"new")
    server.tree.put("/old", b"old")
    assert change(path="old", moved_from="new", force=True).changed
    assert server.tree.files == {"/old": b"new"}


def test_a_move_whose_answer_is_lost_is_found_to_be_done(start: Any) -> None:
    server, change = start(Fault("RNTO", cut_control, at=END))
    server.tree.put("/a", b"data")
    assert change(path="b", moved_from="a").changed
    assert server.tree.files == {"/b": b"data"}


def test_a_move_that_is_refused_leaves_both_files(start: Any) -> None:
    server, change = start(Fault("RNTO", reply("550 Denied"), times=ALWAYS))
    server.tree.put("/a", b"data")
    with pytest.raises(TaskError, match=r"cannot rename to /b .*550 Denied"):
        change(path="b", moved_from="a")
    assert server.tree.files == {"/a": b"data"}


# Permissions and times ------------------------------------------------------------------------


@pytest.mark.parametrize(("mode", "bits"), [("0777", 0o777), ("g+w", 0o664)])
def test_through_a_link_those_of_what_it_leads_to_are_set_once(
    change: Change, home: Path, mode: str, bits: int
) -> None:
    (home / "in/link").symlink_to("../a.txt")
    assert twice(change, path="in/link", mode=mode).changed
    assert (home / "a.txt").stat().st_mode & 0o777 == bits


@pytest.mark.parametrize(("mode", "bits"), [("0600", 0o600), ("u=rwx,go=", 0o700), ("g+w", 0o664)])
def test_permissions_are_set_once(change: Change, home: Path, mode: str, bits: int) -> None:
    assert twice(change, path="a.txt", mode=mode).changed
    assert (home / "a.txt").stat().st_mode & 0o777 == bits


@pytest.mark.parametrize("without", [frozenset[str](), WITHOUT_MLST], ids=["MLST", "LIST"])
def test_permissions_that_are_right_are_not_set(start: Any, without: frozenset[str]) -> None:
    server, change = start(without=without)
    server.tree.put("/a")
    assert not change(path="a", mode="0644").changed
    assert not server.heard("SITE")


def test_permissions_that_are_not_told_are_set(start: Any) -> None:
    lines = ["05-14-24  03:04PM   7 a"]
    server, change = start(without=WITHOUT_MLST, listing=lambda _: lines)
    server.tree.put("/a")
    assert change(path="a", mode="0600").changed
    assert server.heard("SITE") == ["CHMOD 600 /a"]
    with pytest.raises(TaskError, match=r'does not tell what g\+w would change; use "0644"'):
        change(path="a", mode="g+w")


@pytest.mark.parametrize(
    "mtime", ["2025-05-31T12:00:00Z", "2025-05-31 12:00", "2025-05-31T14:00+02:00", "1748692800"]
)
def test_a_time_is_set_once(change: Change, home: Path, mtime: str) -> None:
    assert twice(change, path="a.txt", mtime=mtime).changed
    assert (home / "a.txt").stat().st_mtime == 1748692800


def test_a_file_that_is_moved_gets_its_mode_and_time_too(change: Change, home: Path) -> None:
    twice(change, path="b", moved_from="a.txt", mode="0600", mtime="2025-05-31T12:00:00Z")
    found = (home / "b").stat()
    assert (found.st_mode & 0o777, found.st_mtime) == (0o600, 1748692800)


def test_a_server_that_sets_no_times_is_told(start: Any) -> None:
    server, change = start(Fault("SITE", reply("500 What?"), times=ALWAYS), without={"MFMT"})
    server.tree.put("/a")
    with pytest.raises(TaskError, match="cannot set the time of /a"):
        change(path="a", mtime="2025-05-31")


# What is shown --------------------------------------------------------------------------------


def test_the_diff_shows_what_was_and_what_is(change: Change) -> None:
    (diff,) = change(path="a.txt", mode="0600", mtime="2025-05-31", diff=True).diff
    assert diff.before == "mode: 0644\nmtime: 2001-09-09T01:46:40Z\n"
    assert diff.after == "mode: 0600\nmtime: 2025-05-31T00:00:00Z\n"


def test_the_diff_lists_what_goes(change: Change) -> None:
    (diff,) = change(path="in", state="absent", diff=True, check=True).diff
    assert diff.before == "state: directory\n/in\n/in/b.txt\n/in/deep\n/in/deep/c.txt\n"
    assert diff.after == "state: absent\n"


def test_nothing_is_shown_where_nothing_changes(change: Change) -> None:
    assert not change(path="a.txt", state="file", diff=True).diff
