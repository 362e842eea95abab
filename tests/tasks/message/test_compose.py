"""What no mail can hold is refused, and the error names the field; the rest is right for all."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from letters import composed, file, letter
from opsplay.runner.task import TaskError
from opsplay.tasks.message.addresses import Address, parse
from opsplay.tasks.message.read import read


def refused(**changes: object) -> str:
    with pytest.raises(TaskError) as caught:
        composed(letter(**changes))
    return caught.value.msg


# Header injection -----------------------------------------------------------------------------

INJECTIONS: dict[str, Callable[[str], dict[str, object]]] = {
    "from": lambda evil: {"sender": Address(evil, "a@example.com")},
    "to": lambda evil: {"to": [Address("", evil)]},
    "cc": lambda evil: {"cc": [Address(evil, "a@example.com")]},
    "reply_to": lambda evil: {"reply_to": [Address(evil, "a@example.com")]},
    "subject": lambda evil: {"subject": evil},
    "message_id": lambda evil: {"message_id": f"<1@a>{evil}"},
    "in_reply_to": lambda evil: {"in_reply_to": [f"<1@a>{evil}"]},
    "references": lambda evil: {"references": ["<1@a>", f"<2@a>{evil}"]},
    "headers: X-A": lambda evil: {"headers": [("X-A", evil)]},
    "headers": lambda evil: {"headers": [(f"X-A{evil}", "x")]},
    "the name of an attachment": lambda evil: {"attachments": [file(evil)]},
    "content_type": lambda evil: {"attachments": [file(type=f"text/plain{evil}")]},
    "the charset of an attachment": lambda evil: {"attachments": [file(charset=f"utf-8{evil}")]},
    "charset": lambda evil: {"charset": f"utf-8{evil}"},
    "filename_encoding": lambda evil: {"filename_encoding": f"gbk{evil}"},
    "inline": lambda evil: {"inline": [file(cid=f"x{evil}")], "html": '<img src="cid:x">'},
}


@pytest.mark.parametrize("end", ["\r\n", "\n", "\r", "\0"])
@pytest.mark.parametrize("field", INJECTIONS)
def test_no_line_break_gets_into_a_header(field: str, end: str) -> None:
    assert refused(**INJECTIONS[field](f"{end}Bcc: x@y.org")).startswith(field)


# Addresses ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("no at sign", "is no mail address"),
        ("a@b@c", "is no mail address"),
        ("a b@example.com", "is no mail address"),
        ("a@example.com，b@example.com", "with a comma between several"),
        ("a@ex ample.com", "is no mail address"),
        ("a@example\u200b.com", "not all of it can be seen"),
        (f"{'x' * 250}@example.com", "longer than the 254 bytes"),
        (f"{'例' * 90}@example.com", "longer than the 254 bytes"),
        ("a@-..例", "is no name of a domain"),
        ("a@example.com\r\nBcc: x@y.org", "carriage return"),
    ],
)
def test_an_address_that_no_server_understands_is_refused(text: str, why: str) -> None:
    with pytest.raises(TaskError, match=why) as caught:
        parse("to", text)
    assert caught.value.msg.startswith("to")


def test_addresses_are_written_as_people_write_them() -> None:
    found = parse("to", '王芳 <w@example.com>, "Doe, Jo" <jo@例子.com>, root, d@e.org (Di)')
    assert list(found) == [
        Address("王芳", "w@example.com"),
        Address("Doe, Jo", "jo@xn--fsqu00a.com"),
        Address("", "root"),
        Address("Di", "d@e.org"),
    ]
    assert parse("to", "Ann <ann@example.com") == (Address("Ann", "ann@example.com"),)


# Pictures -------------------------------------------------------------------------------------


def test_a_picture_without_its_file_is_refused() -> None:
    assert refused(html='<img src="cid:logo">') == (
        "html shows cid:logo, and inline gives no file for it"
    )


def test_a_file_without_its_picture_is_refused() -> None:
    picture = file("logo.png", cid="logo")
    assert 'write <img src="cid:logo">' in refused(html="<p>", inline=[picture])
    assert 'write <img src="cid:logo">' in refused(text="x", inline=[picture])


# Charsets, headers, identifiers ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"text": "ok 😀"}, "body"),
        ({"html": "<p>😀"}, "html"),
        ({"subject": "😀"}, "subject"),
        ({"to": [Address("😀", "a@example.com")]}, "to"),
        ({"headers": [("X-A", "😀")]}, "headers: X-A"),
    ],
)
def test_a_charset_that_lacks_a_character_is_refused(
    changes: dict[str, object], field: str
) -> None:
    assert refused(**changes, charset="gbk").startswith(f"{field}: the charset gbk has no '😀'")


@pytest.mark.parametrize("field", ["text", "html", "subject"])
def test_what_is_no_character_is_refused(field: str) -> None:
    assert refused(**{field: "a\udc80"}).endswith(r"no '\udc80' (character 2); take it out")


@pytest.mark.parametrize("charset", ["klingon", "rot13", "utf-16", "utf-8\r\n", "hex", "", "idna"])
def test_what_is_no_charset_is_refused(charset: str) -> None:
    assert "is no charset for mail" in refused(text="a", charset=charset)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("To", "give To as `to`"),
        ("bcc", "give bcc as `bcc`"),
        ("Message-ID", "give Message-ID as `message_id`"),
        ("date", "give date as `date`"),
        ("References", "give References as `references`"),
        ("DKIM-Signature", "give DKIM-Signature as `dkim`"),
        ("Content-Type", "Content-Type is set by this step"),
        ("MIME-Version", "MIME-Version is set by this step"),
    ],
)
def test_headers_that_have_a_parameter_are_refused_as_headers(name: str, words: str) -> None:
    assert refused(headers=[(name, "x")]).startswith(f"headers: {words}")


@pytest.mark.parametrize("field", ["message_id", "in_reply_to", "references"])
@pytest.mark.parametrize("wrong", ["<测试@x>", "<a b@x>", "<a@x> <b@x>", "<>"])
def test_identifiers_are_ascii_in_brackets(field: str, wrong: str) -> None:
    given = wrong if field == "message_id" else [wrong]
    assert refused(**{field: given}).startswith(f"{field}: {wrong!r} is no identifier")


def test_a_header_that_holds_an_identifier_is_never_encoded() -> None:
    raw = composed(letter(headers=[("Resent-Message-ID", f"<{'x' * 200}@example.com>")]))
    assert b"x" * 200 in raw
    assert refused(headers=[("Resent-Message-ID", "<é@x>")]).startswith("headers: Resent-")


# Messages inside ------------------------------------------------------------------------------

FORWARDED = b"From: li@example.com\r\nSubject: x\r\n\r\nHello.\r\n"


def test_a_message_that_is_attached_goes_as_it_is() -> None:
    raw = composed(letter(text="see below\n", attachments=[file("a.eml", FORWARDED)]))
    assert b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 7bit\r\n" in raw
    assert FORWARDED in raw
    assert [one.content for one in read(raw).attachments] == [FORWARDED]


@pytest.mark.parametrize(
    "more", ["é\r\n".encode(), b"bare\n", b"no end", b"x" * 999 + b"\r\n", b"From me\r\n"]
)
def test_a_message_that_servers_would_change_goes_as_a_file(more: bytes) -> None:
    raw = composed(letter(attachments=[file("a.eml", FORWARDED + more)]))
    assert b"message/rfc822" not in raw
    assert [(one.name, one.content) for one in read(raw).attachments] == [
        ("a.eml", FORWARDED + more)
    ]


def test_other_types_that_hold_parts_are_refused() -> None:
    for kind in ("multipart/mixed", "message/partial", "text"):
        assert refused(attachments=[file(type=kind)]).startswith(f"content_type: {kind!r} is no")


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("week.csv", "周一,3\n".encode(), b'Content-Type: text/csv; charset="utf-8"'),
        ("week.csv", b"Mon,3\n", b"Content-Type: text/csv\r\n"),
        ("week.csv", "周一,3\n".encode("gbk"), b"Content-Type: text/csv\r\n"),
        ("week.pdf", "周一".encode(), b"Content-Type: application/pdf\r\n"),
    ],
)
def test_an_attached_text_that_can_only_be_utf_8_is_said_to_be(
    name: str, data: bytes, said: bytes
) -> None:
    assert said in composed(letter(attachments=[file(name, data)]))
