"""The server that a case needs, and whether a program has done what it was told."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from ..measure import Cost
from ..rounds import Failed, attempt
from .cases import Case
from .distance import far
from .programs import Job, Program
from .servers import CA_FILE, PATH, chunking, dovecot, smtp_sink

LIMIT = 60.0
"""Seconds after which a program is not waited for any longer."""


@dataclass(frozen=True)
class Stage:
    folder: Path
    case: Case
    port: int
    received: Callable[[], int] | None
    """Counts what the server has taken; without, what lies in a job's folder is counted."""

    def run(self, program: Program) -> Cost:
        """Run a program in a folder and a home of its own; gives what a mail costs."""
        mails = self.case.mails.at_most(program.most)
        with tempfile.TemporaryDirectory(dir=self.folder) as folder:
            ca_file = self.folder / CA_FILE
            job = Job(mails, self.port, self.case.protocol, Path(folder), self.case.tls, ca_file)
            job.out.mkdir()
            before = self.received() if self.received else 0
            cost = attempt(program.run(job), job.folder, LIMIT, {"PATH": PATH})
            arrived = self.received() - before if self.received else kept(job.out)
        if program.keeps and arrived != mails.count:
            raise Failed(f"of {mails.count:,} mails {arrived:,} have arrived")
        return Cost(cost.wall / mails.count, cost.cpu / mails.count, cost.memory)


def kept(folder: Path) -> int:
    """Count mails: files, or where SMTP would have each in the one file that there is."""
    if (folder / "all").exists():
        return (folder / "all").read_bytes().count(b"\nDATA")
    return sum(file.is_file() and not file.name.startswith(".") for file in folder.rglob("*"))


@contextmanager
def staged(folder: Path, case: Case) -> Iterator[Stage]:
    with ExitStack() as stack:
        if case.protocol == "smtp":
            server = chunking if case.chunking else smtp_sink
            port, received = stack.enter_context(server(folder))
        else:
            ports = stack.enter_context(dovecot(folder, case.mails.write))
            ending = "s" if case.tls == "implicit" else ""
            port, received = ports[f"{case.protocol}{ending}"], None
        if case.distance:
            port = stack.enter_context(far(port, case.distance))
        yield Stage(folder, case, port, received)
