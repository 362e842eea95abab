"""Servers for the tests of steps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from ftp_exchange import Way
from ftp_sides import Begin, Sides
from opsplay.runner.task import Context
from postbox import Postbox, postbox


@pytest.fixture(name="begin")
def _begin(tmp_path: Path, contexts: Callable[..., Context]) -> Iterator[Begin]:
    """Make a folder here and one on a server, for the way that is asked for."""
    with ExitStack() as stack:

        def begin(way: Way) -> Sides:
            return Sides(way, tmp_path, contexts, stack)

        yield begin


@pytest.fixture(name="box", params=["pop3", "imap"])
def _box(request: pytest.FixtureRequest, ctx: Context) -> Iterator[Postbox]:
    """Give an empty mailbox, over each of the protocols."""
    with postbox(ctx, request.param) as box:
        yield box


@pytest.fixture(name="tree")
def _tree(tmp_path: Path) -> Path:
    """A folder with a file, a folder, and links out of it and to nowhere."""
    (tmp_path / "outside").mkdir(mode=0o755)
    folder = tmp_path / "tree"
    (folder / "below").mkdir(parents=True)
    (folder / "below" / "a.txt").write_text("a")
    (folder / "below" / "a.txt").chmod(0o644)
    (folder / "out").symlink_to(tmp_path / "outside")
    (folder / "nowhere").symlink_to("no/where")
    return folder
