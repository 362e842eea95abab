from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from file_trees import OLD, rewrite, write
from opsplay.runner.task import TaskError
from opsplay.tasks.reading import BLOCK, Reading, reading, reading_text


@pytest.fixture(name="path")
def _path(tmp_path: Path) -> Path:
    return write(tmp_path / "a", os.urandom(2 * BLOCK + 10))


def read(source: Reading, offset: int = 0, end: int | None = None) -> bytes:
    # Copied one by one: a piece is gone when the next is read.
    return b"".join([bytes(block) for block in source.blocks(offset, end)])


def test_a_file_is_read_piece_by_piece(path: Path) -> None:
    with reading(str(path)) as source:
        lengths = [len(block) for block in source.blocks(piece=BLOCK)]
        assert len(lengths) > 1
        assert max(lengths) <= BLOCK
        assert read(source) == path.read_bytes()
        assert (source.size, source.mtime) == (2 * BLOCK + 10, OLD)


@pytest.mark.parametrize(
    ("offset", "end"), [(0, 0), (5, None), (BLOCK - 1, BLOCK + 1), (2 * BLOCK + 10, None)]
)
def test_a_part_of_a_file(path: Path, offset: int, end: int | None) -> None:
    with reading(str(path)) as source:
        assert read(source, offset, end) == path.read_bytes()[offset:end]


@given(st.binary(), st.integers(0, 50))
def test_a_text_is_read_like_a_file(text: bytes, offset: int) -> None:
    with reading_text(text) as source:
        assert read(source, offset) == text[offset:]
        assert source.size == len(text)
        assert not source.has_changed


def test_an_empty_file_has_nothing_to_read(tmp_path: Path) -> None:
    with reading(str(write(tmp_path / "empty", b""))) as source:
        assert read(source) == b""


def test_what_is_added_meanwhile_is_not_read_but_noticed(path: Path) -> None:
    with reading(str(path)) as source:
        assert not source.has_changed
        with path.open("ab") as file:
            file.write(b"more")
        assert len(read(source)) == source.size
        assert source.has_changed


def test_a_file_that_gets_shorter_has_an_end_and_that_is_noticed(path: Path) -> None:
    with reading(str(path)) as source:
        os.truncate(path, 5)
        assert len(read(source)) == 5
        assert source.has_changed


def test_a_file_that_another_takes_the_place_of_is_read_to_its_end(
    path: Path, tmp_path: Path
) -> None:
    old = path.read_bytes()
    with reading(str(path)) as source:
        write(tmp_path / "b", b"new").replace(path)
        assert read(source) == old


def test_each_version_is_told_from_the_one_before_though_size_and_time_are_the_same(
    path: Path,
) -> None:
    with reading(str(path)) as source:
        before = source.version
    with reading(str(path)) as source:
        assert source.version == before
    rewrite(path, os.urandom(2 * BLOCK + 10))
    with reading(str(path)) as source:
        assert (source.size, source.mtime) == (2 * BLOCK + 10, OLD)
        assert source.version != before


def test_a_text_is_the_same_version_as_long_as_it_is_the_same() -> None:
    versions = []
    for text in (b"a", b"a", b"b"):
        with reading_text(text) as source:
            versions.append(source.version)
    assert versions[0] == versions[1] != versions[2]


def test_what_is_no_file_is_told_and_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path / "pipe", tmp_path, Path("/dev/null")):
        with (
            pytest.raises(TaskError, match=f"{path} is neither a file nor a folder"),
            reading(str(path)),
        ):
            pass


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(TaskError, match=r"cannot read .*none: No such file or directory"),
        reading(str(tmp_path / "none")),
    ):
        pass


def test_no_descriptor_stays_open(path: Path) -> None:
    with reading(str(path)) as source:
        descriptor = source.descriptor
    with pytest.raises(OSError, match="Bad file descriptor"):
        os.fstat(descriptor)
