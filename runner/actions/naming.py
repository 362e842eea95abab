"""Names that steps give to variables."""

from __future__ import annotations

from collections.abc import Iterable

from ..task import TaskError

# Templates mean something else by them.
_TAKEN = frozenset({"true", "false", "none", "True", "False", "None", "not"})


def check(names: Iterable[str]) -> None:
    """Raise TaskError, in Ansible's words, for the first that no variable may have."""
    for name in names:
        if not (name.isascii() and name.isidentifier()) or name in _TAKEN:
            msg = f"Task failed: Invalid variable name {name!r}."
            raise TaskError(msg, hint="use letters, digits and _, and no digit first")
