"""The mail playbooks do what they say, run as a user runs them; the mails are looked at here."""

from __future__ import annotations

from pathlib import Path

import pytest

from mail_playbooks import Run, body, mails, runner
from playbook_runs import PLAYBOOKS, result


@pytest.fixture(name="run")
def _run(tmp_path: Path) -> Run:
    return runner(tmp_path)


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
