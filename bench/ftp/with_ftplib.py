"""Copy a tree with Python's ftplib over one connection."""

from __future__ import annotations

import argparse
import ftplib
import os
import ssl
from contextlib import suppress
from pathlib import Path, PurePosixPath
from typing import Any, cast

BLOCK = 256 * 1024


class SessionReusing(ftplib.FTP_TLS):
    """Its data connections go on with the TLS session of the control connection."""

    def ntransfercmd(self, cmd: str, rest: int | str | None = None) -> tuple[ssl.SSLSocket, Any]:
        plain, size = ftplib.FTP.ntransfercmd(self, cmd, rest)
        session = cast("ssl.SSLSocket", self.sock).session
        return self.context.wrap_socket(plain, server_hostname=self.host, session=session), size


def main() -> None:
    options = parser().parse_args()
    with connected(options) as ftp:
        copy = upload if options.direction == "up" else download
        copy(ftp, options.local, options.remote)


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(description=__doc__)
    made.add_argument("direction", choices=["up", "down"])
    made.add_argument("local", type=Path)
    made.add_argument("remote")
    for name in ("host", "user", "password"):
        made.add_argument(f"--{name}")
    made.add_argument("--port", type=int)
    made.add_argument("--ca-file")
    return made


def connected(options: argparse.Namespace) -> ftplib.FTP:
    ftp = ftplib.FTP()
    if options.ca_file:
        ftp = SessionReusing(context=ssl.create_default_context(cafile=options.ca_file))
    ftp.connect(options.host, options.port)
    ftp.login(options.user, options.password)
    if isinstance(ftp, ftplib.FTP_TLS):
        ftp.prot_p()
    return ftp


def upload(ftp: ftplib.FTP, local: Path, remote: str) -> None:
    for folder, _, names in os.walk(local):
        there = PurePosixPath(remote, Path(folder).relative_to(local))
        with suppress(ftplib.error_perm):
            ftp.mkd(str(there))
        for name in names:
            with (Path(folder) / name).open("rb") as file:
                ftp.storbinary(f"STOR {there}/{name}", file, BLOCK)


def download(ftp: ftplib.FTP, local: Path, remote: str) -> None:
    local.mkdir()
    lines: list[str] = []
    ftp.dir(remote, lines.append)
    for line in lines:
        name = line.split(maxsplit=8)[-1]
        if line.startswith("d"):
            download(ftp, local / name, f"{remote}/{name}")
        else:
            with (local / name).open("wb") as file:
                ftp.retrbinary(f"RETR {remote}/{name}", file.write, BLOCK)


if __name__ == "__main__":
    main()
