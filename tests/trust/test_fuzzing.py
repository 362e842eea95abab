"""What others wrote never crashes us: the saved corpus, and a short run of the fuzzer from it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_ROOT = Path(__file__).parents[2]
_CORPUS = _ROOT / "fuzz/corpus"


@pytest.mark.parametrize("target", sorted(each.name for each in _CORPUS.iterdir()))
def test_a_short_run_from_the_corpus_finds_nothing(target: str, tmp_path: Path) -> None:
    fuzzed = subprocess.run(
        [sys.executable, "-m", "fuzz", target, "--seconds", "1", "--seed", "1"],
        cwd=tmp_path,
        env={"PYTHONPATH": f"{_ROOT}:{_ROOT / 'src'}", "TMPDIR": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert fuzzed.returncode == 0, fuzzed.stderr[-3000:]
    assert "stat::number_of_executed_units" in fuzzed.stderr
