"""send_mail against postfix, and against the server for tests that comes with it, smtp-sink."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from free_ports import free_port
from mail_steps import send
from opsplay.runner.task import Context, TaskError
from opsplay.tasks.message.read import Mail, read
from real_mail import Ports, wait_for
from real_mail_setup import Site

SINK = shutil.which("smtp-sink", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")

Start = Callable[..., int]


@pytest.fixture(name="sink")
def _sink(tmp_path: Path) -> Iterator[Start]:
    """Start a server that keeps each mail as a file; give its port."""
    if SINK is None:
        pytest.skip("postfix (smtp-sink) is not installed")
    (tmp_path / "kept").mkdir()
    # As root smtp-sink wants to be somebody else, who must be able to write here.
    (tmp_path / "kept").chmod(0o777)
    with ExitStack() as stack:

        def start(*options: str) -> int:
            port = free_port()
            drop = ["-u", "root"] if os.geteuid() == 0 else []
            command = [str(SINK), *drop, "-d", str(tmp_path / "kept/%s."), *options]
            process = subprocess.Popen([*command, f"127.0.0.1:{port}", "10"])
            stack.callback(process.wait)
            stack.callback(process.terminate)
            wait_for(port, process)
            return port

        yield start


def kept(folder: Path) -> list[Mail]:
    return [read(path.read_bytes()) for path in sorted((folder / "kept").iterdir())]


def arrived(site: Site, count: int, account: str = "li") -> list[Mail]:
    while len(site.mails(account)) < count:
        time.sleep(0.01)
    return [read(raw) for raw in site.mails(account)]


# postfix --------------------------------------------------------------------------------------


def test_a_mail_arrives_as_it_was_written(ctx: Context, postfix: Ports, mail_site: Site) -> None:
    text = ".\n..\n" + "长" * 4000 + "\nFrom here\n"
    result = send(
        ctx,
        postfix["smtp"],
        ca_file=str(mail_site.certificate.ca_file),
        subject="本周的数据",
        body=text,
        attachments=[{"name": "测试.txt", "content": "你好", "charset": "gbk"}],
        filename_encoding="gbk",
    )
    assert result.data["accepted"] == ["li@example.com", "zhao@example.com"]
    for account in ("li", "zhao"):
        [mail] = arrived(mail_site, 1, account)
        assert (mail.subject, mail.text) == ("本周的数据", text)
        assert [(file.name, file.content) for file in mail.attachments] == [
            ("测试.txt", "你好".encode("gbk"))
        ]


@pytest.mark.parametrize(("entrance", "tls"), [("submission", "starttls"), ("smtps", "implicit")])
@pytest.mark.usefixtures("dovecot")
def test_a_login_works_over_tls(
    ctx: Context, postfix: Ports, mail_site: Site, entrance: str, tls: str
) -> None:
    login = {"user": "li", "password": "geheim", "tls": tls}
    ca_file = str(mail_site.certificate.ca_file)
    send(ctx, postfix[entrance], **login, ca_file=ca_file, subject="safe")
    assert [mail.subject for mail in arrived(mail_site, 1)] == ["safe"]
    with pytest.raises(TaskError, match=r"cannot log in .*: 535 .*check `user` and `password`"):
        send(ctx, postfix[entrance], **{**login, "password": "wrong"}, ca_file=ca_file)


def test_a_certificate_that_nobody_knows_is_refused(ctx: Context, postfix: Ports) -> None:
    with pytest.raises(TaskError, match="certificate is refused"):
        send(ctx, postfix["smtp"])


def test_receivers_that_postfix_does_not_know_are_told(
    ctx: Context, postfix: Ports, mail_site: Site
) -> None:
    with pytest.raises(TaskError, match=r"wer@example\.com: 550 5\.1\.1 .*check the address"):
        send(ctx, postfix["smtp"], verify=False, to=["wer@example.com", "li@example.com"])
    assert len(arrived(mail_site, 1)) == 1


def test_many_mails_go_through_postfix(ctx: Context, postfix: Ports, mail_site: Site) -> None:
    subjects = {f"mail {number}" for number in range(20)}
    for subject in subjects:
        send(ctx, postfix["smtp"], verify=False, subject=subject, body="x\n")
    mails = arrived(mail_site, 20)
    assert len(mails) == 20
    assert {mail.subject for mail in mails} == subjects


# smtp-sink ------------------------------------------------------------------------------------


def test_many_mails_go_over_one_connection(ctx: Context, tmp_path: Path, sink: Start) -> None:
    port = sink("-m", "1")
    for number in range(20):
        send(ctx, port, subject=f"mail {number}", body="x\n")
    assert {mail.subject for mail in kept(tmp_path)} == {f"mail {n}" for n in range(20)}


@pytest.mark.parametrize(
    ("refused", "words"),
    [
        ("connect", r"cannot connect .*: 450 4\.3\.0 "),
        ("mail", r"cannot send as wang@example.com .*: 450 4\.3\.0 "),
        ("rcpt", "refuses receivers .nothing was sent"),
        ("data", r"cannot send the mail .*: 450 4\.3\.0 "),
        (".", r"cannot send the mail .*: 450 4\.3\.0 "),
    ],
)
def test_a_refusal_is_told(ctx: Context, sink: Start, refused: str, words: str) -> None:
    with pytest.raises(TaskError, match=words):
        send(ctx, sink("-r", refused))


@pytest.mark.parametrize("at", ["mail", "rcpt", "data", "."])
def test_a_connection_that_is_cut_is_told(ctx: Context, sink: Start, at: str) -> None:
    with pytest.raises(TaskError, match="the server closed the connection"):
        send(ctx, sink("-q", at))


def test_a_server_that_does_not_pipeline_is_served(
    ctx: Context, tmp_path: Path, sink: Start
) -> None:
    send(ctx, sink("-p"), body="x\n")
    assert len(kept(tmp_path)) == 1
