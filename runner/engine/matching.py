"""The hosts of a play: those that its pattern matches, and that `--limit` leaves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ..errors import PatternError, PlaybookError, Problem, TemplateError, UnmatchedError
from ..inventory import read_limit
from ..inventory.patterns import UNMATCHED
from ..inventory.patterns import of_play as patterns_of
from ..template_text import Template
from . import growth, outer

if TYPE_CHECKING:
    from ..playbook import Play
    from .run import Run

_STRICT = ("nobody", "error")


def check_hosts(run: Run, plays: Sequence[Play]) -> None:
    """Raises PlaybookError with every pattern that matches no host, as far as it is known now."""
    problems: list[Problem] = []
    for play in plays if run.options.lone_plays in _STRICT else ():
        if not isinstance(play.hosts, Template):
            try:
                _selected(run, play, _patterns(run, play))
            except PlaybookError as error:
                problems.extend(error.problems)
        if growth.may_add_hosts(play):
            run.live.expect_growth()
            break
    if problems:
        raise PlaybookError(problems)


def of_play(run: Run, play: Play) -> list[str]:
    """Its hosts; if they depend on what the run has found, there may be none."""
    patterns = _patterns(run, play)
    if not patterns:
        return []
    try:
        names = _selected(run, play, patterns)
        unmatched = run.live.current.resolve(patterns).unmatched
    except PlaybookError as error:
        lone, is_certain = run.options.lone_plays, isinstance(error.__cause__, UnmatchedError)
        if is_certain or lone == "error" or (lone == "nobody" and not run.live.may_grow):
            raise
        names, unmatched = [], (",".join(patterns),)
    for part in unmatched if run.options.lone_plays != "ignore" else ():
        run.warn_once(f"{UNMATCHED}: {part}", play.place)
    return names


def by_now(run: Run, play: Play) -> list[str]:
    """Its hosts while it goes on: that nobody is left is no mistake then."""
    try:
        return of_play(run, play)
    except PlaybookError:
        return []


def _patterns(run: Run, play: Play) -> list[str]:
    """What `hosts` of a play comes to, of a template maybe nothing; raises PlaybookError."""
    try:
        found = outer.scope_of(run, play).render(play.hosts)
        return patterns_of(found, rendered=isinstance(play.hosts, Template))
    except PatternError as error:
        raise PlaybookError([Problem(play.place, error.message, error.hint)]) from error
    except TemplateError as error:
        raise PlaybookError([error.problem]) from error


def _selected(run: Run, play: Play, patterns: Sequence[str]) -> list[str]:
    """The hosts of a play that `--limit` leaves; raises PlaybookError when there are none."""
    try:
        names = run.live.current.select(patterns)
        if run.options.lone_plays == "error":
            run.live.current.resolve(patterns).check()
    except PatternError as error:
        problem = Problem(play.place, error.message, error.hint, status=error.exit_code)
        raise PlaybookError([problem]) from error
    limit = _limit(run)
    return names if limit is None else [name for name in names if name in limit]


def _limit(run: Run) -> frozenset[str] | None:
    """The hosts that `--limit` names; some of them may have come in since the run began."""
    if run.options.limit is None or not run.live.has_grown:
        return run.limit
    return frozenset(run.live.current.resolve(read_limit(run.options.limit)).hosts)
