"""Measure opsplay beside ansible-core on the same playbooks; prints a table in Markdown."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from .cases import CASES, Case, debug, syntax_check
from .measure import Cost, measure

HEAD = """\
| | opsplay | CPU | memory | ansible-core | CPU | memory | times faster |
|---|--:|--:|--:|--:|--:|--:|--:|"""
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "ANSIBLE_LOCALHOST_WARNING": "false",
    "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
}
MICROSECONDS = 1_000_000


class Program(NamedTuple):
    """One of the two, and what stands between its name and its options."""

    path: Path
    subcommand: tuple[str, ...] = ()

    @property
    def version(self) -> str:
        shown = subprocess.run([self.path, "--version"], capture_output=True, text=True, check=True)
        return shown.stdout.partition("\n")[0]

    def cost(self, case: Case) -> Cost:
        """Run a case in a folder, and a home, of its own."""
        with tempfile.TemporaryDirectory() as folder:
            arguments = case(Path(folder))
            subcommand = () if arguments == ["--version"] else self.subcommand
            environment = {"PATH": os.environ["PATH"], "HOME": folder, **ENVIRONMENT}
            return measure([str(self.path), *subcommand, *arguments], environment)

    def cost_if_able(self, case: Case) -> Cost | None:
        """Run a case that the program may fail at: ansible-core gives up 100 variables deep."""
        with suppress(subprocess.CalledProcessError):
            return self.cost(case)
        return None


def main() -> None:
    options = parser().parse_args()
    ours = Program(Path(sys.executable).parent / "opsplay", ("run",))
    theirs = Program(options.peer / "ansible-playbook") if options.peer else None
    programs = ", ".join(program.version for program in (ours, theirs) if program)
    print(f"{programs}; Python {platform.python_version()} on {os.cpu_count()} cores\n\n{HEAD}")
    for name in options.cases or CASES:
        title, case = CASES[name]
        print(row(title, ours.cost(case), theirs and theirs.cost_if_able(case)), flush=True)
    if not options.cases:
        print(f"\n{linearity(ours)}")


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    made.add_argument(
        "cases", nargs="*", type=known, metavar="CASE", help=f"of {', '.join(CASES)}; all"
    )
    made.add_argument("--peer", type=Path, metavar="FOLDER", help="where ansible-playbook lies")
    return made


def known(name: str) -> str:
    if name not in CASES:
        raise argparse.ArgumentTypeError(f"there is no case {name}")
    return name


def row(title: str, ours: Cost, theirs: Cost | None) -> str:
    others = cells(theirs) if theirs else ["–"] * 3
    ratio = f"{theirs.wall / ours.wall:.1f}" if theirs else "–"
    return f"| {' | '.join([title, *cells(ours), *others, ratio])} |"


def cells(cost: Cost) -> list[str]:
    return [f"{cost.wall:.2f} s", f"{cost.cpu:.2f} s", f"{cost.memory:.0f} MB"]


def linearity(program: Program) -> str:
    """Tell what one task more costs in a small and in a large playbook, less the start-up."""
    return "\n".join(
        f"{what}: {growth(program, make(1), make(1_000), 1_000)} µs a task in a playbook of 1,000, "
        f"{growth(program, make(1), make(10_000), 10_000)} µs in one of 10,000"
        for what, make in (("Run", debug), ("Check", syntax_check))
    )


def growth(program: Program, one: Case, many: Case, count: int) -> str:
    seconds = program.cost(many).cpu - program.cost(one).cpu
    return f"{seconds / count * MICROSECONDS:.0f}"


if __name__ == "__main__":
    main()
