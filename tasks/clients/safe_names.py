"""Names that come from a server, before they become part of a local path."""

from __future__ import annotations

import re

from ...runner.task import TaskError

_LEADS_ELSEWHERE = re.compile(
    r"\.{0,2}"  # nothing, the folder itself, its parent
    r"|.*[/\0\r\n].*"
    r"|(?:.*\\)?\.\.(?:\\.*)?"  # the same on systems with backslashes
    r"|[A-Za-z]:(?:\\.*)?",
    re.DOTALL,
)


def safe_name(name: str) -> str:
    """Give `name` back if a file or folder may be called so, wherever it is put."""
    if _LEADS_ELSEWHERE.fullmatch(name):
        raise TaskError(f"the server names a file {name!r}: no local file may be called so")
    return name
