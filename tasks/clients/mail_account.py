"""Where a mail server is, and how to log in to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path
from typing import Literal


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
    timeout: float = 30

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
