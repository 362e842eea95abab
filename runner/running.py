"""From a session and switches to a run: its parts are put together here, and it is let go."""

from __future__ import annotations

import gc
import os
import sys
from argparse import Namespace
from collections.abc import Callable
from contextlib import closing
from functools import cache
from typing import TYPE_CHECKING, TypeAlias

from .bugs import of_threads_told
from .engine.fact_cache import FactCache
from .engine.matching import check_hosts
from .engine.options import Options, StartAt
from .engine.plays import execute
from .engine.run import Run
from .engine.stepping import Stepping
from .errors import ExitCode, Problem, UsageError
from .events import INCLUDES
from .ledger import Ledger, state_folder
from .selected import limit_of
from .session import all_steps

if TYPE_CHECKING:
    from .bus import Bus
    from .engine.memory import Memory
    from .engine.tags import Selection
    from .playbook import Play
    from .session import Session

Telling: TypeAlias = Callable[[str, Ledger], tuple["Bus", "Memory"]]
"""Makes what a run is told to and remembered by, of the run's id and the ledger."""


def let_go(wanted: Namespace, session: Session, selection: Selection, telling: Telling) -> ExitCode:
    """Run the plays of the session; raises PlaybookError or UsageError before anything runs."""
    session.vault.keyring.ask()
    with closing(Ledger(state_folder(session.settings.state_dir, os.environ))) as ledger:
        run = _run(wanted, session, selection, ledger, telling)
        check_hosts(run, session.plays)
        _hide_what_is_written(run, session)
        plays = _all_answered(run, session)
        _spare_collector()
        with of_threads_told(run.secrets):
            code = execute(run, plays, session.warnings)
        # Whoever reads the output of a run must not take a part of it for the whole.
        return code if code or run.bus.is_heard else ExitCode.ERROR


@cache
def _spare_collector() -> None:
    """What the start has made stays to the end, and need not be looked at for garbage again."""
    # The first run of a process only: what is garbage by now would stay, too.
    gc.freeze()


def _run(
    wanted: Namespace, session: Session, selection: Selection, ledger: Ledger, telling: Telling
) -> Run:
    run_id = _new_id()
    bus, memory = telling(run_id, ledger)
    return Run(
        id=run_id,
        options=_options(wanted, session),
        selection=selection,
        start_at=StartAt(wanted.start_at_task),
        stepping=_stepping(wanted),
        settings=session.settings,
        bus=bus,
        memory=memory,
        templates=session.templates,
        inventory=session.inventory,
        limit=limit_of(session, wanted.limit),
        secrets=session.vault.secrets,
        tasks_of=session.tasks_of,
        role_of=session.role_of,
        check_role=session.check_role,
        check_tasks=session.check_tasks,
        variables_of=session.variables_of,
        module_of=session.registry.find,
        ledger=ledger,
        facts=_facts(wanted, session),
    )


def _all_answered(run: Run, session: Session) -> list[Play]:
    """The plays, with the variables that their user is asked for; raises TemplateError."""
    if not any(play.prompts for play in session.plays):
        return session.plays
    from .prompts import Interview

    interview = Interview(
        templates=session.templates,
        extra_vars=session.extra_vars,
        secrets=run.secrets,
        warn=session.warnings.append,
        answered=run.memory.answers,
        keep=run.memory.is_answered,
    )
    return interview.all_answered(session.plays)


def _hide_what_is_written(run: Run, session: Session) -> None:
    """Also a warning before the run, or another step, does not tell what stands under no_log."""
    for step in all_steps(session.plays):
        if step.inherited.flags.get("no_log") is True and step.type.name not in INCLUDES:
            run.hiding.learn(step.args, {})


def _facts(wanted: Namespace, session: Session) -> FactCache:
    warnings = session.warnings
    facts = FactCache.of(session.settings, lambda text: warnings.append(Problem(None, text)))
    if getattr(wanted, "flush_cache", False):
        facts.flush((*session.inventory.hosts, *session.inventory.implicit))
    return facts


def _options(wanted: Namespace, session: Session) -> Options:
    settings = session.settings
    return Options(
        check=wanted.check,
        diff=settings.diff,
        forks=settings.forks,
        verbosity=settings.verbosity,
        force_handlers=settings.force_handlers,
        strict_handlers=settings.error_on_missing_handler,
        any_errors_fatal=settings.any_errors_fatal,
        strategy=settings.strategy,
        connection=getattr(wanted, "connection", None),
        gathering=settings.gathering,
        limit=wanted.limit,
        extra_vars=session.extra_vars,
        inject_facts=settings.inject_fact_vars,
        lone_plays=settings.host_pattern_mismatch,
    )


def _stepping(wanted: Namespace) -> Stepping:
    asks = getattr(wanted, "step", False)
    if asks and not _has_answers():
        raise UsageError("--step asks before every task, and there is no terminal to ask on")
    return Stepping(asks=asks)


def _has_answers() -> bool:
    """Whether there is a person at a terminal, or a script that writes the answers."""
    from stat import S_ISFIFO, S_ISREG

    try:
        mode = os.fstat(sys.stdin.fileno()).st_mode
    except (OSError, ValueError):
        return False
    return sys.stdin.isatty() or S_ISFIFO(mode) or S_ISREG(mode)


def _new_id() -> str:
    """A name for the run that sorts by time."""
    from time import gmtime, strftime

    return f"{strftime('%Y%m%dT%H%M%SZ', gmtime())}-{os.urandom(4).hex()}"
