"""`--step`: the user is asked before every task."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .interrupt import Interrupt


class Stepping:
    """Asks, one task at a time, until the user says that the rest of a play may go by itself."""

    def __init__(self, *, asks: bool) -> None:
        self.asks = self._wanted = asks
        self._lock = threading.Lock()

    def begin(self) -> None:
        """As in Ansible, each play is asked for again, and with `serial` each of its batches."""
        self.asks = self._wanted

    def wants(self, name: str, interrupt: Interrupt) -> bool:
        """Whether the task is to be done."""
        with self._lock:
            return self._answer(name, interrupt) if self.asks else True

    def _answer(self, name: str, interrupt: Interrupt) -> bool:
        from ..standard_input import read_line

        sys.stderr.write(f"Perform task: {name} (N)o/(y)es/(c)ontinue: ")
        sys.stderr.flush()
        answer = read_line(lambda: interrupt.count).strip().lower()
        self.asks = answer not in ("c", "continue")
        return not self.asks or answer in ("y", "yes")
