from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

from opsplay.runner.cli import main
from played import lay


@dataclass(frozen=True)
class Checked:
    code: int
    out: str
    err: str

    @property
    def found(self) -> list[str]:
        """`line rule` of everything that is told."""
        heads = [line for line in self.err.splitlines() if line.endswith("]")]
        return [f"{head.split(':')[1]} {head.rpartition('[')[2][:-1]}" for head in heads]


Check: TypeAlias = Callable[..., Checked]


@pytest.fixture
def check(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Check:
    """Check a playbook that is written down here; other files lie in the folder by their names."""
    monkeypatch.chdir(tmp_path)

    def run(text: str, *arguments: str, **files: str) -> Checked:
        for name, content in {"site.yml": text, **files}.items():
            lay(tmp_path, name, content)
        code = main(["check", "site.yml", *arguments])
        out, err = capsys.readouterr()
        return Checked(int(code), out, err)

    return run
