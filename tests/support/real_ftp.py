"""The FTP servers of Debian, each started on a free port of 127.0.0.1 for the test that asks.

vsftpd
    It has no MLSD, takes times by MDTM, lists `LIST name` as ls would, demands that data
    connections go on with the TLS session of the control connection, and hides dot files. Its only
    account is `anonymous`, as others would need accounts of the system.
proftpd
    It demands the same of TLS sessions, and knows checksums.
pure-ftpd
    It can only be started by root, and shuts the account into its home. The account is nobody's:
    it takes none that is root's. It knows no implicit TLS.
ftp_server
    Our own, beside the others to be measured by the same specifications.

vsftpd and proftpd run as whoever runs the tests, and start at the home without being shut in.
"""

from __future__ import annotations

import os
import platform
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from OpenSSL import SSL

from free_ports import free_port
from opsplay.runner.dataclasses import replace
from opsplay.runner.task import Secret
from opsplay.tasks.servers import ftp_tls
from opsplay.tasks.servers.certificate import Certificate
from opsplay.tasks.servers.ftp import FtpServer, FtpServerOptions, FtpUser
from opsplay.tasks.servers.ftp_tls import FtpTls
from real_ftp_setup import PASSWORD, SETUPS, Setup, Site

Login: TypeAlias = dict[str, Any]

NAMES = (*SETUPS, "ftp_server")
_UNPACKED = Path(__file__).parents[2] / ".cache/debian"


class Servers:
    """Starts servers in a folder until the stack is closed; `home` is the account's."""

    def __init__(self, folder: Path, certificate: Certificate, stack: ExitStack) -> None:
        self.home = folder / "home"
        self._site = Site(folder=folder, certificate=certificate)
        self._stack = stack

    def start(self, name: str, **asked: Any) -> Login:
        """Start a server; gives the arguments that log in. What is asked are fields of `Site`."""
        return self._stack.enter_context(serve(name, replace(self._site, **asked)))


@contextmanager
def serve(name: str, site: Site) -> Iterator[Login]:
    """Run a server; gives the arguments that log in. Skips the test where it cannot be run."""
    site.home.mkdir(parents=True, exist_ok=True)
    if name == "ftp_server":
        with _our_own(site) as server:
            yield _login("li", server.port, site)
        return
    setup = SETUPS[name]
    port = free_port()
    with _running(_find(name, setup), setup, port, site):
        yield _login(setup.user, port, site)


def _login(user: str, port: int, site: Site) -> Login:
    login = {"host": "127.0.0.1", "port": port, "user": user, "password": Secret(PASSWORD)}
    secure = {"tls": site.tls, "ca_file": str(site.certificate.ca_file)}
    quick = {"timeout": 60, "retry_delay": 0.1}
    return {**login, **(secure if site.tls != "none" else {}), **quick}


def _find(name: str, setup: Setup) -> Path:
    places = f"{_UNPACKED / setup.package / 'usr/sbin'}:{os.environ['PATH']}:/usr/sbin"
    program = shutil.which(setup.program, path=places)
    if program is None:
        pytest.skip(f"{name} is not installed")
    if setup.needs_root and os.geteuid():
        pytest.skip(f"{name} can only be started by root")
    return Path(program)


@contextmanager
def _running(program: Path, setup: Setup, port: int, site: Site) -> Iterator[None]:
    arguments = setup.arguments(site, port, program.parents[2])
    environment = {**os.environ, **_environment(program, site)}
    process = subprocess.Popen([str(program), *arguments], env=environment, start_new_session=True)
    try:
        wait_for(port, process)
        yield
    finally:
        # The sessions too, which would go on without the one that listens.
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _environment(program: Path, site: Site) -> Mapping[str, str]:
    """Let a server find the libraries beside it, and bind OpenSSL to a version of TLS."""
    libraries = program.parents[1] / f"lib/{platform.machine()}-linux-gnu"
    openssl = site.folder / "openssl.cnf"
    limits = [f"{end}Protocol = {site.tls_version}" for end in ("Min", "Max") if site.tls_version]
    openssl.write_text("\n".join([_OPENSSL, *limits, ""]))
    return {"LD_LIBRARY_PATH": str(libraries), "OPENSSL_CONF": str(openssl)}


_OPENSSL = """\
openssl_conf = library
[library]
ssl_conf = tls
[tls]
system_default = versions
[versions]"""


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while not _is_open(port):
        if process.poll() is not None:
            pytest.fail(f"the server exits with {process.returncode}")
        time.sleep(0.01)


def _is_open(port: int) -> bool:
    """Look whether somebody listens, without knocking: the servers count who comes."""
    with closing(socket.socket()) as probe:
        # With this, only a socket that listens already is in the way, and ours is in nobody's.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
        return False


def _our_own(site: Site) -> FtpServer:
    user = FtpUser(
        name="li",
        password=PASSWORD,
        home=site.home,
        permissions="elradfmwMT" if site.writable else "elr",
    )
    return FtpServer(
        FtpServerOptions(
            users=[user],
            tls=_our_tls(site) if site.tls == "explicit" else None,
            encoding=site.encoding,
            max_connections_per_ip=site.most_connections or 0,
        )
    )


def _our_tls(site: Site) -> FtpTls:
    context = ftp_tls.context(site.certificate.cert_file, site.certificate.key_file)
    if site.tls_version:
        version = {"TLSv1.2": SSL.TLS1_2_VERSION, "TLSv1.3": SSL.TLS1_3_VERSION}[site.tls_version]
        context.set_min_proto_version(version)
        context.set_max_proto_version(version)
    return FtpTls(context, required=True)
