"""opsplay on a terminal, where somebody answers what it asks."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable

_SPAWN = "import pty, sys; sys.exit(pty.spawn(sys.argv[1:]))"


def on_a_terminal(*arguments: str, dialogue: Iterable[tuple[str, str]]) -> str:
    """Give all that is shown; each answer is typed when its question has been asked."""
    command = [sys.executable, "-c", _SPAWN, sys.executable, "-m", "opsplay", *arguments]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as process:
        assert process.stdin
        assert process.stdout
        shown = b""
        for question, answer in dialogue:
            shown += _read_until(process, question)
            process.stdin.write(f"{answer}\n".encode())
        return (shown + process.stdout.read()).decode().replace("\r\n", "\n")


def _read_until(process: subprocess.Popen[bytes], question: str) -> bytes:
    assert process.stdout
    shown = b""
    while not shown.endswith(question.encode()):
        read = process.stdout.read(1)
        assert read, shown.decode()
        shown += read
    return shown
