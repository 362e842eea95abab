"""`opsplay check`: rules about what is allowed in a playbook, and probably not meant.

A rule is a function from the program to its findings; none of them knows another. They look at what
`validate` has found nothing wrong with, and stay silent where only the run can know.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..spelling import did_you_mean
from . import (
    conditions,
    handlers,
    mirrors,
    names,
    plain_secrets,
    programs,
    results,
    same_place,
    tags,
    transport,
    unreachable,
)
from .noqa import Marks
from .program import Program
from .rule import Finding, Rule, Told

if TYPE_CHECKING:
    from ..engine.tags import Selection
    from ..session import Session

__all__ = ["RULES", "check"]


def _misspelt(program: Program) -> Iterator[Finding]:
    known = [rule.name for rule in RULES]
    for named in Marks(program.documents).named():
        # A name that is like none of ours is a rule of another program, such as ansible-lint.
        if named.name not in known and (hint := did_you_mean(named.name, known)):
            message = f"there is no rule named {named.name}"
            yield Finding(named.place, message, hint, len(named.name))


RULES: tuple[Rule, ...] = (
    names.UNDEFINED,
    names.EARLY,
    results.UNUSED,
    results.IGNORED,
    handlers.UNNOTIFIED,
    unreachable.UNREACHABLE,
    conditions.CONSTANT,
    tags.UNKNOWN_TAG,
    plain_secrets.PLAIN,
    transport.FTP,
    transport.MAIL,
    mirrors.UNCHECKED,
    same_place.SAME_PLACE,
    programs.OWN_STEP,
    Rule(
        name="unknown-rule",
        summary="A `# noqa` misspells the name of a rule.",
        find=_misspelt,
        severity="error",
    ),
)


def check(session: Session, asked: Selection) -> list[Told]:
    """All that the rules find in playbooks in which nothing is wrong, each place once."""
    program = Program(session, asked)
    marks = Marks(program.documents)
    found = [Told(rule, finding) for rule in RULES for finding in rule.find(program)]
    return [
        told
        for told in dict.fromkeys(found)
        if not marks.hold_for(told.rule.name, told.finding.place)
    ]
