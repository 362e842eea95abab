"""Wait a while, or until somebody answers."""

from __future__ import annotations

import os
import select
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from ..runner.task import Context, Range, Result, TaskError

if TYPE_CHECKING:
    from collections.abc import Iterator

SUPPORTS_CHECK = True
REPEAT = "harmless"
RUNS_ONCE = True
RETURNS = {
    "user_input": "What was typed.",
    "start": "When the wait began, in local time.",
    "stop": "When it ended.",
    "delta": "How many whole seconds it took.",
    "stdout": "The same in words.",
    "echo": "Whether what was typed could be seen.",
}
EXAMPLES = """\
- name: Give the server a moment
  pause:
    seconds: 2

- name: Ask before the mails go out
  pause:
    prompt: "Send {{ receivers | length }} mails? (yes/no)"
  register: answer

- name: Stop unless the answer is yes
  fail:
    msg: Nothing was sent.
  when: answer.user_input != "yes"
"""
_TICK = 0.1


@dataclass(frozen=True, kw_only=True)
class Params:
    seconds: Annotated[float | None, "How long to wait.", Range(0)] = None
    minutes: Annotated[float | None, "How long to wait.", Range(0)] = None
    prompt: Annotated[str | None, "What to ask. Without a time, the answer is waited for."] = None
    echo: Annotated[bool, "Show what is typed; false for passwords."] = True


def run(params: Params, ctx: Context) -> Result:
    if params.seconds is not None and params.minutes is not None:
        raise TaskError("parameters are mutually exclusive: minutes|seconds")
    start, began = datetime.now(), time.monotonic()  # noqa: DTZ005  # the person's own time
    answer, warnings = _wait(params, ctx)
    took = time.monotonic() - began
    unit, amount = ("seconds", took) if params.seconds is not None else ("minutes", took / 60)
    data = {
        "user_input": answer,
        "start": str(start),
        "stop": str(datetime.now()),  # noqa: DTZ005
        "delta": int(took),
        "echo": params.echo,
        "rc": 0,
        "stdout": f"Paused for {round(amount, 2)} {unit}",
        "stderr": "",
    }
    return Result(data=data, warnings=warnings)


def _wait(params: Params, ctx: Context) -> tuple[str, tuple[str, ...]]:
    seconds = _seconds(params)
    if seconds is not None:
        ctx.line(params.prompt or f"Pausing for {seconds:g} seconds")
        ctx.cancellation.sleep(seconds)
        return "", ()
    descriptor = _terminal()
    if descriptor is None:
        return "", ("Not waiting for response to prompt as stdin is not interactive",)
    return _ask(descriptor, params, ctx), ()


def _seconds(params: Params) -> float | None:
    if params.minutes is not None:
        return params.minutes * 60
    return params.seconds


def _terminal() -> int | None:
    """Standard input, if a person sits there; a job in the background would be stopped by it."""
    if not (sys.stdin and not sys.stdin.closed and sys.stdin.isatty()):
        return None
    descriptor = sys.stdin.fileno()
    try:
        return descriptor if os.tcgetpgrp(descriptor) == os.getpgrp() else None
    except OSError:
        # A terminal that controls no processes.
        return descriptor


def _ask(descriptor: int, params: Params, ctx: Context) -> str:
    hidden = "" if params.echo else " (output is hidden)"
    question = params.prompt or "Press enter to continue, Ctrl+C to interrupt"
    # Straight to the terminal: standard output may be a file, or hold JSON lines.
    tty = Path(os.ttyname(descriptor))
    with tty.open("w", encoding="utf-8") as terminal, _echo(descriptor, on=params.echo):
        terminal.write(f"{question}{hidden}: ")
        terminal.flush()
        while not select.select([descriptor], [], [], _TICK)[0]:
            ctx.cancellation.check()
        line = os.read(descriptor, 64 * 1024)
        if not params.echo:
            terminal.write("\n")
    return line.decode("utf-8", "replace").rstrip("\r\n")


@contextmanager
def _echo(descriptor: int, *, on: bool) -> Iterator[None]:
    import termios

    before = termios.tcgetattr(descriptor)
    wanted = [*before]
    if not on:
        wanted[3] &= ~termios.ECHO
    # What was typed before the question is no answer to it.
    termios.tcsetattr(descriptor, termios.TCSAFLUSH, wanted)
    try:
        yield
    finally:
        termios.tcsetattr(descriptor, termios.TCSADRAIN, before)
