"""On a disk that is full nothing is left half, nothing is lost, and what can be done is told.

It is a small one of its own, in the folder `disk`.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ftp_serving import served
from mail_serving import ACCOUNTS, mails, send
from opsplay.tasks.servers.certificate import make_certificate
from opsplay.tasks.servers.mail import MailServer, MailServerOptions
from straits import launch
from vaulting import password_file, script, sealed

FULL = r"No space left on device|File too large|database or disk is full|disk I/O error"
LOGIN = "host: 127.0.0.1, port: FTP, user: li, password: geheim"
LARGE = 3 * 2**19
ON_DISK = "straits.small_disk('disk')"
# The disk is gone with the process, so it looks itself.
WHAT_IS_LEFT = """
- shell: find disk -type f -size +0 | sort > left
"""


@pytest.fixture(autouse=True)
def _here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("disk").mkdir()


@pytest.fixture(name="mail_server", scope="module")
def _mail_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    certificate = make_certificate(tmp_path_factory.mktemp("certificate"))
    with MailServer(MailServerOptions(accounts=ACCOUNTS, certificate=certificate)) as server:
        yield server


def run(*tasks: str, switches: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    lines = "".join(f"    {line}\n" for task in tasks for line in task.strip().splitlines())
    Path("play.yml").write_text(f"- hosts: localhost\n  gather_facts: false\n  tasks:\n{lines}")
    return launch("run", "play.yml", *switches, straits=ON_DISK)


def failing(task: str) -> str:
    """A step that must fail because the disk is full."""
    return (
        f"- {task}\n  register: it\n  ignore_errors: true\n"
        f"- assert: {{that: [it is failed, it.msg is search('{FULL}')]}}\n"
    )


@pytest.mark.parametrize(
    "task",
    [
        "copy: {src: large, dest: disk/out}",
        f"copy: {{content: \"{{{{ 'x' * {LARGE} }}}}\", dest: disk/out}}",
        "template: {src: large.j2, dest: disk/out}",
        f"ftp_download: {{src: large, dest: disk/out, {LOGIN}}}",
    ],
)
def test_what_does_not_fit_is_told_and_no_half_file_has_its_name(task: str, tmp_path: Path) -> None:
    Path("large").write_bytes(b"x" * LARGE)
    Path("large.j2").write_text(f"{{{{ 'x' * {LARGE} }}}}")
    with served(tmp_path) as server:
        done = run(failing(task.replace("FTP", str(server.port))), WHAT_IS_LEFT)
    assert (done.returncode, done.stderr) == (0, ""), done.stdout
    assert "disk/out\n" not in Path("left").read_text()


def test_what_was_there_before_is_there_still() -> None:
    old = "- copy: {content: old, dest: disk/out}"
    new = failing(f"copy: {{content: \"{{{{ 'x' * {LARGE} }}}}\", dest: disk/out}}")
    done = run(old, new, "- assert: {that: \"lookup('file', 'disk/out') == 'old'\"}")
    assert done.returncode == 0, done.stdout


def test_mails_that_cannot_be_saved_stay_on_the_server(mail_server: MailServer) -> None:
    large = b"Subject: large\r\n\r\n" + b"x\r\n" * (LARGE // 3)
    send(mail_server, "ben", data=large)
    fetch = (
        "fetch_mail: {protocol: pop3, host: 127.0.0.1, port: POP3, tls: none, user: ben, "
        "password: hemlig, state: box, save_to: disk/mails, after: delete}"
    )
    done = run(failing(fetch.replace("POP3", str(mail_server.pop3_port))), WHAT_IS_LEFT)
    assert (done.returncode, Path("left").read_text()) == (0, ""), done.stdout
    assert mails(mail_server)[0].endswith(large)


def test_a_mail_that_cannot_be_remembered_is_not_sent(mail_server: MailServer) -> None:
    before = len(mails(mail_server))
    fill = "- shell: yes > disk/fill || true"
    letter = (
        f"send_mail: {{host: 127.0.0.1, port: {mail_server.smtp_port}, tls: none, from: a@b.c, "
        "to: ben, subject: x, body: x, once: a}"
    )
    switches = ("--state-dir", "disk/state", "--no-journal")
    done = run(fill, failing(letter), switches=switches)
    assert done.returncode == 0, done.stdout
    assert len(mails(mail_server)) == before


def test_a_run_that_cannot_be_remembered_goes_on() -> None:
    done = run(
        "- command: seq 300000", "- debug: {msg: after}", switches=("--state-dir", "disk/state")
    )
    assert done.returncode == 0
    assert "after" in done.stdout
    assert done.stderr.startswith("opsplay: this run is not remembered: cannot keep state in ")
    assert done.stderr.endswith("; make room there, or name another folder with --state-dir\n")
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("command", ["edit", "encrypt"])
def test_a_vault_that_does_not_fit_stays_as_it_was(command: str, tmp_path: Path) -> None:
    password = password_file(tmp_path)
    editor = script(tmp_path / "editor", f"head -c {LARGE} /dev/zero | tr '\\0' x > $1")
    before = sealed("old") if command == "edit" else "x" * (LARGE // 3)
    Path("before").write_text(before)
    vault = f"{sys.executable} -m opsplay vault {command} --vault-password-file {password}"
    done = run(
        "- command: cp before disk/vault.yml",
        f"- command: {vault} disk/vault.yml\n"
        f"  environment: {{EDITOR: {editor}, TMPDIR: {tmp_path}}}\n"
        "  register: it\n  ignore_errors: true",
        "- copy: {content: '{{ it.stderr }}', dest: told}",
        "- command: cp disk/vault.yml after",
    )
    assert done.returncode == 0, done.stdout
    assert Path("after").read_text() == before
    assert re.match(rf"opsplay: .*({FULL})", Path("told").read_text())
