"""Where fetched mails and their attachments are saved, and under which names."""

from __future__ import annotations

import mailbox as reader
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mail_steps import fetch
from opsplay.runner.task import Context
from opsplay.tasks import mail_facts, mail_filing, mail_report
from opsplay.tasks.clients import mailbox
from opsplay.tasks.clients.mailbox import Entry
from opsplay.tasks.mail_facts import Telling, tell
from opsplay.tasks.message.read import read
from pop3_faults import Pop3Faults
from postbox import Postbox, mail, postbox

Contexts = Callable[..., Context]
FILES = (
    "--b\r\n\r\nhello\r\n"
    "--b\r\nContent-Disposition: attachment; filename=report.pdf\r\n\r\npdf\r\n"
    "--b\r\nContent-Disposition: attachment; filename=data.CSV\r\n\r\ncsv\r\n"
    "--b\r\nContent-Type: image/png; name=logo.png\r\n\r\npng\r\n"
    "--b--\r\n"
)
WITH_FILES = mail(
    "Weekly: AC/DC",
    "From: Wang <wang@example.com>",
    "Date: Mon, 23 Nov 2026 10:00:00 +0800",
    "Content-Type: multipart/mixed; boundary=b",
    body=FILES,
)


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())


# Mails ------------------------------------------------------------------------------------------


def test_each_mail_becomes_a_file_that_holds_the_very_bytes(box: Postbox, tmp_path: Path) -> None:
    mails = [mail("one"), b"Subject: \xb2\xe2\n\nbare\nends\r\n", b"\r\n..\r\n"]
    box.put(*mails)
    saved = [Path(message["path"]) for message in box.fetch(save_to="mails")]
    assert {path.suffix for path in saved} == {".eml"}
    assert sorted(path.read_bytes() for path in saved) == sorted(mails)
    assert len(tree(tmp_path / "mails")) == 3


@pytest.mark.parametrize(
    ("uid", "name"),
    [
        ("17", "17.eml"),
        ("a/b", "a_b.eml"),
        ("../../x", "_.._x.eml"),
        ("..", "mail.eml"),
        ("con", "_con.eml"),
        ("x" * 300, "x" * 200 + ".eml"),
    ],
)
def test_no_server_chooses_the_folder(ctx: Context, tmp_path: Path, uid: str, name: str) -> None:
    with Pop3Faults() as server:
        server.put(mail("one"), uid=uid)
        fetch(ctx, server.port, save_to="mails")
    assert tree(tmp_path) == [f"mails/{name}"]


def test_the_same_id_in_another_mailbox_is_another_mail(ctx: Context, tmp_path: Path) -> None:
    for subject in ("one", "other"):
        with postbox(ctx, "imap") as box:
            box.put(mail(subject))
            box.fetch(save_to="mails", state=subject)
    assert len(tree(tmp_path / "mails")) == 2


@pytest.mark.parametrize("form", ["eml", "maildir", "mbox"])
def test_what_was_saved_before_is_not_saved_again(box: Postbox, tmp_path: Path, form: str) -> None:
    box.put(mail("one"), mail("two"))
    given: dict[str, Any] = {"save_to": "mails", "format": form}
    assert [box.result(**given).changed for _ in range(2)] == [True, False]
    paths = [message["path"] for message in box.fetch(**given)]
    assert all(Path(path).is_file() for path in paths)
    assert len(tree(tmp_path)) == (1 if form == "mbox" else 2)


def test_a_maildir_is_one_that_mail_programs_read(box: Postbox, tmp_path: Path) -> None:
    box.put(mail("one"), mail("two"))
    box.fetch(save_to="mails", format="maildir")
    read = reader.Maildir(tmp_path / "mails", create=False)
    assert sorted(str(message["subject"]) for message in read) == ["one", "two"]
    assert sorted(path.name for path in (tmp_path / "mails").iterdir()) == ["cur", "new", "tmp"]


