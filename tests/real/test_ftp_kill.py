"""Runs that are killed at any moment, again and again, and the one that finishes their work."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from file_trees import Tree, tree, write
from opsplay_processes import Opsplay
from real_ftp import Login, Servers

KILLS = 25
"""For each direction and server."""
IN_A_ROW = 5
SERVERS = ["vsftpd", "proftpd"]


@pytest.mark.parametrize("server_name", SERVERS)
def test_killed_uploads_leave_no_half_file_and_are_finished_by_the_next(
    tmp_path: Path, servers: Servers, server_name: str, opsplay: Opsplay
) -> None:
    login = servers.start(server_name)
    chance, names = random.Random(1), map("in-{}".format, count())
    killed = 0
    while killed < KILLS:
        name = next(names)
        old, new = versions(tmp_path / name, servers.home / name, chance)
        playbook = write_playbook(
            tmp_path, "ftp_upload", login, src=f"{name}/", dest=name, limit_rate="20M"
        )
        killed += run_until_done(opsplay, playbook, chance, servers.home / name, old, new)


@pytest.mark.parametrize("server_name", SERVERS)
def test_killed_downloads_leave_no_half_file_and_are_finished_by_the_next(
    tmp_path: Path, servers: Servers, server_name: str, opsplay: Opsplay
) -> None:
    login = servers.start(server_name)
    chance, names = random.Random(2), map("out-{}".format, count())
    killed = 0
    while killed < KILLS:
        name = next(names)
        old, new = versions(servers.home / name, tmp_path / name, chance)
        playbook = write_playbook(
            tmp_path, "ftp_download", login, src=f"{name}/", dest=name, limit_rate="20M"
        )
        killed += run_until_done(opsplay, playbook, chance, tmp_path / name, old, new)


def test_killed_downloads_by_two_processes_are_finished_by_the_next(
    tmp_path: Path, servers: Servers, opsplay: Opsplay
) -> None:
    login = servers.start("vsftpd")
    chance = random.Random(3)
    for number in range(1500):
        write(servers.home / f"many/{number:04}", chance.randbytes(1000))
    new = tree(servers.home / "many")
    playbook = write_playbook(tmp_path, "ftp_download", login, src="many/", dest="many")
    target = tmp_path / "many"
    for part in (1, 200, 700, 1400):
        status = opsplay.run(playbook, kill_when=lambda: here(target) >= part)  # noqa: B023  # at once
        assert status in (-9, 0), opsplay.output.read_text()
        assert half_files(target, {}, new) == []
    assert opsplay.run(playbook) == 0, opsplay.output.read_text()
    assert tree(target) == new


def here(folder: Path) -> int:
    """Count the files that lie there under their names."""
    return sum(not path.name.startswith(".") for path in folder.glob("*"))


def versions(source: Path, target: Path, chance: random.Random) -> tuple[Tree, Tree]:
    """Make the tree to send, and where it goes an older one of half of the files."""
    for number in range(24):
        path = f"folder {number % 3}/{number}"
        write(source / path, chance.randbytes(2000))
        if number % 2:
            write(target / path, chance.randbytes(1900))
    write(source / "large", chance.randbytes(4_000_000))
    return tree(target), tree(source)


def write_playbook(folder: Path, step: str, login: Login, **given: str) -> Path:
    arguments = {**login, "password": str(login["password"]), **given}
    playbook = folder / "playbook.yml"
    task = {"name": "Move the tree", step: arguments}
    playbook.write_text(json.dumps([{"name": "Killed", "tasks": [task]}]))
    return playbook


def run_until_done(
    opsplay: Opsplay, playbook: Path, chance: random.Random, target: Path, old: Tree, new: Tree
) -> int:
    """Kill runs until one is quicker, a few at most; gives how many were killed."""
    killed = 0
    while killed < IN_A_ROW:
        status = opsplay.run(playbook, kill_when=after(chance.uniform(0.02, 0.5)))
        if not status:
            break
        assert status == -9, opsplay.output.read_text()
        assert half_files(target, old, new) == []
        killed += 1
    assert opsplay.run(playbook) == 0, opsplay.output.read_text()
    assert tree(target) == new
    return killed


def after(seconds: float) -> Callable[[], bool]:
    end = time.monotonic() + seconds
    return lambda: time.monotonic() > end


def half_files(target: Path, old: Tree, new: Tree) -> list[str]:
    """Name the files that are neither the old nor the new ones, but for those on their way.

    These are not even read: the server may still be at work on them.
    """
    lying = [path for path in target.rglob("*") if not path.name.startswith(".opsplay-")]
    files = {path.relative_to(target).as_posix(): path for path in lying if path.is_file()}
    return [
        name
        for name, path in files.items()
        if path.read_bytes() not in (old.get(name), new.get(name))
    ]
