"""A handler that is notified and is not there, in the words that Ansible's users know."""

from __future__ import annotations


def unheard(name: str) -> str:
    """What is said of it, before a run and in it."""
    return (
        f"The requested handler '{name}' was not found in either the main handlers list nor in the"
        " listening handlers list"
    )
