"""What a person sees of a server that runs until Ctrl-C: where it is, and what its clients do."""

from __future__ import annotations

import time
from typing import TextIO

from ..events import Event, LineLogged, RunFinished, StepFinished, TaskStarted, WarningGiven
from ..terminal import Output, Paint, one_line, printable


class ServerLines:
    """Shows the first step of a run, and the lines that it goes on to tell."""

    def __init__(self, stream: TextIO, *, colour: bool = False) -> None:
        self._output = Output(stream)
        self._paint = Paint(on=colour)
        self._server: int | None = None
        self._serves = False

    def __call__(self, event: Event) -> None:
        match event:
            case TaskStarted() if self._server is None:
                self._server = event.task
            case StepFinished() if event.task == self._server:
                self._began(event)
            case LineLogged() if event.task == self._server:
                clock = time.strftime("%H:%M:%S", time.localtime(event.time))
                self._output.write(f"{self._paint(clock, 'dim')} {one_line(event.text)}\n")
            case WarningGiven():
                self._output.write(
                    self._paint(f"[WARNING]: {printable(event.text)}\n", "bright magenta")
                )
            case RunFinished() if self._serves:
                self._output.write("stopped\n")

    def _began(self, event: StepFinished) -> None:
        words = printable(str(event.result.get("msg", "")))
        self._serves = event.status in {"ok", "changed"}
        if self._serves:
            self._output.write(f"{words} (Ctrl-C stops it)\n")
            if ca_file := event.result.get("ca_file"):
                self._output.write(f"clients can check its certificate with {ca_file}\n")
        else:
            self._output.write(self._paint(f"FAILED: {words}\n", "red"))
