"""What ansible-playbook makes of a playbook, opsplay makes of it: of playbooks made by chance.

`SITES=100:400` or `FLOWS=100:400` runs others than those that are always run.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .both import ansible, opsplay
from .flow import Flow
from .site import Site


def _seeds(name: str, usual: str) -> range:
    first, _, last = os.environ.get(name, usual).partition(":")
    return range(int(first), int(last))


@pytest.mark.parametrize(
    ("kind", "seed"),
    [
        *((Site, seed) for seed in _seeds("SITES", "0:12")),
        *((Flow, seed) for seed in _seeds("FLOWS", "0:8")),
    ],
)
def test_what_is_made_by_chance_ends_as_with_ansible(
    tmp_path: Path, kind: type[Site | Flow], seed: int
) -> None:
    made = kind(tmp_path, seed)
    theirs, ours = ansible(tmp_path, made.arguments), opsplay(tmp_path, made.arguments)
    assert ours.transcript == theirs.transcript, ours.text
    assert ours.recap == theirs.recap
    assert ours.values == theirs.values
    assert ours.status == theirs.status
