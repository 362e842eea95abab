"""Runs that are stopped or killed at the worst of moments."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsplay.runner.engine.passage import Passage, Turn
from said import Opsplay, Write


def test_a_step_does_not_begin_if_the_run_is_stopped_just_before(
    opsplay: Opsplay, play: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Steps that tidy up after that are not claimed, and so this one is not, either."""
    begin = Passage.begin

    def stopped_before(passage: Passage, turn: Turn) -> None:
        passage._whole.batch.run.interrupt.stop()
        begin(passage, turn)

    Path("made").mkdir()
    play("- tempfile: {path: made}")
    with monkeypatch.context() as patched:
        patched.setattr(Passage, "begin", stopped_before)
        assert opsplay("run", "play.yml").code == 99
    assert opsplay("resume").code == 0
    assert len([*Path("made").iterdir()]) == 1
