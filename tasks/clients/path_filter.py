"""Which files of a tree are meant: patterns of what to take and of what to leave out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

from ...runner.dataclasses import dataclass, field
from ...runner.task import TaskError

Patterns: TypeAlias = str | list[str] | None


@dataclass(frozen=True)
class PathFilter:
    """A pattern without a slash means a name at any depth, one with a slash a path from the top.

    `*` and `?` stay within a name, `**` goes through folders. What is in a folder that is left
    out is left out with it; if there is something to include, only such files are meant.
    """

    include: Sequence[str] = field(default=())
    exclude: Sequence[str] = field(default=())

    @classmethod
    def of(cls, include: Patterns, exclude: Patterns) -> PathFilter:
        return cls(_as_list(include), _as_list(exclude))

    def __bool__(self) -> bool:
        return bool(self.include or self.exclude)

    def takes(self, path: str, *, folder: bool) -> bool:
        """Whether a path from the top of the tree is meant; asked for the folders above it too."""
        if any(_matches(pattern, path) for pattern in self.exclude):
            return False
        return folder or not self.include or any(_matches(each, path) for each in self.include)

    def takes_all(self, path: str, *, folder: bool) -> bool:
        """Whether a path is meant, and every folder that it lies in."""
        parts = path.split("/")
        above = ("/".join(parts[:end]) for end in range(1, len(parts)))
        return all(self.takes(each, folder=True) for each in above) and self.takes(
            path, folder=folder
        )


def _as_list(patterns: Patterns) -> tuple[str, ...]:
    return (patterns,) if isinstance(patterns, str) else tuple(patterns or ())


def _matches(pattern: str, path: str) -> bool:
    text = path if "/" in pattern.rstrip("/") else path.rpartition("/")[2]
    return _compiled(pattern).match(text) is not None


_PIECE = r"(?s:\*\*/|\*\*|\*|\?|\[!?+\]?+[^\]]*+\]|.)"
_SPECIAL_IN_SETS = r"[][\\^&~|]|(?<=-)-"
_REGEXES = {"**/": "(?:.+/)?", "**": ".+", "*": "[^/]*", "?": "[^/]"}


@lru_cache(maxsize=256)
def _compiled(pattern: str) -> re.Pattern[str]:
    regex = "".join(_regex(token[0]) for token in re.finditer(_PIECE, pattern.strip("/")))
    try:
        return re.compile(rf"(?s:{regex})\Z")
    except re.error as error:
        raise TaskError(f"{pattern!r} is no pattern that can be read: {error}") from error


def _regex(token: str) -> str:
    if len(token) > 1 and token[0] == "[":
        negation, inside = ("^", token[2:-1]) if token[1] == "!" else ("", token[1:-1])
        escaped = re.sub(_SPECIAL_IN_SETS, r"\\\g<0>", inside)
        return f"(?!/)[{negation}{escaped}]"
    return _REGEXES.get(token) or re.escape(token)
