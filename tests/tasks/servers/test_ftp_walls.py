"""Nothing that a client says leads out of its home."""

from __future__ import annotations

import ftplib
import os
from contextlib import suppress
from pathlib import Path

import pytest

from ftp_serving import client, put, served


@pytest.mark.parametrize(
    "command",
    [
        *("CWD out", "RETR out/secret", "MLST out/secret", "MLSD out", "RETR secret"),
        *("STOR out/new", "STOR secret", "APPE secret", "STOU out/new", "MKD out/new"),
        *("DELE out/secret", "RMD out", "RNFR out/secret", "SITE CHMOD 777 secret"),
        *("MFMT 20200101000000 secret", "RETR ../outside/secret", "RETR /../outside/secret"),
        *("CWD ..\\..", "SIZE out/secret"),
    ],
)
def test_nothing_leads_out_of_a_home(files: Path, tmp_path: Path, command: str) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret").write_text("secret")
    (files / "out").symlink_to(outside)
    (files / "secret").symlink_to(outside / "secret")
    before = {path.name: path.stat() for path in outside.iterdir()}
    with served(files) as server, client(server) as ftp:
        ftp.voidcmd("TYPE I")
        ftp.makepasv()
        with pytest.raises(ftplib.Error, match=r"outside|No such|not retrievable"):
            ftp.sendcmd(command)
    assert {path.name: path.stat() for path in outside.iterdir()} == before


def test_a_file_cannot_be_renamed_to_somewhere_outside(files: Path, tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (files / "out").symlink_to(tmp_path / "outside")
    with served(files) as server, client(server) as ftp:
        put(ftp, "a")
        with pytest.raises(ftplib.error_perm, match="outside the user's root"):
            ftp.rename("a", "out/a")
    assert (files / "a").exists()


def test_a_named_pipe_does_not_stop_the_server(files: Path) -> None:
    os.mkfifo(files / "pipe")
    with served(files) as server, client(server) as ftp:
        with suppress(ftplib.Error):
            ftp.retrbinary("RETR pipe", lambda _: None)
        with pytest.raises(ftplib.error_perm, match="550"):
            put(ftp, "pipe")
        assert ftp.nlst() == ["pipe"]
