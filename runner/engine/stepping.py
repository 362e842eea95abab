"""`--step`: the user is asked before every task."""

from __future__ import annotations

import sys
import threading
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .interrupt import Interrupt

_SECONDS_BETWEEN_LOOKS = 0.2


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
        sys.stderr.write(f"Perform task: {name} (N)o/(y)es/(c)ontinue: ")
        sys.stderr.flush()
        answer = line_of_input(interrupt).strip().lower()
        self.asks = answer not in ("c", "continue")
        return not self.asks or answer in ("y", "yes")


def line_of_input(interrupt: Interrupt) -> str:
    """What is typed; nothing once Ctrl-C was pressed, which raises no error here."""
    import select

    while sys.stdin and not interrupt.count:
        if select.select([sys.stdin], [], [], _SECONDS_BETWEEN_LOOKS)[0]:
            return sys.stdin.readline()
    return ""
