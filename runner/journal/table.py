"""How runs are told: a line each, or all that is known of one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from ..listeners.amounts import duration
from ..listeners.outline import outline
from ..terminal import Paint, one_line, pad, printable, width
from .record import Record

_HEAD = ("ID", "STARTED", "TOOK", "STATUS", "PLAYBOOK")
_STATUS = _HEAD.index("STATUS")
_STYLES = {"ok": "green", "running": "cyan", "interrupted": "yellow"}
_BAD = "red"
_INNER = frozenset({"owner", "given", "first"})


class Told(NamedTuple):
    """A run, and what is not written with it."""

    record: Record
    status: str
    resumed_by: str | None = None


def listing(runs: Iterable[Told], paint: Paint) -> str:
    """A table; nothing of no runs."""
    rows = [_row(*told) for told in runs]
    widths = [max(map(width, column)) for column in zip(_HEAD, *rows, strict=True)]
    lines = [_line(_HEAD, widths, lambda status: status)]
    lines += [_line(row, widths, lambda status: _coloured(status, paint)) for row in rows]
    return "".join(f"{line}\n" for line in lines) if rows else ""


def _row(record: Record, status: str, resumed_by: str | None) -> tuple[str, ...]:
    words = [*record.playbooks]
    if record.resumes:
        words.append(f"(resumes {record.resumes})")
    if resumed_by:
        words.append(f"(resumed by {resumed_by})")
    return record.id, clock(record.started), _took(record), status, one_line(" ".join(words))


def _line(row: Sequence[str], widths: Iterable[int], told: Callable[[str], str]) -> str:
    cells = [*map(pad, row, widths)]
    cells[_STATUS] = told(cells[_STATUS])
    return "  ".join(cells).rstrip()


def _coloured(status: str, paint: Paint) -> str:
    return paint(status, _STYLES.get(status.rstrip(), _BAD))


def clock(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))


def _took(record: Record) -> str:
    # A clock may go backwards.
    return "" if record.finished is None else duration(max(0.0, record.finished - record.started))


def facts(record: Record, status: str, resumed_by: str | None) -> Mapping[str, Any]:
    """What is known of a run, for programs."""
    known = {name: value for name, value in vars(record).items() if name not in _INNER}
    return {"id": record.id, "status": status, **known, "resumed_by": resumed_by}


def about(told: Told) -> str:
    """What is known of a run, for a person."""
    return printable(outline(dict(_told(*told)))) + "\n"


def _told(record: Record, status: str, resumed_by: str | None) -> Iterator[tuple[str, object]]:
    yield "run", record.id
    yield "status", status
    if record.resumes:
        yield "resumes", record.resumes
    if resumed_by:
        yield "resumed by", resumed_by
    yield "playbooks", [*record.playbooks]
    if record.commit:
        yield "commit", record.commit + (", and changes since" if record.dirty else "")
    if record.arguments:
        yield "arguments", record.arguments
    yield "user", f"{record.user} on {record.machine}"
    yield "folder", record.folder
    yield "started", clock(record.started)
    if record.finished is not None:
        yield "took", _took(record)
    if record.lost:
        yield "events lost", record.lost
