"""What tasks print, with `callback_result_format`."""

from __future__ import annotations

import re
from pathlib import Path
from textwrap import dedent, indent

import pytest

from opsplay.runner.cli import main


def shown(form: str, tasks: str, capsys: pytest.CaptureFixture[str], *switches: str) -> list[str]:
    """What the tasks print, without banners, errors and empty lines."""
    return [line for line in printed(form, tasks, capsys, *switches) if not _of_error(line)]


def _of_error(line: str) -> bool:
    return re.match(r"\[ERROR\]: |Origin: |\d+( |$)| +\^ column", line) is not None


def printed(form: str, tasks: str, capsys: pytest.CaptureFixture[str], *switches: str) -> list[str]:
    """What the tasks print, without banners and empty lines."""
    Path("site.yml").write_text("- tasks:\n" + indent(dedent(tasks), "    "))
    Path("opsplay.toml").write_text("no_journal = true\n")
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("OPSPLAY_CALLBACK_RESULT_FORMAT", form)
        main(["run", "site.yml", *switches])
    lines = capsys.readouterr().out.partition("\nPLAY RECAP")[0].splitlines()
    # How long a step took is told only if that was long.
    lines = [re.sub(r" \(\d+\.\d\ds\)$", "", line) for line in lines]
    return [line for line in lines if line and not line.startswith(("PLAY", "TASK", "No config"))]
