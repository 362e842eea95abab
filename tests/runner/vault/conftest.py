from __future__ import annotations

import io
import os
from collections.abc import Callable, Iterator
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
Piped = Callable[[bytes], object]


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


@pytest.fixture
def piped(monkeypatch: pytest.MonkeyPatch) -> Iterator[Piped]:
    """Put something into standard input, a pipe whose other end stays open."""
    reading, writing = os.pipe()
    with os.fdopen(reading, encoding="utf-8") as stdin, os.fdopen(writing, "wb", 0) as other_end:
        monkeypatch.setattr("sys.stdin", stdin)
        yield other_end.write