def test_a_mail_that_was_read_in_a_maildir_is_still_there(box: Postbox, tmp_path: Path) -> None:
    box.put(mail("one"))
    [message] = box.fetch(save_to="mails", format="maildir")
    new = Path(message["path"])
    new.rename(tmp_path / "mails/cur" / f"{new.name}:2,S")
    [message] = box.fetch(save_to="mails", format="maildir")
    assert Path(message["path"]).parent.name == "cur"
    assert len(tree(tmp_path / "mails")) == 1


@pytest.mark.parametrize("form", ["eml", "maildir", "mbox"])
def test_a_large_mail_goes_by_way_of_a_file(
    box: Postbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, form: str
) -> None:
    monkeypatch.setattr(mailbox, "SPOOL_FROM", 1000)
    large = mail("large", body="0123456789\r\n" * 1000)
    box.put(large, mail("small"))
    assert box.result(save_to="mails", format=form).changed
    messages = box.fetch(save_to="mails", format=form)
    assert [message["size"] for message in messages] == [len(mail("small")), len(large)]
    assert messages[1]["text"] == "0123456789\n" * 1000
    data = Path(messages[1]["path"]).read_bytes()
    assert large in data or large.replace(b"\r\n", b"\n") in data
    assert len(tree(tmp_path)) == (1 if form == "mbox" else 2)


def test_a_large_mail_need_not_be_saved(box: Postbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "SPOOL_FROM", 1000)
    box.put(mail("large", body="0123456789\r\n" * 1000))
    assert box.subjects() == ["large"]
    assert box.subjects(select={"has_attachment": True}) == []


def test_a_text_that_is_too_long_to_be_told_is_cut(box: Postbox) -> None:
    box.put(mail("long", body="x" * 1_100_000 + "\r\n"))
    [message] = box.fetch()
    assert len(message["text"]) == 1024 * 1024
    assert message["defects"] == ["text is cut: of 1,100,001 characters 1,048,576 are told"]


def test_the_texts_of_a_full_mailbox_do_not_fill_the_memory() -> None:
    mails = [read(mail(str(number), body="x" * 1000)) for number in range(4)]
    telling = Telling([], most=2500)
    for each in mails:
        telling.add([tell(Entry(1, "1", 1000), 1000, each, [])])
    told = telling.messages
    assert [(each["subject"], len(each["text"])) for each in told] == [
        *(("0", 0), ("1", 0)),
        *(("2", 1000), ("3", 1000)),
    ]
    assert [bool(each["headers"]) for each in told] == [False, False, True, True]
    assert ["left out" in str(each["defects"]) for each in told] == [True, True, False, False]
    [warning] = telling.warnings
    assert warning.startswith("2 of 4 mails are told without text")


def test_mails_whose_texts_are_too_many_are_saved_whole_and_told_in_short(
    box: Postbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mail_filing, "Telling", partial(Telling, most=1500))
    box.put(mail("old", body="o" * 1000), mail("new", body="n" * 1000))
    result = box.result(save_to="mails")
    messages: Any = result.data["messages"]
    newest, oldest = messages
    assert (newest["text"].strip(), oldest["text"]) == ("n" * 1000, "")
    assert b"o" * 1000 in Path(oldest["path"]).read_bytes()
    assert "read them where they are saved" in result.warnings[0]


@pytest.mark.parametrize("registered", [True, False])
def test_where_nobody_registers_it_no_more_is_told_than_the_newest_mails(
    box: Postbox,
    contexts: Contexts,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    *,
    registered: bool,
) -> None:
    monkeypatch.setattr(mail_facts, "MOST_UNREGISTERED", 2)
    monkeypatch.setattr(mail_report, "MOST_UNREGISTERED", 2)
    monkeypatch.setattr(mail_filing, "_MOST_MAILS", 3)
    box.put(*(mail(str(number)) for number in range(7)))
    result = box.result(contexts(is_registered=registered), save_to="mails")
    data: Any = result.data
    told = ["6", "5", "4", "3", "2", "1", "0"] if registered else ["6", "5"]
    assert [message["subject"] for message in data["messages"]] == told
    assert [entry["number"] for entry in data["mailbox"]["list"]][::-1] == [
        message["number"] for message in data["messages"]
    ]
    assert data["mailbox"]["count"] == 7
    assert result.msg == "7 of 7 mails fetched"
    assert len([*(tmp_path / "mails").iterdir()]) == 7


