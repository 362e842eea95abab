"""Lines of standard input, taken byte by byte: what is behind a line is left to who reads next.

`sys.stdin` would take along all that a script has written by then, and who waits for more, or hands
standard input on to a program, would wait in vain.
"""

from __future__ import annotations

import os
import select
import sys
from collections.abc import Callable

from .errors import UsageError

_SECONDS_BETWEEN_LOOKS = 0.2


def read_line(given_up: Callable[[], object] = lambda: False) -> str:
    """The next line with its end; nothing where there is no more, or who waits has given up.

    Where Ctrl-C is counted, it raises nothing here: to look at the count is to give up. Raises
    UsageError for bytes that are no text.
    """
    line = bytearray()
    while not line.endswith(b"\n"):
        if given_up():
            return ""
        if select.select([sys.stdin], [], [], _SECONDS_BETWEEN_LOOKS)[0]:
            if not (byte := os.read(sys.stdin.fileno(), 1)):
                break
            line += byte
    try:
        return line.decode(sys.stdin.encoding, sys.stdin.errors or "strict")
    except UnicodeDecodeError as error:
        raise UsageError(f"what comes from stdin is no {sys.stdin.encoding.upper()}") from error
