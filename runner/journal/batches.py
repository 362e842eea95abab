"""Events as the journal keeps them: many in one text, each a list of its values.

A run of short tasks has thousands of events a second, and most of what the journal costs is to put
them into JSON. So the names of their fields stand once in a run, its `shapes`, and its id nowhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import fields
from operator import attrgetter
from typing import Any

from ..events import Event, from_dict, plain

SHAPES: Mapping[str, Sequence[str]] = {
    kind.__name__: [one.name for one in fields(kind) if one.name != "run"]
    for kind in Event.__subclasses__()
}
_VALUES: Mapping[str, Callable[[Event], tuple[Any, ...]]] = {
    name: attrgetter(*shape) for name, shape in SHAPES.items()
}


def pack(events: Sequence[Event]) -> str:
    """The events as text that SQLite takes."""
    values = [(name, *_VALUES[name](event)) for event in events for name in [type(event).__name__]]
    try:
        text = _encode(values)
        if not text.isascii():  # a large one need not be copied
            text.encode()
    # Keys, numbers or a depth that JSON has not, or half of a pair.
    except (TypeError, ValueError, RecursionError):
        return json.dumps(plain(values))
    return text


def unpack(text: str, run: str, shapes: Mapping[str, Sequence[str]]) -> Iterator[Event]:
    """The events in a text."""
    for name, *values in json.loads(text):
        yield from_dict({"event": name, "run": run, **dict(zip(shapes[name], values, strict=True))})


_encode = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, default=plain
).encode
