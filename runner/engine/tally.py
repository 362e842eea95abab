"""What the recap counts of a step."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..roles import Role
    from .hosts import HostState
    from .outcome import Outcome


def count(role: Role | None, host: HostState, outcome: Outcome, *, rescued: bool) -> None:
    """Keep how a step of a role went; `rescued` tells how a failure counts."""
    counts = host.counts
    if role and outcome.status != "skipped":
        host.roles_begun.add(role.identity)
    if outcome.status == "unreachable" and outcome.failed:
        counts["unreachable"] += 1
    elif outcome.failed:
        # As in Ansible, each file and role that is not there counts.
        name = "rescued" if rescued and not outcome.not_found else "failed"
        counts[name] += outcome.not_found or 1
        # Items that named no file do not undo those that did.
        counts["ok"] += _included(outcome)
    elif outcome.status == "skipped":
        counts["skipped"] += 1
    else:
        # Of an include, each file and role that is included counts.
        counts["ok"] += _included(outcome) or 1
        counts["changed"] += bool(outcome.result.get("changed")) and not outcome.unreachable
        counts["ignored"] += outcome.ignored


def _included(outcome: Outcome) -> int:
    """How many files and roles."""
    if not outcome.orders:
        return 0
    from . import includes

    return len(includes.among(outcome.orders))
