from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from file_trees import OLD, tree, write
from ftp_watched import WatchedServer, reports
from opsplay.runner.task import Cancellation, Cancelled, Context, TaskError
from opsplay.tasks import ftp_download
from opsplay.tasks.ftp_download import Params
from opsplay.tasks.servers.ftp import FTPHandler

Contexts = Callable[..., Context]


class Server(WatchedServer):
    def params(
        self, permissions: str = "elr", handler: type[Any] | None = None, **given: Any
    ) -> Params:
        return Params(**self.arguments(permissions, handler, **given))


@pytest.fixture(name="server")
def _server(tmp_path: Path) -> Iterator[Server]:
    with ExitStack() as stack:
        yield Server(tmp_path / "server home", stack)


@pytest.fixture(name="here")
def _here(tmp_path: Path) -> Path:
    """Where downloads go."""
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


@pytest.fixture(name="ctx")
def _ctx(contexts: Contexts, here: Path) -> Context:
    return contexts(playbook_dir=here)


# What goes where


@pytest.mark.parametrize(
    ("src", "dest", "where"),
    [
        ("a.txt", "b.txt", ["b.txt"]),
        ("a.txt", "in/", ["in/a.txt"]),
        ("/a.txt", "deep/er/b.txt", ["deep/er/b.txt"]),
        ("folder", "in", ["in/1.csv", "in/2.csv", "in/sub/3.csv"]),
        ("folder", "in/", ["in/folder/1.csv", "in/folder/2.csv", "in/folder/sub/3.csv"]),
        ("folder/", ".", ["1.csv", "2.csv", "sub/3.csv"]),
        ("/", ".", ["a.txt", "folder/1.csv", "folder/2.csv", "folder/sub/3.csv"]),
        ("folder/*.csv", "in", ["in/1.csv", "in/2.csv"]),
        ("*/*.csv", "in", ["in/folder/1.csv", "in/folder/2.csv"]),
        ("*/sub/?.csv", "in", ["in/folder/sub/3.csv"]),
        ("f*", "in", ["in/folder/1.csv", "in/folder/2.csv", "in/folder/sub/3.csv"]),
        (["a.txt", "folder/*.csv"], "in", ["in/1.csv", "in/2.csv", "in/a.txt"]),
    ],
)
def test_where_files_go(
    ctx: Context, here: Path, server: Server, src: Any, dest: str, where: list[str]
) -> None:
    write(server.home / "a.txt")
    for name in ("1.csv", "2.csv", "sub/3.csv"):
        write(server.home / "folder" / name)
    ftp_download.run(server.params(src=src, dest=dest), ctx)
    assert sorted(path for path, data in tree(here).items() if data) == where


def test_a_folder_arrives_with_every_name_and_empty_folders(
    ctx: Context, here: Path, server: Server
) -> None:
    sent = reports(server.home)
    result = ftp_download.run(server.params(src="/", dest="."), ctx)
    assert tree(here) == sent
    assert result.changed
    assert result.data["created"] == 13


def test_each_hostile_name_can_be_fetched_alone(ctx: Context, here: Path, server: Server) -> None:
    sent = reports(server.home)
    names = [name for name, data in sent.items() if data is not None]
    ftp_download.run(server.params(src=names, dest="."), ctx)
    assert sorted(tree(here)) == sorted(Path(name).name for name in names)


def test_names_are_read_in_the_encoding_of_the_server(
    ctx: Context, here: Path, server: Server
) -> None:
    write(server.home / "报表/测试.txt")
    ftp_download.run(server.params(src="报表", dest="月", encoding="gbk"), ctx)
    assert tree(here) == {"月": None, "月/测试.txt": b"x"}


def test_names_that_are_no_text_survive(ctx: Context, here: Path, server: Server) -> None:
    name = os.fsdecode(b"\xb2\xe2.txt")
    write(server.home / name)
    ftp_download.run(server.params(src="/", dest="."), ctx)
    assert tree(here) == {name: b"x"}


def test_remote_paths_start_in_cwd(ctx: Context, here: Path, server: Server) -> None:
    write(server.home / "out/sub/a.txt")
    ftp_download.run(server.params(src="sub/a.txt", dest=".", cwd="out"), ctx)
    assert tree(here) == {"a.txt": b"x"}


# Doing nothing twice


def test_files_are_found_here_whether_they_or_their_folder_are_named_first(
    ctx: Context, here: Path, server: Server
) -> None:
    write(server.home / "a.txt")
    write(server.home / "folder/b.txt")
    params = server.params(src=["a.txt", "folder/"], dest="in/")
    ftp_download.run(params, ctx)
    assert sorted(tree(here)) == ["in", "in/a.txt", "in/b.txt"]
    assert not ftp_download.run(params, ctx).changed


