"""What is said of arguments a step does not take, in Ansible's words: scripts look for them."""

from __future__ import annotations

from collections.abc import Sequence

_INVALID = frozenset({"fail", "group_by", "set_stats"})
_MODULES = {
    "command": "ansible.legacy.command",
    "copy": "ansible.legacy.copy",
    "shell": "ansible.legacy.command",
    "uri": "ansible.legacy.uri",
}
"""What Ansible calls them that are run by another."""


def unsupported(step: str, names: Sequence[str], supported: str = "") -> str:
    """Of arguments of the step with this bare name; `supported` lists those that there are."""
    listed = ", ".join(names)
    if step == "include_vars":
        return f"{listed} is not a valid option in include_vars"
    if step in _INVALID:
        return f"Invalid options for {step}: {listed}"
    told = f"Unsupported parameters for ({_MODULES.get(step, step)}) module: {listed}"
    return f"{told}. Supported parameters include: {supported}." if supported else told
