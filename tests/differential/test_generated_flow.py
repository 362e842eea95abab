"""Who does what after failures, as with ansible-playbook: of playbooks made by chance.

`FLOWS=100:400` runs others than those that are always run.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from .both import ansible, opsplay
from .flow import Flow

_FIRST, _, _LAST = os.environ.get("FLOWS", "0:8").partition(":")


@pytest.mark.parametrize("seed", range(int(_FIRST), int(_LAST)))
def test_failures_lead_where_they_lead_with_ansible(tmp_path: Path, seed: int) -> None:
    flow = Flow(tmp_path, seed)
    theirs, ours = ansible(tmp_path, flow.arguments), opsplay(tmp_path, flow.arguments)
    assert ours.transcript == theirs.transcript, ours.text
    assert ours.recap == theirs.recap
    assert ours.status == theirs.status
