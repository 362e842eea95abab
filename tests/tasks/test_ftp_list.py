from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import pytest

from ftp_faults import OLD, Fault, FaultServer, Options, cut_control
from opsplay.runner.task import Context, Result, Secret, TaskError
from opsplay.tasks import ftp_list
from opsplay.tasks.ftp_list import Params
from opsplay.tasks.servers.ftp import FTPHandler, FtpServer, FtpServerOptions, FtpUser

Start = Callable[..., Params]


@pytest.fixture(name="home")
def _home(tmp_path: Path) -> Path:
    home = tmp_path / "server home"
    for name in ("测试.txt", "note.csv", "sub/深/deep.csv", ".hidden"):
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
        os.utime(path, (OLD, OLD))
    return home


@pytest.fixture(name="start")
def _start(home: Path) -> Iterator[Start]:
    """Start a server and give the parameters to list it."""
    with ExitStack() as stack:

        def start(
            permissions: str = "elr", handler: type[Any] | None = None, **given: Any
        ) -> Params:
            user = FtpUser(name="li", password="geheim", home=home, permissions=permissions)
            encoding = given.get("encoding", "utf-8")
            options = FtpServerOptions(users=[user], encoding=encoding, banner="欢迎")
            port = stack.enter_context(FtpServer(options, handler)).port
            login = {"host": "127.0.0.1", "port": port, "user": "li", "password": Secret("geheim")}
            return Params(**{"timeout": 60, **login, **given})

        yield start


def entries(result: Result) -> list[dict[str, Any]]:
    return cast("list[dict[str, Any]]", result.data["entries"])


def paths(result: Result) -> list[str]:
    return [entry["path"] for entry in entries(result)]


def test_every_entry_with_every_fact(ctx: Context, start: Start) -> None:
    result = ftp_list.run(start(), ctx)
    assert not result.changed
    assert paths(result) == ["/.hidden", "/note.csv", "/sub", "/测试.txt"]
    assert result.data["count"] == 4
    entry = entries(result)[-1]
    unique = entry["facts"].pop("unique")
    assert "g" in unique
    assert entry == {
        "name": "测试.txt",
        "path": "/测试.txt",
        "type": "file",
        "size": 10,
        "mtime": "2001-09-09T01:46:40Z",
        "exact": True,
        "perm": "r",
        "facts": {"type": "file", "size": "10", "modify": "20010909014640", "perm": "r"},
    }


def test_the_welcome_is_told(ctx: Context, start: Start) -> None:
    assert ftp_list.run(start(), ctx).data["welcome"] == "欢迎"


@pytest.mark.parametrize("encoding", ["utf-8", "gbk"])
def test_list_as_the_server_writes_it(ctx: Context, start: Start, encoding: str) -> None:
    result = ftp_list.run(start(method="list", encoding=encoding), ctx)
    lines = cast("list[str]", result.data["lines"])
    assert any(line.startswith("-rw-r--r--") and line.endswith(" 测试.txt") for line in lines)
    entry = entries(result)[-1]
    assert (entry["name"], entry["type"], entry["size"]) == ("测试.txt", "file", 10)
    assert entry["perm"] == "rw-r--r--"


@pytest.mark.parametrize("method", ["auto", "mlsd", "list"])
def test_folders_inside_folders(ctx: Context, start: Start, method: str) -> None:
    result = ftp_list.run(start(method=method, recursive=True), ctx)
    assert paths(result) == [
        "/.hidden",
        "/note.csv",
        "/sub",
        "/sub/深",
        "/sub/深/deep.csv",
        "/测试.txt",
    ]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.csv", ["/note.csv", "/sub/深/deep.csv"]),
        (["*.txt", "deep*"], ["/sub/深/deep.csv", "/测试.txt"]),
        ("none", []),
    ],
)
def test_only_names_that_match(ctx: Context, start: Start, pattern: Any, found: list[str]) -> None:
    result = ftp_list.run(start(recursive=True, pattern=pattern), ctx)
    assert paths(result) == found


def test_a_folder_below_cwd(ctx: Context, start: Start) -> None:
    assert paths(ftp_list.run(start(cwd="sub", path="深"), ctx)) == ["/sub/深/deep.csv"]


