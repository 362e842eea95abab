"""The commands of `opsplay`: each wires the parts that it needs."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from ..environment import set_aside
from ..errors import ExitCode, OpsplayError, PlaybookError, Problem, UsageError
from ..secrets import SHORTEST
from ..settings import ansible_cfg
from . import arguments

_JOURNAL = "OPSPLAY_JOURNAL"
_DETAILS = 3

if TYPE_CHECKING:
    from argparse import Namespace

    from ..early import Early
    from ..engine.tags import Selection
    from ..inventory.model import Inventory
    from ..secrets import Secrets
    from ..session import Session
    from ..settings.sources import Resolved
    from ..vault.opening import Vault


def do(argv: list[str], secrets: Secrets) -> int:
    """Do what the command line says; returns the exit status.

    `secrets` is filled with what may not be told of it.
    """
    wanted = arguments.parse(argv)
    wanted.secrets = secrets
    return _done(wanted)


def _done(wanted: Namespace) -> int:
    wanted.resolved = _resolved(wanted)
    if ignored := ansible_cfg.passed_over(os.environ):
        _warn(ignored)
    settings = wanted.resolved.settings
    if settings.deprecation_warnings:
        _warn_of_old()
    hidden = [*_of_journal(settings.journal)]
    with set_aside([*settings.secret_env, *([_JOURNAL] if hidden else [])]) as variables:
        hidden += variables.values()
        wanted.secrets.add(*(value for value in hidden if len(value) >= SHORTEST))
        try:
            return _COMMANDS[wanted.command](wanted)
        except OpsplayError as error:
            error.as_ansible = settings.shows_as_ansible
            raise


def _warn_of_old() -> None:
    """Warn of settings that Ansible gives up."""
    if ansible_cfg.find(os.environ) or any(name.startswith("ANSIBLE_") for name in os.environ):
        from ..settings.old import told

        for text in told():
            _warn(text, Problem(None, text, deprecation=True))


def _of_journal(url: str) -> Iterable[str]:
    """The passwords in the address of the journal."""
    if not url:
        return ()
    from ..journal.address import passwords

    return passwords(url)


def _resolved(wanted: Namespace) -> Resolved:
    from ..settings.sources import resolve

    # `opsplay vault` has switches of the same names that mean something else.
    switches = {} if wanted.command == "vault" else vars(wanted)
    return resolve(_folder(wanted), os.environ, switches)


def _folder(wanted: Namespace) -> Path:
    """Where `opsplay.toml` lies: beside the playbook, otherwise here."""
    if getattr(wanted, "playbooks", None):
        return Path(wanted.playbooks[0]).parent
    if wanted.command != "settings":
        return Path()
    folder = Path(wanted.folder or "")
    if not folder.is_dir():
        raise UsageError(f"there is no folder {folder}")
    return folder


def colour(stream: object) -> bool:
    from ..terminal import wants_colour

    return wants_colour(stream, os.environ)  # type: ignore[arg-type]  # one of the two of sys


# run, check and serve --------------------------------------------------------------------------


def _run(wanted: Namespace) -> int:
    from ..session import Session

    settings = wanted.resolved.settings
    if settings.verbosity and settings.output == "text" and settings.shows_as_ansible:
        _tell_source()
    vault = _passwords(wanted, lenient=wanted.lenient or wanted.syntax_check)
    with vault.covering():
        check_mode = getattr(wanted, "check", False)
        session = Session(
            wanted.playbooks, wanted.extra_vars, settings, vault, check_mode=check_mode
        )
        if settings.output == "text" and settings.verbosity >= _DETAILS:
            _tell_inventory(session.inventory, settings.verbosity)
        return _run_session(wanted, session)


def _tell_inventory(inventory: Inventory, verbosity: int) -> None:
    """What was read."""
    from ..terminal import printable

    lines = (printable(line) + "\n" for line in inventory.draft.details(verbosity))
    sys.stdout.writelines(lines)


def _tell_source() -> None:
    from ..terminal import printable

    sys.stdout.write(printable(ansible_cfg.told(os.environ)) + "\n")


def _run_session(wanted: Namespace, session: Session) -> int:
    from ..engine.tags import Selection
    from ..selected import check_selection

    plays = session.plays
    settings = wanted.resolved.settings
    selection = Selection.of(settings.tags, settings.skip_tags)
    check_selection(session, selection, wanted.start_at_task)
    if wanted.syntax_check:
        return _checked(session, above="\n")
    if wanted.list_hosts or wanted.list_tasks or wanted.list_tags:
        return _list(wanted, session, selection)
    code = _let_go(wanted, session, selection) if plays else ExitCode.OK
    if code == ExitCode.INTERRUPTED and settings.output == "text":
        _tell_interrupted()
    return code


def _tell_interrupted() -> None:
    from ..terminal import Output

    # The terminal may be gone: that is an interruption, too.
    with suppress(OSError):
        Output(sys.stderr).write("[ERROR]: User interrupted execution\n")


def _check(wanted: Namespace) -> int:
    from ..engine.tags import Selection
    from ..rules import command
    from ..session import Session

    vault = _passwords(wanted, lenient=True)
    with vault.covering():
        settings = wanted.resolved.settings
        session = Session(wanted.playbooks, wanted.extra_vars, settings, vault)
        told = _checked(session)
        asked = Selection.of(settings.tags, settings.skip_tags)
        how = {"fix": wanted.fix, "strict": wanted.strict, "colour": colour(sys.stderr)}
        return told or command.do(session, asked, **how)


def _checked(session: Session, above: str = "") -> int:
    """What `--syntax-check` says of playbooks in which nothing is wrong; `above` each of them."""
    from ..terminal import one_line

    _ = session.plays, session.extra_vars
    _warn_of(session)
    for path in session.paths:
        sys.stdout.write(f"{above}playbook: {one_line(str(path))}\n")
    return ExitCode.OK


def _warn_of(session: Session) -> None:
    """What is odd in playbooks and inventories of which nothing is run."""
    _ = session.inventory
    for warning in (*session.warnings, *session.vault.shut.values()):
        _warn(session.vault.secrets.mask_text(warning.told), warning)


def _passwords(wanted: Namespace, *, lenient: bool = False) -> Vault:
    """What opens encrypted texts; `lenient` leaves those shut whose password is not given."""
    from ..vault.keyring import Keyring
    from ..vault.opening import Vault
    from ..vault.passwords import sources

    settings = wanted.resolved.settings
    keyring = Keyring(sources(wanted, settings), by_label=settings.vault_id_match)
    for label, wrong in [] if lenient else keyring.check():
        _warn(f"Error getting vault password file ({label}): {wrong}")
    return Vault(keyring, lenient=lenient, secrets=wanted.secrets)


def _let_go(wanted: Namespace, session: Session, selection: Selection) -> int:
    from .. import running
    from ..telling import told

    return running.let_go(wanted, session, selection, partial(told, wanted, session))


def _serve(wanted: Namespace) -> int:
    from ..engine.tags import Selection
    from .serve import Serving

    vault = _passwords(wanted)
    with vault.covering():
        code = _let_go(wanted, Serving(wanted, vault), Selection.of([], []))
    # Ctrl-C, or the SIGTERM of a service manager, is how a server is meant to end.
    return ExitCode.OK if code == ExitCode.INTERRUPTED else code


def _warn(text: str, about: Problem | None = None) -> None:
    from ..terminal import printable

    where = f" ({about.place})" if about and about.place else ""
    mark = "[DEPRECATION WARNING]" if about and about.deprecation else "[WARNING]"
    sys.stderr.write(printable(f"{mark}: {text}{where}") + "\n")


# What only looks ------------------------------------------------------------------------------


def _list(wanted: Namespace, session: Session, selection: Selection) -> int:
    """--list-hosts, --list-tasks, --list-tags, in ansible-playbook's words."""
    from .listing import listing

    settings = wanted.resolved.settings
    # As Ansible does: where tags are listed and none is chosen, also what never runs.
    every = wanted.list_tags and not (settings.tags or settings.skip_tags)
    text = listing(
        session,
        None if every else selection,
        limit=wanted.limit,
        hosts=wanted.list_hosts,
        tasks=wanted.list_tasks,
        tags=wanted.list_tags,
    )
    _warn_of(session)
    return _shown(text, wanted.secrets)


