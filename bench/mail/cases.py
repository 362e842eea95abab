"""What is measured: which mails, which way, and how far away the server is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from . import fetching, sending
from .messages import KIB, MIB, Mails
from .programs import Program

TITLES = {"smtp": "sent", "pop3": "fetched by POP3", "imap": "fetched by IMAP"}
WITH_TLS = {"none": "", "starttls": " with STARTTLS", "implicit": " over TLS"}


@dataclass(frozen=True)
class Case:
    mails: Mails
    protocol: str
    programs: tuple[Program, ...]
    distance: float = 0
    """How many seconds a round trip takes."""
    chunking: bool = False
    """Whether the server takes mails in chunks (RFC 3030)."""
    tls: str = "none"

    @property
    def measured(self) -> tuple[Program, ...]:
        """The programs, and the beginnings of those that are compared without."""
        compared = (one.beginning for one in self.programs if one.is_compared)
        return (*self.programs, *compared)

    @property
    def title(self) -> str:
        far = f", {self.distance * 1000:g} ms away" if self.distance else ""
        chunking = ", by a server with CHUNKING" if self.chunking else ""
        return f"{self.mails} {TITLES[self.protocol]}{WITH_TLS[self.tls]}{far}{chunking}"


def cases(*, quick: bool) -> Mapping[str, Case]:
    share = 20 if quick else 1
    small, large = Mails(1000 // share, 2 * KIB), Mails(100 // share, MIB)
    far = Case(Mails(100 // share, 2 * KIB), "smtp", sending.OVER_ONE_CONNECTION, distance=0.02)
    return {
        "send-small": Case(small, "smtp", sending.PROGRAMS),
        "send-large": Case(large, "smtp", sending.PROGRAMS),
        "send-far": far,
        "send-far-chunking": replace(far, chunking=True),
        **fetched("small", Mails(5000 // share, 4 * KIB)),
        **fetched("large", Mails(200 // share, MIB)),
        **fetched("small", Mails(5000 // share, 4 * KIB), "starttls"),
        **fetched("small", Mails(5000 // share, 4 * KIB), "implicit"),
        **fetched("large", Mails(200 // share, MIB), "implicit"),
    }


def fetched(name: str, mails: Mails, tls: str = "none") -> Mapping[str, Case]:
    ending = "" if tls == "none" else f"-{tls}"
    return {
        f"fetch-{name}-{protocol}{ending}": Case(
            mails, protocol, fetching.programs(protocol, tls), tls=tls
        )
        for protocol in ("pop3", "imap")
    }
