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
from typing import NamedTuple, TypeAlias

from .cases import CASES, Case, debug, syntax_check
from .measure import Cost, measure

HEAD = """\
| | opsplay | CPU | memory | ansible-core | CPU | memory | times faster | … beyond one debug |
|---|--:|--:|--:|--:|--:|--:|--:|--:|"""
ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "ANSIBLE_LOCALHOST_WARNING": "false",
    "ANSIBLE_INVENTORY_UNPARSED_WARNING": "false",
}
MICROSECONDS = 1_000_000
LEAST = 0.2
"""As a share of the start: what comes on top and is less may be the machine's mood."""


Costs: TypeAlias = "tuple[Cost, Cost | None]"
"""Of opsplay and of ansible-core, if that is measured and able."""


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
    start = ours.cost(debug(1)), theirs and theirs.cost(debug(1))
    for name in options.cases or CASES:
        title, case = CASES[name]
        costs = ours.cost(case), theirs and theirs.cost_if_able(case)
        print(row(title, costs, start), flush=True)
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


def row(title: str, costs: Costs, start: Costs) -> str:
    ours, theirs = costs
    others = cells(theirs) if theirs else ["–"] * 3
    ratio = f"{theirs.wall / ours.wall:.1f}" if theirs else "–"
    return f"| {' | '.join([title, *cells(ours), *others, ratio, beyond(costs, start)])} |"


def beyond(costs: Costs, start: Costs) -> str:
    """Tell how many times faster all is that comes on top of one debug task."""
    (ours, theirs), (our_start, their_start) = costs, start
    if theirs is None or their_start is None:
        return "–"
    more, their_more = ours.wall - our_start.wall, theirs.wall - their_start.wall
    tells = more > LEAST * our_start.wall and their_more > 0
    return f"{their_more / more:.0f}" if tells else "–"


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