@pytest.mark.parametrize("time", ["the original's", "the download's"])
def test_a_second_download_changes_nothing(
    ctx: Context, here: Path, server: Server, time: str
) -> None:
    reports(server.home)
    params = server.params(src="/", dest=".", preserve_mtime=time == "the original's")
    ftp_download.run(params, ctx)
    result = ftp_download.run(params, ctx)
    assert not result.changed
    assert result.data["unchanged"] == 14
    assert len(server.did("downloaded")) == 10


def test_only_what_differs_is_fetched(ctx: Context, here: Path, server: Server) -> None:
    for name in ("same", "longer", "newer", "older"):
        write(server.home / name)
    params = server.params(src="/", dest=".")
    ftp_download.run(params, ctx)
    write(server.home / "longer", b"xx")
    write(server.home / "newer", b"y", OLD + 1)
    write(server.home / "older", b"z", OLD - 1)
    write(server.home / "created")
    result = ftp_download.run(params, ctx)
    counts = {key: result.data[key] for key in ("created", "replaced", "unchanged", "bytes")}
    assert counts == {"created": 1, "replaced": 3, "unchanged": 2, "bytes": 5}
    assert tree(here) == tree(server.home)


def test_files_keep_their_time(ctx: Context, here: Path, server: Server) -> None:
    write(server.home / "a")
    ftp_download.run(server.params(src="a", dest="a"), ctx)
    assert (here / "a").stat().st_mtime == OLD


def test_a_file_that_is_replaced_keeps_its_mode(ctx: Context, here: Path, server: Server) -> None:
    write(server.home / "a", b"newer")
    write(here / "a", b"old").chmod(0o640)
    ftp_download.run(server.params(src="a", dest="a"), ctx)
    assert (here / "a").read_bytes() == b"newer"
    assert (here / "a").stat().st_mode & 0o777 == 0o640


@pytest.mark.parametrize(("compare", "there"), [("size", b"y"), ("always", b"x")])
def test_compare_by_size_alone_or_not_at_all(
    ctx: Context, here: Path, server: Server, compare: str, there: bytes
) -> None:
    write(server.home / "a", b"x")
    write(here / "a", b"y", OLD - 100)
    ftp_download.run(server.params(src="a", dest="a", compare=compare), ctx)
    assert tree(here) == {"a": there}


def test_check_mode_tells_what_would_change_and_changes_nothing(
    contexts: Contexts, here: Path, server: Server
) -> None:
    write(server.home / "out/new", b"12")
    write(server.home / "out/changed", b"123")
    write(here / "in/changed", b"1")
    before = tree(here)
    ctx = contexts(playbook_dir=here, check=True, diff=True)
    result = ftp_download.run(server.params(src="out", dest="in"), ctx)
    assert result.changed
    assert tree(here) == before
    assert result.data["files"] == [
        {"path": f"{here}/in", "type": "dir", "action": "unchanged", "bytes": 0},
        {"path": f"{here}/in/changed", "type": "file", "action": "replaced", "bytes": 3},
        {"path": f"{here}/in/new", "type": "file", "action": "created", "bytes": 2},
    ]
    assert result.diff[0].before == f"{here}/in/changed  1 bytes  2001-09-09 01:46:40\n"
    with pytest.raises(TaskError, match="there is no /none"):
        ftp_download.run(server.params(src="none", dest="in"), ctx)


# Hostile and broken servers


class Lister(FTPHandler):  # type: ignore[misc]  # pyftpdlib is not typed
    """Lists one file under a name that the test gives."""

    name = b""

    def ftp_MLSD(self, _path: str) -> None:  # noqa: N802
        self.push_dtp_data(b"type=file;size=1; " + self.name + b"\r\n", cmd="MLSD")


@pytest.mark.parametrize(
    "name",
    [b"../evil", b"/tmp/evil", b"a/b", b"..\\evil", b"C:\\evil", b"C:", b"a\rb", b"a\0b"],
)
def test_names_never_lead_out_of_dest(
    ctx: Context, tmp_path: Path, here: Path, server: Server, name: bytes
) -> None:
    write(server.home / "evil")
    handler = type("Evil", (Lister,), {"name": name})
    before = tree(tmp_path)
    with pytest.raises(TaskError, match="no local file may be called so"):
        ftp_download.run(server.params(src="/", dest=".", handler=handler), ctx)
    assert tree(tmp_path) == before


def test_a_name_cannot_be_somebodys_home(ctx: Context, here: Path, server: Server) -> None:
    write(server.home / "~root")
    ftp_download.run(server.params(src="~root", dest="./"), ctx)
    assert tree(here) == {"~root": b"x"}


class Truncating(FTPHandler):  # type: ignore[misc]  # pyftpdlib is not typed
    """Sends less than it says, and says that all is well."""

    def ftp_MLST(self, _path: str) -> None:  # noqa: N802
        self.push("250-Listing:\r\n type=file;size=10;modify=20010909014640; /a\r\n")
        self.respond("250 End")

    def ftp_SIZE(self, _path: str) -> None:  # noqa: N802
        self.respond("213 10")


