"""postfix's smtp-sink and dovecot as Debian ships them, for as long as a case lasts."""

from __future__ import annotations

import grp
import os
import pwd
import re
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

from .programs import BIN

HOST = "127.0.0.1"
NAME = "localhost"
"""What fetchmail and mbsync want to read in a certificate."""
USER = "li"
PASSWORD = "geheim"  # noqa: S105 - it guards nothing
PATH = f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin"
AS_ROOT = ("-u", "root") if os.geteuid() == 0 else ()
"""What smtp-sink insists on."""
CA_FILE = "ca.pem"
DEEP = "1000"
"""How many connections may wait for smtp-sink."""

DOVECOT = """\
base_dir = {folder}/run
log_path = /dev/null
protocols = pop3 imap
listen = {host}
ssl = yes
ssl_cert = <{certificate.cert_file}
ssl_key = <{certificate.key_file}
disable_plaintext_auth = no
default_internal_user = {owner}
default_internal_group = {group}
default_login_user = {owner}
mail_location = maildir:{folder}/mail
mail_uid = {owner}
mail_gid = {group}
mail_fsync = never
mail_max_userip_connections = 0
first_valid_uid = 1
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={folder}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""


@contextmanager
def smtp_sink(folder: Path) -> Iterator[tuple[int, Callable[[], int]]]:
    """Take any mail and forget it; gives the port, and a way to ask how many have come."""
    [port] = free_ports(1)
    counters = folder / "counters"
    with counters.open("wb") as file:
        command = [program("smtp-sink"), "-c", *AS_ROOT, f"{HOST}:{port}", DEEP]
        with running(command, port, stdout=file):
            yield port, lambda: counted(counters)


def counted(counters: Path) -> int:
    """Read the latest of what smtp-sink writes all the time."""
    numbers = re.findall(rb"mesg=(\d+)", counters.read_bytes()[-200:])
    return int(numbers[-1]) if numbers else 0


@contextmanager
def chunking(folder: Path) -> Iterator[tuple[int, Callable[[], int]]]:
    """The same with opsplay's own server: unlike smtp-sink it offers CHUNKING."""
    [port] = free_ports(1)
    log = folder / "log"
    with log.open("wb") as file:
        command = [str(BIN / "opsplay"), "serve", "mail", "--smtp-port", str(port)]
        with running(command, port, stdout=file):
            yield port, lambda: log.read_bytes().count(b" mail from ")


@contextmanager
def dovecot(folder: Path, fill: Callable[[Path, int], None]) -> Iterator[dict[str, int]]:
    """Serve the mails that `fill` writes into a folder for an owner; gives the ports."""
    # The peers' Python has no opsplay.
    from opsplay.tasks.servers.certificate import make_certificate

    owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    folder.chmod(0o755)
    for name in ("mail", "mail/cur", "mail/new", "mail/tmp"):
        (folder / name).mkdir(mode=0o700)
        os.chown(folder / name, owner.pw_uid, owner.pw_gid)
    fill(folder / "mail/new", owner.pw_uid)
    names = ("pop3", "imap", "pop3s", "imaps")
    ports = dict(zip(names, free_ports(len(names)), strict=True))
    group = grp.getgrgid(owner.pw_gid).gr_name
    configuration = folder / "dovecot.conf"
    configuration.write_text(
        DOVECOT.format(
            folder=folder,
            host=HOST,
            owner=owner.pw_name,
            group=group,
            password=PASSWORD,
            certificate=make_certificate(folder),
            **ports,
        )
    )
    with running([program("dovecot"), "-F", "-c", str(configuration)], ports["imaps"]):
        yield ports


def program(name: str) -> str:
    found = shutil.which(name, path=PATH)
    if not found:
        raise SystemExit(f"{name} is not installed; see bench/debian-packages.txt")
    return found


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        opened = [
            stack.enter_context(closing(socket.create_server((HOST, 0)))) for _ in range(count)
        ]
        return [one.getsockname()[1] for one in opened]


@contextmanager
def running(command: Sequence[str], port: int, **options: object) -> Iterator[None]:
    with subprocess.Popen(command, start_new_session=True, **options) as process:  # type: ignore[call-overload]  # as Popen's
        try:
            wait_for(port, process)
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            socket.create_connection((HOST, port)).close()
        except ConnectionRefusedError:
            time.sleep(0.01)
        else:
            return
    raise SystemExit(f"{process.args!r} exits with {process.returncode}")
