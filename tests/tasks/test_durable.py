"""Files that are written to the disk together."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from opsplay.tasks import durable


@pytest.fixture(name="descriptors")
def _descriptors(tmp_path: Path) -> Iterator[list[int]]:
    with ExitStack() as opened:
        files = [opened.enter_context((tmp_path / name).open("wb")) for name in "abc"]
        yield [file.fileno() for file in files]


@pytest.fixture(name="closed")
def _closed() -> int:
    reading, writing = os.pipe()
    os.close(reading)
    os.close(writing)
    return writing


@pytest.mark.parametrize("quick", [0.0, 60.0], ids=["side by side", "one by one"])
def test_of_each_is_told_whether_it_is_on_the_disk(
    descriptors: list[int], closed: int, monkeypatch: pytest.MonkeyPatch, quick: float
) -> None:
    monkeypatch.setattr(durable, "_QUICK", quick)
    assert durable.sync_each([*descriptors, closed]) == [True, True, True, False]


def test_nothing_has_to_be_written_of_no_file() -> None:
    assert durable.sync_each([]) == []
