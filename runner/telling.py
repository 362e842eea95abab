"""Who is told what happens: the listeners that the settings ask for, and the journal."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, TextIO, cast

from .dataclasses import replace
from .registry import bare
from .terminal import Paint, printable, screen_width, wants_colour

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Iterator

    from .bus import Bus
    from .engine.memory import Memory
    from .events import Listener
    from .journal.recorder import Recorder
    from .ledger import Ledger
    from .listeners.console import Console
    from .listeners.looks import Looks
    from .session import Session
    from .settings import Settings


def told(wanted: Namespace, session: Session, run_id: str, ledger: Ledger) -> tuple[Bus, Memory]:
    """Who is told of a run, and what remembers it; raises NoCallback."""
    from .bus import Bus
    from .engine.memory import NOTHING

    secrets = session.vault.secrets

    def complain(text: str) -> None:
        _complain(secrets.mask_text(text))

    if session.settings.stdout_callback != "default":
        from .callbacks import check

        check(session.settings, [path.parent for path in session.paths])
    listeners = [listener(wanted)]
    listeners += _logs(session.settings)
    resumption = getattr(wanted, "resumption", None)
    if wanted.command != "run" or (wanted.resolved.settings.no_journal and not resumption):
        return Bus(listeners, secrets.mask, complain), NOTHING
    from .journal import kept
    from .journal.held import HeldBus

    recorder = _recorder(wanted, session, run_id, ledger, complain)
    watched = sys.stdout.isatty()
    bus = HeldBus(listeners, secrets.mask, complain, recorder, watched=watched)
    return bus, kept.memory(recorder, session, bus.flush, resumption)


def _recorder(
    wanted: Namespace,
    session: Session,
    run_id: str,
    ledger: Ledger,
    complain: Callable[[str], None],
) -> Recorder:
    """What writes the run into the journal; a run that goes on with another, into that one's."""
    from .journal.beginning import Beginning
    from .journal.recorder import Recorder
    from .journal.store import Journal

    resumption = getattr(wanted, "resumption", None)
    url = resumption.journal_url if resumption else session.settings.journal
    journal = Journal(ledger.folder, url)
    beginning = Beginning(
        run_id,
        wanted,
        ledger,
        session.vault.secrets.mask_text,
        session.documents,
        lambda: session.inventory.templates,
    )
    return Recorder(beginning, journal, complain, resumption and resumption.root)


def listener(wanted: Namespace) -> Listener:
    """Who shows what happens, as the settings say."""
    settings = wanted.resolved.settings
    if settings.output == "json":
        from .listeners.jsonl import JsonLines

        return JsonLines(sys.stdout)
    if wanted.command == "serve":
        from .listeners.serving import ServerLines

        return ServerLines(sys.stdout, colour=_colour())
    if (name := bare(settings.stdout_callback)) in ("minimal", "oneline"):
        from .listeners.minimal import Minimal

        paint = Paint(on=_colour())
        return Minimal(
            sys.stdout,
            paint,
            one_line=name == "oneline",
            yaml=settings.callback_result_format == "yaml",
            pretty=settings.callback_format_pretty is not False,
        )
    console = _console(settings)
    if settings.output == "quiet":
        from .listeners.quiet import Quiet

        return Quiet(console)
    return console


def _console(settings: Settings) -> Console:
    from .listeners.console import Console

    looks = replace(
        _plain_looks(settings),
        colour=_colour(),
        width=screen_width(sys.stdout, os.environ),
        interactive=sys.stdout.isatty(),
        stats=settings.show_custom_stats,
        markers=settings.check_mode_markers,
        starts=settings.show_per_host_start,
        paths=settings.show_task_path_on_failure,
    )
    failures = sys.stderr if settings.display_failed_stderr else None
    return Console(sys.stdout, looks, aside=sys.stderr, failures=failures)


def _plain_looks(settings: Settings) -> Looks:
    """Those of a screen and of a file."""
    from .listeners.diff import Limits
    from .listeners.looks import Looks

    return Looks(
        verbosity=settings.verbosity,
        results=settings.callback_result_format,
        untold=_untold(settings),
        pretty=settings.callback_format_pretty,
        diffs=Limits(settings.diff_context, settings.max_diff_size),
    )


def _logs(settings: Settings) -> Iterator[Listener]:
    """Writes a run into a file, as the console has it, if one is named that can be written."""
    from .listeners.console import Console
    from .listeners.log_file import LogLines
    from .who import user

    if not settings.log_path:
        return
    path = Path(settings.log_path).expanduser()
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o666)
    except OSError as error:
        # In Ansible's words: scripts look for them.
        told = f"log file at '{path.absolute()}' is not writeable and we cannot create it, aborting"
        if isinstance(error, IsADirectoryError):
            told = f"DEFAULT_LOG_PATH can not be a directory '{path.absolute()}', aborting"
        sys.stderr.write(printable(f"[WARNING]: {told}") + "\n")
        return
    lines = LogLines(descriptor, user())
    yield Console(cast("TextIO", lines), _plain_looks(settings))


def _colour() -> bool:
    return wants_colour(sys.stdout, os.environ)


def _untold(settings: Settings) -> frozenset[str]:
    """What came of steps that nobody wants to see."""
    shown = {"skipped": settings.display_skipped_hosts, "ok": settings.display_ok_hosts}
    return frozenset(status for status, wanted in shown.items() if not wanted)


def _complain(text: str) -> None:
    # Where the terminal is gone, there is nobody to tell.
    with suppress(OSError):
        sys.stderr.write(f"opsplay: {text}\n")
