"""Which entries of a server's listing are wanted: by name, type, size and age."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Literal, TypeAlias

from ..runner.dataclasses import dataclass
from ..runner.task import Pattern, TaskError
from .clients.ftp_listing import Entry
from .clients.path_filter import PathFilter

Wanted: TypeAlias = Literal["any", "file", "dir", "link", "other"]

SIZE = Pattern(r"-?\d+[bkmgtBKMGT]?", 'a size, as "10m", or "-1k" for no more than that')
AGE = Pattern(r"-?\d+[smhdwSMHDW]?", 'an age, as "2d", or "-3h" for no older than that')

_BYTES = {"": 1, "b": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
_SECONDS = {"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400, "w": 604800}
_AMOUNT = re.compile(r"(-?)(\d+)([a-z]?)")
_MOST_DIGITS = 18


@dataclass(frozen=True)
class Bound:
    """An amount that must be reached; with a minus, one that must not be exceeded."""

    amount: int
    at_most: bool

    def admits(self, value: float | None) -> bool:
        if value is None:
            return False
        return value <= self.amount if self.at_most else value >= self.amount


def _bound(name: str, written: str | None, units: Mapping[str, int]) -> Bound | None:
    if written is None:
        return None
    match = _AMOUNT.fullmatch(written.lower())
    if not match or match[3] not in units or len(match[2]) > _MOST_DIGITS:
        raise TaskError(f"{name}: {written!r} is no amount that can be read")
    return Bound(int(match[2]) * units[match[3]], at_most=match[1] == "-")


@dataclass(frozen=True)
class Selection:
    names: PathFilter
    type: Wanted
    size: Bound | None
    age: Bound | None

    @classmethod
    def of(
        cls, names: PathFilter, wanted: Wanted, *, size: str | None, age: str | None
    ) -> Selection:
        return cls(names, wanted, _bound("size", size, _BYTES), _bound("age", age, _SECONDS))

    def takes(self, path: str, entry: Entry) -> bool:
        """Whether all but the age is right; `path` is that from the top of the listing."""
        return (
            self.type in ("any", entry.type)
            and (self.size is None or (entry.type == "file" and self.size.admits(entry.size)))
            and self.names.takes(path, folder=False)
        )

    def is_of_age(self, entry: Entry, now: float) -> bool:
        if self.age is None:
            return True
        return self.age.admits(None if entry.mtime is None else now - entry.mtime)
