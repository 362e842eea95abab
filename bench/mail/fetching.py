"""How each program is told to fetch all mails of a mailbox into a folder, and to delete none."""

from __future__ import annotations

import json
import os
import pwd
from collections.abc import Sequence

from .programs import BIN, PEERS, Job, Program, script
from .servers import HOST, NAME, PASSWORD, USER


def opsplay(job: Job) -> Sequence[str]:
    mailbox = {
        "host": HOST,
        "port": job.port,
        "protocol": job.protocol,
        "tls": job.tls,
        **({} if job.tls == "none" else {"ca_file": str(job.ca_file)}),
        "user": USER,
        "password": PASSWORD,
        "state": "bench",
        "limit": job.mails.count,
        "save_to": str(job.out),
        "format": "maildir",
    }
    play = {"hosts": "localhost", "gather_facts": False, "tasks": [{"fetch_mail": mailbox}]}
    return [str(BIN / "opsplay"), "run", job.note("playbook.yml", json.dumps([play]))]


FETCHMAIL_TLS = {
    "none": "sslproto ''",
    "starttls": "sslproto 'auto' sslcertck sslcertfile {}",
    "implicit": "ssl sslcertck sslcertfile {}",
}
MBSYNC_TLS = {"none": "None", "starttls": "STARTTLS", "implicit": "IMAPS"}


def fetchmail(job: Job) -> Sequence[str]:
    lines = [
        f"poll {NAME} protocol {job.protocol} port {job.port} uidl",
        f'user "{USER}" password "{PASSWORD}" is root here',
        f"fetchall keep {FETCHMAIL_TLS[job.tls].format(job.ca_file)}",
    ]
    # With an agent for delivery it would start a process for each mail.
    options = ["--bsmtp", str(job.out / "all"), "--idfile", str(job.folder / "ids"), "--silent"]
    return ["fetchmail", "--fetchmailrc", job.note("rc", "\n".join(lines) + "\n"), *options]


def getmail(job: Job) -> Sequence[str]:
    for name in ("cur", "new", "tmp"):
        (job.out / name).mkdir()
    kind = {"pop3": "SimplePOP3Retriever", "imap": "SimpleIMAPRetriever"}[job.protocol]
    lines = [
        *("[retriever]", f"type = {kind}", f"server = {HOST}", f"port = {job.port}"),
        *(f"username = {USER}", f"password = {PASSWORD}"),
        *("[destination]", "type = Maildir", f"path = {job.out}/", *as_nobody(job)),
        *("[options]", "read_all = false", "delete = false", "verbose = 0"),
        f"max_messages_per_session = {job.mails.count}",
    ]
    return [
        "getmail",
        "--getmaildir",
        str(job.folder),
        "--rcfile",
        job.note("rc", "\n".join(lines)),
    ]


def as_nobody(job: Job) -> Sequence[str]:
    """As root getmail wants to be somebody else when it delivers."""
    if os.geteuid():
        return ()
    nobody = pwd.getpwnam("nobody").pw_uid
    job.folder.chmod(0o755)
    for folder in (job.out, *job.out.iterdir()):
        os.chown(folder, nobody, -1)
    return ("user = nobody",)


def mbsync(job: Job) -> Sequence[str]:
    lines = [
        *("IMAPStore far", f"Host {NAME}", f"Port {job.port}", "AuthMechs LOGIN"),
        f"SSLType {MBSYNC_TLS[job.tls]}",
        *([] if job.tls == "none" else [f"CertificateFile {job.ca_file}"]),
        *(f"User {USER}", f"Pass {PASSWORD}", ""),
        *("MaildirStore near", f"Inbox {job.out}", ""),
        *("Channel all", "Far :far:INBOX", "Near :near:INBOX", "Sync Pull", "Create Near"),
        f"SyncState {job.folder}/",
    ]
    return ["mbsync", "--quiet", "--config", job.note("rc", "\n".join(lines) + "\n"), "all"]


PROGRAMS = (
    Program("opsplay", opsplay, is_compared=True),
    Program("opsplay's client alone", script("opsplay"), keeps=False, is_compared=True),
    Program("as fast as the server goes", script("sockets"), keeps=False, is_compared=True),
    Program("fetchmail", fetchmail),
    Program("getmail6", getmail, most=200, has_tls=False),
    Program("mbsync", mbsync, protocols=("imap",)),
    Program("poplib", script("poplib"), protocols=("pop3",)),
    Program("imaplib", script("imaplib"), protocols=("imap",)),
    Program("imap_tools", script("imap_tools", PEERS), protocols=("imap",), has_tls=False),
)


def programs(protocol: str, tls: str) -> tuple[Program, ...]:
    known = [one for one in PROGRAMS if protocol in one.protocols]
    return tuple(one for one in known if tls == "none" or one.has_tls)
