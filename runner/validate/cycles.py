"""Imports that lead back to where they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..dataclasses import dataclass
from ..errors import Place, Problem


@dataclass(frozen=True, eq=False, repr=False)
class Edge:
    """One file imports another, at this place, with a name of this width."""

    path: Path
    place: Place
    width: int


def cycles(imports: Mapping[Path, Sequence[Edge]]) -> Iterator[Problem]:
    """Each import that leads back to a file from which it was reached; walks without recursion."""
    done: set[Path] = set()
    for first in imports:
        chain = [first]
        pending = [iter(imports[first])]
        while pending:
            edge = next(pending[-1], None)
            if edge is None:
                done.add(chain.pop())
                pending.pop()
            elif edge.path in chain:
                way = [*chain[chain.index(edge.path) :], edge.path]
                message = f"this import never ends: {' → '.join(map(_shown, way))}"
                yield Problem(edge.place, message, "", edge.width)
            elif edge.path not in done:
                chain.append(edge.path)
                pending.append(iter(imports.get(edge.path, ())))


def _shown(path: Path) -> str:
    """Every role has a main.yml: it is shown with its role."""
    if path.parent.name in ("tasks", "handlers", "meta"):
        return "/".join(path.parts[-3:])
    return path.name
