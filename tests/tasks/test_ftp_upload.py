from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest

from file_trees import OLD, tree, write
from ftp_watched import WatchedServer, reports
from opsplay.runner.task import Cancellation, Cancelled, Context, Secret, TaskError
from opsplay.tasks import ftp_upload
from opsplay.tasks.ftp_upload import Params
from opsplay.tasks.servers.ftp import FTPHandler

Contexts = Callable[..., Context]


class Server(WatchedServer):
    def params(
        self, permissions: str = "elradfmwMT", handler: type[Any] | None = None, **given: Any
    ) -> Params:
        return Params(**self.arguments(permissions, handler, **given))


@pytest.fixture(name="server")
def _server(tmp_path: Path) -> Iterator[Server]:
    with ExitStack() as stack:
        yield Server(tmp_path / "server home", stack)


# What goes where


def test_a_file_becomes_the_file_that_dest_names(
    ctx: Context, tmp_path: Path, server: Server
) -> None:
    write(tmp_path / "note.txt", b"hello")
    result = ftp_upload.run(server.params(src="note.txt", dest="/测试.txt"), ctx)
    assert server.tree() == {"测试.txt": b"hello"}
    assert result.changed
    assert result.data == {
        "files": [
            {
                "path": "/测试.txt",
                "type": "file",
                "action": "created",
                "bytes": 5,
                "seconds": ANY,
                "checksum": None,
                "attempts": 1,
            }
        ],
        "created": 1,
        "replaced": 0,
        "unchanged": 0,
        "deleted": 0,
        "bytes": 5,
        "taken_away": 0,
        "seconds": ANY,
        "rate": ANY,
    }


@pytest.mark.parametrize(
    ("src", "dest", "where"),
    [
        ("a.txt", "in/", ["in/a.txt"]),
        ("a.txt", ".", ["a.txt"]),
        ("a.txt", "/deep/er/b.txt", ["deep/er/b.txt"]),
        ("folder", "in", ["in/1.csv", "in/2.csv", "in/sub/3.csv"]),
        ("folder", "in/", ["in/folder/1.csv", "in/folder/2.csv", "in/folder/sub/3.csv"]),
        ("folder/", "in/", ["in/1.csv", "in/2.csv", "in/sub/3.csv"]),
        ("folder/", ".", ["1.csv", "2.csv", "sub/3.csv"]),
        ("folder/*.csv", "in", ["in/1.csv", "in/2.csv"]),
        ("folder/**/*.csv", "in", ["in/1.csv", "in/2.csv", "in/sub/3.csv"]),
        (["a.txt", "folder/1.csv"], "in", ["in/1.csv", "in/a.txt"]),
        (["a.txt", "folder/*.csv"], "in/", ["in/1.csv", "in/2.csv", "in/a.txt"]),
        (["folder", "a.txt"], ".", ["a.txt", "folder/1.csv", "folder/2.csv", "folder/sub/3.csv"]),
    ],
)
def test_where_files_go(
    ctx: Context, tmp_path: Path, server: Server, src: Any, dest: str, where: list[str]
) -> None:
    write(tmp_path / "a.txt")
    for name in ("1.csv", "2.csv", "sub/3.csv"):
        write(tmp_path / "folder" / name)
    ftp_upload.run(server.params(src=src, dest=dest), ctx)
    assert sorted(path for path, data in server.tree().items() if data) == where


def test_a_folder_arrives_with_every_name_and_empty_folders(
    ctx: Context, tmp_path: Path, server: Server
) -> None:
    sent = reports(tmp_path / "reports")
    ftp_upload.run(server.params(src="reports/", dest="."), ctx)
    assert server.tree() == sent


def test_names_are_written_in_the_encoding_of_the_server(
    ctx: Context, tmp_path: Path, server: Server
) -> None:
    write(tmp_path / "月/测试.txt")
    ftp_upload.run(server.params(src="月", dest="报表", encoding="gbk"), ctx)
    assert server.tree() == {"报表": None, "报表/测试.txt": b"x"}


