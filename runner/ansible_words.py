"""What is said before a run and in it, in the words that Ansible's users and their scripts know."""

from __future__ import annotations

from collections.abc import Sequence

WHATEVER = frozenset({"noop", "refresh_inventory", "reset_connection"})
"""Words of `meta` that are obeyed whatever a condition says."""
_INVALID = frozenset({"fail", "group_by", "set_stats"})
_MODULES = {
    "assemble": "ansible.legacy.assemble",
    "command": "ansible.legacy.command",
    "copy": "ansible.legacy.copy",
    "shell": "ansible.legacy.command",
    "uri": "ansible.legacy.uri",
}
"""What Ansible calls steps that are run by another."""


def unconditional(word: str) -> str:
    """Of a condition on a word of `meta` that is obeyed whatever it says."""
    return f"{word} task does not support when conditional"


def not_for_free(keyword: str) -> str:
    """Of a keyword about all hosts where each of them goes its own way."""
    return (
        f"Using {keyword} with the free strategy is not supported, as tasks are executed"
        " independently on each host"
    )


def unheard(name: str) -> str:
    """Of a handler that is notified and is not there."""
    return (
        f"The requested handler '{name}' was not found in either the main handlers list nor in the"
        " listening handlers list"
    )


def ending(version: str = "2.23", source: str = "") -> str:
    """Of what Ansible gives up."""
    of = f"{source} in " if source else ""
    return f"This feature will be removed from {of}ansible-core version {version}."


def unsupported(step: str, names: Sequence[str], supported: str = "") -> str:
    """Of arguments that a step does not take; `supported` lists those that it does."""
    listed = ", ".join(sorted(names))
    if step == "include_vars":
        return f"{listed} is not a valid option in include_vars"
    if step in _INVALID:
        return f"Invalid options for {step}: {listed}"
    told = f"Unsupported parameters for ({_MODULES.get(step, step)}) module: {listed}"
    return f"{told}. Supported parameters include: {supported}." if supported else told
