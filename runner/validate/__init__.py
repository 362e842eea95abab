"""Checks playbooks and every file they name before anything runs.

All problems of all files come out at once, as one PlaybookError.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ..errors import Place, PlaybookError, Problem
from ..nodes import Document
from .files import Files

if TYPE_CHECKING:
    from ..defaults import Defaults
    from ..registry import Registry
    from ..template import Templates
    from .findings import FileKind


@dataclass(frozen=True, slots=True)
class Checked:
    """Files in which nothing is wrong, by the paths under which they are named."""

    documents: Mapping[Path, Document]
    warnings: tuple[Problem, ...]


def check(playbooks: Sequence[Path], registry: Registry, templates: Templates) -> Checked:
    """Check playbooks and what they name; raises PlaybookError with all problems of all files."""
    return _checked("playbook", playbooks, registry, templates, {})


def check_tasks(
    path: Path, registry: Registry, templates: Templates, defaults: Defaults
) -> Checked:
    """Check a file of tasks that is included, with these defaults, while the run goes on."""
    return _checked("tasks", [path], registry, templates, defaults)


def _checked(
    kind: FileKind,
    paths: Sequence[Path],
    registry: Registry,
    templates: Templates,
    defaults: Defaults,
) -> Checked:
    files = Files(registry, templates)
    files.check(kind, paths, defaults)
    if files.problems:
        raise PlaybookError(sorted(dict.fromkeys(files.problems), key=_order))
    return Checked(files.documents, tuple(dict.fromkeys(files.warnings)))


def _order(problem: Problem) -> tuple[bool, Place]:
    return (problem.place is not None, problem.place or Place("", 0, 0))
