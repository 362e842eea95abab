"""Structure as it really comes: broken headers, boundaries and multiparts, mails in mails."""

from __future__ import annotations

import pytest

from opsplay.tasks.message import parts
from opsplay.tasks.message.read import Mail, read


def multipart(*lines: bytes, kind: bytes = b"mixed; boundary=b") -> bytes:
    return b"Content-Type: multipart/" + kind + b"\r\n\r\n" + b"\r\n".join(lines)


TEXT, FILE = (b"--b", b"", b"hello"), (b"--b", b"Content-Type: image/png; name=a.png", b"", b"PNG")
INNER = b"Subject: inside\r\n" + multipart(*TEXT, *FILE, b"--b--").replace(
    b"=b\r", b"=c\r"
).replace(b"--b", b"--c")


def files(mail: Mail) -> list[tuple[str, bytes]]:
    return [(file.name, file.content) for file in mail.attachments]


@pytest.mark.parametrize(
    "raw",
    [
        multipart(*TEXT, *FILE, b"--b--", b"epilogue"),
        multipart(b"preamble", *TEXT, *FILE, b"--b--"),
        multipart(*TEXT, *FILE),
        multipart(*TEXT, *FILE, b"--b--", kind=b"mixed"),
        multipart(*TEXT, *FILE, b"--b--", kind=b"mixed; boundary=other"),
        multipart(*TEXT, *FILE, b"--b--", kind=b'mixed; boundary="b"'),
        multipart(*TEXT, *FILE, b"--b--", kind=b'mixed; charset=utf-8 boundary="b'),
        multipart(*TEXT, *FILE, b"--b--", kind=b"mixed, boundary=b"),
        multipart(*TEXT, *FILE, b"--b--", kind=b"mixed;\r\nboundary=b"),
        multipart(*TEXT, *FILE, b"--b--", kind=b'mixed; boundary=""').replace(b"--b", b"--"),
        multipart(b"--b", b"Content-Type: 'text/plain'", b"", b"hello", *FILE, b"--b--"),
        multipart(b"--b", b"Content-Type: text/plain", b"hello", *FILE, b"--b--"),
        b"Content-Type: text/plain\r\n" + multipart(*TEXT, *FILE, b"--b--"),
        b"\x1a" + multipart(*TEXT, *FILE, b"--b--"),
        multipart(*TEXT, b"--b  ", *FILE[1:], b"--b-- "),
        multipart(*TEXT, b"--b--", *FILE, b"--b--"),
        multipart(*TEXT, *FILE, b"--b--").replace(b"\r\n", b"\n"),
        multipart(*TEXT, *FILE, b"--b--").replace(b"\r\n", b"\r"),
        multipart(*TEXT, *FILE, b"--b--").replace(b"multipart/mixed", b"multipart"),
        multipart(*TEXT, *FILE, b"--b--").replace(b"multipart/", b"Multipart / "),
        b"From ann Mon Nov 23\n" + multipart(*TEXT, *FILE, b"--b--"),
        b"\xef\xbb\xbf" + multipart(*TEXT, *FILE, b"--b--"),
        b"\r\n\r\n" + multipart(*TEXT, *FILE, b"--b--"),
        b" " + multipart(*TEXT, *FILE, b"--b--"),
        b"Content-Type:\r\n" + multipart(*TEXT, *FILE, b"--b--"),
        b"Subject: hi\r\n\r\n"
        + b"\r\n".join((b"--b", b"Content-Type: text/plain", *TEXT[1:], *FILE)),
    ],
)
def test_parts_are_found_however_broken_the_multipart(raw: bytes) -> None:
    mail = read(raw)
    assert mail.text.strip() == "hello"
    assert files(mail) == [("a.png", b"PNG")]


def test_a_part_that_is_not_closed_ends_where_the_one_around_it_goes_on() -> None:
    inner = multipart(b"--c", b"", b"hello", kind=b"alternative; boundary=c")
    mail = read(multipart(b"--b", inner, *FILE, b"--b--"))
    assert (mail.text, files(mail)) == ("hello", [("a.png", b"PNG")])
    assert mail.defects == ["a multipart that is not closed"]


def test_the_end_of_the_multipart_around_it_is_no_boundary_of_one_without() -> None:
    part = b"Content-Type: multipart/mixed; name=a.png"
    mail = read(multipart(*TEXT, b"--b", part, b"", b"PNG", b"--b--"))
    assert files(mail) == [("a.png", b"PNG")]


