"""Events as the journal keeps them: many in one text, the columns of each kind of them.

    {"order": "abca", "columns": {"TaskStarted": [times, numbers, …], "StepStarted": […], …}}

A run of short tasks has thousands of events a second, and most of what the journal costs is to put
them into JSON. So the names of fields stand once in a run, its `shapes`, and its id nowhere. What
is the same all the way down a column stands there once; floats are their bytes in hex, as to find
the shortest digits for one takes as long as a dozen other values.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from operator import is_
from struct import pack as as_bytes
from struct import unpack as as_values
from typing import Any

from ..dataclasses import fields
from ..events import Event, from_dict, plain
from ..json_text import forget, has_large, joined

SHAPES: Mapping[str, Sequence[str]] = {
    kind.__name__: [one.name for one in fields(kind) if one.name != "run"]
    for kind in Event.__subclasses__()
}
_CODES = "abcdefghijklmnopqrstuvwxyz"
_FLOATS = frozenset({float})
_TO_PARTS = 5
"""So many levels down in a batch are the parts of the results of steps."""


def pack(events: Sequence[Event]) -> str:
    """The events as text that a database takes."""
    kinds = [*map(type, events)]
    rows: dict[type, list[Iterable[Any]]] = {kind: [] for kind in kinds}
    for kind, event in zip(kinds, events, strict=True):
        rows[kind].append(vars(event).values())
    code_of = dict(zip(rows, _CODES, strict=False))
    columns = {kind.__name__: _columns(values) for kind, values in rows.items()}
    batch = {"order": "".join(map(code_of.__getitem__, kinds)), "columns": columns}
    results = [vars(event)["result"].values() for event in events if "result" in vars(event)]
    if not has_large(chain.from_iterable(results)):
        return _text(batch, _encode)
    text = _text(batch, lambda batch: joined(batch, _TO_PARTS, _encode))
    forget()
    return text


def _columns(rows: Iterable[Iterable[Any]]) -> list[object]:
    _run, *columns = zip(*rows, strict=True)
    return [*map(_short, columns)]


def _short(column: Sequence[Any]) -> object:
    first = column[0]
    if first is column[-1] and all(map(is_, column, repeat(first))):
        return [first]
    if type(first) is float and set(map(type, column)) == _FLOATS:
        return as_bytes(f"<{len(column)}d", *column).hex()
    return column


def _text(batch: object, encode: Callable[[object], str]) -> str:
    try:
        text = encode(batch)
        if not text.isascii():  # a large one need not be copied
            text.encode()
    # Keys, numbers or a depth that JSON has not, or half of a pair.
    except (TypeError, ValueError, RecursionError):
        return json.dumps(plain(batch))
    return text


def unpack(text: str, run: str, shapes: Mapping[str, Sequence[str]]) -> Iterator[Event]:
    """The events in a text."""
    batch = json.loads(text)
    # Before version 3 of the tables, a batch was a list of its events.
    rows = _rows(**batch) if isinstance(batch, dict) else ((name, row) for name, *row in batch)
    for name, values in rows:
        yield from_dict({"event": name, "run": run, **dict(zip(shapes[name], values, strict=True))})


def _rows(order: str, columns: Mapping[str, Sequence[Any]]) -> Iterator[tuple[str, Sequence[Any]]]:
    left = {
        code: (name, zip(*(_whole(column, order.count(code)) for column in of_kind), strict=True))
        for code, (name, of_kind) in zip(_CODES, columns.items(), strict=False)
    }
    for code in order:
        name, rows = left[code]
        yield name, next(rows)


def _whole(column: Any, count: int) -> Iterable[Any]:
    if isinstance(column, str):
        return as_values(f"<{count}d", bytes.fromhex(column))
    return column if len(column) == count else repeat(column[0], count)


_encode = json.JSONEncoder(
    ensure_ascii=False,
    allow_nan=False,
    check_circular=False,
    separators=(",", ":"),
    default=plain,
).encode
