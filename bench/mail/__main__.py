"""Measure the mail steps beside their peers against smtp-sink and dovecot; prints Markdown."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path

from ..rounds import Results, measure, named, roomy
from .cases import Case, cases
from .programs import BIN, PEERS
from .stage import staged
from .tables import summary, table

ROOM = 2 << 30
DEBIAN = ("postfix", "dovecot-core", "fetchmail", "getmail6", "isync", "msmtp", "swaks")
PYTHON = ("aiosmtplib", "ansible", "imap-tools")
VERSIONS = """\
import sys
from importlib.metadata import version
print(*(f"{name} {version(name)}" for name in sys.argv[1:]), sep=", ")
"""


def main() -> None:
    options = parser().parse_args()
    print(environment(), flush=True)
    measured: dict[Case, Results] = {}
    for case in chosen(options.cases, quick=options.quick):
        with (
            tempfile.TemporaryDirectory(dir=options.folder, prefix="bench-mail-") as folder,
            staged(Path(folder), case) as stage,
        ):
            measured[case] = measure(stage.run, named(case.measured, options.programs))
        print(f"\n{table(case, measured[case])}", flush=True)
    print(f"\n### All in all\n\n{summary(measured)}")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m bench.mail", description=__doc__)
    names = ", ".join(cases(quick=True))
    made.add_argument(
        "cases", nargs="*", type=known, metavar="CASE", help=f"or how it begins, of {names}; all"
    )
    made.add_argument("--quick", action="store_true", help="few mails: a rehearsal")
    made.add_argument("--folder", type=Path, default=roomy(ROOM), help="where to work; %(default)s")
    made.add_argument(
        "--program", action="append", dest="programs", help="measure it, or those that begin so"
    )
    return made


def known(name: str) -> str:
    if not any(case.startswith(name) for case in cases(quick=True)):
        raise argparse.ArgumentTypeError(f"there is no case {name}")
    return name


def chosen(beginnings: Sequence[str], *, quick: bool) -> list[Case]:
    return [
        case
        for name, case in cases(quick=quick).items()
        if name.startswith(tuple(beginnings) or "")
    ]


def environment() -> str:
    lines = [
        said([str(BIN / "opsplay"), "--version"]),
        said(["dpkg-query", "--show", "--showformat=${Package} ${Version}, ", *DEBIAN]),
        said([str(PEERS / "python"), "-c", VERSIONS, *PYTHON]),
        f"Python {platform.python_version()} on {os.cpu_count()} cores",
    ]
    return ", ".join(line.strip(" ,") for line in lines)


def said(command: Sequence[str]) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()


if __name__ == "__main__":
    main()
