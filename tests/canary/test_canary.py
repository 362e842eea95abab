"""A secret goes through every step and every failure, and is nowhere in what the program wrote.

Each playbook here is run with every kind of output. `plain.json` holds the secret as a person may
keep it; it counts where a parameter is marked secret. `vault.yml` holds it encrypted; it counts
everywhere. What a playbook is told to write down goes into `out`, where nobody looks.
"""

from __future__ import annotations

import json
import os
import shutil
from base64 import b64encode, urlsafe_b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from canary import CANARY, SONG, files_that_sing, is_heard_in
from opsplay.runner.cli import main
from opsplay.runner.secrets import MASK
from vaulting import password_file, sealed
from web_serving import Asked, Reply, serving

HERE = Path(__file__).parent
PLAYBOOKS = sorted(path.stem for path in HERE.glob("*.yml"))
OUTPUTS = {
    "console": ("-vvv", "--diff"),
    "check": ("-v", "--check", "--diff"),
    "json": ("--output", "json", "--diff"),
    "quiet": ("--output", "quiet"),
}


@pytest.fixture(name="folder")
def _folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make a folder with the playbooks, and the secret in two files of variables."""
    folder = tmp_path / "here"
    shutil.copytree(HERE, folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    shutil.copytree(HERE / "task_modules", folder / "task_modules", dirs_exist_ok=True)
    values = json.dumps({"canary": CANARY})
    (folder / "plain.json").write_text(values)
    (folder / "vault.yml").write_text(sealed(values))
    (folder / "kept").write_text(CANARY)
    (folder / "out").mkdir()
    (tmp_path / "temporary").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.chdir(folder)
    return folder


@pytest.fixture(name="web")
def _web() -> Iterator[str]:
    """Start a server that lets nobody in, and says back whatever it was told."""

    def answer(asked: Asked) -> Reply:
        told = f"{asked.path}\n{dict(asked.headers)}\n".encode() + asked.body
        return Reply(told, 200 if asked.path.startswith("/echo") else 401)

    with serving(answer) as web:
        yield web.url


def run(playbook: str, folder: Path, web: str, *arguments: str) -> int:
    password = password_file(folder.parent)
    variables = ("-e", json.dumps({"web": web}))
    return int(
        main(["run", f"{playbook}.yml", "--vault-password-file", password, *variables, *arguments])
    )


@pytest.mark.parametrize("output", OUTPUTS)
@pytest.mark.parametrize("playbook", PLAYBOOKS)
def test_nothing_that_is_written_holds_the_secret(
    playbook: str, output: str, folder: Path, web: str, capfdbinary: Any
) -> None:
    code = run(playbook, folder, web, *OUTPUTS[output])
    out, err = capfdbinary.readouterr()
    shown = (out + err).decode()
    assert code == 0, shown
    assert not is_heard_in(out + err), shown
    assert MASK in shown or output == "quiet", shown
    shutil.rmtree(folder / "out")
    (folder / "plain.json").unlink()
    (folder / "kept").unlink()
    assert not files_that_sing(folder.parent, Path(os.environ["XDG_STATE_HOME"]))


@pytest.mark.parametrize("output", OUTPUTS)
def test_a_variable_that_the_settings_name_is_heard_nowhere(
    output: str, folder: Path, capfdbinary: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CANARY_KEY", CANARY)
    monkeypatch.setenv("OPSPLAY_SECRET_ENV", "CANARY_*")
    code = main(["run", "environment.yaml", *OUTPUTS[output]])
    out, err = capfdbinary.readouterr()
    assert code == 0, out + err
    assert not is_heard_in(out + err), out + err
    (folder / "plain.json").unlink()
    (folder / "kept").unlink()
    assert not files_that_sing(folder.parent, Path(os.environ["XDG_STATE_HOME"]))


def test_the_journal_tells_of_the_runs_without_the_secret(
    folder: Path, web: str, capfdbinary: Any
) -> None:
    run("values", folder, web)
    capfdbinary.readouterr()
    for asked in (["show", "latest", "-vvv"], ["show", "latest", "--json"], ["--json"]):
        assert main(["runs", *asked]) == 0
        out, err = capfdbinary.readouterr()
        assert out
        assert not is_heard_in(out + err)


@pytest.mark.parametrize(
    "data",
    [
        CANARY,
        f"a{CANARY}b",
        quote(CANARY, safe=""),
        "".join(f"%{byte:02x}" for byte in CANARY.encode()),
        *(b64encode(b"x" * before + SONG + b"yz").decode() for before in range(4)),
        urlsafe_b64encode(b"\xff\xfe" + CANARY.encode()).decode(),
        quote(b64encode(b"user:" + SONG).decode()),
        "\n".join(b64encode(b"x" * 50 + SONG + b"y" * 50).decode()[n : n + 76] for n in (0, 76)),
    ],
)
def test_whoever_looks_for_the_secret_finds_it(data: str, tmp_path: Path) -> None:
    (tmp_path / "file").write_text(f"some text: {data}!")
    assert is_heard_in(f"some text: {data}!".encode())
    assert files_that_sing(tmp_path) == [str(tmp_path / "file")]


def test_whoever_looks_for_the_secret_does_not_see_it_everywhere() -> None:
    assert not is_heard_in(SONG[:-1] + b64encode(SONG[1:]) + MASK.encode())
