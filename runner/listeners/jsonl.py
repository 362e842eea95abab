"""The run for programs: one event a line, as JSON."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TextIO

from ..events import Event, to_dict
from ..terminal import Output


class JsonLines:
    """Writes every event to a stream; nothing else may be written there."""

    def __init__(self, stream: TextIO) -> None:
        self._output = Output(stream)
        self._encoding = stream.encoding or "utf-8"

    def __call__(self, event: Event) -> None:
        self._output.write(self._line(to_dict(event)) + "\n")

    def _line(self, data: dict[str, Any]) -> str:
        line = json.dumps(data, ensure_ascii=False, default=_plain)
        try:
            line.encode(self._encoding)
        except UnicodeEncodeError:  # half of a pair, or a stream that is not UTF-8
            return json.dumps(data, default=_plain)
        return line


def _plain(value: object) -> object:
    """A type that JSON has not, from a step of someone else."""
    return dict(value) if isinstance(value, Mapping) else str(value)
