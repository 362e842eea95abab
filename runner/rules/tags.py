"""Tags that are asked for and that no task has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ..spelling import did_you_mean
from .rule import Finding, Rule

if TYPE_CHECKING:
    from .program import Program

_SPECIAL = frozenset({"all", "always", "never", "tagged", "untagged"})


def _find(program: Program) -> Iterator[Finding]:
    if any(view.unknown for view in program.plays):
        return
    known = frozenset().union(*(task.step.inherited.tags for task in program.tasks))
    asked = {"--tags": program.asked.only, "--skip-tags": program.asked.skip}
    for switch, tags in asked.items():
        for tag in sorted(tags - known - _SPECIAL):
            there = f"there are: {', '.join(sorted(known))}" if known else "there are no tags"
            yield Finding(
                None, f"{switch}: no task has the tag {tag}", did_you_mean(tag, known) or there
            )


UNKNOWN_TAG = Rule(
    name="unknown-tag",
    summary="`--tags` or `--skip-tags` names a tag that no task has.",
    find=_find,
)
