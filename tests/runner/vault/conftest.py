from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from opsplay.runner.cli import main
from vaulting import password_file


class Done(NamedTuple):
    code: int
    out: str
    err: str

    @property
    def all(self) -> str:
        return self.out + self.err


Opsplay = Callable[..., Done]


@pytest.fixture
def opsplay(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Opsplay:
    """Do what a command line says, in the test's folder."""
    monkeypatch.chdir(tmp_path)

    def do(*arguments: str) -> Done:
        code = main([*arguments])
        return Done(int(code), *capfd.readouterr())

    return do


@pytest.fixture
def vault(opsplay: Opsplay, tmp_path: Path) -> Opsplay:
    """Call `opsplay vault` with the password."""
    file = password_file(tmp_path)

    def do(action: str, *arguments: str) -> Done:
        return opsplay("vault", action, "--vault-password-file", file, *arguments)

    return do


@pytest.fixture
def stdin(monkeypatch: pytest.MonkeyPatch) -> io.BytesIO:
    data = io.BytesIO()
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(data))
    return data
