"""Where a mail server is, and how to log in to it."""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from typing import Literal

from ...runner.dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class MailAccount:
    """Hashable: connections are pooled by it."""

    host: str
    port: int
    user: str = ""
    password: str = field(default="", repr=False)
    tls: Literal["implicit", "starttls", "opportunistic", "none"] = "implicit"
    verify: bool = True
    ca_file: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    timeout: float = 30
    auth: str = ""
    """The SASL mechanism to use, by its name; empty for the best that is offered."""
    token: str = field(default="", repr=False)
    token_command: tuple[str, ...] = ()
    """A program, with its arguments, that prints an OAuth2 token; run when a login needs one."""
    helo: str = ""
    """How we call ourselves; empty for the machine's own name."""

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"

    @property
    def is_this_machine(self) -> bool:
        """Tell whether nobody on the way could listen."""
        if self.host.lower() == "localhost":
            return True
        try:
            return ip_address(self.host).is_loopback
        except ValueError:
            return False
