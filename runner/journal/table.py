"""How runs are told: a line each, or all that is known of one."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from ..listeners.amounts import duration
from ..listeners.outline import outline
from ..terminal import Paint, one_line, pad, printable, width
from .record import Record

_HEAD = ("ID", "STARTED", "TOOK", "STATUS", "PLAYBOOK")
_STATUS = _HEAD.index("STATUS")
_STYLES = {"ok": "green", "running": "cyan", "interrupted": "yellow"}
_BAD = "red"


def listing(runs: Iterable[tuple[Record, str]], paint: Paint) -> str:
    """A table; nothing of no runs."""
    rows = [_row(record, status) for record, status in runs]
    widths = [max(map(width, column)) for column in zip(_HEAD, *rows, strict=True)]
    lines = [_line(_HEAD, widths, lambda status: status)]
    lines += [_line(row, widths, lambda status: _coloured(status, paint)) for row in rows]
    return "".join(f"{line}\n" for line in lines) if rows else ""


def _row(record: Record, status: str) -> tuple[str, ...]:
    playbooks = one_line(" ".join(record.playbooks))
    return record.id, _clock(record.started), _took(record), status, playbooks


def _line(row: Sequence[str], widths: Iterable[int], told: Callable[[str], str]) -> str:
    cells = [*map(pad, row, widths)]
    cells[_STATUS] = told(cells[_STATUS])
    return "  ".join(cells).rstrip()


def _coloured(status: str, paint: Paint) -> str:
    return paint(status, _STYLES.get(status.rstrip(), _BAD))


def _clock(moment: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(moment))


def _took(record: Record) -> str:
    # A clock may go backwards.
    return "" if record.finished is None else duration(max(0.0, record.finished - record.started))


def facts(record: Record, status: str) -> Mapping[str, Any]:
    """What is known of a run, for programs."""
    known = {name: value for name, value in record._asdict().items() if name != "owner"}
    return {"id": record.id, "status": status, **known}


def about(record: Record, status: str) -> str:
    """What is known of a run, for a person."""
    return printable(outline(dict(_told(record, status)))) + "\n"


def _told(record: Record, status: str) -> Iterator[tuple[str, object]]:
    yield "run", record.id
    yield "status", status
    yield "playbooks", [*record.playbooks]
    if record.commit:
        yield "commit", record.commit + (", and changes since" if record.dirty else "")
    if record.arguments:
        yield "arguments", record.arguments
    yield "user", f"{record.user} on {record.machine}"
    yield "folder", record.folder
    yield "started", _clock(record.started)
    if record.finished is not None:
        yield "took", _took(record)
    if record.lost:
        yield "events lost", record.lost
