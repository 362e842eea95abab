"""Which files are moved: include, exclude and links, both ways."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from file_trees import write
from ftp_exchange import Way, both_ways
from ftp_sides import Begin, Sides
from opsplay.runner.task import TaskError

NAMES = ("a.txt", "b.csv", "sub/c.txt", "sub/deep/d.csv", ".git/config")


def offering(begin: Begin, way: Way) -> Sides:
    sides = begin(way)
    for name in NAMES:
        write(sides.source / name)
    return sides


def files(sides: Sides) -> list[str]:
    return sorted(path for path, data in sides.arrived().items() if data is not None)


@both_ways
@pytest.mark.parametrize(
    ("given", "moved"),
    [
        ({"include": "*.txt"}, ["a.txt", "sub/c.txt"]),
        ({"include": ["/*.txt", "deep/*", "**/deep/*"]}, ["a.txt", "sub/deep/d.csv"]),
        ({"exclude": ".git"}, ["a.txt", "b.csv", "sub/c.txt", "sub/deep/d.csv"]),
        ({"exclude": ["sub", "*.csv"]}, [".git/config", "a.txt"]),
        ({"exclude": "sub/deep"}, [".git/config", "a.txt", "b.csv", "sub/c.txt"]),
        ({"include": "*.csv", "exclude": "deep/"}, ["b.csv"]),
        ({"include": "*.pdf"}, []),
    ],
)
def test_only_what_is_meant_is_moved(
    begin: Begin, way: Way, given: dict[str, Any], moved: list[str]
) -> None:
    sides = offering(begin, way)
    sides.move(**given)
    assert files(sides) == moved


@both_ways
def test_folders_that_are_left_out_are_not_made(begin: Begin, way: Way) -> None:
    sides = offering(begin, way)
    sides.move(exclude=["deep", ".git"])
    assert sorted(sides.arrived()) == ["a.txt", "b.csv", "sub", "sub/c.txt"]


@both_ways
def test_what_a_pattern_in_src_matches_is_left_out_too(begin: Begin, way: Way) -> None:
    sides = offering(begin, way)
    sides.move(src="out/*", exclude=["sub/deep", "*.csv"])
    assert files(sides) == ["a.txt", "sub/c.txt"]


@both_ways
def test_a_file_named_in_src_is_left_out_too(begin: Begin, way: Way) -> None:
    sides = offering(begin, way)
    sides.move(src=["out/a.txt", "out/b.csv"], exclude="*.csv")
    assert files(sides) == ["a.txt"]


@both_ways
def test_what_is_left_out_here_may_lie_there_as_it_likes(begin: Begin, way: Way) -> None:
    sides = offering(begin, way)
    write(sides.target / "b.csv", b"theirs")
    assert sides.move(exclude="*.csv").changed
    assert not sides.move(exclude="*.csv").changed
    assert sides.arrived()["b.csv"] == b"theirs"


@both_ways
def test_a_pattern_that_cannot_be_read_is_told(begin: Begin, way: Way) -> None:
    with pytest.raises(TaskError, match=r"'\[z-a\]' is no pattern that can be read"):
        offering(begin, way).move(exclude="[z-a]")


# Links in a folder that goes up


@pytest.fixture(name="linked")
def _linked(begin: Begin) -> Sides:
    sides = begin("up")
    write(sides.source / "a", b"a")
    (sides.source / "inside").symlink_to("a")
    return sides


@pytest.mark.parametrize("links", ["inside", "follow"])
def test_a_link_is_sent_as_what_it_leads_to(linked: Sides, links: str) -> None:
    linked.move(links=links)
    assert linked.arrived() == {"a": b"a", "inside": b"a"}


def test_links_are_left_out(linked: Sides) -> None:
    linked.move(links="skip")
    assert linked.arrived() == {"a": b"a"}


def test_what_lies_outside_is_sent_only_if_that_is_meant(linked: Sides, tmp_path: Path) -> None:
    write(tmp_path / "elsewhere", b"secret")
    (linked.source / "outside").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(TaskError, match=r"outside is a link that leads out of .*`links: follow`"):
        linked.move()
    assert linked.arrived() == {}
    linked.move(links="follow")
    assert linked.arrived() == {"a": b"a", "inside": b"a", "outside": b"secret"}
