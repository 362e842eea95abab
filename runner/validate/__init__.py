"""Checks playbooks and every file they name before anything runs.

All problems of all files come out at once, as one PlaybookError.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from ..dataclasses import dataclass
from ..errors import Place, PlaybookError, Problem
from ..known import Known
from ..nodes import Document
from ..roles import RolePlaces
from .files import Files
from .findings import Around, RoleNamed

if TYPE_CHECKING:
    from ..nodes import ListKind
    from ..registry import Registry
    from ..roles.uses import RoleUse
    from ..template import Templates


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Checked:
    """Files in which nothing is wrong, by the paths under which they are named."""

    documents: Mapping[Path, Document]
    warnings: tuple[Problem, ...]


_NOWHERE = RolePlaces()
_NOTHING = Known()


def check(
    playbooks: Sequence[Path],
    registry: Registry,
    templates: Templates,
    places: RolePlaces = _NOWHERE,
    *,
    known: Known = _NOTHING,
    strict_handlers: bool = True,
) -> Checked:
    """Check playbooks and what they name; raises PlaybookError with all problems of all files.

    Names of what is imported may depend on what is `known`. Without `strict_handlers`, a handler
    that is not there is worth a warning.
    """
    files = Files(registry, templates, places, strict_handlers=strict_handlers)
    files.check("playbook", playbooks, Around(known=known))
    return _checked(files)


def check_tasks(
    kind: ListKind,
    path: Path,
    registry: Registry,
    templates: Templates,
    places: RolePlaces,
    around: Around,
) -> Checked:
    """Check a file of tasks or handlers that is included while the run goes on."""
    files = Files(registry, templates, places)
    files.check(kind, [path], around)
    return _checked(files)


def check_role(
    use: RoleUse, registry: Registry, templates: Templates, places: RolePlaces, around: Around
) -> Checked:
    """Check a role that is included while the run goes on."""
    files = Files(registry, templates, places)
    files.check_role(RoleNamed(use, around))
    return _checked(files)


def _checked(files: Files) -> Checked:
    if problems := sorted(dict.fromkeys(files.problems), key=_order):
        raise PlaybookError(problems)
    return Checked(files.documents, tuple(dict.fromkeys(files.warnings)))


def _order(problem: Problem) -> tuple[bool, Place]:
    return (problem.place is not None, problem.place or Place("", 0, 0))
