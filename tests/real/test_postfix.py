"""send_mail against the SMTP server for tests that comes with postfix, smtp-sink."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import pytest

from opsplay.runner import params as building
from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import send_mail
from opsplay.tasks.message.read import Mail, read

SINK = shutil.which("smtp-sink", path=os.environ["PATH"] + ":/usr/sbin:/usr/local/sbin")
pytestmark = pytest.mark.skipif(SINK is None, reason="postfix (smtp-sink) is not installed")

Start = Callable[..., int]


@pytest.fixture(name="start")
def _start(tmp_path: Path) -> Iterator[Start]:
    """Start a server that keeps each mail as a file; give its port."""
    (tmp_path / "kept").mkdir()
    # As root smtp-sink wants to be somebody else, who must be able to write here.
    (tmp_path / "kept").chmod(0o777)
    with ExitStack() as stack:

        def start(*options: str) -> int:
            with closing(socket.create_server(("127.0.0.1", 0))) as free:
                port = int(free.getsockname()[1])
            drop = ["-u", "root"] if os.geteuid() == 0 else []
            command = [str(SINK), *drop, "-d", str(tmp_path / "kept/%s."), *options]
            process = subprocess.Popen([*command, f"127.0.0.1:{port}", "10"])
            stack.callback(process.wait)
            stack.callback(process.terminate)
            wait_for(port, process)
            return port

        yield start


def wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port)) as client:
                client.recv(100)
        except OSError:
            time.sleep(0.01)
        else:
            return
    pytest.fail(f"smtp-sink does not start, it exits with {process.returncode}")


def send(ctx: Context, port: int, **given: Any) -> Result:
    people = {"from": "王芳 <wang@example.com>", "to": ["li@example.com", "zhao@example.com"]}
    arguments = {"host": "127.0.0.1", "port": port, "timeout": 10, **people, **given}
    return send_mail.run(building.build(send_mail.Params, arguments), ctx)


def kept(folder: Path) -> list[Mail]:
    return [read(path.read_bytes()) for path in sorted((folder / "kept").iterdir())]


def test_a_mail_arrives_as_it_was_written(ctx: Context, tmp_path: Path, start: Start) -> None:
    text = ".\n..\n" + "长" * 4000 + "\nFrom here\n"
    result = send(
        ctx,
        start(),
        subject="本周的数据",
        body=text,
        attachments=[{"name": "测试.txt", "content": "你好", "charset": "gbk"}],
        filename_encoding="gbk",
    )
    assert result.data["accepted"] == ["li@example.com", "zhao@example.com"]
    [mail] = kept(tmp_path)
    assert (mail.subject, mail.text) == ("本周的数据", text)
    assert [(file.name, file.content) for file in mail.attachments] == [
        ("测试.txt", "你好".encode("gbk"))
    ]


def test_many_mails_go_over_one_connection(ctx: Context, tmp_path: Path, start: Start) -> None:
    port = start("-m", "1")
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
def test_a_refusal_is_told(ctx: Context, start: Start, refused: str, words: str) -> None:
    with pytest.raises(TaskError, match=words):
        send(ctx, start("-r", refused))


@pytest.mark.parametrize("at", ["mail", "rcpt", "data", "."])
def test_a_connection_that_is_cut_is_told(ctx: Context, start: Start, at: str) -> None:
    with pytest.raises(TaskError, match="the server closed the connection"):
        send(ctx, start("-q", at))


def test_a_server_that_does_not_pipeline_is_served(
    ctx: Context, tmp_path: Path, start: Start
) -> None:
    send(ctx, start("-p"), body="x\n")
    assert len(kept(tmp_path)) == 1