def test_a_short_download_does_not_get_its_name(ctx: Context, here: Path, server: Server) -> None:
    write(server.home / "a", b"12345")
    with pytest.raises(TaskError, match="5 of the 10 bytes of /a arrived"):
        ftp_download.run(server.params(src="a", dest="a", handler=Truncating), ctx)
    assert "a" not in tree(here)


def test_links_that_lead_in_circles_are_given_up(ctx: Context, here: Path, server: Server) -> None:
    (server.home / "loop").symlink_to(".")
    with pytest.raises(TaskError, match="/loop/loop leads back to a folder above it"):
        ftp_download.run(server.params(src="/", dest="."), ctx)


# What goes wrong


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"src": "none"}, r"cannot download /none .* 550 .*there is no such file"),
        ({"src": "none", "dest": "folder"}, "there is no /none, or the account may not see it"),
        ({"src": "none/"}, "there is no folder /none, or the account may not enter it"),
        ({"permissions": "el"}, r"cannot download /a .* 550 .*may not read it"),
        ({"src": "*.none"}, r"nothing on the server matches /\*\.none .*`include`"),
        ({"src": ["a", "folder/a"], "dest": "."}, "/a and /folder/a would both become"),
        ({"dest": "folder"}, "folder is a folder; end `dest` with a slash"),
        ({"src": "folder", "dest": "file"}, "file cannot be a folder: a file is in the way"),
        ({"dest": "none/a", "create_dirs": False}, "there is no folder .*none"),
        ({"dest": "file/a"}, "file cannot be a folder: a file is in the way"),
        ({"dest": "pipe"}, "pipe is a device, a pipe or a socket"),
        ({"cwd": "none"}, "cannot change to folder /none"),
    ],
)
def test_what_goes_wrong_is_told_in_words(
    ctx: Context, here: Path, server: Server, given: dict[str, Any], words: str
) -> None:
    write(server.home / "a")
    write(server.home / "folder/a")
    (here / "folder").mkdir()
    write(here / "file")
    os.mkfifo(here / "pipe")
    with pytest.raises(TaskError, match=words):
        ftp_download.run(server.params(**{"src": "a", "dest": "b", **given}), ctx)
    assert sorted(path.name for path in here.iterdir()) == ["file", "folder", "pipe"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"dest": "file/a"}, "file cannot be a folder"),
        ({"dest": "none/a", "create_dirs": False}, "there is no folder .*none; set `create_dirs"),
        ({"src": "folder", "create_dirs": False}, "there is no folder .*b; set `create_dirs"),
    ],
)
def test_check_mode_foresees_it(
    contexts: Contexts, here: Path, server: Server, given: dict[str, Any], words: str
) -> None:
    write(server.home / "a")
    (server.home / "folder").mkdir()
    write(here / "file")
    for check in (True, False):
        ctx = contexts(playbook_dir=here, check=check)
        with pytest.raises(TaskError, match=words):
            ftp_download.run(server.params(**{"src": "a", "dest": "b", **given}), ctx)


def test_an_account_that_may_only_read_gets_the_file_and_a_warning(
    ctx: Context, here: Path, server: Server
) -> None:
    write(server.home / "a")
    result = ftp_download.run(server.params("er", src="a", dest="a"), ctx)
    assert tree(here) == {"a": b"x"}
    assert result.warnings == ["the server does not tell whether /a is complete"]


def test_a_user_who_stops_the_download_finds_no_half_file(
    contexts: Contexts, here: Path, server: Server
) -> None:
    write(server.home / "a", b"x" * 10_000_000)
    stop = Cancellation()
    ctx = contexts(playbook_dir=here, cancellation=stop, on_progress=lambda *_: stop.cancel())
    with pytest.raises(Cancelled):
        ftp_download.run(server.params(src="a", dest="a"), ctx)
    assert "a" not in tree(here)


def test_progress_is_told(contexts: Contexts, here: Path, server: Server) -> None:
    write(server.home / "a", b"1" * 300_000)
    told: list[tuple[Any, ...]] = []
    ctx = contexts(playbook_dir=here, on_progress=lambda *args: told.append(args))
    ftp_download.run(server.params(src="a", dest="a"), ctx)
    assert told[-1] == ("a", 300_000, 300_000, "B")


def test_large_files_need_no_memory(ctx: Context, here: Path, server: Server) -> None:
    import tracemalloc

    with (server.home / "big").open("wb") as file:
        file.truncate(64 * 1024 * 1024)
    tracemalloc.start()
    ftp_download.run(server.params(src="big", dest="big"), ctx)
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 8 * 1024 * 1024
    assert (here / "big").stat().st_size == 64 * 1024 * 1024
