"""What an upload sends: a folder is read while the server is asked what lies there."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain

from ..runner.dataclasses import dataclass
from ..runner.task import Context
from . import ftp_transfer
from .ftp_transfer import Move, Transfer
from .local_sources import Source, together
from .meanwhile import Meanwhile


@dataclass(frozen=True, eq=False, repr=False)
class Local:
    all: Callable[[], Mapping[str, Source]]
    """Gives everything that is to be sent; raises TaskError."""
    top: str | None = None
    """The first folder that something goes to, where there is one."""


def looked_at(params: Transfer, ctx: Context, each: Iterator[tuple[str, Source]]) -> Local:
    """Look at the first of these at once, and at what is in it, if it is a folder, meanwhile."""
    first = next(each, None)
    found = chain([first], each) if first else each

    def work() -> Mapping[str, Source]:
        return _meant(params, ctx, together(found))

    if first and first[1].folder:
        return Local(Meanwhile(work).result, first[0])
    sources = work()
    return Local(lambda: sources)


def _meant(params: Transfer, ctx: Context, sources: Mapping[str, Source]) -> Mapping[str, Source]:
    if isinstance(params.after, Move):
        filed = str(ctx.path(params.after.move))
        ftp_transfer.check_filing(params, filed, [*sources.values()])
    if not params.manifest:
        return sources
    own = str(ctx.path(params.manifest))
    return {path: source for path, source in sources.items() if source.path != own}
