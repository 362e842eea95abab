"""Servers that allow less than is asked for: fewer connections, less room."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from file_trees import many_files, tree, write
from ftp_steps import download, upload
from opsplay.runner.task import Context, TaskError
from real_ftp import Servers


@pytest.mark.parametrize("most", [1, 2])
@pytest.mark.parametrize("tls", ["none", "explicit"])
def test_fewer_connections_are_used_where_fewer_are_allowed(
    ctx: Context, tmp_path: Path, servers: Servers, server_name: str, tls: str, most: int
) -> None:
    sent = many_files(tmp_path / "many", 30)
    login = servers.start(server_name, tls=tls, most_connections=most)
    upload(ctx, login, src="many/", dest=".", connections=4, retries=0)
    download(ctx, login, src=".", dest="back", connections=4, retries=0)
    assert tree(servers.home) == tree(tmp_path / "back") == sent


@pytest.mark.parametrize("atomic", [True, False])
def test_a_full_disk_is_told_and_leaves_no_half_file(
    ctx: Context, tmp_path: Path, servers: Servers, server_name: str, *, atomic: bool
) -> None:
    write(tmp_path / "large", b"1" * 3_000_000)
    with small_disk(servers.home):
        login = servers.start(server_name)
        with pytest.raises(TaskError, match=r"(?s)large.*(disk|quota).*full"):
            upload(ctx, login, src="large", dest="large", atomic=atomic, retries=0)
        assert tree(servers.home) == {}


@contextmanager
def small_disk(folder: Path) -> Iterator[None]:
    folder.mkdir(parents=True)
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("a small disk can only be mounted by root")
    try:
        yield
    finally:
        # The server still has its files open.
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
