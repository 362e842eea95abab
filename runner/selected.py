"""What `--limit`, `--tags` and `--start-at-task` choose; whoever chooses nothing is told so."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from .errors import NobodyLeft, PatternError, Problem, UnmatchedError, UsageError
from .inventory import read_limit
from .inventory.patterns import UNMATCHED
from .nodes import MapNode
from .playbook import Step, split_tags
from .session import all_steps
from .spelling import did_you_mean
from .template_text import Template

if TYPE_CHECKING:
    from .engine.tags import Selection
    from .session import Session

_ALL = frozenset({"all"})
# These stand for other tags, or need none.
_SPECIAL = frozenset({"all", "always", "never", "tagged", "untagged"})

_NOBODY = "Specified inventory, host pattern and/or --limit leaves us with no hosts to target"


def limit_of(session: Session, limit: str | None) -> frozenset[str] | None:
    """The hosts that `--limit` names; raises NobodyLeft when there are none.

    As in Ansible, the controller is nobody where an inventory names others.
    """
    if limit is None:
        return None
    known = session.inventory.hosts
    try:
        patterns = read_limit(limit)
        named = frozenset(session.inventory.select(patterns))
        found = session.inventory.resolve(patterns)
        if session.settings.host_pattern_mismatch == "error":
            found.check()
    except UnmatchedError as error:
        raise NobodyLeft(f"--limit: {error}") from error
    except PatternError as error:
        raise NobodyLeft(f"{_NOBODY}: {error}") from error
    if known and known.keys().isdisjoint(named):
        raise NobodyLeft(f"{_NOBODY}: {', '.join(sorted(named))} is in no inventory")
    if session.settings.host_pattern_mismatch != "ignore":
        session.warnings += [Problem(None, f"{UNMATCHED}: {part}") for part in found.unmatched]
    return named


def check_selection(session: Session, selection: Selection, start_at: str | None) -> None:
    """Raises UsageError for a switch that no task of the playbooks answers to.

    A tag that matches nothing among others that do is worth a warning.
    """
    if selection.only != _ALL:
        _check_tags(session, list(all_steps(session.plays)), selection)
    if start_at is not None:
        _check_start(all_steps(session.plays), start_at)


def _check_tags(session: Session, steps: list[Step], selection: Selection) -> None:
    admitted = [step for step in steps if selection.admits(step.inherited.tags)]
    known = _tags(session)
    is_open = any(_is_open(step) for step in admitted) or _reads_tags(session)
    if is_open or any(type(tag) is Template for tag in known):
        return
    unknown = sorted(selection.only - known - _SPECIAL)
    if steps and (not admitted or (unknown and selection.only == frozenset(unknown))):
        there = f"there are: {', '.join(sorted(known))}" if known else "there are no tags"
        hint = next(filter(None, (did_you_mean(tag, known) for tag in unknown)), there)
        named = ", ".join(unknown or sorted(selection.only)) or "''"
        raise UsageError(f"no task has these tags: {named} ({hint})")
    for tag in unknown:
        message = f"--tags: no task has the tag {tag}"
        session.warnings.append(Problem(None, message, did_you_mean(tag, known)))


def _is_open(step: Step) -> bool:
    """Whether it includes what is not known before the run."""
    return any(type(value) is Template for value in step.args.values()) and (
        step.type.name.startswith("include_")
    )


def _reads_tags(session: Session) -> bool:
    """Whether a file asks which tags were chosen, and so may know some that no task has."""
    return any("ansible_run_tags" in document.text for document in session.documents.values())


def _tags(session: Session) -> frozenset[str]:
    """Every tag in the files that are known before the run, included ones too."""
    found = (tags for document in session.documents.values() for tags in _said(document.value))
    return frozenset().union(*map(split_tags, found))


def _said(value: object) -> Iterator[object]:
    if isinstance(value, MapNode):
        if "tags" in value:
            yield value["tags"]
        for inner in value.values():
            yield from _said(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _said(inner)


def _check_start(steps: Iterable[Step], start_at: str) -> None:
    names = [name for step in steps for name in step.titles]
    if not any(fnmatchcase(name, start_at) for name in names):
        hint = did_you_mean(start_at, names)
        # In Ansible's words: scripts look for them.
        message = f'No matching task "{start_at}" found.'
        note = "Note: --start-at-task can only follow static includes."
        raise UsageError(f"{message} {note}" + (f" ({hint})" if hint else ""))
