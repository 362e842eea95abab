"""What is told of the unforeseen: what the system refuses, and bugs in opsplay itself.

Of a bug, where it is; in either case without the secrets of the run.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from . import system_faults
from .terminal import printable

if TYPE_CHECKING:
    from .secrets import Secrets


def told(error: BaseException, secrets: Secrets) -> str:
    """What the system refused, or the traceback, and whom to tell."""
    if words := system_faults.told(error):
        return f"opsplay: {printable(secrets.mask_text(words))}\n"
    from traceback import format_exception

    covered = printable(secrets.mask_text("".join(format_exception(error))))
    return f"{covered}opsplay: this is a bug in opsplay; please report it with the lines above\n"


@contextmanager
def of_threads_told(secrets: Secrets) -> Iterator[None]:
    """Cover secrets also where a thread dies of a bug while the body runs."""

    def tell(dead: threading.ExceptHookArgs) -> None:
        if dead.exc_value and not isinstance(dead.exc_value, SystemExit):
            sys.stderr.write(told(dead.exc_value, secrets))

    before, threading.excepthook = threading.excepthook, tell
    try:
        yield
    finally:
        threading.excepthook = before