def _shown(text: str, secrets: Secrets) -> int:
    """Who looks at a playbook may not trust it yet."""
    from ..terminal import printable

    sys.stdout.write(printable(secrets.mask_text(text)))
    return ExitCode.OK


def _doc(wanted: Namespace) -> int:
    from ..registry import Registry
    from ..terminal import Paint, screen_width
    from . import doc

    registry = Registry(Path("task_modules"))
    columns = screen_width(sys.stdout, os.environ)
    sys.stdout.write(doc.text(registry, wanted.step, columns, Paint(on=colour(sys.stdout))))
    return ExitCode.OK


def _schema(_: Namespace) -> int:
    from ..registry import Registry
    from . import editor_schema

    sys.stdout.write(editor_schema.text(Registry(Path("task_modules"))))
    return ExitCode.OK


def _vars(wanted: Namespace) -> int:
    from . import variables

    vault = _passwords(wanted, lenient=True)
    with vault.covering():
        return _shown(variables.text(wanted, vault), wanted.secrets)


def _settings(wanted: Namespace) -> int:
    from ..settings.sources import text

    sys.stdout.write(text(wanted.resolved))
    return ExitCode.OK


def _vault(wanted: Namespace) -> int:
    from ..vault import commands

    return commands.do(wanted)


def _runs(wanted: Namespace) -> int:
    from ..journal import commands
    from ..telling import listener

    return commands.do(wanted, listener)


def _resume(wanted: Namespace) -> int:
    from ..journal import resuming

    return resuming.do(wanted, arguments.parse, _done)


def _inventory(wanted: Namespace) -> int:
    from ..inventory import command

    def warn(warning: Problem) -> None:
        _warn(warning.told, warning)

    def expressions() -> Early:
        from ..session import early

        return early(wanted.resolved.settings, vault, warn)

    vault = _passwords(wanted)
    with vault.covering():
        text = command.text(wanted, vault, warn, expressions)
    if wanted.output_file:
        _write(wanted.output_file, text)
    else:
        sys.stdout.write(text)
    return ExitCode.OK


def _write(path: str, text: str) -> None:
    try:
        Path(path).write_text(text, "utf-8")
    except OSError as error:
        message = f"Unable to write to destination file {path!r}: {error}"
        raise PlaybookError([Problem(None, message, status=ExitCode.ERROR)]) from error


_COMMANDS: Mapping[str, Callable[[Namespace], int]] = {
    "run": _run,
    "resume": _resume,
    "check": _check,
    "list": _run,
    "serve": _serve,
    "doc": _doc,
    "schema": _schema,
    "inventory": _inventory,
    "settings": _settings,
    "vars": _vars,
    "runs": _runs,
    "vault": _vault,
}
