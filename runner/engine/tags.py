"""Which steps `--tags` and `--skip-tags` let through."""

from __future__ import annotations

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from typing import NamedTuple


class Selection(NamedTuple):
    """Ansible's rules: `always` runs unless skipped, `never` only when named."""

    only: frozenset[str] = frozenset({"all"})
    skip: frozenset[str] = frozenset()

    @staticmethod
    def of(only: Iterable[str], skip: Iterable[str]) -> Selection:
        """The selection that the switches ask for; each may hold several tags with commas.

        As in Ansible, whoever asks for an empty tag asks for no task.
        """
        return Selection(_split(only) or frozenset(only) or frozenset({"all"}), _split(skip))

    def admits(self, tags: AbstractSet[str]) -> bool:
        return self._wanted(tags) and not self._skipped(tags)

    def _wanted(self, tags: AbstractSet[str]) -> bool:
        if "always" in tags:
            return True
        if "never" in tags:
            return not tags.isdisjoint(self.only)
        return (
            "all" in self.only
            or not tags.isdisjoint(self.only)
            or ("tagged" in self.only and _is_tagged(tags))
            or ("untagged" in self.only and not tags)
        )

    def _skipped(self, tags: AbstractSet[str]) -> bool:
        if "all" in self.skip:
            return "always" not in tags or "always" in self.skip
        return (
            not tags.isdisjoint(self.skip)
            or ("tagged" in self.skip and _is_tagged(tags))
            or ("untagged" in self.skip and not tags)
        )


def _is_tagged(tags: AbstractSet[str]) -> bool:
    """Whether it has tags; to be called untagged is to have none, as in Ansible."""
    return bool(tags) and tags != {"untagged"}


def _split(values: Iterable[str]) -> frozenset[str]:
    words = (word.strip() for value in values for word in value.split(","))
    return frozenset(word for word in words if word)
