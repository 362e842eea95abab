"""The folders that a case plays in: sources are made once, and each run finds what it should."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..measure import Cost
from ..rounds import Failed, attempt
from .cases import Case
from .programs import Job, Program
from .server import Server, vsftpd
from .trees import is_same, state

ARRIVALS = "in"
LIMIT = 40.0
"""Seconds after which a program is not waited for any longer."""


@dataclass(frozen=True)
class Stage:
    """`folder/home` is the server's; sources lie in it, and can be fetched from there as well."""

    folder: Path
    case: Case
    server: Server

    @property
    def source(self) -> Path:
        return self.server.home / self.case.tree.key

    @property
    def target(self) -> Path:
        return (self.server.home if self.case.direction == "up" else self.folder) / ARRIVALS

    def job(self, folder: Path) -> Job:
        up = self.case.direction == "up"
        local, remote = (self.source, self.target) if up else (self.target, self.source)
        return Job(self.case.direction, self.case.tree, local, remote.name, self.server, folder)

    def run(self, program: Program) -> Cost:
        """Run a program, in a folder and a home of its own, and look at what it has done."""
        if not self.case.unchanged:
            shutil.rmtree(self.target, ignore_errors=True)
        before = state(self.target)
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            run = program.run(self.job(Path(folder)))
            cost = attempt(run.command, Path(folder), LIMIT, run.environment)
        self.inspect(before)
        return cost

    def inspect(self, before: dict[str, tuple[int, int]]) -> None:
        if self.case.unchanged:
            again = dict(state(self.target).items() - before.items())
            if again:
                raise Failed(f"copies {len(again):,} files again")
        elif not is_same(self.source, self.target):
            raise Failed("what has arrived is not what there was")


@contextmanager
def staged(folder: Path, case: Case) -> Iterator[Stage]:
    home = folder / "home"
    home.mkdir(exist_ok=True)
    with vsftpd(folder, home, tls=case.tls) as server:
        stage = Stage(folder, case, server)
        if not stage.source.exists():
            case.tree.write(stage.source)
        shutil.rmtree(stage.target, ignore_errors=True)
        if case.unchanged:
            shutil.copytree(stage.source, stage.target)
        yield stage
        shutil.rmtree(stage.target, ignore_errors=True)