def test_names_that_are_no_text_survive(ctx: Context, tmp_path: Path, server: Server) -> None:
    name = os.fsdecode(b"\xb2\xe2.txt")
    write(tmp_path / "in" / name)
    params = server.params(src="in", dest="in")
    assert [ftp_upload.run(params, ctx).changed for _ in range(2)] == [True, False]
    assert server.tree() == {"in": None, f"in/{name}": b"x"}


def test_a_text_is_uploaded_as_a_file(ctx: Context, server: Server) -> None:
    params = server.params(content="你好\n", dest="a.txt")
    assert ftp_upload.run(params, ctx).changed
    assert not ftp_upload.run(params, ctx).changed
    write(server.home / "a.txt", "再见\n".encode())
    assert ftp_upload.run(params, ctx).changed
    assert server.tree() == {"a.txt": "你好\n".encode()}


def test_remote_paths_start_in_cwd(ctx: Context, tmp_path: Path, server: Server) -> None:
    (server.home / "in").mkdir()
    write(tmp_path / "a.txt")
    ftp_upload.run(server.params(src="a.txt", dest="sub/b.txt", cwd="in"), ctx)
    assert server.tree() == {"in": None, "in/sub": None, "in/sub/b.txt": b"x"}


# Doing nothing twice


@pytest.mark.parametrize("permissions", ["elradfmwMT", "elradfmw", "elrfmw"])
@pytest.mark.parametrize("atomic", ["atomic", "at once"])
def test_a_second_upload_changes_nothing(
    ctx: Context, tmp_path: Path, server: Server, permissions: str, atomic: str
) -> None:
    reports(tmp_path / "reports")
    params = server.params(permissions, src="reports", dest="in", atomic=atomic == "atomic")
    ftp_upload.run(params, ctx)
    server.events.clear()
    result = ftp_upload.run(params, ctx)
    assert not result.changed
    assert result.data["unchanged"] == 14
    assert server.did("listed")
    done = [event.what for event in server.events]
    # What comes before may be the last word about the first run.
    assert "uploaded" not in done[done.index("listed") :]


def test_a_second_upload_of_one_file_changes_nothing(
    ctx: Context, tmp_path: Path, server: Server
) -> None:
    write(tmp_path / "a.txt")
    params = server.params("elradfmw", src="a.txt", dest="a.txt")
    assert [ftp_upload.run(params, ctx).changed for _ in range(3)] == [True, False, False]


def test_only_what_differs_is_sent(ctx: Context, tmp_path: Path, server: Server) -> None:
    for name in ("same", "longer", "newer", "older"):
        write(tmp_path / "in" / name)
    params = server.params(src="in", dest="in")
    ftp_upload.run(params, ctx)
    write(tmp_path / "in/longer", b"xx")
    write(tmp_path / "in/newer", b"y", OLD + 1)
    write(tmp_path / "in/older", b"z", OLD - 1)
    write(tmp_path / "in/created")
    result = ftp_upload.run(params, ctx)
    counts = {key: result.data[key] for key in ("created", "replaced", "unchanged", "bytes")}
    assert counts == {"created": 1, "replaced": 3, "unchanged": 2, "bytes": 5}
    assert tree(server.home / "in") == tree(tmp_path / "in")


def test_where_times_cannot_be_set_newer_files_are_sent(
    ctx: Context, tmp_path: Path, server: Server
) -> None:
    write(tmp_path / "a")
    params = server.params("elradfmw", src="a", dest="a")
    ftp_upload.run(params, ctx)
    write(tmp_path / "a", b"y", int((server.home / "a").stat().st_mtime) + 10)
    assert ftp_upload.run(params, ctx).changed
    assert server.tree() == {"a": b"y"}


@pytest.mark.parametrize(("compare", "there"), [("size", b"y"), ("always", b"x")])
def test_compare_by_size_alone_or_not_at_all(
    ctx: Context, tmp_path: Path, server: Server, compare: str, there: bytes
) -> None:
    write(server.home / "a", b"y", OLD - 100)
    write(tmp_path / "a", b"x")
    ftp_upload.run(server.params(src="a", dest="a", compare=compare), ctx)
    assert server.tree() == {"a": there}


