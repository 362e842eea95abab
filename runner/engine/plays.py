"""A run: every play in turn, on its hosts; whatever happens, its open ends are closed."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..errors import ExitCode, PatternError, PlaybookError, Problem
from ..events import PlayFinished, PlayStarted, RunFinished, RunStarted, WarningGiven
from ..template_text import Template
from ..variables import Scope
from .roles import RolesOfPlay
from .run import Batch
from .walk import Walk

if TYPE_CHECKING:
    from ..playbook import Play
    from ..variables import Layer
    from .hosts import HostState
    from .run import Run


def check_hosts(run: Run, plays: Sequence[Play]) -> None:
    """Raises PlaybookError with every pattern that matches no host, as far as it is known now."""
    problems: list[Problem] = []
    for play in plays:
        if not isinstance(play.hosts, Template):
            try:
                hosts_of(run, play)
            except PlaybookError as error:
                problems.extend(error.problems)
    if problems:
        raise PlaybookError(problems)


def execute(run: Run, plays: Sequence[Play], warnings: Sequence[tuple[str, str]] = ()) -> ExitCode:
    """Walk the plays; raises PlaybookError only for what no check could see before.

    `warnings` came up before: words and a place each.
    """
    started = time.monotonic()
    files = list(dict.fromkeys(str(play.file) for play in plays))
    run.send(RunStarted, playbooks=files, check=run.options.check, diff=run.options.diff)
    for text, place in warnings:
        run.send(WarningGiven, text=text, place=place)
    code = ExitCode.INVALID
    try:
        with run.interrupt.listening():
            try:
                for play in plays:
                    _play(run, play)
            finally:
                run.close()
        code = _exit_code(run)
    finally:
        recap = {name: host.recap() for name, host in run.hosts.items() if host.counts}
        seconds = time.monotonic() - started
        run.send(RunFinished, recap=recap, seconds=seconds, exit_code=int(code))
    return code


def _exit_code(run: Run) -> ExitCode:
    if run.interrupt.count:
        return ExitCode.INTERRUPTED
    failed = any(host.counts["failed"] for host in run.hosts.values())
    return ExitCode.FAILED if failed else ExitCode.OK


def _play(run: Run, play: Play) -> None:
    names = hosts_of(run, play)
    hosts = [host for host in map(run.host, names) if not host.failed]
    if not hosts or run.interrupt.count:
        return
    for host in hosts:
        host.ended, host.failure = False, None
        host.notified.clear()
        host.roles_begun.clear()
        host.roles_done.clear()
    title = str(_outer_scope(run, play).or_as_written(play.name or play.hosts))
    run.send(PlayStarted, play=title, hosts=[host.name for host in hosts])
    try:
        roles = RolesOfPlay(play)
        batch = Batch(run=run, play=play, hosts=hosts, roles=roles)
        files = {host.name: _vars_files(batch, host) for host in hosts} if play.vars_files else {}
        Walk(Batch(run=run, play=play, hosts=hosts, roles=roles, files=files)).play()
    finally:
        run.send(PlayFinished, play=title)


def _outer_scope(run: Run, play: Play) -> Scope:
    return Scope(run.templates, (run.options.extra_vars, play.vars))


def hosts_of(run: Run, play: Play) -> list[str]:
    """The hosts of a play that `--limit` leaves; raises PlaybookError when there are none."""
    pattern = _outer_scope(run, play).render(play.hosts)
    try:
        names = run.inventory.select(pattern)
    except PatternError as error:
        raise PlaybookError([Problem(play.place, error.message, error.hint)]) from error
    if run.limit is None:
        return names
    return [name for name in names if name in run.limit]


def _vars_files(batch: Batch, host: HostState) -> Layer:
    """What vars_files give this host; later files win. Of a list, the first that exists is read."""
    layer: dict[str, object] = {}
    scope = batch.scope(host, batch.play.inherited)
    for written in batch.play.vars_files:
        rendered = scope.render(written)
        names = rendered if isinstance(rendered, list) else [rendered]
        paths = [batch.play.folder / str(name) for name in names]
        path = next((path for path in paths if path.exists()), paths[-1])
        found: Mapping[str, object] = batch.run.variables_of(path)
        layer.update(found)
    return layer
