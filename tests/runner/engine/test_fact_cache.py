"""Facts that are kept in files from one run to the next."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from .conftest import Play

LEARNS = """
    - tasks:
        - set_fact: {kept: 1, cacheable: true}
        - set_fact: {lost: 2}
"""
TELLS = """
    - tasks:
        - {name: it, debug: {msg: "{{ [kept | default(0), lost | default(0)] }}"}}
"""


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ANSIBLE_CACHE_PLUGIN", "jsonfile")
    monkeypatch.setenv("ANSIBLE_CACHE_PLUGIN_CONNECTION", str(tmp_path / "facts"))
    return tmp_path / "facts"


def test_facts_are_there_in_the_next_run_but_no_other_variables(play: Play, cache: Path) -> None:
    play(LEARNS)
    assert json.loads((cache / "localhost").read_text()) == {"kept": 1}
    assert (cache / "localhost").stat().st_mode & 0o777 == 0o600
    assert play(TELLS).result("it")["msg"] == [1, 0]


def test_they_are_forgotten_when_they_are_old_or_flushed_or_cleared(
    play: Play, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    play(LEARNS)
    assert play(TELLS, "--flush-cache").result("it")["msg"] == [0, 0]
    play(LEARNS)
    os.utime(cache / "localhost", (1, 1))
    assert play(TELLS).result("it")["msg"] == [0, 0]
    play(LEARNS)
    play("- tasks: [meta: clear_facts]")
    assert play(TELLS).result("it")["msg"] == [0, 0]
    monkeypatch.setenv("ANSIBLE_CACHE_PLUGIN_TIMEOUT", "0")
    play(LEARNS)
    os.utime(cache / "localhost", (1, 1))
    assert play(TELLS).result("it")["msg"] == [1, 0]


def test_facts_that_were_only_read_are_not_written_again(play: Play, cache: Path) -> None:
    """They would never be old, and what another run has kept meanwhile would be lost."""
    play(LEARNS)
    theirs = f"echo '{{\"kept\": 2}}' > {cache}/localhost; touch -d '1 hour ago' {cache}/localhost"
    play(f"""
    - tasks:
        - shell: {json.dumps(theirs)}
    """)
    assert time.time() - (cache / "localhost").stat().st_mtime > 3000
    assert play(TELLS).result("it")["msg"] == [2, 0]


def test_what_is_no_file_of_facts_is_told_and_passed_over(play: Play, cache: Path) -> None:
    cache.mkdir()
    (cache / "localhost").write_text("[1")
    ran = play(TELLS)
    assert ran.result("it")["msg"] == [0, 0]
    assert "kept of localhost cannot be read" in ran.named("WarningGiven")[0]["text"]
    assert (cache / "localhost").read_text() == "[1"


def test_facts_that_cannot_be_kept_are_a_warning(play: Play, cache: Path) -> None:
    cache.write_text("a file")
    ran = play(LEARNS)
    assert ran.code == 0
    assert any("could not be kept" in each["text"] for each in ran.named("WarningGiven"))


def test_what_cannot_be_kept_leaves_nothing_behind(play: Play, cache: Path) -> None:
    (cache / "localhost").mkdir(parents=True)
    play(LEARNS)
    assert [path.name for path in cache.iterdir()] == ["localhost"]


def test_a_place_that_is_not_there_is_told_and_nothing_is_kept(
    play: Play, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_CACHE_PLUGIN", "redis")
    ran = play(LEARNS)
    assert ran.code == 0
    assert ran.named("WarningGiven")[0]["text"] == "Unable to load the cache plugin 'redis'."
    assert not cache.exists()


def test_without_a_folder_there_is_no_run(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANSIBLE_CACHE_PLUGIN_CONNECTION")
    assert play(TELLS).code == 5
