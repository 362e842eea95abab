"""An FTP server that behaves well until it is told not to, and tells what it was asked.

    with FaultServer(Fault("STOR", cut_data, at=1000)) as server:
        ...                              # a client at 127.0.0.1:server.port, user li, geheim
        assert server.heard("STOR") == ["/a", "/a"]
        assert server.tree.files == {"/a": b"..."}

What lies on the server is in memory: `server.tree.put("/in/a", b"data", mtime)`, `.files`,
`.folders`. What its clients said is in `server.commands` as (session, verb, argument).

A `Fault` is what happens to a command: `verb`, `do`, and the point where it happens: `at=BEFORE`
anything is done (left out), `at=N` bytes of data, or `at=END`, when all is done but nothing is told
yet. It happens once, `times=N` times or `ALWAYS`, to the commands whose argument holds `about`.
`Fault("CONNECT", reply("421 Later"))` is a greeting. `do` is one of

    reply("451 Later")       says this instead; during a transfer the data connection is broken off;
                             the control connection is closed after a 421
    last_words("226 Done")   says this, then closes the control connection
    cut_data                 resets the data connection, says 426
    cut_control              resets the control connection, and the data connection
    hang_up                  closes the control connection; the data goes on to its end
    stall                    does nothing more, until the client has gone
    lose                     loses the rest of the data, and says that all is well
    corrupt                  spoils the rest of the data, and says that all is well
    no_mark                  says no 150

or a function of its own, which may change `session.tree` and raise `Refused("426 Aborted")`.

What a server is like all the time is in `Options`.
"""

from __future__ import annotations

import math
import socket
import ssl
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from ftp_fault_actions import (
    Action,
    corrupt,
    cut_control,
    cut_data,
    hang_up,
    last_words,
    lose,
    no_mark,
    reply,
    stall,
)
from ftp_fault_commands import COMMANDS
from ftp_fault_session import BEFORE, END, Session
from ftp_fault_tree import OLD, Refused, Tree
from listening import Heard, Listening
from opsplay.tasks.servers.certificate import Certificate

__all__ = [
    "ALWAYS",
    "BEFORE",
    "END",
    "OLD",
    "Action",
    "Fault",
    "FaultServer",
    "Options",
    "Refused",
    "Session",
    "corrupt",
    "cut_control",
    "cut_data",
    "hang_up",
    "last_words",
    "lose",
    "no_mark",
    "reply",
    "stall",
]

ALWAYS = math.inf


@dataclass(frozen=True)
class Fault:
    verb: str
    do: Action
    at: int = BEFORE
    times: float = 1
    about: str = ""


@dataclass(frozen=True, kw_only=True)
class Options:
    user: str = "li"
    password: str = "geheim"
    encoding: str = "utf-8"
    greeting: str = "220 Hello"
    without: frozenset[str] = frozenset()
    """Verbs that the server does not know; without MLST it has no MLSD; UTF8 counts as a verb."""
    replaces: bool = True
    """Whether RNTO takes the place of a file that lies there."""
    restarts_uploads: bool = True
    """Whether STOR may go on after REST."""
    listing: Callable[[str], Iterable[str]] | None = None
    """The lines that MLSD and LIST tell about a folder, in place of the truth."""
    ignores_case: bool = False
    takes_packets: bool = True
    """Whether it hears more than the first of the commands that come in one packet."""
    most_sessions: float = math.inf
    too_many: str = "421 Too many connections"
    """What one session too many hears: a 421 as its greeting, anything else after its password."""

    passive_host: str = "127.0.0.1"
    withdraws: bool = False
    """Whether the port of a data connection is closed once the command for it is refused."""
    dead_ports: frozenset[str] = frozenset()
    """PASV or EPSV: they name ports where nobody listens."""
    advertise: Callable[[int], int] = int
    """What to make of the port of a data connection before it is told: a proxy's port, say."""

    certificate: Certificate | None = None
    implicit: bool = False
    tls_version: ssl.TLSVersion | None = None
    """The only version that is spoken."""
    tls_required: bool = False
    prot_required: bool = False
    reuse_required: bool = False
    close_notify: bool = True
    """Whether TLS connections are ended as they should be, or just closed."""

    @property
    def refuses_at_greeting(self) -> bool:
        return self.too_many.startswith("421")


class FaultServer(Listening[Session]):
    def __init__(self, *faults: Fault, options: Options | None = None) -> None:
        super().__init__()
        self.options = options or Options()
        self.tree = Tree(ignores_case=self.options.ignores_case)
        self.most_at_once = 0
        if self.options.certificate:
            self.tls = _context(self.options.certificate, self.options.tls_version)
        self._left = {fault: fault.times for fault in faults}
        self._admitted: set[Session] = set()

    # For sessions ------------------------------------------------------------------------------

    def admit(self, session: Session) -> None:
        with self._lock:
            if len(self._admitted) >= self.options.most_sessions:
                raise Refused(self.options.too_many)
            self._admitted.add(session)
            self.most_at_once = max(self.most_at_once, len(self._admitted))

    def note(self, session: Session, verb: str, argument: str) -> None:
        self.commands.append(Heard(session.number, verb, argument))

    def take(self, verb: str, argument: str) -> Sequence[Fault]:
        """Give the faults that this command meets."""
        with self._lock:
            met = [fault for fault in self._left if _is_about(fault, verb, argument)]
            met = [fault for fault in met if self._left[fault] > 0]
            for fault in met:
                self._left[fault] -= 1
            return met

    def forgive(self) -> None:
        """Behave well from here on."""
        with self._lock:
            self._left.clear()

    def _session(self, sock: socket.socket, number: int) -> Session:
        return Session(self, sock, number)

    def _talk(self, session: Session) -> None:
        try:
            session.run(COMMANDS)
        finally:
            self._admitted.discard(session)


def _is_about(fault: Fault, verb: str, argument: str) -> bool:
    return fault.verb == verb and fault.about in argument


def _context(certificate: Certificate, version: ssl.TLSVersion | None) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate.cert_file, certificate.key_file)
    if version:
        context.minimum_version = context.maximum_version = version
    return context
