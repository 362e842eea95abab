"""What a rule is, and what it finds."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Literal, TypeAlias

from ..dataclasses import dataclass
from ..errors import Place, Problem

if TYPE_CHECKING:
    from .program import Program

Severity: TypeAlias = Literal["warning", "error"]


@dataclass(frozen=True, slots=True)
class Removal:
    """A keyword and its value that can go without anything being different."""

    keyword: str
    place: Place


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is allowed, and probably not meant."""

    place: Place | None
    message: str
    hint: str = ""
    width: int = 1
    fix: Removal | None = None


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One thing to look for, under the name by which `# noqa` knows it."""

    name: str
    summary: str
    find: Callable[[Program], Iterable[Finding]]
    severity: Severity = "warning"
    fix: str = ""
    """What `--fix` does about it."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a rule has found."""

    rule: Rule
    finding: Finding

    @property
    def problem(self) -> Problem:
        found = self.finding
        return Problem(found.place, f"{found.message} [{self.rule.name}]", found.hint, found.width)
