"""What is told of a bug in opsplay itself: where it is, without the secrets of the run."""

from __future__ import annotations

import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from .terminal import printable

if TYPE_CHECKING:
    from .secrets import Secrets


def told(error: BaseException, secrets: Secrets) -> str:
    """The traceback, and whom to tell."""
    text = "".join(traceback.format_exception(error))
    covered = printable(secrets.mask_text(text))
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
