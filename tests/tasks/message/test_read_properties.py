"""Whatever arrives is read, in a time that grows with its size and not with its square."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsplay.tasks.message.head import head
from opsplay.tasks.message.read import Mail, read

MAIL = b"""\
Received: from a by b; Mon, 23 Nov 2026 10:00:00 +0800
From: =?utf-8?B?546L6Iqz?= <wang@example.com>
To: "Doe, Jo" <jo@example.com>, Team: a@x.org, (comment) b@x.org;
Subject: =?gb2312?Q?=B2=E2?= =?gb2312?Q?=CA=D4?= \xb2\xe2
Message-ID: <3@example.com>
References: <1@example.com>
 <2@example.com>
Content-Type: multipart/mixed;
\tboundary="b=_1"

preamble
--b=_1
Content-Type: multipart/alternative; boundary=c

--c
Content-Type: text/plain; charset=gb2312; format=flowed; delsp=yes
Content-Transfer-Encoding: quoted-printable

=B2=E2=CA=D4 =
and \n> more
begin 644 a.txt
#86)C
`
end
--c
Content-Type: text/html; charset="utf-8"

<meta charset=gbk><p>a<table><td>b<a href="http://x.org">c</a><!-- d --><ul><li>&eacute;</ul>
--c--
--b=_1
Content-Type: application/pdf; name*0*=utf-8''%E6%B5; name*1*=%8B.pdf
Content-Disposition: attachment; filename="=?utf-8?B?5rWL?=.pdf"
Content-Transfer-Encoding: base64

JVBERi0xLjQK
--b=_1
Content-Type: message/rfc822

Subject: inside
Content-Type: image/png; name=a.png

PNG
--b=_1
Content-Type: message/delivery-status

Final-Recipient: rfc822; li@example.com
Status: 5.1.1
--b=_1
Content-Type: application/ms-tnef; name=winmail.dat
Content-Transfer-Encoding: base64

eJ8+IgEAAQKQAAABAAAAAAAAARCAAAAGAAAAYS50eHQA7wE=
--b=_1--
"""
MOST = len(MAIL) - 1


def contents(mail: Mail) -> list[bytes]:
    """Every content, and that it is the same whole and in pieces."""
    for file in mail.attachments:
        assert b"".join(file.pieces()) == file.content
    return [file.content for file in mail.attachments]


def is_text(mail: Mail) -> bool:
    headers = [value for values in mail.headers.values() for value in values]
    names = [file.name for file in mail.attachments]
    return all(text.encode() is not None for text in (mail.text, mail.html, *headers, *names))


def test_the_mail_that_is_broken_below_is_read_when_it_is_whole() -> None:
    mail = read(MAIL)
    assert (mail.subject, mail.sender[0].name) == ("测试 测", "王芳")
    assert mail.text.split() == ["测试", "and", ">", "more"]
    assert [file.name for file in mail.attachments] == [
        "测.pdf",
        "inside.eml",
        "part-3.txt",
        "a.txt",
        "a.txt",
    ]
    assert mail.bounce is not None


@given(st.binary(max_size=300))
def test_any_bytes_are_read(raw: bytes) -> None:
    mail = read(raw)
    contents(mail)
    assert head(raw).subject == mail.subject
    assert is_text(mail)


cuts = st.tuples(st.integers(0, MOST), st.integers(0, 40), st.binary(max_size=8))


@given(st.lists(cuts, min_size=1, max_size=5))
@settings(max_examples=300)
def test_a_mail_is_read_whatever_is_changed_in_it(changes: list[tuple[int, int, bytes]]) -> None:
    raw = MAIL
    for at, length, new in changes:
        raw = raw[:at] + new + raw[at + length :]
    mail = read(raw)
    contents(mail)
    assert is_text(mail)


@given(
    st.lists(st.integers(0, MOST), min_size=2, max_size=6), st.sampled_from([b"\n", b"\r\n", b"\r"])
)
@settings(max_examples=200)
def test_a_mail_is_read_whose_pieces_come_in_any_order(at: list[int], end: bytes) -> None:
    starts = sorted([0, *at])
    pieces = [MAIL[begin:stop] for begin, stop in zip(starts, [*starts[1:], None], strict=True)]
    raw = b"".join(reversed(pieces)).replace(b"\n", end)
    assert is_text(read(raw))
    assert isinstance(read(raw[: at[0]]).subject, str)


MANY = 200_000
MULTIPART = b"Content-Type: multipart/mixed; boundary=b\n\n"
ENCODED = b"Content-Transfer-Encoding: "


# What is repeated is what some rule looks for: where one starts anew at each, time is quadratic.
@pytest.mark.parametrize(
    ("head_of_it", "repeated"),
    [
        (MULTIPART, b"--b\n"),
        (MULTIPART, b"--b--\n"),
        (MULTIPART, b"--c\n"),
        (b"Content-Type: multipart/mixed; boundary=\n\n", b"--\n"),
        (b"", b"Content-Type: multipart/mixed; boundary=z\n\n--q\n"),
        (b"", b"Content-Type: multipart/mixed; boundary=q\n\n--q\n"),
        (b"", b"Content-Type: message/rfc822\n\n"),
        (ENCODED + b"quoted-printable\n\n", b"="),
        (ENCODED + b"quoted-printable\n\n", b"= "),
        (ENCODED + b"quoted-printable\n\n", b"=\r"),
        (ENCODED + b"base64\n\n", b"="),
        (ENCODED + b"base64\n\n", b"=\n"),
        (ENCODED + b"base64\n\n", b"YWJj "),
        (ENCODED + b"base64\n\n", b"YWJ_"),
        (ENCODED + b"x-uuencode\n\nbegin 644 a\n", b"M"),
        (b"\n", b"begin 644 a\n"),
        (b"Subject: ", b"=?a?q?"),
        (b"Subject: ", b"=?a?q?b?"),
        (b"Subject: ", b"=?a?q?b?= "),
        (b"To: ", b'"\\'),
        (b"To: ", b"(<"),
        (b"Subject: ", b"=?utf-8?B?5?= "),
        (b"Subject: ;\n", b"a=;\n"),
        (b"To: a@b", b" "),
        (b"To: a@b", b" . "),
        (b"To: ", b"(a"),
        (b"To: ", b"a@b "),
        (b"Date: ", b" : ("),
        (b"References: ", b"<a"),
        (b"Content-Type: a/b", b";a"),
        (b"Content-Type: a/b", b';a="'),
        (b"Content-Type: a/b", b";a*0*=b"),
        (b"Content-Type: a/b; name=", b"=?a?b?"),
        (b"", b" \n"),
        (b"", b"a:\n"),
        (b"", b"a\nSubject: b\n"),
        (b"", b"a"),
        (b"Subject: a\n", b" "),
        (b"Content-Type: text/html\n\n", b"<meta "),
        (b"Content-Type: text/html\n\n", b"<a href='"),
        (b"Content-Type: text/plain; format=flowed\n\n", b"> a \n"),
        (b"Content-Type: text/plain; charset=utf-7\n\n", b"+AAA"),
        (b"From: MAILER-DAEMON\n\n", b"<a@b>: "),
        (b"From: MAILER-DAEMON\n\n", b"  a@b\n    c\n"),
        (b"Content-Type: message/delivery-status\n\n", b"Status: 5\n\n"),
        (b"\n", b"\xd6\xd0\xce\xc4"),
        (b"\n", b"\xff\xfe"),
    ],
)
def test_nothing_takes_quadratic_time(head_of_it: bytes, repeated: bytes) -> None:
    mail = read(head_of_it + repeated * (MANY // len(repeated)))
    assert all(isinstance(content, bytes) for content in contents(mail)[:1])


def test_a_long_line_is_a_line() -> None:
    line = base64.b64encode(bytes(1_000_000))
    assert read(b"Subject: " + line[:50_000] + b"\n\n" + line).text == line.decode()
    assert len(read(b"Subject: " + line[:50_000] + b"\n\n").subject) == 50_000
