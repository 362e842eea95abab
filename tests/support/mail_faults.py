"""What the scripted SMTP, POP3 and IMAP servers share: they behave well until they are told not to.

    with SmtpFaults(Fault("RCPT", reply("451 Later"))) as server:
        ...                              # a client at 127.0.0.1:server.port, user li, geheim
        assert server.heard("RCPT") == ["TO:<a@x.org>", "TO:<a@x.org>"]

A `Fault` is what happens to a command, once, `times=N` times or `ALWAYS`, if the argument holds
`about`, and not before it was met `after` times. `verb` is the command's, or

    CONNECT   the greeting
    =         what answers the challenge of a login
    .         the end of a mail's text (SMTP)
    LITERAL   a literal that waits for its go-ahead (IMAP)

`do` gets the session and the work, and gives the bytes that are sent: `mail_fault_actions` holds
what a fault can do. What clients said is in `server.commands` as (session, verb, argument).
"""

from __future__ import annotations

import math
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeAlias, TypeVar

from listening import Heard, Listening
from opsplay.tasks.servers.certificate import Certificate

if TYPE_CHECKING:
    from mail_fault_session import Session

Work: TypeAlias = Callable[[], bytes]
Action: TypeAlias = "Callable[[Session, Work], bytes]"

S = TypeVar("S", bound="FaultServer")

ALWAYS = math.inf


@dataclass(frozen=True)
class Fault:
    verb: str
    do: Action
    times: float = 1
    about: str = ""
    after: int = 0


def always(verb: str, do: Action, about: str = "") -> Fault:
    return Fault(verb, do, times=ALWAYS, about=about)


@dataclass(frozen=True, kw_only=True)
class Options:
    user: str = "li"
    password: str = "geheim"
    token: str = "t0ken"
    mechanisms: Sequence[str] = ("PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER")
    without: frozenset[str] = frozenset()
    """What the server neither offers nor does."""
    offers: Sequence[str] = ()
    """What it offers besides; whether it keeps the promise is another question."""
    certificate: Certificate | None = None
    implicit: bool = False


class FaultServer(Listening["Session"]):
    """A server of one protocol; `session` makes its end of a dialogue."""

    session: Callable[[socket.socket, int], Session]

    def __init__(self, faults: Sequence[Fault], options: Options) -> None:
        super().__init__()
        self.options = options
        self._met = dict.fromkeys(faults, 0)

    def _session(self, sock: socket.socket, number: int) -> Session:
        return self.session(sock, number)

    def _talk(self, session: Session) -> None:
        session.run()

    def verbs(self) -> list[str]:
        """Give the verbs of the whole dialogue, in order."""
        return [command.verb for command in self.commands]

    # For sessions ------------------------------------------------------------------------------

    def take(self, session: int, verb: str, argument: str) -> list[Action]:
        """Note a command, and give what befalls it."""
        with self._lock:
            self.commands.append(Heard(session, verb, argument))
            return [fault.do for fault in self._met if self._meets(fault, verb, argument)]

    def _meets(self, fault: Fault, verb: str, argument: str) -> bool:
        if fault.verb != verb or fault.about not in argument:
            return False
        self._met[fault] += 1
        return 0 < self._met[fault] - fault.after <= fault.times

    def tls(self) -> ssl.SSLContext:
        certificate = self.options.certificate
        assert certificate, "the server was given no certificate"
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate.cert_file, certificate.key_file)
        return context


class Serve(Protocol):
    """Starts a server for the test that asks; what it heard is shown beside a failure."""

    def __call__(self, server: S) -> S: ...
