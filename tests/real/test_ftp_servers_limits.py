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


def test_a_full_disk_here_is_told_and_nothing_more_is_fetched(
    ctx: Context, tmp_path: Path, servers: Servers, server_name: str
) -> None:
    for number in range(100):
        write(servers.home / f"many/{number}", b"1" * 20_000)
    login = servers.start(server_name)
    with small_disk(tmp_path / "disk"):
        with pytest.raises(TaskError, match="No space left on device") as raised:
            download(ctx, login, src="many/", dest="disk", connections=2, retries=0)
        assert {len(data or b"") for data in tree(tmp_path / "disk").values()} == {20_000}
    failed = raised.value.data["failed_files"]
    assert isinstance(failed, list)
    assert len(failed) <= 2


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
