"""A play as it looks from outside, before any of its hosts is at work."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from ..errors import PlaybookError, Problem, TemplateError
from ..omit import OMIT
from ..variables import Scope

if TYPE_CHECKING:
    from ..playbook import Play
    from .run import Run

_NAMES = ("groups", "hostvars", "playbook_dir")


class _Magic(Mapping[str, object]):
    """What is known without a host: asked for by few, it is made when it is."""

    def __init__(self, run: Run, play: Play) -> None:
        self._run = run
        self._play = play

    def __getitem__(self, name: str) -> object:
        if name == "groups":
            groups = self._run.live.current.groups
            return {name: list(group.hosts) for name, group in groups.items()}
        if name == "hostvars":
            return self._run.host_vars(self._play)
        if name == "playbook_dir":
            return str(self._play.folder)
        raise KeyError(name)

    def __iter__(self) -> Iterator[str]:
        return iter(_NAMES)

    def __len__(self) -> int:
        return len(_NAMES)


def scope_of(run: Run, play: Play) -> Scope:
    """What its own keywords may use."""
    return Scope(run.templates, (_Magic(run, play), run.options.extra_vars, play.vars))


def keyword(run: Run, play: Play, name: str) -> Any:
    """What one of its keywords comes to; None if it is left out. Raises PlaybookError."""
    try:
        value = scope_of(run, play).render(getattr(play, name))
    except TemplateError as error:
        raise refused(name, error) from error
    return None if value is OMIT else value


def refused(keyword: str, error: TemplateError) -> PlaybookError:
    """A play of which a keyword comes to nothing is not right, whatever its hosts are."""
    words = f"Error processing keyword {keyword!r}: "
    problem = error.problem
    message = words + problem.message.removeprefix(words)
    return PlaybookError([Problem(problem.place, message, problem.hint, problem.width)])


def title_of(run: Run, play: Play) -> str:
    """What it is called: its name, otherwise its hosts."""
    scope = scope_of(run, play)
    if play.name:
        return str(scope.or_as_written(play.name))
    hosts = scope.or_as_written(play.hosts)
    return ",".join(map(str, hosts)) if isinstance(play.hosts, list) else str(hosts)
