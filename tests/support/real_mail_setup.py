"""What postfix and dovecot are told: the same site, in the words of each."""

from __future__ import annotations

import grp
import os
import pwd
import shutil
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

from opsplay.tasks.servers.certificate import Certificate, make_certificate

PASSWORD = "geheim"
ACCOUNTS = ("li", "zhao")
_NUMBERS = count()


@dataclass(frozen=True)
class Site:
    """Accounts with a maildir each; `owner` is whom the servers may be when they touch it."""

    folder: Path
    owner: pwd.struct_passwd
    certificate: Certificate

    def maildir(self, account: str = "li") -> Path:
        return self.folder / "mail" / account

    def put(self, *mails: bytes, account: str = "li") -> None:
        for data in mails:
            name = f"{time.time_ns()}.{next(_NUMBERS):06}.x"
            path = self.maildir(account) / "tmp" / name
            path.write_bytes(data)
            os.chown(path, self.owner.pw_uid, -1)
            # A server may look at it as soon as it is there.
            path.rename(self.maildir(account) / "new" / name)

    def mails(self, account: str = "li") -> list[bytes]:
        """Give all mails, as they are between two moves of a server that is at work."""
        while True:
            paths = self._paths(account)
            with suppress(FileNotFoundError):
                mails = [path.read_bytes() for path in paths]
                if self._paths(account) == paths:
                    return mails

    def _paths(self, account: str) -> list[Path]:
        return sorted(self.maildir(account).glob("[nc]*/*"))

    def clear(self) -> None:
        """Let nobody have mail."""
        for account in ACCOUNTS:
            shutil.rmtree(self.maildir(account), ignore_errors=True)
            for part in ("cur", "new", "tmp"):
                make_private(self.maildir(account) / part, self.owner)


@contextmanager
def mail_site() -> Iterator[Site]:
    # The servers' sockets need a short path, and their users must be able to reach them.
    folder = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    folder.chmod(0o755)
    owner = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    try:
        site = Site(folder, owner, make_certificate(folder))
        make_private(folder / "mail", owner)
        site.clear()
        yield site
    finally:
        shutil.rmtree(folder)


def make_private(folder: Path, owner: pwd.struct_passwd) -> None:
    for made in (*reversed(folder.parents), folder):
        if not made.exists():
            made.mkdir(mode=0o700)
            os.chown(made, owner.pw_uid, owner.pw_gid)


# dovecot --------------------------------------------------------------------------------------


def configure_dovecot(site: Site, ports: Mapping[str, int]) -> Path:
    """Write what dovecot is told; gives the file."""
    accounts = [f"{account}:{{PLAIN}}{PASSWORD}::::::\n" for account in ACCOUNTS]
    (site.folder / "accounts").write_text("".join(accounts))
    shutil.chown(site.folder / "accounts", site.owner.pw_uid)
    configuration = site.folder / "dovecot.conf"
    user, group = site.owner.pw_name, grp.getgrgid(site.owner.pw_gid).gr_name
    configuration.write_text(_DOVECOT.format(site=site, user=user, group=group, **ports))
    return configuration


_DOVECOT = """\
base_dir = {site.folder}/run
state_dir = {site.folder}
log_path = {site.folder}/dovecot.log
protocols = pop3 imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{site.certificate.cert_file}
ssl_key = <{site.certificate.key_file}
disable_plaintext_auth = no
auth_mechanisms = plain login cram-md5 apop
auth_failure_delay = 0
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{site.folder}/mail/%n
mail_uid = {user}
mail_gid = {group}
mail_fsync = never
mail_max_userip_connections = 0
first_valid_uid = 1
passdb {{
  driver = passwd-file
  args = {site.folder}/accounts
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={site.folder}/mail/%n
}}
service auth {{
  unix_listener auth-client {{
    mode = 0666
  }}
}}
service pop3-login {{
  chroot =
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
  }}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""

# postfix --------------------------------------------------------------------------------------

_QUEUES = (
    *("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming"),
    *("maildrop", "pid", "private", "public", "saved", "trace"),
)


def configure_postfix(site: Site, ports: Mapping[str, int]) -> Path:
    """Write what postfix is told, and make its queue; gives the folder."""
    postfix = pwd.getpwnam("postfix")
    (site.folder / "queue").mkdir()
    for name in _QUEUES:
        make_private(site.folder / "queue" / name, postfix)
    make_private(site.folder / "data", postfix)
    configuration = site.folder / "postfix"
    configuration.mkdir()
    boxes = " ".join(f"{{ {name}@example.com = mail/{name}/ }}" for name in ACCOUNTS)
    main = configuration / "main.cf"
    main.write_text(_POSTFIX.format(site=site, boxes=boxes))
    os.utime(main, (0, 0))  # each part waits until a file that is new has cooled down
    (configuration / "master.cf").write_text(_POSTFIX_SERVICES.format(**ports))
    return configuration


_POSTFIX = """\
compatibility_level = 3.6
queue_directory = {site.folder}/queue
data_directory = {site.folder}/data
maillog_file = {site.folder}/postfix.log
maillog_file_prefixes = {site.folder}
myhostname = mx.example.com
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = example.com
virtual_mailbox_maps = inline:{{ {boxes} }}
virtual_mailbox_base = {site.folder}
virtual_uid_maps = static:{site.owner.pw_uid}
virtual_gid_maps = static:{site.owner.pw_gid}
virtual_minimum_uid = 1
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions =
smtpd_client_connection_count_limit = 0
smtpd_peername_lookup = no
smtpd_tls_security_level = may
smtpd_tls_cert_file = {site.certificate.cert_file}
smtpd_tls_key_file = {site.certificate.key_file}
smtpd_sasl_type = dovecot
smtpd_sasl_path = {site.folder}/run/auth-client
default_transport = error:this server delivers to nobody else
message_size_limit = 20000000
mailbox_size_limit = 0
virtual_mailbox_limit = 0
in_flow_delay = 0
"""
_POSTFIX_SERVICES = """\
{smtp} inet n - n - - smtpd
{submission} inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes -o smtpd_tls_auth_only=yes
{smtps} inet n - n - - smtpd -o smtpd_sasl_auth_enable=yes -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
virtual unix - n n - - virtual
anvil unix - - n - 1 anvil
postlog unix-dgram n - n - 1 postlogd
"""
