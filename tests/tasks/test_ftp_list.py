from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, cast

import pytest

from opsplay.runner.task import Context, Result, Secret, TaskError
from opsplay.tasks import ftp_list
from opsplay.tasks.ftp_list import Params
from opsplay.tasks.servers.ftp import FTPHandler, FtpServer, FtpServerOptions, FtpUser

OLD = 1_000_000_000
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
            return Params(**{"timeout": 5, **login, **given})

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
