"""What a program is told: a job, and the command line that does it."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple, TypeAlias

from .messages import Mails

BIN = Path(sys.executable).parent
BEGINNING = ", one mail"
PEERS = Path(".cache/mail-peers/bin").absolute()


@dataclass(frozen=True)
class Job:
    """Send `mails` to `port`, or fetch them from there into `folder/out`; `folder` is for notes."""

    mails: Mails
    port: int
    protocol: str
    folder: Path
    tls: str = "none"
    ca_file: Path = Path()
    """Who vouches for the server, if there is TLS."""

    @property
    def out(self) -> Path:
        return self.folder / "out"

    def note(self, name: str, text: str | bytes) -> str:
        """Write a file, for nobody else to read, as some programs want it."""
        file = self.folder / name
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        file.chmod(0o600)
        return str(file)


Run: TypeAlias = Callable[[Job], Sequence[str]]


@dataclass(frozen=True)
class Program:
    name: str
    run: Run
    most: int = 1_000_000
    """How many mails it can do in bearable time; its speed is that of these."""
    protocols: tuple[str, ...] = ("smtp", "pop3", "imap")
    has_tls: bool = True
    """Whether it is measured with TLS, too."""
    keeps: bool = True
    """Whether it keeps what it fetches."""
    is_compared: bool = False
    """Whether it is measured with one mail too, so that its start-up can be taken off."""

    @property
    def beginning(self) -> Program:
        """The same with one mail: what it costs to start, to connect and to log in."""
        return replace(self, name=f"{self.name}{BEGINNING}", most=1)


def script(name: str, python: Path = BIN) -> Run:
    """Let a script do it: with_NAME.py beside this file."""

    def run(job: Job) -> Sequence[str]:
        numbers = [str(job.port), str(job.mails.count), str(job.mails.size)]
        said = [job.protocol, *numbers, str(job.out), job.tls, str(job.ca_file)]
        return [str(python / "python"), "-m", f"bench.mail.with_{name}", *said]

    return run


class Given(NamedTuple):
    """What a script is given."""

    protocol: str
    port: int
    mails: Mails
    out: Path
    tls: str
    ca_file: Path

    @classmethod
    def from_command_line(cls) -> Given:
        protocol, port, count, size, out, tls, ca_file = sys.argv[1:]
        mails = Mails(int(count), int(size))
        return cls(protocol, int(port), mails, Path(out), tls, Path(ca_file))

    @property
    def context(self) -> ssl.SSLContext:
        """Trusts the server."""
        return ssl.create_default_context(cafile=self.ca_file)

    def keep(self, number: int, message: bytes) -> None:
        """Keep a mail that was fetched."""
        (self.out / f"{number}.eml").write_bytes(message)
