"""What the FTP servers of Debian are told: the same site, in the words of each."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

from opsplay.tasks.servers.certificate import Certificate

Tls: TypeAlias = Literal["none", "explicit", "implicit"]

PASSWORD = "geheim"
_HASH = (
    "$6$opsplay$EdmsRkwawHfhiaNdWgi3vgzKTcpKNXyT8Ohx4CyJpprOygPlwXdQEmlluq6SNezf3WYKB0lUWEVkkAeLfne"
    "Vk/"
)
_NOBODY = 65534


@dataclass(frozen=True, kw_only=True)
class Site:
    """How a server is to be: `folder` is its own, and the account's `home` lies in it.

    `extra` is what only one of the servers understands: lines of its configuration, or switches.
    """

    folder: Path
    certificate: Certificate
    tls: Tls = "none"
    tls_version: Literal["TLSv1.2", "TLSv1.3"] | None = None
    writable: bool = True
    most_connections: int | None = None
    encoding: str = "utf-8"
    extra: tuple[str, ...] = ()

    @property
    def home(self) -> Path:
        return self.folder / "home"


@dataclass(frozen=True)
class Setup:
    """A server: its `user`, and `arguments` to start it, from the site, a port and its root."""

    program: str
    package: str
    user: str
    arguments: Callable[[Site, int, Path], list[str]]
    needs_root: bool = False


def _vsftpd(site: Site, port: int, _root: Path) -> list[str]:
    (site.folder / "passwords").write_text(PASSWORD + "\n")
    (site.folder / "empty").mkdir(exist_ok=True)
    configuration = site.folder / "vsftpd.conf"
    common = _VSFTPD.format(
        site=site,
        port=port,
        tls=_yes(site.tls != "none"),
        implicit=_yes(site.tls == "implicit"),
        writable=_yes(site.writable),
        most=site.most_connections or 0,
    )
    configuration.write_text("\n".join([common, *site.extra, ""]))
    return [str(configuration)]


def _yes(condition: object) -> str:
    return "YES" if condition else "NO"


_VSFTPD = """\
listen=YES
listen_address=127.0.0.1
listen_port={port}
max_per_ip={most}
background=NO
run_as_launching_user=YES
seccomp_sandbox=NO
isolate=NO
isolate_network=NO
local_enable=NO
anonymous_enable=YES
secure_email_list_enable=YES
email_password_file={site.folder}/passwords
anon_root={site.home}
anon_umask=022
anon_world_readable_only=NO
write_enable={writable}
anon_upload_enable=YES
anon_mkdir_write_enable=YES
anon_other_write_enable=YES
allow_writeable_chroot=YES
secure_chroot_dir={site.folder}/empty
vsftpd_log_file={site.folder}/log
ssl_enable={tls}
implicit_ssl={implicit}
allow_anon_ssl=YES
force_anon_logins_ssl={tls}
force_anon_data_ssl={tls}
ssl_ciphers=HIGH
rsa_cert_file={site.certificate.cert_file}
rsa_private_key_file={site.certificate.key_file}"""


def _proftpd(site: Site, port: int, root: Path) -> list[str]:
    user = pwd.getpwuid(os.geteuid())
    group = grp.getgrgid(user.pw_gid).gr_name
    account = f"li:{_HASH}:{user.pw_uid}:{user.pw_gid}::{site.home}:/bin/sh\n"
    _write_private(site.folder / "passwords", account)
    lines = [_PROFTPD.format(site=site, port=port, root=root, user=user.pw_name, group=group)]
    if site.tls != "none":
        lines.append(_PROFTPD_TLS.format(site=site))
    if site.tls == "implicit":
        lines.append("TLSOptions UseImplicitSSL")
    if not site.writable:
        lines.append("<Limit WRITE>\nDenyAll\n</Limit>")
    if site.most_connections:
        lines.append(f"MaxClientsPerHost {site.most_connections}")
    configuration = site.folder / "proftpd.conf"
    configuration.write_text("\n".join([*lines, *site.extra, ""]))
    return ["--nodaemon", "--quiet", "--config", str(configuration)]


_PROFTPD = """\
ServerType standalone
DefaultAddress 127.0.0.1
SocketBindTight on
Port {port}
UseIPv6 off
UseReverseDNS off
User {user}
Group {group}
RootLogin on
ModulePath {root}/usr/lib/proftpd
LoadModule mod_tls.c
LoadModule mod_digest.c
ControlsEngine off
AuthOrder mod_auth_file.c
AuthUserFile {site.folder}/passwords
RequireValidShell off
UseFtpUsers off
WtmpLog off
TransferLog none
SystemLog {site.folder}/log
PidFile {site.folder}/pid
ScoreboardFile {site.folder}/scoreboard
DelayEngine off
AllowOverwrite on
AllowStoreRestart on"""
_PROFTPD_TLS = """\
TLSEngine on
TLSRequired on
TLSLog {site.folder}/tls.log
TLSECCertificateFile {site.certificate.cert_file}
TLSECCertificateKeyFile {site.certificate.key_file}"""


def _pure_ftpd(site: Site, port: int, root: Path) -> list[str]:
    passwords, database = site.folder / "passwords", site.folder / "passwords.db"
    account = f"li:{_HASH}:{_NOBODY}:{_NOBODY}::{site.home}/./::::::::::::\n"
    _write_private(passwords, account)
    make = [str(root / "usr/bin/pure-pw"), "mkdb", str(database), "-f", str(passwords)]
    subprocess.run(make, check=True)
    shutil.chown(site.home, _NOBODY, _NOBODY)
    if not site.writable:
        site.home.chmod(0o555)
    most = site.most_connections
    return [
        *("--bind", f"127.0.0.1,{port}"),
        *("--login", f"puredb:{database}"),
        *("--pidfile", str(site.folder / "pid")),
        *("--certfile", f"{site.certificate.cert_file},{site.certificate.key_file}"),
        *("--tls", "3" if site.tls == "explicit" else "0"),
        *("--syslogfacility", "none"),
        *("--noanonymous", "--dontresolve", "--allowdotfiles"),
        *(["--maxclientsperip", str(most)] if most else []),
        *site.extra,
    ]


def _write_private(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(0o600)


SETUPS: Mapping[str, Setup] = {
    "vsftpd": Setup("vsftpd", "vsftpd", "anonymous", _vsftpd),
    "proftpd": Setup("proftpd", "proftpd-core", "li", _proftpd),
    "pure-ftpd": Setup("pure-ftpd", "pure-ftpd", "li", _pure_ftpd, needs_root=True),
}