def test_files_keep_their_time(ctx: Context, tmp_path: Path, server: Server) -> None:
    write(tmp_path / "a")
    ftp_upload.run(server.params(src="a", dest="a"), ctx)
    assert (server.home / "a").stat().st_mtime == OLD


def test_times_may_be_left_alone(ctx: Context, tmp_path: Path, server: Server) -> None:
    write(tmp_path / "a")
    params = server.params(src="a", dest="a", preserve_mtime=False)
    assert [ftp_upload.run(params, ctx).changed for _ in range(2)] == [True, False]
    assert (server.home / "a").stat().st_mtime > OLD


# Telling before doing


def test_check_mode_tells_what_would_change_and_changes_nothing(
    contexts: Contexts, tmp_path: Path, server: Server
) -> None:
    write(tmp_path / "in/new", b"12")
    write(tmp_path / "in/changed", b"123")
    write(server.home / "in/changed", b"1")
    before = server.tree()
    result = ftp_upload.run(server.params(src="in", dest="in"), contexts(check=True, diff=True))
    assert result.changed
    assert server.tree() == before
    assert result.data["files"] == [
        {"path": "/in", "type": "dir", "action": "unchanged", "bytes": 0},
        {"path": "/in/changed", "type": "file", "action": "replaced", "bytes": 3},
        {"path": "/in/new", "type": "file", "action": "created", "bytes": 2},
    ]
    assert result.diff[0].before == "/in/changed  1 bytes  2001-09-09 01:46:40\n"
    assert result.diff[0].after == (
        "/in/changed  3 bytes  2001-09-09 01:46:40\n/in/new  2 bytes  2001-09-09 01:46:40\n"
    )


def test_check_mode_after_an_upload_sees_nothing_to_do(
    contexts: Contexts, tmp_path: Path, server: Server
) -> None:
    reports(tmp_path / "reports")
    params = server.params(src="reports", dest="in")
    ftp_upload.run(params, contexts())
    assert not ftp_upload.run(params, contexts(check=True)).changed


def test_check_mode_tells_that_what_is_newer_there_is_replaced(
    contexts: Contexts, tmp_path: Path, server: Server
) -> None:
    write(tmp_path / "a", b"ours")
    write(server.home / "a", b"them", OLD + 100)
    params = server.params(src="a", dest="a")
    foreseen = ftp_upload.run(params, contexts(check=True))
    assert foreseen.data["replaced"] == 1
    assert foreseen.warnings == [
        "/a is newer on the server: it is not replaced if the account may not set times there"
    ]
    assert ftp_upload.run(params, contexts()).data["replaced"] == 1


@pytest.mark.parametrize(
    "given",
    [
        {"dest": "file/a"},
        {"dest": "file/in/a"},
        {"src": "in", "dest": "file"},
        {"src": "in", "dest": "file/in"},
    ],
    ids=str,
)
def test_check_mode_foresees_that_a_file_is_in_the_way_of_a_folder(
    contexts: Contexts, tmp_path: Path, server: Server, given: dict[str, Any]
) -> None:
    write(tmp_path / "a")
    write(tmp_path / "in/a")
    write(server.home / "file")
    with pytest.raises(TaskError, match="/file is there, but is no folder"):
        ftp_upload.run(server.params(**{"src": "a", **given}), contexts(check=True))


# Half files, and what goes wrong


def test_nobody_sees_half_a_file(ctx: Context, tmp_path: Path, server: Server) -> None:
    write(tmp_path / "a")
    ftp_upload.run(server.params(src="a", dest="in/a"), ctx)
    (uploaded,) = server.did("uploaded")
    assert uploaded.startswith("/in/.opsplay-")
    assert server.did("renamed") == [uploaded]


def test_a_very_long_name_has_a_temporary_name_too(
    ctx: Context, tmp_path: Path, server: Server
) -> None:
    name = "长" * 85
    write(tmp_path / name)
    ftp_upload.run(server.params(src=name, dest="."), ctx)
    assert server.tree() == {name: b"x"}


