"""The run for programs: one event a line, as JSON."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, TextIO

from ..events import Event, to_dict
from ..terminal import Output

_DEEPEST = 100


class JsonLines:
    """Writes every event to a stream; nothing else may be written there."""

    def __init__(self, stream: TextIO) -> None:
        self._output = Output(stream)
        self._encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
        self._encoding = stream.encoding or "utf-8"

    def __call__(self, event: Event) -> None:
        self._output.write(self._line(to_dict(event)) + "\n")

    def _line(self, data: dict[str, Any]) -> str:
        try:
            line = self._encode(data)
            line.encode(self._encoding)
        # A type or depth that JSON has not, half of a pair, or a stream that is not UTF-8.
        except (TypeError, ValueError, RecursionError):
            return json.dumps(_plain(data))
        return line


def _plain(value: object, depth: int = 0) -> object:
    """What comes nearest to the value and can be said in JSON."""
    if isinstance(value, Mapping | list | tuple) and depth > _DEEPEST:
        return "…"
    if isinstance(value, Mapping):
        return {str(key): _plain(item, depth + 1) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, depth + 1) for item in value]
    if isinstance(value, str | int | None) or (isinstance(value, float) and math.isfinite(value)):
        return value
    return str(value)
