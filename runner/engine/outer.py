"""A play as it looks from outside, before any of its hosts is at work."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ..early import VERSION, Made
from ..errors import PlaybookError, Problem, TemplateError
from ..omit import OMIT
from ..template_text import Template
from ..variables import Scope

if TYPE_CHECKING:
    from ..playbook import Play
    from .run import Run


def _groups(run: Run, _: Play) -> object:
    return {name: list(group.hosts) for name, group in run.live.current.groups.items()}


def _hosts(run: Run, play: Play) -> object:
    patterns = play.hosts if isinstance(play.hosts, list) else [play.hosts]
    if any(isinstance(pattern, Template) for pattern in patterns):
        raise KeyError  # they depend on what this is a part of
    return list(run.live.current.resolve([*map(str, patterns)]).hosts)


_MAKERS: Mapping[str, Callable[[Run, Play], object]] = {
    "groups": _groups,
    "hostvars": lambda run, play: run.host_vars(play),
    "playbook_dir": lambda _, play: str(play.folder),
    **dict.fromkeys(("ansible_play_hosts", "ansible_play_hosts_all"), _hosts),
    **dict.fromkeys(("ansible_play_batch", "play_hosts"), _hosts),
    "ansible_run_tags": lambda run, _: sorted(run.selection.only),
    "ansible_skip_tags": lambda run, _: sorted(run.selection.skip),
    "ansible_check_mode": lambda run, _: run.options.check,
    "ansible_diff_mode": lambda run, _: run.options.diff,
    "ansible_forks": lambda run, _: run.options.forks,
    "ansible_verbosity": lambda run, _: run.options.verbosity,
    "ansible_version": lambda _, __: {**VERSION},
}


def scope_of(run: Run, play: Play) -> Scope:
    """What its own keywords may use, which is known without a host."""
    magic = Made(_MAKERS, run, play)
    return Scope(run.templates, (magic, run.options.extra_vars, play.vars))


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
    """What it is called: its name, otherwise its hosts. Raises PlaybookError."""
    scope = scope_of(run, play)
    if play.name and (play.vars_files or play.roles):
        # It may use a variable of a file, which nobody has read yet.
        return str(scope.or_as_written(play.name))
    if play.name:
        return str(keyword(run, play, "name") or "")
    hosts = scope.or_as_written(play.hosts)
    return ",".join(map(str, hosts)) if isinstance(play.hosts, list) else str(hosts)
