"""Imports that lead back to where they come from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from ..dataclasses import dataclass
from ..errors import Place, Problem

# In Ansible's words: scripts look for them.
_OF_ROLES = (
    "A recursion loop was detected with the roles specified. Make sure child roles do not have"
    " dependencies on parent roles"
)


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
                yield _endless([*chain[chain.index(edge.path) :], edge.path], edge)
            elif edge.path not in done:
                chain.append(edge.path)
                pending.append(iter(imports.get(edge.path, ())))


def _endless(way: Sequence[Path], edge: Edge) -> Problem:
    shown = " → ".join(map(_shown, way))
    if edge.path.parent.name == "meta":
        message = f"{_OF_ROLES}: {shown}"
        return Problem(edge.place, message, "", edge.width, missing=True)
    return Problem(edge.place, f"this import never ends: {shown}", "", edge.width)


def _shown(path: Path) -> str:
    """Every role has a main.yml: it is shown with its role."""
    if path.parent.name in ("tasks", "handlers", "meta"):
        return "/".join(path.parts[-3:])
    return path.name
