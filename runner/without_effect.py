"""What is said of words that do nothing where they stand, in Ansible's words."""

from __future__ import annotations

WHATEVER = frozenset({"noop", "refresh_inventory", "reset_connection"})
"""Words of `meta` that are obeyed whatever a condition says."""


def unconditional(word: str) -> str:
    """What is said of a condition on one of them."""
    return f"{word} task does not support when conditional"


def not_for_free(keyword: str) -> str:
    """What is said of a keyword about all hosts where each of them goes its own way."""
    return (
        f"Using {keyword} with the free strategy is not supported, as tasks are executed"
        " independently on each host"
    )
