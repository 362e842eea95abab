"""Where an FTP server is, and how to log in to it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ...runner.dataclasses import dataclass, field

if TYPE_CHECKING:
    from .tls import Version


@dataclass(frozen=True, kw_only=True)
class FtpAccount:
    """Hashable: connections are pooled by it."""

    host: str
    port: int = 21
    user: str = "anonymous"
    password: str = field(default="", repr=False)
    tls: Literal["none", "explicit", "implicit"] = "none"
    verify: bool = True
    ca_file: Path | None = None
    client_cert: Path | None = None
    client_key: Path | None = None
    tls_min: Version = "1.2"
    encoding: str = "utf-8"
    passive: bool = True
    timeout: float = 60
    connect_timeout: float = 10

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.user}@{host}:{self.port}"
