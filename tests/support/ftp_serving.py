"""Our FTP server with one account, and its client."""

from __future__ import annotations

import ftplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from opsplay.tasks.servers import ftp_tls
from opsplay.tasks.servers.certificate import Certificate
from opsplay.tasks.servers.ftp import FtpServer, FtpServerOptions, FtpUser


@contextmanager
def served(files: Path, **options: Any) -> Iterator[FtpServer]:
    user = FtpUser(name="li", password="geheim", home=files, permissions="elradfmwMT")
    with FtpServer(FtpServerOptions(**{"users": [user], **options})) as server:
        yield server


@contextmanager
def client(server: FtpServer, password: str = "geheim") -> Iterator[ftplib.FTP]:
    with ftplib.FTP(timeout=60) as ftp:
        ftp.connect("127.0.0.1", server.port)
        ftp.login("li", password)
        yield ftp


def put(ftp: ftplib.FTP, name: str, data: bytes = b"x", command: str = "STOR") -> str:
    with ftp.transfercmd(f"{command} {name}") as connection:
        connection.sendall(data)
    return ftp.voidresp()


@contextmanager
def secure(server: FtpServer, certificate: Certificate) -> Iterator[ftplib.FTP_TLS]:
    context = ssl.create_default_context(cafile=str(certificate.ca_file))
    with ftplib.FTP_TLS(context=context, timeout=60) as ftp:
        ftp.connect("localhost", server.port)
        ftp.auth()
        ftp.login("li", "geheim")
        ftp.prot_p()
        yield ftp


def tls(certificate: Certificate, *, required: bool = True) -> ftp_tls.FtpTls:
    context = ftp_tls.context(certificate.cert_file, certificate.key_file)
    return ftp_tls.FtpTls(context, required=required)
