"""The command line of `opsplay runs`."""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable

_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400, "w": 7 * 86400}
# Of more lines the last ones are out of sight.
_LIMIT = 20


def add(runs: argparse.ArgumentParser, state: Callable[..., None]) -> None:
    """The list, and the two things that can be done with what is in it."""
    state(runs)
    runs.add_argument(
        "--playbook", metavar="PATTERN", help="only of playbooks that end so: site.yml, mail/*.yml"
    )
    runs.add_argument(
        "--status",
        metavar="STATUS",
        help="only those: running, ok, failed, invalid, interrupted, killed or error",
    )
    runs.add_argument(
        "--since",
        type=moment,
        metavar="WHEN",
        help="only those that began then or later: 2026-11-25, 2026-11-25T13:00, 2d, 3h",
    )
    runs.add_argument(
        "-n",
        "--limit",
        type=_count,
        default=_LIMIT,
        metavar="COUNT",
        help=f"so many at most, 0 for all (default: {_LIMIT})",
    )
    runs.add_argument("--json", action="store_true", help="all that is known, a run a line")
    actions = runs.add_subparsers(dest="action", metavar="ACTION")
    show = actions.add_parser("show", help="show what a run has shown")
    prune = actions.add_parser("prune", help="forget runs")
    _show(show)
    _prune(prune)
    for action in (show, prune):
        # Not given here, what stands before the action counts.
        state(action, argparse.SUPPRESS)


def add_resume(resume: argparse.ArgumentParser) -> None:
    resume.add_argument(
        "run",
        nargs="?",
        metavar="ID",
        help="a run, by the beginning of its id; or latest (default: the newest that did not end"
        " well, of this folder if there is one)",
    )
    resume.add_argument(
        "--in-doubt",
        choices=["ask", "repeat", "skip", "fail"],
        help="what to do with a step of which nobody knows whether it was done, if it must not be"
        " repeated (default: ask on a terminal, otherwise fail)",
    )
    resume.add_argument(
        "--force", action="store_true", help="go on though files of the run have changed since"
    )


def _show(show: argparse.ArgumentParser) -> None:
    show.add_argument("run", metavar="ID", help="a run, by the beginning of its id; or latest")
    show.add_argument(
        "-v", "--verbose", action="count", default=0, dest="more", help="tell more than the run did"
    )
    how = show.add_mutually_exclusive_group()
    how.add_argument(
        "--json", action="store_true", default=argparse.SUPPRESS, help="its events, one a line"
    )
    how.add_argument("--about", action="store_true", help="who ran what, when, how, and its commit")


def _prune(prune: argparse.ArgumentParser) -> None:
    prune.add_argument(
        "--older-than",
        type=moment,
        metavar="WHEN",
        help="those that began before: 30d, 2026-01-31",
    )
    prune.add_argument("--keep", type=_count, metavar="COUNT", help="but never the newest COUNT")
    prune.add_argument(
        "--once-older-than",
        type=moment,
        metavar="WHEN",
        help="the names (send_mail's `once`) of mails sent before; under them they are sent anew",
    )


def moment(text: str) -> float:
    """A point in time, or how long ago it was; raises ArgumentTypeError."""
    from datetime import datetime

    if ago := re.fullmatch(r"(\d+)([smhdw])", text):
        return time.time() - int(ago[1]) * _UNITS[ago[2]]
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError) as error:
        raise argparse.ArgumentTypeError(
            f"{text} is no point in time; write 2026-11-25, 2026-11-25T13:00, 90m, 3h, 30d or 2w"
        ) from error


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"expected a whole number, 0 or more, got {text!r}")
    return int(text)
