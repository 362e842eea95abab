"""What a playbook says of a mail becomes a letter, or an error that names the argument."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from letters import composed
from opsplay.runner import params as building
from opsplay.runner.dataclasses import replace
from opsplay.runner.task import Context, TaskError
from opsplay.tasks.mail_letter import make_letter
from opsplay.tasks.mail_parameters import LetterParams
from opsplay.tasks.message.addresses import Address
from opsplay.tasks.message.letter import Letter

QUESTION = {
    "message_id": "<2@example.com>",
    "references": ["<1@example.com>"],
    "in_reply_to": "<1@example.com>",
    "subject": "回复: AW: order 7",
    "from": {"name": "王芳", "address": "wang@example.com"},
    "to": [{"name": "", "address": "robot@example.org"}],
    "reply_to": [],
    "date": "2026-11-23T08:30:00+00:00",
    "text": "Where is it?\n",
    "html": "<script>alert(1)</script>",
}


def made(ctx: Context, **arguments: object) -> Letter:
    once = str(arguments.pop("once", ""))
    given = {"from": "me@example.org", **arguments}
    return make_letter(building.build(LetterParams, given), ctx, sender="", once=once)


def refused(ctx: Context, **arguments: object) -> str:
    with pytest.raises(TaskError) as caught:
        made(ctx, **arguments)
    return caught.value.msg


# People ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("field", ["to", "cc", "reply_to"])
@pytest.mark.parametrize(
    "given",
    [
        "王芳 <w@example.com>",
        ["王芳 <w@example.com>"],
        {"name": "王芳", "address": "w@example.com"},
        [{"name": "王芳", "address": "w@example.com"}],
    ],
)
def test_people_are_named_in_any_way(ctx: Context, field: str, given: object) -> None:
    assert getattr(made(ctx, **{field: given}), field) == [Address("王芳", "w@example.com")]


@pytest.mark.parametrize(
    ("domain", "ascii_domain"),
    [
        ("例子.com", "xn--fsqu00a.com"),
        ("例子。中国", "xn--fsqu00a.xn--fiqs8s"),
        ("straße.de", "xn--strae-oqa.de"),
        ("BÜCHER.example", "xn--bcher-kva.example"),
    ],
)
def test_a_domain_beyond_ascii_is_written_as_the_dns_has_it(
    ctx: Context, domain: str, ascii_domain: str
) -> None:
    letter = made(ctx, to=f"a@{domain}")
    assert letter.to == [Address("", f"a@{ascii_domain}")]
    assert not letter.needs_smtputf8


@pytest.mark.parametrize("field", ["from", "to", "cc", "reply_to", "request_receipt"])
def test_a_mailbox_beyond_ascii_needs_a_server_that_knows_it(ctx: Context, field: str) -> None:
    letter = made(ctx, **{field: "王芳 <王芳@例子.com>"})
    assert letter.needs_smtputf8
    assert "<王芳@xn--fsqu00a.com>\r\n".encode() in composed(letter)


@pytest.mark.parametrize("field", ["from", "to", "cc", "reply_to", "request_receipt"])
@pytest.mark.parametrize("end", ["\r", "\n", "\0"])
def test_no_line_break_gets_into_an_address(ctx: Context, field: str, end: str) -> None:
    assert refused(ctx, **{field: f"a@example.com{end}Bcc: x@y.org"}).startswith(f"{field} holds a")


# Order, time and identity ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("priority", "lines"),
    [
        ("high", b"X-Priority: 1\r\nImportance: high\r\nPriority: urgent\r\n"),
        ("normal", b"X-Priority: 3\r\nImportance: normal\r\nPriority: normal\r\n"),
        ("low", b"X-Priority: 5\r\nImportance: low\r\nPriority: non-urgent\r\n"),
    ],
)
def test_priority_is_told_in_the_three_ways_that_programs_know(
    ctx: Context, priority: str, lines: bytes
) -> None:
    assert lines in composed(made(ctx, priority=priority))


def test_a_priority_of_ones_own_is_a_header_as_any_other(ctx: Context) -> None:
    headers = {"X-Priority": "2"}
    assert b"X-Priority: 2\r\n" in composed(made(ctx, headers=headers))
    with pytest.raises(TaskError, match="headers: X-Priority is given already"):
        composed(made(ctx, headers=headers, priority="low"))


@pytest.mark.parametrize(
    ("wanted", "address"), [(True, "me@example.org"), ("boss@example.org", "boss@example.org")]
)
def test_a_receipt_goes_to_the_sender_or_whom_one_names(
    ctx: Context, wanted: object, address: str
) -> None:
    raw = composed(made(ctx, request_receipt=wanted))
    assert f"Disposition-Notification-To: {address}\r\n".encode() in raw


def test_a_word_is_no_address_for_a_receipt(ctx: Context) -> None:
    assert refused(ctx, request_receipt="maybe").startswith("request_receipt: give true, false or")


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-25T08:30:00+08:00",
        "2026-11-25 00:30:00Z",
        "Wed, 25 Nov 2026 08:30:00 +0800",
        "25 Nov 2026 00:30 GMT",
    ],
)
def test_a_date_is_written_in_iso_or_as_mails_have_it(ctx: Context, text: str) -> None:
    assert made(ctx, date=text).date == datetime(2026, 11, 25, 0, 30, tzinfo=UTC)


def test_a_date_without_a_zone_is_local(ctx: Context) -> None:
    written = made(ctx, date="2026-11-25 08:30").date
    assert written == datetime(2026, 11, 25, 8, 30).astimezone()


def test_left_out_the_date_is_now(ctx: Context) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    assert before <= made(ctx).date <= datetime.now(UTC)


@pytest.mark.parametrize("text", ["soon", "", "2026-13-45", "1\r\nBcc: x@y.org"])
def test_what_is_no_date_is_refused(ctx: Context, text: str) -> None:
    assert refused(ctx, date=text).startswith(f"date: {text!r} is no date; write it like 2026-")


def test_the_same_mail_has_the_same_message_id_within_a_run(ctx: Context, tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("1")
    mail: dict[str, object] = {"subject": "x", "attachments": ["a.txt"]}
    first = made(ctx, **mail).message_id
    assert first == made(ctx, **mail).message_id
    assert first != made(ctx, **mail, body="y").message_id
    (tmp_path / "a.txt").write_text("2")
    assert first != made(ctx, **mail).message_id


def test_the_same_mail_in_another_run_has_another(ctx: Context, tmp_path: Path) -> None:
    other = tmp_path / "other"
    assert made(ctx).message_id != made(replace(ctx, temp_dir=lambda: other)).message_id


def test_with_a_key_the_message_id_is_that_of_the_key(ctx: Context, tmp_path: Path) -> None:
    other = replace(ctx, temp_dir=lambda: tmp_path / "other")
    first = made(ctx, once="order 7", body="a").message_id
    assert first == made(other, once="order 7", body="b").message_id
    assert first.endswith("@example.org>")
    assert first != made(ctx, once="order 8", body="a").message_id


def test_what_is_no_character_is_told_when_the_mail_is_composed(ctx: Context) -> None:
    with pytest.raises(TaskError, match="body: the charset utf-8 has no"):
        composed(made(ctx, body="a\udc80", once="\udc80"))


def test_a_message_id_of_ones_own_is_taken(ctx: Context) -> None:
    assert made(ctx, once="k", message_id="7@example.com").message_id == "<7@example.com>"


# Answers --------------------------------------------------------------------------------------


def test_an_answer_to_a_message_finds_its_thread_and_its_receiver(ctx: Context) -> None:
    letter = made(ctx, in_reply_to=QUESTION, body="Here.\n", html="<p>Here.</p>")
    assert letter.to == [Address("王芳", "wang@example.com")]
    assert letter.subject == "Re: order 7"
    assert letter.in_reply_to == ["<2@example.com>"]
    assert letter.references == ["<1@example.com>", "<2@example.com>"]
    assert letter.text == (
        "Here.\n\nOn 2026-11-23 08:30, 王芳 <wang@example.com> wrote:\n> Where is it?\n"
    )
    assert "Where is it?</blockquote>" in letter.html
    assert "script" not in letter.html


def test_what_is_said_of_an_answer_is_not_taken_from_the_question(ctx: Context) -> None:
    letter = made(
        ctx,
        in_reply_to=QUESTION,
        to="li@example.com",
        subject="Order 7 has left",
        references=["<9@example.com>"],
        body="Here.\n",
        quote=False,
    )
    assert letter.to == [Address("", "li@example.com")]
    assert letter.subject == "Order 7 has left"
    assert letter.references == ["<9@example.com>"]
    assert letter.text == "Here.\n"


def test_an_answer_goes_where_answers_are_wanted(ctx: Context) -> None:
    wanted = {**QUESTION, "reply_to": [{"name": "", "address": "orders@example.com"}]}
    assert made(ctx, in_reply_to=wanted).to == [Address("", "orders@example.com")]


def test_an_answer_may_name_a_message_id_alone(ctx: Context) -> None:
    letter = made(ctx, in_reply_to="2@example.com", subject="x")
    assert (letter.in_reply_to, letter.references) == (["<2@example.com>"], ["<2@example.com>"])
    assert letter.to == []


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"message_id": None, "from": None, "references": None, "text": None, "date": ""},
        {"message_id": "none", "from": "x", "references": [7, "<a b>"], "text": [], "date": "x"},
        {"message_id": "<a@b>\r\nBcc: x@y.org", "references": ["<a@b\r\n>"], "subject": "a\r\nb"},
    ],
)
def test_whatever_the_message_holds_an_answer_is_a_mail(
    ctx: Context, message: dict[str, object]
) -> None:
    raw = composed(made(ctx, in_reply_to=message, to="li@example.com"))
    assert b"\r\nBcc" not in raw


def test_the_address_of_a_stranger_is_checked(ctx: Context) -> None:
    message = {**QUESTION, "from": {"name": "", "address": "a@example.com>\r\nRCPT TO:<x"}}
    assert refused(ctx, in_reply_to=message).startswith("in_reply_to holds a carriage return")


def test_all_mails_that_were_fetched_are_no_message(ctx: Context) -> None:
    assert "give one message, such as mail.messages[0]" in refused(
        ctx, in_reply_to={"messages": [QUESTION]}
    )