def test_lines_that_cannot_be_read_are_told(ctx: Context, start: Start) -> None:
    class Strange(FTPHandler):  # type: ignore[misc]  # pyftpdlib is not typed
        def ftp_LIST(self, _path: str) -> None:  # noqa: N802
            self.push_dtp_data(b"what is this\r\n", cmd="LIST")

    result = ftp_list.run(start(method="list", handler=Strange), ctx)
    assert result.data["lines"] == ["what is this"]
    assert result.warnings == ["/: cannot read this line of the listing: what is this"]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"path": "none"}, "cannot list /none .*there is no such folder"),
        ({"permissions": "er"}, "cannot list / .*550 Not enough privileges"),
    ],
)
def test_what_goes_wrong_is_told_in_words(
    ctx: Context, start: Start, given: dict[str, Any], words: str
) -> None:
    with pytest.raises(TaskError, match=words):
        ftp_list.run(start(**given), ctx)


# Choosing and sorting -------------------------------------------------------------------------


@pytest.fixture(name="tree")
def _tree(home: Path) -> Path:
    """A folder with files of several sizes, one of them new."""
    for name, size, mtime in [("big", 3000, OLD), ("small", 10, OLD + 60), ("new", 2000, None)]:
        path = home / "tree" / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"x" * size)
        if mtime:
            os.utime(path, (mtime, mtime))
    (home / "tree/folder/inner").mkdir(parents=True)
    (home / "tree/folder/inner/deep").write_bytes(b"")
    return home / "tree"


def names(result: Result) -> list[str]:
    return [entry["name"] for entry in entries(result)]


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"type": "file"}, ["big", "new", "small"]),
        ({"type": "dir"}, ["folder"]),
        ({"type": "link"}, []),
        ({"size": "2000"}, ["big", "new"]),
        ({"size": "2k"}, ["big"]),
        ({"size": "-2K"}, ["new", "small"]),
        ({"age": "2d", "type": "file"}, ["big", "small"]),
        ({"age": "-3h", "type": "file"}, ["new"]),
        ({"exclude": "*m*"}, ["big", "folder", "new"]),
        ({"pattern": "*e*", "exclude": ["f*"]}, ["new"]),
        ({"recursive": True, "pattern": "folder/**"}, ["inner", "deep"]),
        ({"recursive": True, "exclude": "inner", "type": "dir"}, ["folder"]),
        ({"recursive": True, "depth": 1}, ["big", "folder", "new", "small"]),
        ({"recursive": True, "depth": 2, "type": "dir"}, ["folder", "inner"]),
    ],
)
def test_only_what_is_asked_for(
    ctx: Context, start: Start, given: dict[str, Any], found: list[str]
) -> None:
    assert names(ftp_list.run(start(path="tree", **given), ctx)) == found


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"sort": "size"}, ["small", "new", "big"]),
        ({"sort": "size", "reverse": True}, ["big", "new", "small"]),
        ({"sort": "mtime"}, ["big", "small", "new"]),
        ({"sort": "name"}, ["big", "new", "small"]),
    ],
)
def test_sorted(ctx: Context, start: Start, given: dict[str, Any], found: list[str]) -> None:
    assert names(ftp_list.run(start(path="tree", type="file", **given), ctx)) == found


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"size": "1x"}, "size: '1x' is no amount"),
        ({"age": "9" * 30}, "age: '9+' is no amount"),
    ],
)
def test_an_amount_that_cannot_be_read_is_told(
    ctx: Context, start: Start, given: dict[str, Any], words: str
) -> None:
    with pytest.raises(TaskError, match=words):
        ftp_list.run(start(**given), ctx)


# Servers with oddities ------------------------------------------------------------------------

WITHOUT_MLSD = frozenset({"MLST", "MLSD"})


def run_against(server: FaultServer, ctx: Context, **given: Any) -> Result:
    login = {"host": "127.0.0.1", "port": server.port, "user": "li", "password": Secret("geheim")}
    return ftp_list.run(Params(**{"timeout": 60, "retry_delay": 0, **login, **given}), ctx)


