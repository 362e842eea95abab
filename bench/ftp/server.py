"""vsftpd as Debian ships it, for as long as a case lasts, and how to log in to it."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from opsplay.tasks.servers.certificate import Certificate, make_certificate

HOST = "127.0.0.1"
USER = "anonymous"
PASSWORD = "geheim"  # noqa: S105 - it guards nothing
VSFTPD = shutil.which("vsftpd") or "/usr/sbin/vsftpd"

# Other accounts than anonymous would have to be accounts of the system. Without a chroot paths
# are relative to the home.
CONFIGURATION = """\
listen=YES
listen_address={host}
listen_port={port}
background=NO
run_as_launching_user=YES
seccomp_sandbox=NO
isolate=NO
isolate_network=NO
local_enable=NO
anonymous_enable=YES
secure_email_list_enable=YES
email_password_file={folder}/passwords
anon_root={home}
anon_umask=022
anon_world_readable_only=NO
write_enable=YES
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
allow_writeable_chroot=YES
secure_chroot_dir={folder}/empty
ssl_enable={tls}
allow_anon_ssl=YES
force_anon_logins_ssl={tls}
force_anon_data_ssl={tls}
ssl_ciphers=HIGH
rsa_cert_file={certificate.cert_file}
rsa_private_key_file={certificate.key_file}
"""


@dataclass(frozen=True)
class Server:
    """`ca_file` tells whom to trust where the server insists on TLS."""

    port: int
    home: Path
    ca_file: Path | None


@contextmanager
def vsftpd(folder: Path, home: Path, *, tls: bool) -> Iterator[Server]:
    """Start it with its own files in `folder`; without limits, and without a log."""
    with closing(socket.create_server((HOST, 0))) as free:
        port = free.getsockname()[1]
    certificate = make_certificate(folder)
    (folder / "empty").mkdir(exist_ok=True)
    (folder / "passwords").write_text(f"{PASSWORD}\n", "utf-8")
    (folder / "vsftpd.conf").write_text(configuration(folder, home, port, certificate, tls=tls))
    with subprocess.Popen([VSFTPD, str(folder / "vsftpd.conf")]) as process:
        try:
            wait_for(port, process)
            yield Server(port, home, certificate.ca_file if tls else None)
        finally:
            process.terminate()


def configuration(
    folder: Path, home: Path, port: int, certificate: Certificate, *, tls: bool
) -> str:
    return CONFIGURATION.format(
        host=HOST,
        port=port,
        folder=folder,
        home=home,
        certificate=certificate,
        tls="YES" if tls else "NO",
    )


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            socket.create_connection((HOST, port)).close()
        except ConnectionRefusedError:
            time.sleep(0.01)
        else:
            return
    raise SystemExit(f"vsftpd does not start, it exits with {process.returncode}")
