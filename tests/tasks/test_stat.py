from __future__ import annotations

import hashlib
import os
import socket
import subprocess
from typing import TYPE_CHECKING, Any

import pytest

from opsplay.runner.task import Context, TaskError
from opsplay.tasks import stat
from programs import needs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def look(ctx: Context, path: str, **arguments: object) -> dict[str, Any]:
    result = stat.run(stat.Params(path=path, **arguments), ctx)  # type: ignore[arg-type]
    assert not result.changed
    found = result.data["stat"]
    assert isinstance(found, dict)
    return found


def test_a_file_is_described(ctx: Context, tmp_path: Path) -> None:
    path = tmp_path / "报告 1.txt"
    path.write_bytes(b"12345")
    path.chmod(0o4751)
    os.utime(path, (1.5, 2.5))
    found = look(ctx, path.name)
    expected = {
        "exists": True,
        "path": str(path),
        "size": 5,
        "mode": "4751",
        "isreg": True,
        "isdir": False,
        "islnk": False,
        "isuid": True,
        "isgid": False,
        "rusr": True,
        "wgrp": False,
        "xoth": True,
        "atime": 1.5,
        "mtime": 2.5,
        "nlink": 1,
        "uid": os.getuid(),
        "readable": True,
        "executable": True,
        "checksum": hashlib.sha1(b"12345").hexdigest(),
    }
    assert expected.items() <= found.items()
    assert "lnk_source" not in found


def test_what_does_not_exist(contexts: Callable[..., Context], tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ctx = contexts(check=True)
    assert look(ctx, "nowhere") == look(ctx, "no/where") == {"exists": False}
    with pytest.raises(TaskError, match="Not a directory"):
        look(ctx, "file/below")


def test_a_folder_has_no_checksum(ctx: Context) -> None:
    found = look(ctx, ".")
    assert found["isdir"]
    assert "checksum" not in found


@pytest.mark.parametrize("algorithm", ["md5", "sha256", "sha512"])
def test_a_checksum_may_be_of_another_kind(ctx: Context, tmp_path: Path, algorithm: str) -> None:
    (tmp_path / "a").touch()
    found = look(ctx, "a", checksum_algorithm=algorithm)
    assert found["checksum"] == hashlib.new(algorithm).hexdigest()


def test_a_checksum_may_be_spared(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    assert "checksum" not in look(ctx, "a", get_checksum=False)


def test_a_link_and_what_it_points_to(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").write_text("x")
    (tmp_path / "link").symlink_to("a")
    link, target = look(ctx, "link"), look(ctx, "link", follow=True)
    assert (link["islnk"], link["lnk_target"], link["lnk_source"]) == (
        True,
        "a",
        str(tmp_path / "a"),
    )
    assert "checksum" not in link
    assert (target["islnk"], target["isreg"], target["size"]) == (False, True, 1)


def test_a_slash_at_the_end_means_the_folder_that_a_link_leads_to(ctx: Context) -> None:
    ctx.path("folder").mkdir()
    ctx.path("link").symlink_to("folder")
    assert look(ctx, "link")["islnk"]
    assert look(ctx, "link/")["isdir"]
    assert look(ctx, "link/")["path"] == f"{ctx.path('link')}/"


def test_a_link_to_nowhere(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    assert look(ctx, "link")["islnk"]
    assert look(ctx, "link", follow=True) == {"exists": False}


def test_a_pipe_and_a_socket_are_not_read(ctx: Context, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert look(ctx, "pipe")["isfifo"]
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        assert look(ctx, "socket")["issock"]


def test_what_the_system_refuses_is_said_in_words(ctx: Context) -> None:
    with pytest.raises(TaskError, match="File name too long"):
        look(ctx, "n" * 300)


def test_what_another_program_knows_is_told_unless_it_is_not_to_be_asked(
    contexts: Callable[..., Context], tmp_path: Path
) -> None:
    program = tmp_path / "file"
    program.write_text("#!/bin/sh\necho 'text/plain; charset=us-ascii'\n")
    program.chmod(0o755)
    (tmp_path / "a").touch()
    ctx = contexts(environment={"PATH": f"{tmp_path}:/bin"})
    found = look(ctx, "a")
    assert (found["mimetype"], found["charset"]) == ("text/plain", "us-ascii")
    assert "mimetype" not in look(ctx, "a", get_mime=False)
    # As it prints it of a link that leads nowhere.
    program.write_text("#!/bin/sh\necho 'inode/symlink'\n")
    found = look(ctx, "a")
    assert (found["mimetype"], found["charset"]) == ("unknown", "unknown")


def test_without_that_program_nothing_is_known(
    contexts: Callable[..., Context], tmp_path: Path
) -> None:
    (tmp_path / "a").touch()
    ctx = contexts(environment={"PATH": str(tmp_path)})
    assert look(ctx, "a")["mimetype"] == "unknown"


@needs("lsattr")
def test_attributes_are_told_as_lsattr_tells_them(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    said = subprocess.run(
        ["lsattr", "-vd", tmp_path / "a"], capture_output=True, text=True, check=False
    )
    version, letters = said.stdout.split()[:2] if said.returncode == 0 else (None, "")
    found = look(ctx, "a")
    assert (found["version"], found["attr_flags"]) == (version, letters.replace("-", ""))
    assert ("extents" in found["attributes"]) == ("e" in letters)
    assert "attributes" not in look(ctx, "a", get_attributes=False)


def test_a_link_has_no_attributes_of_its_own(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "link").symlink_to("a")
    assert look(ctx, "link", follow=True)["attributes"] == []


@pytest.mark.skipif(os.geteuid() != 0, reason="root gives files away")
def test_a_name_that_nobody_knows_is_not_told(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    os.chown(tmp_path / "a", 4_000_001, 4_000_002)
    found = look(ctx, "a")
    assert (found["uid"], found["gid"]) == (4_000_001, 4_000_002)
    assert not {"pw_name", "gr_name"} & found.keys()


@pytest.mark.parametrize("path", ["", None])
def test_an_empty_path_is_nothing(ctx: Context, path: str | None) -> None:
    assert stat.run(stat.Params(path=path), ctx).data == {"stat": {"exists": False}}
