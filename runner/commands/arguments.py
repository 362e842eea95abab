"""The command line, as ansible-playbook's users expect it."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NoReturn

from ... import __version__
from ..errors import UsageError
from ..journal import arguments as journal
from ..spelling import did_you_mean, nearest
from ..terminal import screen_width
from ..vault import arguments as vault


class _Parser(argparse.ArgumentParser):
    """Raises UsageError where argparse would print and leave."""

    def __init__(self, **options: Any) -> None:
        # Asked once, and as the rest does: argparse loads a module for it.
        width = screen_width(sys.stdout, os.environ) - 2
        formatter = partial(argparse.HelpFormatter, width=width)
        super().__init__(formatter_class=formatter, **options)

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}\n{self.format_usage().rstrip()}")

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Refuse what this command does not know with its own usage and the nearest switch."""
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            word = unknown[0].partition("=")[0] if unknown[0].startswith("-") else unknown[0]
            self.error(f"unrecognized arguments: {word}{self._instead(word.lstrip('-'))}")
        return parsed, unknown

    def _instead(self, word: str) -> str:
        """What may have been meant; dashes would make all switches alike."""
        if word in _COMMANDS:
            return f"; see opsplay {word} --help"
        known = {name.lstrip("-"): name for name in self._option_string_actions}
        near = nearest(word, tuple(known))
        return f"; did you mean {known[near]}?" if near else ""


def parse(argv: list[str]) -> argparse.Namespace:
    """Raises UsageError."""
    wanted = next((word for word in argv if not word.startswith("-")), None)
    if wanted and argv[0] == wanted in _COMMANDS:
        parsed = _command(wanted).parse_args(argv[1:])
    else:
        parser = _all_commands(wanted)
        if not argv:
            raise UsageError(f"say what to do\n{parser.format_help().rstrip()}")
        parsed = parser.parse_args(argv)
    if getattr(parsed, "become", False):
        _check_user(parsed.become_user or "root")
    return parsed


def _command(name: str) -> _Parser:
    """The parser of one command: a start is not to wait for those of all others."""
    parser = _Parser(prog=f"opsplay {name}")
    parser.set_defaults(command=name)
    _COMMANDS[name][1](parser)
    return parser


def _all_commands(wanted: str | None) -> _Parser:
    """What tells of the commands, and refuses what stands before one."""
    parser = _Parser(prog="opsplay", description="Run playbooks that move files and mail.")
    parser.add_argument("--version", action="version", version=f"opsplay {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    if wanted is not None and wanted not in _COMMANDS:
        parser.error(_no_command(wanted))
    for name, (meaning, fill) in _COMMANDS.items():
        command = commands.add_parser(name, help=meaning)
        if name == wanted:
            fill(command)
    return parser


def _no_command(word: str) -> str:
    return f"there is no command {word}; {did_you_mean(word, _COMMANDS) or 'see opsplay --help'}"


def _check_user(user: str) -> None:
    from getpass import getuser

    if user != getuser():
        raise UsageError(f"--become: steps run as {getuser()}, who runs opsplay, and not as {user}")


def _run(run: argparse.ArgumentParser) -> None:
    run.add_argument("--version", action="version", version=f"opsplay {__version__}")
    run.set_defaults(lenient=False)
    _playbooks(run)
    _tags(run)
    run.add_argument(
        "-C", "--check", action="store_true", help="change nothing, tell what would change"
    )
    run.add_argument("-D", "--diff", action="store_true", help="show what changes in files")
    run.add_argument("-f", "--forks", type=_forks, help="hosts at a time (default: 5)")
    run.add_argument(
        "-v", "--verbose", action="count", dest="verbosity", help="tell more; -vv still more"
    )
    _looking(run)
    run.add_argument("--step", action="store_true", help="ask before every task")
    run.add_argument("--start-at-task", metavar="NAME", help="begin with the task of this name")
    run.add_argument(
        "--force-handlers", action="store_true", help="run handlers though a task failed"
    )
    run.add_argument(
        "--flush-cache", action="store_true", help="forget the facts that were kept for the hosts"
    )
    _reaching(run)
    _state(run)
    run.add_argument("--no-journal", action="store_true", help="do not remember this run")
    _output(
        run,
        "text for people, json for programs (one event a line), or only what went wrong",
        "quiet",
    )


def _looking(run: argparse.ArgumentParser) -> None:
    run.add_argument("--list-hosts", action="store_true", help="list the hosts, run nothing")
    run.add_argument("--list-tasks", action="store_true", help="list the tasks, run nothing")
    run.add_argument("--list-tags", action="store_true", help="list the tags, run nothing")
    run.add_argument("--syntax-check", action="store_true", help="check the playbooks, run nothing")


def _reaching(run: argparse.ArgumentParser) -> None:
    """How hosts are reached, and as whom: every step runs here, as who runs opsplay."""
    group = run.add_argument_group("read for the sake of scripts that are written for Ansible")
    group.add_argument("-c", "--connection", help="of hosts that do not say; only local gets there")
    group.add_argument("-b", "--become", action="store_true", help="only oneself can be become")
    group.add_argument("--become-user", metavar="USER", help="of -b (default: root)")
    group.add_argument("-u", "--user", dest="remote_user", metavar="USER", help="no effect")
    for switches in _WITHOUT_EFFECT:
        group.add_argument(*switches, help="no effect")
    for switches in (("-k", "--ask-pass"), ("-K", "--ask-become-pass")):
        group.add_argument(*switches, action="store_true", help="no effect")


_WITHOUT_EFFECT = (
    ("-T", "--timeout"),
    ("--private-key", "--key-file"),
    ("--ssh-common-args",),
    ("--ssh-extra-args",),
    ("--scp-extra-args",),
    ("--sftp-extra-args",),
    ("--become-method",),
    ("--become-password-file", "--become-pass-file"),
    ("--connection-password-file", "--conn-pass-file"),
)


def _tags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-t", "--tags", action="append", default=[], help="only what has one of these tags"
    )
    parser.add_argument(
        "--skip-tags", action="append", default=[], help="leave out what has one of these tags"
    )