@pytest.mark.parametrize("given", [{"exact_times": True}, {"age": "1d"}, {"sort": "mtime"}])
def test_times_are_asked_for_where_the_listing_tells_them_roughly(
    ctx: Context, given: dict[str, Any]
) -> None:
    with FaultServer(options=Options(without=WITHOUT_MLSD)) as server:
        server.tree.put("/a", mtime=OLD + 7)
        (entry,) = entries(run_against(server, ctx, **given))
    assert (entry["mtime"], entry["exact"]) == ("2001-09-09T01:46:47Z", True)


def test_only_for_those_that_are_wanted_anyway(ctx: Context) -> None:
    with FaultServer(options=Options(without=WITHOUT_MLSD)) as server:
        server.tree.put("/a.csv")
        server.tree.put("/a.txt")
        run_against(server, ctx, exact_times=True, pattern="*.csv")
    assert server.heard("MDTM") == ["/a.csv"]


def test_an_age_that_rests_on_rough_times_is_told(ctx: Context) -> None:
    with FaultServer(options=Options(without=WITHOUT_MLSD | {"MDTM"})) as server:
        server.tree.put("/a")
        result = run_against(server, ctx, age="1d")
    assert [entry["exact"] for entry in entries(result)] == [False]
    assert "tells times roughly" in result.warnings[0]


HOSTILE = ["type=dir; ../up", "type=dir; /etc", "type=file; a\0b", "type=dir; ", "type=file; good"]


def test_names_that_lead_elsewhere_are_told_and_not_followed(ctx: Context) -> None:
    with FaultServer(options=Options(listing=lambda _: HOSTILE)) as server:
        result = run_against(server, ctx, recursive=True)
    assert server.heard("MLSD") == ["/"]
    assert names(result) == ["good"]
    assert result.warnings == [
        "/: cannot read this line of the listing: type=dir; ",
        "/: left out a name that leads elsewhere and 2 more: '../up'",
    ]


@pytest.mark.parametrize("line", ["type=dir; again", "type=dir;unique=1; again"])
def test_folders_without_end_are_told(ctx: Context, line: str) -> None:
    with FaultServer(options=Options(listing=lambda _: [line])) as server:
        server.tree.put("/again" * 102 + "/a")
        with pytest.raises(TaskError, match="leads back to a folder above it"):
            run_against(server, ctx, recursive=True)


def test_of_many_lines_that_cannot_be_read_one_is_shown(ctx: Context) -> None:
    lines = [f"nonsense {number}" for number in range(1000)]
    with FaultServer(options=Options(listing=lambda _: lines)) as server:
        result = run_against(server, ctx)
    assert result.warnings == [
        "/: cannot read this line of the listing and 999 more: nonsense 0",
    ]


@pytest.mark.parametrize("without", [frozenset[str](), WITHOUT_MLSD], ids=["MLSD", "LIST"])
def test_a_hundred_thousand_files(ctx: Context, without: frozenset[str]) -> None:
    form = "-rw-r--r-- 1 li li 7 Sep  9  2001 {}" if without else "type=file;size=7; {}"
    lines = [form.format(number) for number in range(100_000)]
    with FaultServer(options=Options(listing=lambda _: lines, without=without)) as server:
        result = run_against(server, ctx, pattern="*99", size="5")
    assert result.data["count"] == 1000


def test_a_lost_connection_begins_it_again(ctx: Context) -> None:
    with FaultServer(Fault("MLSD", cut_control, about="/sub")) as server:
        server.tree.put("/sub/a")
        result = run_against(server, ctx, recursive=True)
    assert paths(result) == ["/sub", "/sub/a"]


def test_check_mode_is_no_different(contexts: Callable[..., Context], start: Start) -> None:
    assert ftp_list.run(start(), contexts(check=True)).data["count"] == 4


def test_a_pattern_for_a_path_is_told_where_it_belongs(ctx: Context, start: Start) -> None:
    with pytest.raises(TaskError, match=r"cannot list /sub/\*\.csv .*; `path` takes no pattern"):
        ftp_list.run(start(path="sub/*.csv"), ctx)
