"""What `opsplay check` tells, and the exit status that comes of it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from ..errors import ExitCode
from ..report import report
from ..terminal import printable
from . import check, fixing

if TYPE_CHECKING:
    from ..engine.tags import Selection
    from ..session import Session
    from .rule import Told


def do(session: Session, asked: Selection, *, fix: bool, strict: bool, colour: bool) -> int:
    """Check for meaning, mend what is sure if that is wanted, tell the rest."""
    found = check(session, asked)
    if fix:
        found = _mended(found)
    has_errors = any(told.rule.severity == "error" for told in found)
    if found:
        noun = "problem" if has_errors else "warning"
        mask = session.vault.secrets.mask_text
        sys.stdout.flush()
        problems = (told.problem for told in found)
        sys.stderr.write(report(problems, colour=colour, noun=noun, mask=mask))
    has_warnings = bool(found or session.warnings)
    return ExitCode.INVALID if has_errors or (strict and has_warnings) else ExitCode.OK


def _mended(found: list[Told]) -> list[Told]:
    """Mend what can be mended, and tell so; returns the rest."""
    removals = [told.finding.fix for told in found if told.finding.fix]
    done = fixing.remove(removals)
    for removal in done:
        sys.stdout.write(printable(f"{removal.place}: took out {removal.keyword}") + "\n")
    return [told for told in found if told.finding.fix not in done]
