"""The alert, the weekly report and the mail merge do what they say, and once only."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from mail_playbooks import Run, body, mails, runner
from playbook_runs import PLAYBOOKS, result


@pytest.fixture(name="run")
def _run(tmp_path: Path) -> Run:
    return runner(tmp_path)


@pytest.mark.parametrize("name", ["alert", "report", "merge"])
def test_check_mode_sends_nothing(run: Run, tmp_path: Path, name: str) -> None:
    run(f"mail_{name}.yml", "--check")
    assert not (tmp_path / "mail").exists()


# The alert ------------------------------------------------------------------------------------


def test_who_is_on_duty_is_told_what_failed_where_and_why(run: Run, tmp_path: Path) -> None:
    run("mail_alert.yml", "-e", "today=2026-11-25")
    [mail] = mails(tmp_path, "duty@example.com")
    assert mail["subject"] == "失败 / failed: Copy the package into the archive"
    assert mail["x-priority"] == "1"
    text = body(mail)
    assert "What:   Copy the package into the archive\n" in text
    assert 'Where:  localhost, "The nightly work" in ' in text
    assert "Destination directory /no-such-disk/archive does not exist" in text


def test_the_same_trouble_is_told_again_on_another_day_only(run: Run, tmp_path: Path) -> None:
    for today, told in [("2026-11-25", 1), ("2026-11-25", 1), ("2026-11-26", 2)]:
        run("mail_alert.yml", "-e", f"today={today}")
        assert len(mails(tmp_path, "duty@example.com")) == told


def test_nobody_is_told_when_all_is_well(run: Run, tmp_path: Path) -> None:
    run("mail_alert.yml", "-e", "today=2026-11-25", "-e", f"archive={tmp_path}")
    assert (tmp_path / "2026-11-25.tgz").exists()
    assert not mails(tmp_path, "duty@example.com")


@pytest.mark.parametrize("archive", ["/no-such-disk", "."])
def test_what_the_work_needed_is_removed_in_any_case(
    run: Run, tmp_path: Path, archive: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    run("mail_alert.yml", "-e", f"archive={tmp_path / archive}")
    assert not list((tmp_path / "tmp").iterdir())


# The report -----------------------------------------------------------------------------------


def test_the_report_has_a_bar_for_each_day_as_long_as_its_share(run: Run, tmp_path: Path) -> None:
    run("mail_report.yml", "-e", "week=2026-W48")
    [mail] = mails(tmp_path, "team@example.com")
    assert mail["subject"] == "周报 2026-W48: 746 orders"
    html = body(mail, "html")
    assert re.findall(r'bgcolor="#2a6fb0" width="(\d+)%"', html) == ["59", "90", "100", "47", "69"]
    assert "fair, second day" in html
    assert "sale &lt; 50 %" in html
    assert "<img" not in html


def test_whoever_reads_text_has_the_same_report(run: Run, tmp_path: Path) -> None:
    run("mail_report.yml")
    [mail] = mails(tmp_path, "team@example.com")
    bars = re.findall(r"^(周.) (#+) (\d+)", body(mail), re.MULTILINE)
    assert [(day, len(bar)) for day, bar, _ in bars][1:3] == [("周二", 36), ("周三", 40)]
    [numbers] = mail.iter_attachments()
    assert numbers.get_content() == (PLAYBOOKS / "week.csv").read_text("utf-8")


def test_a_week_is_reported_once(run: Run, tmp_path: Path) -> None:
    for week, sent in [("2026-W48", 1), ("2026-W48", 1), ("2026-W49", 2)]:
        run("mail_report.yml", "-e", f"week={week}")
        assert len(mails(tmp_path, "team@example.com")) == sent


def test_the_report_can_be_looked_at_before_it_is_sent(run: Run, tmp_path: Path) -> None:
    page = tmp_path / "week.html"
    run("mail_report.yml", "--check", "-e", f"preview={page}")
    assert "746 orders" in page.read_text("utf-8")


# The merge ------------------------------------------------------------------------------------


def test_every_member_gets_a_mail_of_its_own(run: Run, tmp_path: Path) -> None:
    run("mail_merge.yml")
    sent = {str(mail["to"]): body(mail) for mail in mails(tmp_path, "club@example.com")}
    assert set(sent) == {
        "李雷 <li@example.com>",
        '"Smith, Ann" <ann@example.com>',
        "王芳 <wang@example.com>",
    }
    assert "**45 €**. Please name your number, 1002." in sent['"Smith, Ann" <ann@example.com>']


def test_a_second_run_writes_only_to_who_has_joined_since(run: Run, tmp_path: Path) -> None:
    table = tmp_path / "members.csv"
    table.write_text((PLAYBOOKS / "members.csv").read_text("utf-8"), "utf-8")
    members = ("-e", f"members={table}")
    run("mail_merge.yml", *members)
    again = run("mail_merge.yml", *members)
    assert not result(again, "Write to every member")["changed"]
    with table.open("a", encoding="utf-8") as file:
        file.write("1004,韩梅梅,han@example.com,30\n")
    joined = run("mail_merge.yml", *members)
    assert result(joined, "Tell how many had not got it yet")["msg"] == "1 of 4"
    assert len(mails(tmp_path, "club@example.com")) == 4
