"""The command `opsplay`: an exit status from whatever happens, and words for what went wrong."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from io import TextIOWrapper

from .. import __version__


def main(argv: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    argv = sys.argv[1:] if argv is None else argv
    if argv == ["--version"]:
        # The one question that is asked often needs none of the rest.
        sys.stdout.write(f"opsplay {__version__}\n")
        return 0
    _spare_collector()
    _ready_streams()
    _settle()
    return _do(argv)


def _do(argv: list[str]) -> int:
    from . import commands
    from .errors import ExitCode, OpsplayError, PlaybookError
    from .secrets import Secrets

    secrets = Secrets()
    try:
        code = commands.do(argv, secrets)
        sys.stdout.flush()
    except PlaybookError as error:
        from .report import report

        colour = commands.colour(sys.stderr)
        told = report(
            error.problems, colour=colour, mask=secrets.mask_text, as_ansible=error.as_ansible
        )
        return _end(secrets.mask_text(told), error.exit_code)
    except OpsplayError as error:
        from .terminal import printable

        who = "[ERROR]" if error.as_ansible else "opsplay"
        return _end(f"{who}: {printable(secrets.mask_text(str(error)))}\n", error.exit_code)
    except KeyboardInterrupt:
        return _end("interrupted\n", ExitCode.INTERRUPTED)
    except BrokenPipeError:
        return _end("", ExitCode.ERROR)
    except Exception as error:  # noqa: BLE001  # it may say what nobody is to see
        from . import bugs

        return _end(bugs.told(error, secrets), ExitCode.ERROR)
    return code


def _end(words: str, code: int) -> int:
    """Say the last words, as far as the streams take any."""
    for stream, text in ((sys.stdout, ""), (sys.stderr, words)):
        try:
            stream.write(text)
            stream.flush()
        except OSError:
            from .terminal import silence

            silence(stream)
    return code


def _spare_collector() -> None:
    """A start drops next to nothing, an end all there is: neither is worth a look for garbage."""
    gc.set_threshold(50_000, 10, 10)
    atexit.register(gc.freeze)


def _settle() -> None:
    """Let `~` mean something for a user whom nobody knows, as in a container."""
    if "HOME" not in os.environ:
        import pwd

        try:
            pwd.getpwuid(os.getuid())
        except KeyError:
            os.environ["HOME"] = "/"


def _ready_streams() -> None:
    """Let streams take any text, and wait for their readers; what was closed leads nowhere."""
    from contextlib import suppress

    sys.stdin = sys.stdin or _nothing()
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            # Another program may have left the terminal that we share as it needed it.
            os.set_blocking(stream.fileno(), True)
    if isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")


def _nothing() -> TextIOWrapper:
    return open(os.devnull, encoding="utf-8")  # noqa: PTH123  # open as long as we run


def _nowhere() -> TextIOWrapper:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123  # open as long as we run