def test_check_mode_saves_nothing(box: Postbox, contexts: Contexts, tmp_path: Path) -> None:
    box.put(WITH_FILES)
    result = box.result(
        contexts(check=True), save_to="mails", format="mbox", attachments_to={"path": "in"}
    )
    assert result.changed
    assert tree(tmp_path) == []


# Attachments ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("{name}", "report.pdf"),
        ("{date}-{stem}{suffix}", "2026-11-23-report.pdf"),
        ("{from}/{name}", "wang@example.com/report.pdf"),
        ("{from_name}/{date}/{name}", "Wang/2026-11-23/report.pdf"),
        ("{subject}{suffix}", "Weekly_ AC_DC.pdf"),
        ("fixed", "fixed"),
    ],
)
def test_attachments_are_named_as_the_template_says(
    box: Postbox, tmp_path: Path, name: str, expected: str
) -> None:
    box.put(WITH_FILES)
    [message] = box.fetch(attachments_to={"path": "in", "name": name, "include": ["*.pdf"]})
    [path] = [file["path"] for file in message["attachments"] if file["path"]]
    assert str(Path(path).relative_to(tmp_path / "in")) == expected
    assert Path(path).read_bytes() == b"pdf"


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, ["data.CSV", "logo.png", "report.pdf"]),
        ({"include": "*.csv"}, ["data.CSV"]),
        ({"include": ["*.pdf", "image/*"]}, ["logo.png", "report.pdf"]),
        ({"exclude": ["image/*"]}, ["data.CSV", "report.pdf"]),
        ({"include": ["*"], "exclude": ["*.pdf", "*.csv"]}, ["logo.png"]),
    ],
)
def test_patterns_say_which_attachments_are_saved(
    box: Postbox, tmp_path: Path, given: dict[str, Any], expected: list[str]
) -> None:
    box.put(WITH_FILES)
    [message] = box.fetch(attachments_to={"path": "in", **given})
    assert tree(tmp_path / "in") == expected
    assert len(message["attachments"]) == 3


@pytest.mark.parametrize(
    "sender", ["../../etc <a@b.example>", "/etc/passwd <a@b.example>", ".. <a@b.example>", "<>"]
)
@pytest.mark.parametrize("name", ["{from_name}/{name}", "{subject}/{uid}/{name}", "{from}/{name}"])
def test_no_sender_chooses_the_folder(box: Postbox, tmp_path: Path, sender: str, name: str) -> None:
    box.put(
        mail(
            "../x/..",
            f"From: {sender}",
            "Content-Type: multipart/mixed; boundary=b",
            body=FILES,
        )
    )
    box.fetch(attachments_to={"path": "in", "name": name, "include": "*.pdf"})
    [path] = tree(tmp_path)
    assert path.startswith("in/")
    assert path.count("/") == name.count("/") + 1
    assert path.endswith("/report.pdf")


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("{nmae}", "may hold {name}, {stem}"),
        ("{date:%Y}", "holds something else"),
        ("{0}", "holds something else"),
        ("/etc/{name}", "leads out of the folder or nowhere"),
        ("../{name}", "leads out of the folder or nowhere"),
        ("", "leads out of the folder or nowhere"),
    ],
)
def test_a_template_that_cannot_be_is_told_before_anything_is_done(
    box: Postbox, name: str, words: str
) -> None:
    assert words in box.refused(port=1, attachments_to={"path": "in", "name": name})
