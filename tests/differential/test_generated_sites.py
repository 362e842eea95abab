"""What ansible-playbook makes of a playbook, opsplay makes of it: of playbooks made by chance.

`SITES=100:400` runs others than those that are always run.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .both import ansible, opsplay
from .site import Site

_FIRST, _, _LAST = os.environ.get("SITES", "0:12").partition(":")


@pytest.mark.parametrize("seed", range(int(_FIRST), int(_LAST)))
def test_a_site_made_by_chance_ends_as_with_ansible(tmp_path: Path, seed: int) -> None:
    site = Site(tmp_path, seed)
    theirs, ours = ansible(tmp_path, site.arguments), opsplay(tmp_path, site.arguments)
    assert ours.transcript == theirs.transcript, ours.text
    assert ours.recap == theirs.recap
    assert ours.values == theirs.values
    assert ours.status == theirs.status
