"""The run for programs: one event a line, as JSON."""

from __future__ import annotations

import json
from typing import Any, TextIO

from ..events import Event, plain, to_dict
from ..terminal import Output, in_json


class JsonLines:
    """Writes every event to a stream; nothing else may be written there."""

    def __init__(self, stream: TextIO) -> None:
        self._output = Output(stream)
        self._encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode
        self._encoding = stream.encoding or "utf-8"

    def __call__(self, event: Event) -> None:
        self._output.put(self._line(to_dict(event)) + "\n")

    def flush(self) -> None:
        """Send off what was written."""
        self._output.flush()

    def _line(self, data: dict[str, Any]) -> str:
        try:
            line = self._encode(data)
            line.encode(self._encoding)
        # A type or depth that JSON has not, half of a pair, or a stream that is not UTF-8.
        except (TypeError, ValueError, RecursionError):
            return json.dumps(plain(data))
        return in_json(line)
