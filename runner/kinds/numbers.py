"""The kinds of number."""

from __future__ import annotations

import math
import re

from ..task import Range
from .kind import Kind, Schema

# As many digits as Python reads without asking whether that is wise.
_WHOLE = r"^\s*[-+]?[0-9]{1,18}(\.0*)?\s*$"
_REAL = r"^\s*[-+]?([0-9]{1,18}\.?[0-9]{0,18}|\.[0-9]{1,18})([eE][-+]?[0-9]{1,2})?\s*$"


class Whole(Kind):
    """A whole number, or the text of one."""

    label = "whole number"
    type_name = "int"
    _type = "integer"
    _regex = _WHOLE

    def __init__(self, limits: Range | None = None) -> None:
        self.limits = limits or Range()
        self.expected = f"a {self.label}{_in_words(self.limits)}"

    def fits(self, value: object) -> bool:
        return isinstance(value, int) and not isinstance(value, bool)

    def convert(self, value: object) -> float:
        number = self._number(value)
        if number is None or not self._allowed(number):
            raise self.wrong(value)
        return number

    def _allowed(self, number: float) -> bool:
        low, high = self.limits.minimum, self.limits.maximum
        return (low is None or number >= low) and (high is None or number <= high)

    def _number(self, value: object) -> float | None:
        if isinstance(value, bool):
            return None
        if isinstance(value, str):
            return int(value.partition(".")[0]) if re.search(self._regex, value) else None
        if isinstance(value, float) and value.is_integer():
            return int(value)
        return value if isinstance(value, int) else None

    def schema(self, *, exact: bool = False) -> Schema:
        limits = {"minimum": self.limits.minimum, "maximum": self.limits.maximum}
        bounds = {name: limit for name, limit in limits.items() if limit is not None}
        if exact:
            return {"type": [self._type], **bounds}
        return {"type": [self._type, "string"], "pattern": self._regex, **bounds}


class Real(Whole):
    """A number, or the text of one."""

    label = "number"
    _type = "number"
    _regex = _REAL

    def fits(self, value: object) -> bool:
        return isinstance(value, int | float) and not isinstance(value, bool)

    def _number(self, value: object) -> float | None:
        if isinstance(value, str):
            return float(value) if re.search(self._regex, value) else None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        return float(value) if math.isfinite(value) else None


def _in_words(limits: Range) -> str:
    match (limits.minimum, limits.maximum):
        case (None, None):
            return ""
        case (low, None):
            return f", {low} or more"
        case (None, high):
            return f", {high} or less"
        case (low, high):
            return f" from {low} to {high}"
