"""What is measured: a tree, a direction, and what lies there already."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

from .programs import FOR_MANY_FILES, FOR_NOTHING, FOR_ONE_FILE, OPSPLAY, Program
from .trees import KIB, MIB, Tree

Direction = Literal["up", "down"]


@dataclass(frozen=True)
class Case:
    tree: Tree
    direction: Direction
    tls: bool
    programs: tuple[Program, ...]
    unchanged: bool = False
    """All of it lies there already, and there is nothing to do."""

    @property
    def title(self) -> str:
        state = "nothing to do" if self.unchanged else ""
        line = "explicit TLS" if self.tls else "plain"
        return ", ".join(filter(None, [str(self.tree), self.direction, line, state]))


@dataclass(frozen=True)
class Theme:
    """Cases that differ in direction and TLS only; `quick` is its small variant."""

    full: Tree
    quick: Tree
    programs: tuple[Program, ...]
    tls: tuple[bool, ...] = (False, True)
    unchanged: bool = False

    def cases(self, *, quick: bool) -> Iterator[tuple[str, Case]]:
        tree = self.quick if quick else self.full
        for tls in self.tls:
            programs = tuple(program for program in self.programs if program.tls or not tls)
            for direction in ("up", "down"):
                suffix = "-tls" if tls else ""
                yield direction + suffix, Case(tree, direction, tls, programs, self.unchanged)


THEMES: Mapping[str, Theme] = {
    "large": Theme(Tree(1, 1024 * MIB), Tree(1, 64 * MIB), FOR_ONE_FILE),
    "folders": Theme(Tree(2_000, 4 * KIB, 50), Tree(200, 4 * KIB, 5), FOR_MANY_FILES),
    "many": Theme(Tree(10_000, KIB), Tree(500, KIB), FOR_MANY_FILES),
    "nothing": Theme(Tree(10_000, KIB), Tree(500, KIB), FOR_NOTHING, unchanged=True),
    "memory": Theme(Tree(100_000, KIB, 100), Tree(2_000, KIB, 100), (OPSPLAY,), tls=(False,)),
}


def cases(*, quick: bool) -> Mapping[str, Case]:
    return {
        f"{theme}-{name}": case
        for theme, chosen in THEMES.items()
        for name, case in chosen.cases(quick=quick)
    }
