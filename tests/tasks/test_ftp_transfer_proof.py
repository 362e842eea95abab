"""How files are compared, proved and told of: compare, verify_transfer, mode, manifest, results."""

from __future__ import annotations

import json
import stat
from collections.abc import Iterator
from contextlib import ExitStack
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from file_trees import OLD, write
from ftp_exchange import Exchange, Start, Way, both_ways
from ftp_faults import Options
from ftp_sides import Begin, actions
from opsplay.runner.task import Context, Result, TaskError


@pytest.fixture(name="start")
def _start(ctx: Context) -> Iterator[Start]:
    """Start a server that computes checksums, unless it is to know less."""
    with ExitStack() as stack:

        def start(way: Way, *without: str) -> Exchange:
            exchange = Exchange((), Options(without=frozenset(without)), way, ctx)
            stack.enter_context(exchange.server)
            return exchange

        yield start


def of_file(result: Result) -> dict[str, Any]:
    """Give what a result tells of the one file."""
    files = result.data["files"]
    assert isinstance(files, list)
    (told,) = (file for file in files if file["type"] == "file")
    assert isinstance(told, dict)
    return told


# Comparing by what is in the files


@both_ways
def test_a_change_that_keeps_size_and_time_is_found(begin: Begin, way: Way) -> None:
    sides = begin(way)
    write(sides.source / "a", b"new")
    write(sides.target / "a", b"old")
    assert not sides.move().changed
    assert sides.move(compare="checksum").changed
    assert sides.arrived() == {"a": b"new"}


@both_ways
def test_the_same_content_is_left_alone_whatever_its_time(begin: Begin, way: Way) -> None:
    sides = begin(way)
    write(sides.source / "a", b"same")
    write(sides.target / "a", b"same", OLD - 100)
    assert not sides.move(compare="checksum").changed


@both_ways
def test_the_server_is_asked_for_its_checksum_if_it_has_one(start: Start, way: Way) -> None:
    exchange = start(way)
    exchange.offer(b"same")
    exchange.lies_there(b"same")
    assert not exchange.move(compare="checksum").changed
    exchange.lies_there(b"lame")
    assert exchange.move(compare="checksum").changed
    assert len(exchange.server.heard("HASH")) == 2
    assert exchange.server.heard("RETR") == (["/out/a"] if way == "down" else [])


@both_ways
def test_files_of_another_size_are_not_even_read(start: Start, way: Way) -> None:
    exchange = start(way)
    exchange.offer(b"longer")
    exchange.lies_there(b"short")
    exchange.move(compare="checksum")
    assert exchange.server.heard("HASH") == []


# Proving that all has arrived


@both_ways
def test_a_checksum_of_the_server_proves_it_and_is_told(start: Start, way: Way) -> None:
    exchange = start(way)
    exchange.offer(b"hello")
    told = of_file(exchange.move(verify_transfer="checksum"))
    assert told["checksum"] == f"sha256:{sha256(b'hello').hexdigest()}"
    assert len(exchange.server.heard("HASH")) == 1


@both_ways
@pytest.mark.parametrize(
    ("without", "algorithm"),
    [
        (["HASH"], "sha256"),
        (["HASH", "XSHA256"], "sha1"),
        (["HASH", "XSHA256", "XSHA1"], "md5"),
        (["HASH", "XSHA256", "XSHA1", "XMD5"], "crc32"),
    ],
)
def test_an_older_one_will_do(start: Start, way: Way, without: list[str], algorithm: str) -> None:
    exchange = start(way, *without)
    exchange.offer(b"hello", "a b")
    told = of_file(exchange.move(verify_transfer="checksum"))
    assert told["checksum"].startswith(f"{algorithm}:")


@both_ways
def test_without_any_it_is_refused_before_anything_is_done(begin: Begin, way: Way) -> None:
    sides = begin(way)
    write(sides.source / "a")
    with pytest.raises(TaskError, match=r"computes no checksums .*`verify_transfer: readback`"):
        sides.move(verify_transfer="checksum")
    assert not sides.target.exists()


