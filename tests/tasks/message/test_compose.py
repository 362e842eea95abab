"""What no mail can hold is refused, and the error names the field."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from opsplay.runner.task import TaskError
from opsplay.tasks.message.addresses import Address, parse
from opsplay.tasks.message.compose import compose
from opsplay.tasks.message.file import Content, File
from opsplay.tasks.message.letter import Letter

WHEN = datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
LETTER = Letter(sender=Address("", "a@example.com"), message_id="<1@example.com>", date=WHEN)


def refused(**changes: object) -> str:
    with pytest.raises(TaskError) as caught:
        compose(replace(LETTER, **changes))  # type: ignore[arg-type]
    return caught.value.msg


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\0"])
@pytest.mark.parametrize(
    ("field", "changes"),
    [
        ("subject", {"subject": "hi{}Bcc: x@y.org"}),
        ("headers: X-A", {"headers": [("X-A", "1{}Bcc: x@y.org")]}),
        ("headers", {"headers": [("X-A{}Bcc", "x@y.org")]}),
        ("message_id", {"message_id": "<1@a>{}Bcc: x@y.org"}),
        ("the name of an attachment", {"attachments": [("name", "a.txt{}Bcc: x")]}),
        ("content_type", {"attachments": [("type", "text/plain{}Bcc: x")]}),
        ("the charset of an attachment", {"attachments": [("charset", "utf-8{}")]}),
        ("charset", {"charset": "utf-8{}"}),
        ("filename_encoding", {"filename_encoding": "gbk{}"}),
        ("inline", {"inline": [("cid", "x{}Bcc: x")], "html": '<img src="cid:x">'}),
    ],
)
def test_no_line_break_gets_into_a_header(field: str, changes: dict[str, object], end: str) -> None:
    assert refused(**injected(changes, end)).startswith(f"{field}")


def injected(changes: dict[str, object], end: str) -> dict[str, object]:
    def fill(value: object) -> object:
        if isinstance(value, str):
            return value.format(end) if "{}" in value else value
        return [tuple(map(fill, pair)) for pair in value]  # type: ignore[attr-defined]

    made = {key: fill(value) for key, value in changes.items()}
    for key in {"attachments", "inline"} & made.keys():
        given = dict(made[key])  # type: ignore[call-overload]
        made[key] = [File(**{"name": "a.txt", "content": Content(b""), **given})]
    return made


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no at sign", "is no mail address"),
        ("a@b@c", "is no mail address"),
        ("a b@example.com", "is no mail address"),
        ("Ann <ann@example.com", None),
        ("a@ex ample.com", "is no mail address"),
        ("a@example\u200b.com", "not all of it can be seen"),
        (f"{'x' * 250}@example.com", "longer than the 254 bytes"),
        ("a@-..例", "is no name of a domain"),
        ("a@example.com\r\nBcc: x@y.org", "carriage return"),
    ],
)
def test_an_address_that_no_server_understands_is_refused(text: str, why: str | None) -> None:
    if why is None:
        assert parse("to", text)
        return
    with pytest.raises(TaskError, match=why) as caught:
        parse("to", text)
    assert caught.value.msg.startswith("to")


def test_addresses_are_written_as_people_write_them() -> None:
    found = parse("to", '王芳 <w@example.com>, "Doe, Jo" <jo@例子.com>, root, d@e.org (Di)')
    assert found == [
        Address("王芳", "w@example.com"),
        Address("Doe, Jo", "jo@xn--fsqu00a.com"),
        Address("", "root"),
        Address("Di", "d@e.org"),
    ]


def test_a_picture_without_its_file_is_refused() -> None:
    assert refused(html='<img src="cid:logo">') == (
        "html shows cid:logo, and inline gives no file for it"
    )


def test_a_file_without_its_picture_is_refused() -> None:
    picture = File(name="logo.png", content=Content(b""), cid="logo")
    assert 'write <img src="cid:logo">' in refused(html="<p>", inline=[picture])


def test_a_charset_that_lacks_a_character_is_refused() -> None:
    assert refused(text="ok 😀", charset="gbk").startswith("body: the charset gbk has no '😀'")
    assert refused(subject="😀", charset="gbk").startswith("subject: the charset gbk")


@pytest.mark.parametrize("charset", ["klingon", "rot13", "utf-16", "utf-8\r\n", "hex", ""])
def test_what_is_no_charset_is_refused(charset: str) -> None:
    assert "is no charset for mail" in refused(text="a", charset=charset)


@pytest.mark.parametrize("name", ["To", "bcc", "Message-ID", "Content-Type", "date", "References"])
def test_headers_that_have_a_parameter_are_refused_as_headers(name: str) -> None:
    assert refused(headers=[(name, "x")]).startswith("headers: ")


@pytest.mark.parametrize("name", ["message_id", "in_reply_to", "references"])
def test_identifiers_are_ascii_in_brackets(name: str) -> None:
    for wrong in ("<测试@x>", "<a b@x>", "<a@x> <b@x>", "<>"):
        given = wrong if name == "message_id" else [wrong]
        assert refused(**{name: given}).startswith(f"{name}: {wrong!r} is no identifier")
