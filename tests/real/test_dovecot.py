"""fetch_mail against dovecot, as Debian ships it, in an instance of the test's own."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from opsplay.runner import params as building
from opsplay.runner.task import Context, TaskError
from opsplay.tasks import fetch_mail
from opsplay.tasks.message.addresses import Address
from opsplay.tasks.message.compose import File, Letter, compose
from opsplay.tasks.servers.certificate import make_certificate

DOVECOT = shutil.which("dovecot", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
POP3 = Path("/usr/lib/dovecot/pop3")
pytestmark = pytest.mark.skipif(
    DOVECOT is None or not POP3.exists(), reason="dovecot with POP3 is not installed"
)

CONFIGURATION = """\
base_dir = {folder}/run
log_path = {folder}/log
protocols = pop3
listen = 127.0.0.1
ssl = yes
ssl_cert = <{cert}
ssl_key = <{key}
disable_plaintext_auth = no
default_internal_user = {user}
default_internal_group = {group}
default_login_user = {user}
mail_location = maildir:{folder}/mail
mail_uid = {user}
mail_gid = {group}
first_valid_uid = 1
passdb {{
  driver = static
  args = password=geheim
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={folder}
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
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
"""
LETTER = Letter(
    sender=Address("王芳", "wang@example.com"),
    to=[Address("", "li@example.com")],
    subject="本周的数据",
    text=".一个点\n\n" + "长" * 4000 + "\n",
    attachments=[File(name="测试.txt", content="你好".encode("gbk"))],
    message_id="<1@example.com>",
    date=datetime(2026, 11, 23, 8, 30, tzinfo=UTC),
    filename_encoding="gbk",
)


@pytest.fixture(name="server", scope="module")
def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Any]]:
    # dovecot's sockets need a short path, and its user must be able to reach them.
    folder = Path(subprocess.check_output(["mktemp", "-d"], text=True).strip())
    user = pwd.getpwnam("nobody") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
    certificate = make_certificate(folder)
    ports = free_ports(2)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, folder, ignore_errors=True)
        (folder / "dovecot.conf").write_text(
            CONFIGURATION.format(
                folder=folder,
                user=user.pw_name,
                group=subprocess.check_output(["id", "-gn", user.pw_name], text=True).strip(),
                cert=certificate.cert_file,
                key=certificate.key_file,
                pop3=ports[0],
                pop3s=ports[1],
            )
        )
        for part in ("cur", "new", "tmp"):
            (folder / "mail" / part).mkdir(parents=True)
        for path in (folder, *folder.glob("mail"), *folder.glob("mail/*")):
            os.chown(path, user.pw_uid, user.pw_gid)
        process = subprocess.Popen([str(DOVECOT), "-F", "-c", str(folder / "dovecot.conf")])
        stack.callback(process.wait)
        stack.callback(process.terminate)
        wait_for(ports[1], process, folder / "log")
        yield {
            "folder": folder,
            "uid": user.pw_uid,
            "pop3": ports[0],
            "pop3s": ports[1],
            "ca_file": str(certificate.ca_file),
        }


def free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        opened = [
            stack.enter_context(closing(socket.create_server(("127.0.0.1", 0))))
            for _ in range(count)
        ]
        return [one.getsockname()[1] for one in opened]


def wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port)).close()
        except ConnectionRefusedError:
            time.sleep(0.01)
        else:
            return
    said = log.read_text() if log.exists() else ""
    pytest.fail(f"dovecot does not start, it exits with {process.returncode}\n{said}")


@pytest.fixture(name="mailbox")
def _mailbox(server: dict[str, Any]) -> dict[str, Any]:
    """An empty mailbox."""
    for part in ("cur", "new"):
        for path in (server["folder"] / "mail" / part).iterdir():
            path.unlink()
    return server


def put(server: dict[str, Any], *messages: bytes) -> None:
    for number, message in enumerate(messages):
        path = server["folder"] / "mail/new" / f"{time.time_ns()}.{number}.x"
        path.write_bytes(message)
        os.chown(path, server["uid"], -1)


def fetch(ctx: Context, server: dict[str, Any], **given: object) -> dict[str, Any]:
    arguments = {
        "host": "127.0.0.1",
        "port": server["pop3s"],
        "ca_file": server["ca_file"],
        "user": "li",
        "password": "geheim",
        "timeout": 10,
        **given,
    }
    return dict(fetch_mail.run(building.build(fetch_mail.Params, arguments), ctx).data)


def test_a_mail_is_fetched_over_tls_as_it_was_written(
    ctx: Context, mailbox: dict[str, Any]
) -> None:
    raw = b"".join(compose(LETTER))
    put(mailbox, raw)
    data = fetch(ctx, mailbox, attachments_to="in", save_to="mails")
    assert data["mailbox"]["count"] == 1
    assert data["mailbox"]["list"][0]["uid"]
    assert "Dovecot" in data["mailbox"]["welcome"]
    [mail] = data["messages"]
    assert (mail["subject"], mail["text"]) == (LETTER.subject, LETTER.text)
    assert mail["from"] == {"name": "王芳", "address": "wang@example.com"}
    [file] = mail["attachments"]
    assert file["name"] == "测试.txt"
    assert Path(file["path"]).read_bytes() == "你好".encode("gbk")
    assert Path(mail["path"]).read_bytes() == raw


def test_the_newest_comes_first(ctx: Context, mailbox: dict[str, Any]) -> None:
    put(mailbox, *(f"Subject: {number}\r\n\r\nx\r\n".encode() for number in range(5)))
    data = fetch(ctx, mailbox, select={"newest": 2})
    assert [mail["subject"] for mail in data["messages"]] == ["4", "3"]
    data = fetch(ctx, mailbox, select={"subject": "2"})
    assert [mail["subject"] for mail in data["messages"]] == ["2"]


def test_deleted_mail_is_gone(ctx: Context, mailbox: dict[str, Any]) -> None:
    put(mailbox, b"Subject: one\r\n\r\n.\r\n", b"Subject: two\r\n\r\n")
    assert fetch(ctx, mailbox, limit=1, after="delete")["deleted"] == 1
    assert [mail["subject"] for mail in fetch(ctx, mailbox)["messages"]] == ["one"]


def test_starttls_works_too(ctx: Context, mailbox: dict[str, Any]) -> None:
    assert fetch(ctx, mailbox, tls="starttls", port=mailbox["pop3"])["messages"] == []


def test_a_wrong_password_is_told(ctx: Context, mailbox: dict[str, Any]) -> None:
    with pytest.raises(TaskError, match=r"cannot log in .*\[AUTH\].*check `user` and `password`"):
        fetch(ctx, mailbox, password="wrong")


def test_a_certificate_that_nobody_knows_is_refused(ctx: Context, mailbox: dict[str, Any]) -> None:
    with pytest.raises(TaskError, match="certificate is refused"):
        fetch(ctx, mailbox, ca_file=None)
