"""Measure the FTP steps beside their peers, all against one vsftpd; prints Markdown."""

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
from .programs import versions
from .stage import staged
from .tables import summary, table

ROOM = 6 << 30


def main() -> None:
    options = parser().parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="bench-ftp-") as folder:
        print(environment(folder), flush=True)
        measured: dict[Case, Results] = {}
        for case in chosen(options.cases, quick=options.quick):
            with staged(Path(folder), case) as stage:
                measured[case] = measure(stage.run, named(case.programs, options.programs))
            print(f"\n{table(case, measured[case])}", flush=True)
    print(f"\n### All in all\n\n{summary(measured)}")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m bench.ftp", description=__doc__)
    names = ", ".join(cases(quick=True))
    made.add_argument(
        "cases", nargs="*", type=known, metavar="CASE", help=f"or how it begins, of {names}; all"
    )
    made.add_argument("--quick", action="store_true", help="small files and few: a rehearsal")
    made.add_argument("--folder", type=Path, default=roomy(ROOM), help="where to work; %(default)s")
    made.add_argument(
        "--program", action="append", dest="programs", help="measure it, or those that begin so"
    )
    return made


def known(name: str) -> str:
    if not any(case.startswith(name) for case in cases(quick=True)):
        raise argparse.ArgumentTypeError(f"there is no case {name}")
    return name


def environment(folder: str) -> str:
    command = ["stat", "--file-system", "--format=%T", folder]
    disk = subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    machine = f"Python {platform.python_version()} on {os.cpu_count()} cores, files on {disk}"
    return f"{versions()}; {machine}"


def chosen(beginnings: Sequence[str], *, quick: bool) -> list[Case]:
    return [
        case
        for name, case in cases(quick=quick).items()
        if name.startswith(tuple(beginnings) or "")
    ]


if __name__ == "__main__":
    main()
