"""What `exception` says in a result that failed: Python's traceback, if a setting asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ..settings import Settings

# In Ansible's words: it registers them of every failure.
UNAVAILABLE = "(traceback unavailable)"
_MISSING = "(traceback missing)"
_CAUSE = "The above target exception was the direct cause of the following controller exception:"
_WANTED = frozenset({"always", "error"})


def of_failure(settings: Settings, result: dict[str, Any], error: Exception) -> dict[str, Any]:
    """The result with what the error tells, behind what a module has told itself."""
    if _WANTED.isdisjoint(settings.display_traceback):
        if "exception" in result:
            result["exception"] = UNAVAILABLE
        return result
    from traceback import format_exception

    here = "".join(format_exception(error))
    theirs = result.get("exception")
    result["exception"] = f"{str(theirs).rstrip()}\n\n{_CAUSE}\n\n{here}" if theirs else here
    return result


def without_error(settings: Settings) -> str:
    """Of a result that only the playbook's author calls a failure."""
    return UNAVAILABLE if _WANTED.isdisjoint(settings.display_traceback) else _MISSING
