"""The mail playbooks do what they say, run as a user runs them; the mails are looked at here."""

from __future__ import annotations

import email
import email.policy
import json
import subprocess
import sys
from collections.abc import Callable
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

PLAYBOOKS = Path(__file__).parents[2] / "playbooks"
Run = Callable[..., list[dict[str, Any]]]


@pytest.fixture(name="run")
def _run(tmp_path: Path) -> Run:
    """Run a playbook, its server's mail and its files in the test's folder; give its events."""

    def run(name: str, *options: str) -> list[dict[str, Any]]:
        where = ("-e", f"mail_folder={tmp_path / 'mail'}", "-e", f"root={tmp_path}")
        command = [sys.executable, "-m", "opsplay", "run", str(PLAYBOOKS / name), *where]
        done = subprocess.run(
            [*command, "--output", "json", *options],
            capture_output=True,
            text=True,
            check=False,
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]

    return run


def mails(folder: Path, user: str = "li@example.com") -> list[EmailMessage]:
    """What the server keeps for an account, as Python reads it."""
    found = []
    for path in sorted((folder / "mail" / user / "new").iterdir()):
        message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
        assert isinstance(message, EmailMessage)
        found.append(message)
    return found


def body(mail: EmailMessage, kind: str = "plain") -> str:
    part = mail.get_body((kind,))
    assert part is not None
    return str(part.get_content()).replace("\r\n", "\n")


def result(events: list[dict[str, Any]], task: str) -> dict[str, Any]:
    (number,) = {event["task"] for event in events if event.get("name") == task and "step" in event}
    (finished,) = (
        event for event in events if event["event"] == "StepFinished" and event["task"] == number
    )
    found: dict[str, Any] = finished["result"]
    return found


def test_a_plain_mail_reaches_several_people(run: Run, tmp_path: Path) -> None:
    run("mail_text.yml")
    for user in ("li@example.com", "wang@example.com"):
        [mail] = mails(tmp_path, user)
        assert mail["subject"] == "备份完成 / backup done"
        assert mail["to"] == "李雷 <li@example.com>, 王芳 <wang@example.com>"
        assert mail.get_content_type() == "text/plain"
        assert mail.get_content_charset() == "utf-8"
        assert body(mail) == "各位好：\n\n今天的备份已经完成。 All is well.\n"


def test_an_html_mail_says_the_same_as_text(run: Run, tmp_path: Path) -> None:
    run("mail_html.yml")
    [mail] = mails(tmp_path)
    assert mail.get_content_type() == "multipart/alternative"
    assert body(mail) == "/: 41 %\n/数据: 93 %\n"
    assert "<tr><td>/数据</td><td><b>93 %</b></td></tr>" in body(mail, "html")


def test_a_picture_and_two_files_go_with_a_mail(run: Run, tmp_path: Path) -> None:
    run("mail_attachments.yml")
    [mail] = mails(tmp_path)
    chart = next(part for part in mail.walk() if part["content-id"] == "<chart>")
    assert chart.get_content() == (PLAYBOOKS / "reports/chart.png").read_bytes()
    assert 'src="cid:chart"' in body(mail, "html")
    report, note = mail.iter_attachments()
    assert (report.get_filename(), note.get_filename()) == ("季度报告.csv", "测试.txt")
    assert note.get_content() == "你好，世界"
    assert b'filename="=?gbk?B?suLK1C50eHQ=?="' in mail.as_bytes()


def test_the_newest_mail_is_read_over_tls(run: Run, tmp_path: Path) -> None:
    events = run("mail_fetch.yml")
    box = result(events, "Fetch the newest mail")
    assert box["mailbox"]["welcome"].startswith("opsplay POP3 ready")
    assert box["mailbox"]["count"] == len(mails(tmp_path)) == 2
    files = sorted(path.name for path in (tmp_path / "attachments").iterdir())
    assert files == ["数据 (2).csv", "数据.csv"]
    contents = {path.read_text("gbk") for path in (tmp_path / "attachments").iterdir()}
    assert contents == {"一月,1200\n", "二月,1300\n"}


@pytest.mark.parametrize("name", ["text", "html", "attachments", "fetch"])
def test_check_mode_sends_nothing(run: Run, tmp_path: Path, name: str) -> None:
    run(f"mail_{name}.yml", "--check")
    assert not (tmp_path / "mail").exists()
    assert not (tmp_path / "attachments").exists()