def _list(listing: argparse.ArgumentParser) -> None:
    _playbooks(listing)
    _tags(listing)
    listing.set_defaults(list_hosts=True, list_tasks=True, list_tags=True)
    listing.set_defaults(syntax_check=False, start_at_task=None, lenient=True)


def _state(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    parser.add_argument(
        "--state-dir",
        default=default,
        metavar="FOLDER",
        help="where to remember runs, what was sent and fetched (default: your own state folder)",
    )


def _check(check: argparse.ArgumentParser) -> None:
    _playbooks(check)
    _tags(check)
    check.add_argument(
        "--strict", action="store_true", help="let warnings count: exit status 4 if there are any"
    )
    check.add_argument(
        "--fix", action="store_true", help="mend in the files what can surely be mended"
    )
    check.set_defaults(syntax_check=True)


def _playbooks(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("playbooks", nargs="+", metavar="PLAYBOOK")
    _sources(parser)
    parser.add_argument("-l", "--limit", metavar="PATTERN", help="only these of the hosts")
    _variables(parser)
    parser.add_argument(
        "-M",
        "--module-path",
        action="extend",
        type=_folders,
        dest="task_modules",
        metavar="FOLDERS",
        help="more folders of steps, with colons between them",
    )
    vault.add_passwords(parser)


def _variables(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-e",
        "--extra-vars",
        action="append",
        default=[],
        metavar="VARS",
        help="variables that win over all others: name=value, JSON or YAML, or @file",
    )


def _sources(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-i",
        "--inventory",
        "--inventory-file",
        action="append",
        default=[],
        metavar="SOURCE",
        help="an inventory file, a folder of them, or hosts with commas: a,b,",
    )


def _output(parser: argparse.ArgumentParser, meaning: str, *kinds: str) -> None:
    parser.add_argument("--output", choices=["text", "json", *kinds], help=meaning)


def _serve(serve: argparse.ArgumentParser) -> None:
    servers = serve.add_subparsers(dest="server", required=True, metavar="SERVER")
    ftp = servers.add_parser("ftp", help="an FTP server")
    _server(
        ftp,
        "ftp_server",
        "what everybody may read without a password; without --config, the current folder",
    )
    ftp.add_argument("--port", type=_port, help="the port to listen on (default: a free one)")
    mail = servers.add_parser("mail", help="a mail server that sends nothing to anybody")
    _server(
        mail, "mail_server", "where to keep the mail (default: nowhere, it ends with the server)"
    )
    for protocol in ("smtp", "pop3", "imap"):
        mail.add_argument(
            f"--{protocol}-port",
            type=_port,
            metavar="PORT",
            help=f"the port for {protocol.upper()} (default: a free one)",
        )


def _server(server: argparse.ArgumentParser, step: str, folder: str) -> None:
    """What every server may be told; `folder` says what its folder is for."""
    server.add_argument("folder", nargs="?", metavar="FOLDER", help=folder)
    server.add_argument("--host", help="the address to listen on (default: 127.0.0.1)")
    server.add_argument(
        "--config",
        metavar="FILE",
        help=f"YAML with arguments of the step {step}; its paths count from its folder",
    )
    _variables(server)
    vault.add_passwords(server)
    _state(server)
    _output(server, "text for people, or json for programs (one event a line)")
    server.set_defaults(check=False, diff=False, forks=1)
    server.set_defaults(limit=None, start_at_task=None)


def _inventory(inventory: argparse.ArgumentParser) -> None:
    _sources(inventory)
    vault.add_passwords(inventory)
    inventory.add_argument("--list", action="store_true", help="print everything as JSON")
    inventory.add_argument(
        "--graph", nargs="?", const="all", metavar="GROUP", help="print groups and hosts as a tree"
    )
    inventory.add_argument("--host", metavar="HOST", help="print the variables of one host as JSON")
    inventory.add_argument(
        "group", nargs="?", metavar="GROUP", help="with --graph: the group to begin with"
    )
    inventory.add_argument("--vars", action="store_true", help="with --graph: variables as well")
    inventory.add_argument(
        "--export", action="store_true", help="show variables where they are set, also of groups"
    )
    _variables(inventory)
    inventory.add_argument(
        "-v", "--verbose", action="count", dest="verbosity", help="tell more, from -vvvv on"
    )
    inventory.add_argument("-y", "--yaml", action="store_true", help="YAML in place of JSON")
    inventory.add_argument("-l", "--limit", metavar="PATTERN", help="only these of the hosts")
    inventory.add_argument(
        "--output", dest="output_file", metavar="FILE", help="where to write to, if not to stdout"
    )
    inventory.add_argument(
        "--playbook-dir", metavar="FOLDER", help="where a playbook would lie (default: here)"
    )


def _vars(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("host", metavar="HOST", help="the host for which variables count")
    parser.add_argument("name", nargs="?", metavar="NAME", help="a variable (default: all)")
    parser.add_argument(
        "-p",
        "--playbook",
        action="append",
        default=[],
        dest="playbooks",
        metavar="PLAYBOOK",
        help="look into this playbook too; may be repeated",
    )
    _sources(parser)
    _variables(parser)
    vault.add_passwords(parser)


def _folders(text: str) -> list[str]:
    return [folder for folder in text.split(os.pathsep) if folder]


def _forks(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(f"expected a whole number, at least 1, got {text!r}")
    return int(text)


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:  # noqa: PLR2004  # what a port can be
        raise argparse.ArgumentTypeError(f"expected a number from 0 to 65535, got {text!r}")
    return int(text)


def _runs(runs: argparse.ArgumentParser) -> None:
    journal.add(runs, _state)


def _resume(resume: argparse.ArgumentParser) -> None:
    journal.add_resume(resume)
    resume.add_argument(
        "-v", "--verbose", action="count", dest="verbosity", help="tell more; -vv still more"
    )
    _variables(resume)
    vault.add_passwords(resume)
    _state(resume)
    _output(resume, "text, json or quiet, as for run", "quiet")


def _doc(doc: argparse.ArgumentParser) -> None:
    doc.add_argument("step", nargs="?", metavar="STEP")


def _settings(settings: argparse.ArgumentParser) -> None:
    settings.add_argument(
        "folder", nargs="?", metavar="FOLDER", help="where opsplay.toml lies (default: here)"
    )


_COMMANDS: Mapping[str, tuple[str, Callable[[argparse.ArgumentParser], None]]] = {
    "run": ("run playbooks", _run),
    "resume": ("go on with a run that was killed, interrupted, or failed", _resume),
    "check": ("check playbooks without running them", _check),
    "list": ("list the hosts, tasks and tags of playbooks", _list),
    "serve": ("run a server until Ctrl-C", _serve),
    "inventory": ("show hosts and groups", _inventory),
    "runs": ("list the runs there were, show one", _runs),
    "vars": ("show where a host's variables are defined", _vars),
    "vault": ("encrypt, decrypt and edit files", vault.add),
    "doc": ("show the manual of a step, or the list of steps", _doc),
    "settings": ("show all settings, and what sets them", _settings),
    "schema": ("print the JSON Schema of playbooks, for editors", lambda _: None),
}
"""What each is for, and what gives its parser its switches."""