@both_ways
def test_reading_it_back_proves_it_too(begin: Begin, way: Way) -> None:
    sides = begin(way)
    write(sides.source / "a", b"hello")
    told = of_file(sides.move(verify_transfer="readback"))
    assert told["checksum"] == f"sha256:{sha256(b'hello').hexdigest()}"
    downloads = [event.detail for event in sides.did("downloaded")]
    assert downloads == ["5 bytes"] * (1 if way == "up" else 2)


# Permissions


@both_ways
@pytest.mark.parametrize(
    ("mode", "bits"), [("0600", 0o600), ("u=rw,g=r,o=", 0o640), ("0444", 0o444)]
)
def test_files_get_the_permissions_asked_for(begin: Begin, way: Way, mode: str, bits: int) -> None:
    sides = begin(way)
    write(sides.source / "sub/a")
    sides.move(mode=mode)
    assert stat.S_IMODE((sides.target / "sub/a").stat().st_mode) == bits


@both_ways
def test_a_file_that_is_left_alone_keeps_its_own(begin: Begin, way: Way) -> None:
    sides = begin(way)
    write(sides.source / "a")
    sides.move(mode="0600")
    assert not sides.move(mode="0644").changed
    assert stat.S_IMODE((sides.target / "a").stat().st_mode) == 0o600


# The manifest


def lines(path: Path) -> list[Any]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


@both_ways
def test_the_manifest_lists_what_lies_there_afterwards(begin: Begin, way: Way) -> None:
    sides = begin(way)
    write(sides.source / "a", b"new")
    write(sides.source / "sub/same", b"same")
    write(sides.target / "sub/same", b"same")
    write(sides.target / "gone")
    sides.move(delete=True, manifest="list.jsonl")
    assert lines(sides.here / "list.jsonl") == [
        {
            "path": f"{sides.top}/{name}",
            "bytes": len(data),
            "sha256": sha256(data).hexdigest(),
            "mtime": "2001-09-09T01:46:40Z",
            "action": action,
        }
        for name, data, action in [("a", b"new", "created"), ("sub/same", b"same", "unchanged")]
    ]


@both_ways
def test_check_mode_writes_no_manifest(begin: Begin, way: Way) -> None:
    sides = begin(way)
    write(sides.source / "a")
    sides.move(sides.context(check=True), manifest="list.jsonl")
    assert not (sides.here / "list.jsonl").exists()


# What a result tells


@both_ways
def test_a_result_counts_and_measures(begin: Begin, way: Way) -> None:
    sides = begin(way)
    write(sides.source / "new", b"12345")
    write(sides.source / "changed", b"123")
    write(sides.target / "changed", b"1")
    result = sides.move()
    assert {key: value for key, value in result.data.items() if isinstance(value, int)} == {
        "created": 1,
        "replaced": 1,
        "unchanged": 1,
        "deleted": 0,
        "bytes": 8,
        "taken_away": 0,
        "rate": result.data["rate"],
    }
    assert result.msg == "1 file created, 1 file replaced, 1 folder unchanged; 8 bytes"
    assert actions(result) == {
        sides.top: "unchanged",
        f"{sides.top}/changed": "replaced",
        f"{sides.top}/new": "created",
    }


@both_ways
@pytest.mark.parametrize("src", ["", ["out/a", ""]], ids=str)
def test_an_empty_name_is_no_file(begin: Begin, way: Way, src: str | list[str]) -> None:
    sides = begin(way)
    write(sides.source / "a")
    with pytest.raises(TaskError, match=r"^'' is not the name of a file or folder$"):
        sides.move(src=src)
    assert sides.arrived() == {}


@both_ways
def test_nothing_at_all_is_told_too(begin: Begin, way: Way) -> None:
    sides = begin(way)
    write(sides.source / "a")
    assert sides.move(src="out/a", exclude="*").msg == "nothing to do; 0 bytes"
    assert sides.move(src=[]).msg == "nothing to do; 0 bytes"
