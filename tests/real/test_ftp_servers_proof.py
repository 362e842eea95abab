"""What was moved is proved to be there, and what is there already is not moved again."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path

from file_trees import OLD, tree, write
from ftp_steps import download, upload
from opsplay.runner.task import Context
from opsplay_processes import Opsplay
from real_ftp import Login, Servers

Contexts = Callable[..., Context]
ENOUGH = 1_000_000
SIZE = 4_000_000


def kill_half_way(opsplay: Opsplay, step: str, target: Path, login: Login) -> None:
    """Kill a run when a good part of the file has arrived."""
    arguments = {**login, "src": "large", "dest": "in/", "limit_rate": "4M"}
    task = {"name": "Move it", step: {**arguments, "password": str(login["password"])}}
    playbook = opsplay.output.with_name("playbook.yml")
    playbook.write_text(json.dumps([{"name": "Killed", "tasks": [task]}]))

    def is_half_there() -> bool:
        return any(path.stat().st_size > ENOUGH for path in target.glob(".opsplay-*"))

    assert opsplay.run(playbook, kill_when=is_half_there) == -9, opsplay.output.read_text()
    assert not (target / "large").exists()


def test_an_upload_goes_on_where_a_killed_one_stopped(
    contexts: Contexts, tmp_path: Path, servers: Servers, login: Login, opsplay: Opsplay
) -> None:
    sent = write(tmp_path / "large", os.urandom(SIZE)).read_bytes()
    kill_half_way(opsplay, "ftp_upload", servers.home / "in", login)
    seen: list[int] = []
    ctx = contexts(on_progress=lambda _what, done, *_: seen.append(done))
    upload(ctx, login, src="large", dest="in/")
    assert seen[0] > ENOUGH // 2
    assert tree(servers.home) == {"in": None, "in/large": sent}


def test_a_download_goes_on_where_a_killed_one_stopped(
    contexts: Contexts, tmp_path: Path, servers: Servers, login: Login, opsplay: Opsplay
) -> None:
    sent = write(servers.home / "large", os.urandom(SIZE)).read_bytes()
    kill_half_way(opsplay, "ftp_download", tmp_path / "in", login)
    seen: list[int] = []
    ctx = contexts(on_progress=lambda _what, done, *_: seen.append(done))
    download(ctx, login, src="large", dest="in/")
    assert seen[0] > ENOUGH // 2
    assert tree(tmp_path / "in") == {"large": sent}


def test_a_killed_upload_of_another_version_is_not_gone_on_with(
    ctx: Context, tmp_path: Path, servers: Servers, plain: Login, opsplay: Opsplay
) -> None:
    write(tmp_path / "large", os.urandom(SIZE))
    kill_half_way(opsplay, "ftp_upload", servers.home / "in", plain)
    sent = write(tmp_path / "large", os.urandom(SIZE), OLD + 10).read_bytes()
    upload(ctx, plain, src="large", dest="in/")
    assert tree(servers.home) == {"in": None, "in/large": sent}


def test_proftpd_proves_uploads_by_checksum(ctx: Context, tmp_path: Path, servers: Servers) -> None:
    sent = write(tmp_path / "a b", os.urandom(1000)).read_bytes()
    result = upload(
        ctx, servers.start("proftpd"), src="a b", dest="a b", verify_transfer="checksum"
    )
    files = result.data["files"]
    assert isinstance(files, list)
    assert files[0]["checksum"] == f"sha256:{hashlib.sha256(sent).hexdigest()}"


def test_an_upload_is_proved_by_reading_it_back(
    ctx: Context, tmp_path: Path, servers: Servers, login: Login
) -> None:
    sent = write(tmp_path / "a", os.urandom(1_000_000)).read_bytes()
    upload(ctx, login, src="a", dest="a", verify_transfer="readback")
    assert tree(servers.home) == {"a": sent}


def test_a_change_that_keeps_size_and_time_is_seen_by_what_is_in_the_file(
    ctx: Context, tmp_path: Path, servers: Servers, plain: Login
) -> None:
    write(tmp_path / "out/a", b"new")
    write(servers.home / "in/a", b"old")
    assert not upload(ctx, plain, src="out/", dest="in").changed
    assert upload(ctx, plain, src="out/", dest="in", compare="checksum").changed
    assert tree(servers.home) == {"in": None, "in/a": b"new"}
    assert not upload(ctx, plain, src="out/", dest="in", compare="checksum").changed