def test_two_multiparts_may_have_one_boundary() -> None:
    inner = multipart(*TEXT, b"--b--")
    mail = read(multipart(b"--b", inner, *FILE, b"--b--"))
    assert (mail.text, files(mail), mail.defects) == ("hello", [("a.png", b"PNG")], [])


def test_a_boundary_that_begins_like_another_is_another() -> None:
    inner = multipart(b"--bb", b"", b"hello", b"--bb--", kind=b"alternative; boundary=bb")
    mail = read(multipart(b"--b", inner, *FILE, b"--b--"))
    assert (mail.text, files(mail), mail.defects) == ("hello", [("a.png", b"PNG")], [])


def test_a_boundary_may_hold_anything() -> None:
    for boundary in (b"=_?utf-8?Q?x?=", "边界".encode(), b"a b(c)/d--"):
        raw = multipart(*TEXT, *FILE, b"--b--", kind=b'mixed; boundary="b"')
        mail = read(raw.replace(b'"b"', b'"' + boundary + b'"').replace(b"--b", b"--" + boundary))
        assert (mail.text, files(mail), mail.defects) == ("hello", [("a.png", b"PNG")], [])


@pytest.mark.parametrize(
    "headers",
    [
        b"Subject: hi\r\nnone\r\nTo: a@b\r\n",
        b"Subject: hi\r\n>From ann Mon Nov 23\r\nTo: a@b\r\n",
        b"Subject: hi\r\nContent Type: text/plain\r\nTo: a@b\r\n",
        b"Subject: hi\r\nTo: a@b\r\nContent-Transfer Encoding: 7bit\r\n",
        b"Subject: hi\r\nTo: a@b\r\n: no name\r\n",
        b"\0Subject: hi\r\nTo: a@b\r\n",
        b": no name\r\nSubject: hi\r\nTo: a@b\r\n",
        b"Subject:\r\nSubject: hi\r\nTo: a@b\r\n",
        b"Subject: hi\r\nSubject: no\r\nTo: a@b\r\n",
        b"SUBJECT : hi\r\nto:a@b\r\n",
        b"Subject:\r\n hi\r\nTo:\r\n\ta@b\r\n",
        b"Subject: hi\0\r\nTo: a@b\r\n",
        b"Subject: hi\r\r\nTo: a@b\r\r\n\r",
    ],
)
def test_headers_are_found_among_others_that_are_broken(headers: bytes) -> None:
    mail = read(headers + b"\r\nbody")
    assert (mail.subject, [person.address for person in mail.to]) == ("hi", ["a@b"])
    assert mail.text == "body"


@pytest.mark.parametrize("text", ["this is the body\n", "Dear Ann: this\n\nis the body\n"])
def test_a_header_that_ends_in_the_body_is_told(text: str) -> None:
    mail = read(b"Subject: hi\r\n" + text.encode())
    assert (mail.subject, mail.text) == ("hi", text)
    assert mail.defects == ["no blank line between headers and body"]


@pytest.mark.parametrize("raw", [b"", b"\r\n", b"\n\n\n", b" ", b"\0", b"\xef\xbb\xbf", b"\r"])
def test_an_empty_mail_is_read(raw: bytes) -> None:
    mail = read(raw)
    assert (mail.subject, mail.text.strip("\0 \n"), mail.attachments) == ("", "", [])


@pytest.mark.parametrize("kind", [b"message/rfc822", b"message/global", b"message/news"])
def test_a_mail_in_a_mail_is_a_file(kind: bytes) -> None:
    inner = b"Subject: inside\r\n\r\nhello"
    mail = read(multipart(b"--b", b"Content-Type: " + kind, b"", inner, b"--b--"))
    assert mail.text == ""
    assert files(mail) == [("inside.eml", inner)]


def test_what_is_attached_to_an_attached_mail_is_attached_too() -> None:
    mail = read(multipart(*TEXT, b"--b", b"Content-Type: message/rfc822", b"", INNER, b"--b--"))
    assert mail.text == "hello"
    assert files(mail) == [("inside.eml", INNER), ("a.png", b"PNG")]


@pytest.mark.parametrize("before", [b"\r\n", b"From ann Mon Nov 23\r\n", b" \r\n\r\n"])
def test_an_attached_mail_may_begin_as_oddly_as_any(before: bytes) -> None:
    mail = read(multipart(b"--b", b"Content-Type: message/rfc822", b"", before + INNER, b"--b--"))
    assert files(mail) == [("inside.eml", before + INNER), ("a.png", b"PNG")]


