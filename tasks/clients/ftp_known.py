"""What the sessions of one account learn about their server, so that only the first has to ask."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING

from ...runner.dataclasses import dataclass, field

if TYPE_CHECKING:
    import ssl


class WantsNewerTls(Exception):
    """The server does not speak TLS 1.2 any more; from now on it is offered what we have."""


@dataclass(eq=False, repr=False)
class Known:
    """Lives as long as the run; nothing in it is worse than a wasted question when it is wrong."""

    features: Mapping[str, str] | None = None
    """What FEAT says; None until it was asked."""
    home: str = "/"
    passive_verb: str = ""
    """PASV or EPSV, whichever led to a data connection the last time."""
    list_option: str = "-a"
    """Some servers list dot files only so, others take it for a name."""
    time_form: int = 0
    """Which of the commands that set a time is the next to try, or the one that works."""
    keeps_times: bool = False
    """Whether one of them has worked."""
    resumes_uploads: bool = True
    """Whether REST is followed by STOR."""
    resumes_downloads: bool = True
    """Whether REST is followed by RETR."""
    takes_packets: bool = True
    """Whether several commands may arrive at once: some servers forget all but the first."""
    reads_in_order: bool = False
    """Whether what is said while a file moves is kept until it has: others refuse it meanwhile."""
    reads_telnet: bool = False
    """Whether the byte 0xFF begins a command of Telnet unless it stands twice (RFC 854)."""
    most_sessions: int = 1000
    """How many the server lets in at a time, once it has refused one."""
    greets_within: float = 0.0
    """How many seconds a session has waited for its greeting, at most."""
    tls_context: ssl.SSLContext | None = None
    """Shared, because reading the system's authorities takes longer than a login."""
    certificate: bytes | None = None
    """What the server has shown and was verified as the account asks; where it speaks TLS 1.2."""
    is_near: bool = False
    """Whether a connection is made in no time, so that only the work for it counts."""
    told: set[str] = field(default_factory=set)
    """Warnings that were given once."""
    lock: threading.Lock = field(default_factory=threading.Lock)

    def is_news(self, warning: str) -> bool:
        """Whether this is said for the first time."""
        with self.lock:
            news = warning not in self.told
            self.told.add(warning)
        return news
