"""Ask a person at a terminal: what is typed, and Ctrl+C, which asks in its turn what is meant.

Keys come one by one, as Ansible reads them too: without that, Ctrl+C would end the run.
"""

from __future__ import annotations

import codecs
import math
import os
import select
import sys
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from ..runner.task import Context, TaskError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from ..runner.task import Cancellation

_EARLY = "(ctrl+C then 'C' = continue early, ctrl+C then 'A' = abort)"
_WHAT_NOW = "Press 'C' to continue the play or 'A' to abort "
_TICK = 0.1
_INTERRUPT = "\x03"
_ENTER = "\r\n\x04"
_ERASE = "\x7f\b"


def terminal() -> int | None:
    """Standard input, if a person sits there; a job in the background would be stopped by it."""
    if not (sys.stdin and not sys.stdin.closed and sys.stdin.isatty()):
        return None
    descriptor = sys.stdin.fileno()
    try:
        return descriptor if os.tcgetpgrp(descriptor) == os.getpgrp() else None
    except OSError:
        # A terminal that controls no processes.
        return descriptor


def answer(descriptor: int, question: str, ctx: Context, *, echo: bool) -> str:
    """What is typed until Enter. Raises TaskError if it is to be given up."""
    typed = ""
    with _talking(descriptor) as screen:
        _show(screen, question)
        for key in _keys(descriptor, ctx.cancellation):
            if key == _INTERRUPT:
                _ask_what_now(descriptor, screen, ctx)
                return ""
            if key in _ENTER:
                break
            if key not in _ERASE:
                typed += key
                _show(screen, key if echo else "")
            elif typed:
                typed = typed[:-1]
                _show(screen, "\b \b" if echo else "")
        _show(screen, "\n")
    return typed


def wait(
    descriptor: int, announcement: str, prompt: str | None, seconds: float, ctx: Context
) -> None:
    """Wait, unless the person wants to go on. Raises TaskError if it is to be given up."""
    lines = [announcement, _EARLY, *([f"{prompt}:"] if prompt else [])]
    with _talking(descriptor) as screen:
        _show(screen, "".join(f"{line}\n" for line in lines))
        if _INTERRUPT in _keys(descriptor, ctx.cancellation, seconds):
            _ask_what_now(descriptor, screen, ctx)


def _ask_what_now(descriptor: int, screen: TextIO, ctx: Context) -> None:
    _show(screen, f"\n{_WHAT_NOW}\n")
    for key in _keys(descriptor, ctx.cancellation):
        if key in "cC":
            return
        if key in f"aA{_INTERRUPT}":
            raise TaskError("user requested abort!")


def _show(screen: TextIO, text: str) -> None:
    screen.write(text)
    screen.flush()


def _keys(descriptor: int, cancellation: Cancellation, seconds: float = math.inf) -> Iterator[str]:
    """The keys that are pressed, until the time is over or nobody sits there any more."""
    decoder = codecs.getincrementaldecoder("utf-8")("replace")
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        cancellation.check()
        if select.select([descriptor], [], [], min(left, _TICK))[0]:
            if not (pressed := os.read(descriptor, 1024)):
                return
            yield from decoder.decode(pressed)


@contextmanager
def _talking(descriptor: int) -> Iterator[TextIO]:
    """The screen, while keys are neither shown nor gathered into lines, and none is a signal."""
    import termios

    before = termios.tcgetattr(descriptor)
    wanted = [*before]
    wanted[3] &= ~(termios.ECHO | termios.ICANON | termios.ISIG)
    # Straight to the terminal: standard output may be a file, or hold JSON lines.
    with Path(os.ttyname(descriptor)).open("w", encoding="utf-8") as screen:
        # What was typed before the question is no answer to it.
        termios.tcsetattr(descriptor, termios.TCSAFLUSH, wanted)
        try:
            yield screen
        finally:
            termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
