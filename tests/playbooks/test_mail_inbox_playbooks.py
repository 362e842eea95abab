"""The inbox files what comes, and requests are answered in their thread, each once."""

from __future__ import annotations

from email.message import EmailMessage
from pathlib import Path

import pytest

from file_trees import tree
from mail_playbooks import Run, body, mails, runner
from playbook_runs import PLAYBOOKS, result

FILED = {
    "ann@south.example",
    "ann@south.example/2026-11-25 invoice.csv",
    "ann@south.example/2026-11-25 invoice (2).csv",
    "li@north.example",
    "li@north.example/2026-11-25 发票.csv",
}


@pytest.fixture(name="run")
def _run(tmp_path: Path) -> Run:
    return runner(tmp_path)


def attached(mail: EmailMessage) -> list[tuple[str | None, object]]:
    return [(file.get_filename(), file.get_content()) for file in mail.iter_attachments()]


@pytest.mark.parametrize("name", ["inbox", "request"])
def test_check_mode_sends_and_saves_nothing(run: Run, tmp_path: Path, name: str) -> None:
    run(f"mail_{name}.yml", "--check")
    assert not any((tmp_path / folder).exists() for folder in ("mail", "filed", "mails"))


# The inbox ------------------------------------------------------------------------------------


def test_what_is_attached_is_filed_by_sender(run: Run, tmp_path: Path) -> None:
    run("mail_inbox.yml")
    filed = tree(tmp_path / "filed")
    assert set(filed) == FILED
    invoices = {data for path, data in filed.items() if "invoice" in path}
    assert invoices == {b"17,900\n", b"18,450\n"}
    assert filed["li@north.example/2026-11-25 发票.csv"] == "十一月,1200\n".encode()


def test_what_is_filed_leaves_the_inbox_and_is_kept_whole(run: Run, tmp_path: Path) -> None:
    run("mail_inbox.yml")
    assert not mails(tmp_path, "office@example.com")
    assert len(mails(tmp_path, "office@example.com/.Filed")) == 3
    assert len(list((tmp_path / "mails").iterdir())) == 3


def test_another_run_files_only_what_is_new(run: Run, tmp_path: Path) -> None:
    run("mail_inbox.yml")
    again = run("mail_inbox.yml")
    assert len(result(again, "File what is new")["messages"]) == 3
    assert len(list((tmp_path / "mails").iterdir())) == 6


# The request ----------------------------------------------------------------------------------


def test_a_request_is_answered_in_its_thread_with_the_report(run: Run, tmp_path: Path) -> None:
    events = run("mail_request.yml")
    request = result(events, "Send the request")["message_id"]
    [answer] = mails(tmp_path)
    assert answer["in-reply-to"] == answer["references"] == request
    assert answer["subject"] == "Re: Please send me the report 季度报告"
    assert answer["auto-submitted"] == "auto-replied"
    assert body(answer).startswith("Hello 李雷,\n\nhere it is.\n")
    assert body(answer).endswith("\n> Thank you!\n")
    [(name, content)] = attached(answer)
    assert name == "季度报告.csv"
    assert content == (PLAYBOOKS / "reports/季度报告.csv").read_text("utf-8")


def test_nobody_gets_a_file_that_is_not_meant_for_asking(run: Run, tmp_path: Path) -> None:
    run("mail_request.yml", "-e", "subject='Report passwd'")
    [answer] = mails(tmp_path)
    assert "there is no report passwd." in body(answer)
    assert not attached(answer)


@pytest.mark.parametrize(
    "headers", ['{"Auto-Submitted": "auto-replied"}', '{"List-Id": "<cats.example.com>"}']
)
def test_what_no_person_wrote_is_not_answered(run: Run, tmp_path: Path, headers: str) -> None:
    run("mail_request.yml", "-e", f'{{"headers": {headers}}}')
    assert not mails(tmp_path)
    assert len(mails(tmp_path, "reports@example.com/.Answered")) == 1


def test_an_answered_request_is_not_answered_again(run: Run, tmp_path: Path) -> None:
    run("mail_request.yml")
    inbox = tmp_path / "mail/reports@example.com"
    [answered] = (inbox / ".Answered/new").iterdir()
    answered.rename(inbox / "new" / answered.name)  # as if the run had been killed before that
    run("mail_request.yml", "-e", "subject=Hello")
    assert len(mails(tmp_path)) == 1
