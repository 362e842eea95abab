"""Lookups that run a command of the shell."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping
from typing import Any

from ..errors import LookupFailed
from . import LookupContext, lines_of


def pipe(terms: list[Any], _: Mapping[str, Any], *, context: LookupContext) -> list[str]:
    """What each command writes."""
    return [_output("pipe", str(term), context).rstrip() for term in terms]


def lines(terms: list[Any], _: Mapping[str, Any], *, context: LookupContext) -> list[str]:
    """The lines that each command writes."""
    return [line for term in terms for line in lines_of(_output("lines", str(term), context))]


def _output(lookup: str, command: str, context: LookupContext) -> str:
    done = subprocess.run(  # noqa: S602  # a shell is what the two are for
        command,
        shell=True,
        cwd=context.playbook_dir,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        check=False,
    )
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip()
        words = f"lookup_plugin.{lookup}({command}) returned {done.returncode}"
        raise LookupFailed(f"{words}: {said}" if said else words)
    return done.stdout.decode("utf-8", "surrogateescape")
