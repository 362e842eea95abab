"""Steps that nobody may use: the file that `plugin_filters_cfg` names lists them, as in Ansible."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from . import source
from .errors import ExitCode, PlaybookError, Problem
from .nodes import MapNode, SeqNode

_VERSION = "1.0"
_NEEDED = (
    "but Ansible will not function without the stat module.  Please remove stat from the reject"
    " list."
)


def rejected(name: str, warn: Callable[[Problem], None]) -> frozenset[str]:
    """The names; a file that cannot be used is passed by. Raises PlaybookError for `stat`."""
    try:
        names = _listed(name)
    except (OSError, UnicodeDecodeError):
        warn(Problem(None, f"The plugin filter file, {name} does not exist. Skipping."))
        return frozenset()
    except PlaybookError as error:
        for problem in error.problems:
            warn(problem)
        return frozenset()
    if "stat" in names:
        told = f"The stat module was specified in the module reject list file, {name}, {_NEEDED}"
        raise PlaybookError([Problem(None, told, status=ExitCode.ERROR)])
    return names


def _listed(name: str) -> frozenset[str]:
    written = source.parse(Path(name).read_text("utf-8"), name).value
    names = written.get("module_rejectlist") if isinstance(written, MapNode) else None
    if not isinstance(written, MapNode) or str(written.get("filter_version")) != _VERSION:
        raise PlaybookError(
            [Problem(None, f"The plugin filter file, {name} was invalid. Skipping.")]
        )
    if not isinstance(names, SeqNode):
        told = f"Unable to parse the plugin filter file {name} as module_rejectlist is not a list."
        raise PlaybookError([Problem(None, f"{told} Skipping.")])
    return frozenset(map(str, names))