def test_an_account_that_may_not_rename_is_told_to_turn_atomic_off(
    ctx: Context, tmp_path: Path, server: Server
) -> None:
    write(tmp_path / "a")
    with pytest.raises(TaskError, match=r"cannot rename .* 550 .*`atomic: false` uploads under"):
        ftp_upload.run(server.params("elradmw", src="a", dest="a"), ctx)
    assert server.tree() == {}


def test_what_cannot_be_taken_away_again_is_told(
    ctx: Context, tmp_path: Path, server: Server
) -> None:
    write(tmp_path / "a")
    with pytest.raises(TaskError, match=r"/\.opsplay-.*\.part is left there"):
        ftp_upload.run(server.params("elrmw", src="a", dest="a"), ctx)


def test_an_account_that_may_only_write_gets_the_file_and_a_warning(
    ctx: Context, tmp_path: Path, server: Server
) -> None:
    write(tmp_path / "a")
    result = ftp_upload.run(server.params("ew", src="a", dest="a", atomic=False), ctx)
    assert server.tree() == {"a": b"x"}
    assert result.warnings == ["the server does not tell whether all of /a has arrived"]


def test_of_many_files_that_may_not_be_looked_at_one_warning_tells(
    ctx: Context, tmp_path: Path, server: Server
) -> None:
    for name in ("a", "b", "c"):
        write(tmp_path / "out" / name)
    given = server.params("ew", src="out/", dest=".", atomic=False, connections=1)
    assert ftp_upload.run(given, ctx).warnings == [
        "the server does not tell whether all of /a has arrived (nor of 2 more)"
    ]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (
            {"permissions": "elr"},
            r"cannot upload /a \(.* 550 Not enough privileges; .*may not write",
        ),
        ({"permissions": "elrwf", "dest": "new/a"}, "cannot make folder /new .* 550"),
        ({"dest": "new/a", "create_dirs": False}, "there is no folder /new; set `create_dirs"),
        ({"dest": "folder"}, "/folder is a folder; end `dest` with a slash"),
        ({"src": "in", "dest": "file"}, "cannot make folder /file .*a file is in the way"),
        ({"src": "none"}, "Could not find or access 'none'"),
        ({"src": "*.none"}, "no file matches"),
        ({"src": ["a", "in/a"], "dest": "."}, "a and .*in/a would both become"),
        ({"src": None}, "either src or content"),
        ({"content": "x"}, "either src or content"),
        ({"src": None, "content": "x", "dest": "in/"}, "content needs the name of a file"),
        ({"dest": "a\r\nDELE file"}, "would end the line"),
        ({"cwd": "none"}, "cannot change to folder /none"),
        ({"dest": "🙂", "encoding": "gbk"}, "cannot be written in gbk"),
        ({"encoding": "utf-16"}, "utf-16 cannot be used"),
        ({"user": "wang"}, "530 .*check `user` and `password`"),
        ({"ca_file": "none.pem", "tls": "explicit"}, "cannot read ca_file"),
    ],
)
def test_what_goes_wrong_is_told_in_words(
    ctx: Context, tmp_path: Path, server: Server, given: dict[str, Any], words: str
) -> None:
    write(tmp_path / "a")
    write(tmp_path / "in/a")
    (server.home / "folder").mkdir()
    write(server.home / "file")
    before = server.tree()
    with pytest.raises(TaskError, match=words):
        ftp_upload.run(server.params(**{"src": "a", "dest": "a", **given}), ctx)
    assert server.tree() == before


def test_a_file_that_cannot_be_read_is_named(ctx: Context, tmp_path: Path, server: Server) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(TaskError, match="pipe is neither a file nor a folder"):
        ftp_upload.run(server.params(src="pipe", dest="a"), ctx)
    (tmp_path / "in").mkdir()
    (tmp_path / "in/link").symlink_to("nowhere")
    with pytest.raises(TaskError, match=r"link is a link that leads nowhere: .*`links: skip`"):
        ftp_upload.run(server.params(src="in", dest="in"), ctx)
    (tmp_path / "in/link").unlink()
    (tmp_path / "in/loop").symlink_to(".")
    with pytest.raises(TaskError, match="loop is a link that leads back to a folder above it"):
        ftp_upload.run(server.params(src="in", dest="in"), ctx)


