"""The file of `log_path`: what a run shows, each line with the time and who ran it."""

from __future__ import annotations

import io
import os
from datetime import datetime


class LogLines(io.TextIOBase):
    """A stream that adds lines to an open file as Ansible logs them; blank ones are left out."""

    def __init__(self, descriptor: int, user: str) -> None:
        self._who = f"p={os.getpid()} u={user} n=opsplay INFO"
        self._descriptor = descriptor

    def write(self, text: str) -> int:
        now = datetime.now().astimezone()
        time = f"{now:%Y-%m-%d %H:%M:%S},{now.microsecond // 1000:03}"
        lines = filter(None, map(str.rstrip, text.splitlines()))
        logged = "".join(f"{time} {self._who}| {line}\n" for line in lines)
        os.write(self._descriptor, logged.encode("utf-8", "backslashreplace"))
        return len(text)

    def fileno(self) -> int:
        return self._descriptor

    def close(self) -> None:
        """Nobody needs to call it: streams that are let go of do."""
        if not self.closed:
            super().close()
            os.close(self._descriptor)