def test_the_subject_of_an_attached_mail_is_in_its_own_charset() -> None:
    inner = "Subject: 문서\r\nContent-Type: text/plain; charset=euc-kr\r\n\r\n".encode("euc-kr")
    mail = read(multipart(b"--b", b"Content-Type: message/rfc822", b"", inner, b"--b--"))
    assert [name for name, _ in files(mail)] == ["문서.eml"]


def test_in_a_digest_everything_is_a_mail() -> None:
    part = b"\r\n".join((b"--b", b"", b"Subject: one", b"", b"hello"))
    mail = read(multipart(part, part.replace(b"one", b"two"), b"--b--", kind=b"digest; boundary=b"))
    assert [name for name, _ in files(mail)] == ["one.eml", "two.eml"]


def test_nesting_without_end_is_bounded() -> None:
    raw = b"".join(
        b"Content-Type: multipart/mixed; boundary=%d\r\n\r\n--%d\r\n" % (n, n) for n in range(300)
    )
    assert "nested too deep" in read(raw).defects
    assert read(b"Content-Type: message/rfc822\r\n\r\n" * 300 + b"\r\nend").attachments


def test_fifty_levels_are_read() -> None:
    opened = b"".join(
        b"Content-Type: multipart/mixed; boundary=x%dx\r\n\r\n--x%dx\r\n" % (n, n)
        for n in range(50)
    )
    mail = read(opened + b"\r\nat the bottom")
    assert mail.text == "at the bottom"
    assert mail.defects == ["a multipart that is not closed"]


def test_ten_thousand_parts_are_read() -> None:
    assert len(read(multipart(*FILE * 10_000, b"--b--")).attachments) == 10_000


def test_parts_without_end_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "_MOST_PARTS", 3)
    mail = read(multipart(*FILE * 5, b"--b--"))
    assert "more than 3 parts" in mail.defects
    assert files(mail)[0] == ("a.png", b"PNG")
    assert files(mail)[1][1].endswith(b"PNG\r\n--b--")


def test_the_text_is_made_from_the_page_where_there_is_none() -> None:
    page = b"Content-Type: text/html; charset=utf-8\r\n\r\n<p>one<p>two"
    assert read(page).text == "one\n\ntwo\n"
    blank = multipart(b"--b", b"", b" ", b"--b", page, b"--b--", kind=b"alternative; boundary=b")
    assert read(blank).text == "one\n\ntwo\n"


def test_an_invitation_is_a_file_beside_the_text() -> None:
    calendar = (b"--b", b"Content-Type: text/calendar; method=REQUEST", b"", b"BEGIN:VCALENDAR")
    mail = read(multipart(*TEXT, *calendar, b"--b--", kind=b"alternative; boundary=b"))
    assert (mail.text, files(mail)) == ("hello", [("part-1.ics", b"BEGIN:VCALENDAR")])
    assert files(read(b"\r\n".join(calendar[1:]))) == [("part-1.ics", b"BEGIN:VCALENDAR")]


@pytest.mark.parametrize(
    ("headers", "is_inline"),
    [
        (b"Content-Disposition: inline", True),
        (b"Content-ID: <logo@x>", True),
        (b"Content-ID: <logo@x>\r\nContent-Disposition: attachment", False),
        (b"Content-Disposition: Attachment", False),
        (b"X: y", False),
    ],
)
def test_pictures_in_the_text_are_told_from_files(headers: bytes, is_inline: bool) -> None:  # noqa: FBT001
    mail = read(b"Content-Type: image/png; name=a.png\r\n" + headers + b"\r\n\r\nPNG")
    assert [(file.name, file.is_inline) for file in mail.attachments] == [("a.png", is_inline)]


def test_a_text_that_has_a_name_is_shown_and_is_a_file() -> None:
    mail = read(b"Content-Type: text/plain; name=notes.txt\r\n\r\nhello")
    assert (mail.text, files(mail)) == ("hello", [("notes.txt", b"hello")])


def test_where_all_parts_have_names_the_texts_are_shown_and_are_files() -> None:
    named = b"Content-Type: text/plain; name=a.txt"
    mail = read(multipart(b"--b", named, b"", b"hello", *FILE, b"--b--"))
    assert mail.text == "hello"
    assert files(mail) == [("a.txt", b"hello"), ("a.png", b"PNG")]
    beside = read(multipart(*TEXT, b"--b", named, b"", b"more", b"--b--"))
    assert (beside.text, files(beside)) == ("hello", [("a.txt", b"more")])