@pytest.mark.parametrize("given", [{"password": Secret("wrong")}, {"host": "nowhere.invalid"}])
def test_what_is_wrong_here_is_told_before_what_is_wrong_there(
    ctx: Context, tmp_path: Path, server: Server, given: dict[str, Any]
) -> None:
    (tmp_path / "in").mkdir()
    (tmp_path / "in/link").symlink_to("nowhere")
    with pytest.raises(TaskError, match=r"link is a link that leads nowhere: .*`links: skip`"):
        ftp_upload.run(server.params(src="in", dest="in", retries=0, **given), ctx)


def test_a_file_that_changes_while_it_is_sent_does_not_get_its_name(
    contexts: Contexts, tmp_path: Path, server: Server
) -> None:
    path = write(tmp_path / "a", b"x" * 1_000_000)

    def grow(*_: object) -> None:
        with path.open("ab") as file:
            file.write(b"more")

    with pytest.raises(TaskError, match="a changed while it was sent"):
        ftp_upload.run(server.params(src="a", dest="a"), contexts(on_progress=grow))
    assert server.tree() == {}


def test_a_file_that_vanishes_while_others_are_sent_leaves_no_half_file(
    contexts: Contexts, tmp_path: Path, server: Server
) -> None:
    write(tmp_path / "in/1")
    write(tmp_path / "in/2")
    ctx = contexts(on_progress=lambda *_: (tmp_path / "in/2").unlink())
    with pytest.raises(TaskError, match=r"cannot read .*in/2: No such file"):
        ftp_upload.run(server.params(src="in", dest="in"), ctx)
    assert server.tree() == {"in": None, "in/1": b"x"}


def test_that_all_is_well_is_not_believed(ctx: Context, tmp_path: Path, server: Server) -> None:
    class Losing(FTPHandler):  # type: ignore[misc]  # pyftpdlib is not typed
        def ftp_SIZE(self, _path: str) -> None:  # noqa: N802
            self.respond("213 3")

    write(tmp_path / "a", b"12345")
    with pytest.raises(TaskError, match="the server has 3 of the 5 bytes sent to /a"):
        ftp_upload.run(server.params(src="a", dest="a", handler=Losing), ctx)
    assert "a" not in server.tree()


# The run around it


def test_steps_share_one_login(ctx: Context, tmp_path: Path, server: Server) -> None:
    write(tmp_path / "a")
    (server.home / "in").mkdir()
    params = server.params(src="a", dest="a")
    for cwd in (None, "in", None, "/in"):
        ftp_upload.run(Params(**{**vars(params), "cwd": cwd}), ctx)
    assert len(server.did("logged in")) == 1
    assert server.tree() == {"a": b"x", "in": None, "in/a": b"x"}


def test_progress_is_told_over_all_files(
    contexts: Contexts, tmp_path: Path, server: Server
) -> None:
    write(tmp_path / "in/1", b"1" * 300_000)
    write(tmp_path / "in/2", b"2" * 100_000)
    told: list[tuple[object, ...]] = []
    ctx = contexts(on_progress=lambda *args: told.append(args))
    ftp_upload.run(server.params(src="in", dest="in"), ctx)
    assert [each[1:] for each in told[-1:]] == [(400_000, 400_000, "B")]
    assert {each[0] for each in told} <= {"1", "2"}


def test_a_user_who_stops_the_upload_leaves_no_file_under_its_name(
    contexts: Contexts, tmp_path: Path, server: Server
) -> None:
    write(tmp_path / "a", b"x" * 10_000_000)
    stop = Cancellation()
    ctx = contexts(cancellation=stop, on_progress=lambda *_: stop.cancel())
    with pytest.raises(Cancelled):
        ftp_upload.run(server.params(src="a", dest="a"), ctx)
    assert not (server.home / "a").exists()


def test_large_files_need_no_memory(ctx: Context, tmp_path: Path, server: Server) -> None:
    import tracemalloc

    with (tmp_path / "big").open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    tracemalloc.start()
    ftp_upload.run(server.params(src="big", dest="big"), ctx)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 * 1024 * 1024
    assert (server.home / "big").stat().st_size == 64 * 1024 * 1024
