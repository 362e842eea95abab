"""The command `opsplay`: an exit status from whatever happens, and words for what went wrong."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from .. import __version__


def main(argv: list[str] | None = None) -> int:
    """Do what the command line says; returns the exit status."""
    argv = sys.argv[1:] if argv is None else argv
    if argv == ["--version"]:
        # The one question that is asked often needs none of the rest.
        sys.stdout.write(f"opsplay {__version__}\n")
        return 0
    _open_closed_streams()
    return _do(argv)


def _do(argv: list[str]) -> int:
    from . import commands
    from .errors import ExitCode, OpsplayError, PlaybookError
    from .secrets import Secrets

    secrets = Secrets()
    try:
        return commands.do(argv, secrets)
    except PlaybookError as error:
        from .report import report

        told = report(error.problems, colour=commands.colour(sys.stderr))
        sys.stderr.write(secrets.mask_text(told))
        return error.exit_code
    except OpsplayError as error:
        from .terminal import printable

        sys.stderr.write(f"opsplay: {printable(secrets.mask_text(str(error)))}\n")
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("interrupted\n")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        from .terminal import silence

        silence(sys.stdout)
        return ExitCode.ERROR
    except Exception as error:  # noqa: BLE001  # it may say what nobody is to see
        from . import bugs

        sys.stderr.write(bugs.told(error, secrets))
        return ExitCode.ERROR


def _open_closed_streams() -> None:
    """Write to nowhere where a stream was closed (`>&-`)."""
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123  # open as long as we run
