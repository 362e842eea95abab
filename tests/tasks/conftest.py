"""Servers for the tests of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ftp_exchange import Way
from ftp_sides import Begin, Sides
from opsplay.runner.task import Context


@pytest.fixture(name="begin")
def _begin(tmp_path: Path, contexts: Callable[..., Context]) -> Iterator[Begin]:
    """Make a folder here and one on a server, for the way that is asked for."""
    with ExitStack() as stack:

        def begin(way: Way) -> Sides:
            return Sides(way, tmp_path, contexts, stack)

        yield begin
