from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from played import Play


@pytest.mark.parametrize("data", ['"sum=1"', """'{"sum": 1}'""", "[sum]", "\"{{ 'sum=1' }}\""])
def test_nothing_else_stands_for_a_mapping(play: Play, data: str) -> None:
    played = play(f"- set_stats: {{data: {data}}}")
    assert played.code == 2
    assert "The 'data' option needs to be a dictionary/hash" in played.shown
