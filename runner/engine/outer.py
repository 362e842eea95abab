"""A play as it looks from outside, before any of its hosts is at work."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..variables import Scope

if TYPE_CHECKING:
    from ..playbook import Play
    from .run import Run


def scope_of(run: Run, play: Play) -> Scope:
    """What its own keywords may use."""
    return Scope(run.templates, (run.options.extra_vars, play.vars))


def title_of(run: Run, play: Play) -> str:
    """What it is called: its name, otherwise its hosts."""
    scope = scope_of(run, play)
    if play.name:
        return str(scope.or_as_written(play.name))
    hosts = scope.or_as_written(play.hosts)
    return ",".join(map(str, hosts)) if isinstance(hosts, list) else str(hosts)
