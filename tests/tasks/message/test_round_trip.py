"""Whatever is composed is read back equal, by our reader and by Python's."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsplay.tasks.message.addresses import Address
from opsplay.tasks.message.compose import compose
from opsplay.tasks.message.file import Content, File
from opsplay.tasks.message.html_text import html_to_text
from opsplay.tasks.message.letter import Letter
from opsplay.tasks.message.read import Mail, read

WHEN = datetime(2026, 11, 23, 8, 30, 5, tzinfo=UTC)
MINIMAL = Letter(sender=Address("", "a@example.com"), message_id="<1@example.com>", date=WHEN)

character = st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n\ufeff")
line = st.text(character | st.sampled_from("测试 =?_.\"'\\,;<>"), max_size=120)
# The reader drops the blank ends of a header; so does every mail program.
header = line.map(lambda text: "".join(filter(str.isprintable, text)).strip())
name = header.map(lambda text: text[:100].strip())
address = st.builds(
    Address, name, st.sampled_from(["li@example.com", "o'hara+x@mail.example.org", '"a b"@x.org'])
)
body = st.lists(line | st.sampled_from([".", "..", "From here", "x" * 2000, "trailing \t"])).map(
    "\n".join
)
filename = name.filter(bool)
attachment = st.builds(
    File,
    name=filename,
    content=st.builds(Content, st.binary(max_size=300)),
    type=st.sampled_from(["", "application/pdf", "text/csv"]),
)
letters = st.builds(
    Letter,
    sender=address,
    to=st.lists(address, max_size=30),
    cc=st.lists(address, max_size=2),
    reply_to=st.lists(address, max_size=2),
    subject=header,
    text=body,
    html=st.just("") | body.map(lambda text: f"<p>{text.replace('cid', '')}</p>"),
    attachments=st.lists(attachment, max_size=3),
    message_id=st.just("<1@example.com>"),
    date=st.just(WHEN),
    charset=st.sampled_from(["utf-8", "gb18030"]),
    filename_encoding=st.sampled_from(["rfc2231", "rfc2047", "gb18030"]),
)


def lines_of(raw: bytes) -> Iterator[bytes]:
    assert raw.endswith(b"\r\n")
    yield from raw.removesuffix(b"\r\n").split(b"\r\n")


@given(letters)
@settings(max_examples=150, deadline=None)
def test_what_is_composed_is_read_back_equal(letter: Letter) -> None:
    mail = read(b"".join(compose(letter)))
    assert mail.sender == [letter.sender]
    assert (mail.to, mail.cc, mail.reply_to) == (letter.to, letter.cc, letter.reply_to)
    assert mail.subject == letter.subject
    assert (mail.text, mail.html) == (shown_text(letter), letter.html)
    assert files(mail) == [(file.name, file.content.data) for file in letter.attachments]
    assert mail.message_id == letter.message_id
    assert mail.date == WHEN.isoformat()
    assert mail.defects == []


def shown_text(letter: Letter) -> str:
    """A letter without text is shown by what its page says."""
    return letter.text if letter.text.strip() else html_to_text(letter.html) or letter.text


def files(mail: Mail) -> list[tuple[str, bytes]]:
    return [(file.name, file.content) for file in mail.attachments]


@given(letters)
@settings(max_examples=50, deadline=None)
def test_every_line_is_seven_bit_and_short_enough(letter: Letter) -> None:
    for each in lines_of(b"".join(compose(letter))):
        assert each.isascii()
        assert len(each) <= 998
        assert b"\n" not in each
        assert b"\r" not in each
        assert b"\0" not in each


# Python's parser joins spaces.
ordinary = st.text(st.sampled_from("abc XYZ 测试王芳é,."), max_size=60).map(
    lambda text: " ".join(text.split())
)
short = ordinary.map(lambda text: text[:9].strip())


@given(
    st.builds(
        Letter,
        sender=st.just(Address("", "a@example.com")),
        # In the names of people it leaves a space between encoded words.
        to=st.lists(st.builds(Address, short, st.just("b@example.com")), min_size=1),
        subject=ordinary,
        text=ordinary.map(lambda text: f"{text}\n"),
        html=ordinary.map(lambda text: f"<p>{text}</p>\n"),
        attachments=st.lists(
            st.builds(File, name=ordinary.filter(bool), content=st.builds(Content, st.binary())),
            min_size=1,
            max_size=2,
        ),
        message_id=st.just("<1@example.com>"),
        date=st.just(WHEN),
    )
)
@settings(max_examples=50, deadline=None)
def test_the_parser_of_python_reads_the_same(letter: Letter) -> None:
    message = parsed(letter)
    assert message["subject"] == letter.subject
    assert [(a.display_name, a.addr_spec) for a in message["to"].addresses] == [
        (a.name, a.address) for a in letter.to
    ]
    plain, page = message.get_body(("plain",)), message.get_body(("html",))
    assert plain is not None
    assert page is not None
    assert plain.get_content().replace("\r\n", "\n") == letter.text
    assert page.get_content().replace("\r\n", "\n") == letter.html
    assert [(part.get_filename(), part.get_content()) for part in message.iter_attachments()] == [
        (file.name, file.content.data) for file in letter.attachments
    ]
    assert not [part.defects for part in message.walk() if part.defects]


def parsed(letter: Letter) -> EmailMessage:
    message = email.message_from_bytes(b"".join(compose(letter)), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def test_pictures_stand_beside_the_page_that_shows_them() -> None:
    letter = replace(
        MINIMAL,
        text="see the logo",
        html='<img src="cid:logo@x"><div style="background: url(cid:back)">',
        inline=[
            File(name="logo.png", content=Content(b"\x89PNG"), cid="logo@x"),
            File(name="back.gif", content=Content(b"GIF89a"), cid="back"),
        ],
        attachments=[File(name="a.pdf", content=Content(b"%PDF"))],
    )
    types = [part.get_content_type() for part in parsed(letter).walk()]
    assert types == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "image/gif",
        "application/pdf",
    ]
    assert [(file.name, file.cid) for file in read(b"".join(compose(letter))).attachments] == [
        ("logo.png", "logo@x"),
        ("back.gif", "back"),
        ("a.pdf", ""),
    ]


@pytest.mark.parametrize(
    ("encoding", "written"),
    [
        ("gbk", b'filename="=?gbk?B?suLK1C50eHQ=?="'),
        ("gb2312", b'filename="=?gb2312?B?suLK1C50eHQ=?="'),
        ("rfc2047", b'filename="=?utf-8?B?5rWL6K+VLnR4dA==?="'),
        ("rfc2231", b"filename*=utf-8''%E6%B5%8B%E8%AF%95.txt"),
    ],
)
def test_a_chinese_file_name_is_written_as_asked(encoding: str, written: bytes) -> None:
    file = File(name="测试.txt", content=Content("你好".encode("gbk")), charset="gbk")
    raw = b"".join(compose(replace(MINIMAL, attachments=[file], filename_encoding=encoding)))
    assert written in raw
    assert [file.name for file in read(raw).attachments] == ["测试.txt"]


def test_old_clients_find_the_name_in_the_content_type_too() -> None:
    file = File(name="测试.txt", content=Content(b""))
    raw = b"".join(compose(replace(MINIMAL, attachments=[file], filename_encoding="gbk")))
    assert b'Content-Type: text/plain; name="=?gbk?B?suLK1C50eHQ=?="\r\n' in raw


@pytest.mark.parametrize("text", ["", "no end of line", "an end\n", "From me\n", "tab\t", "\n\n"])
def test_the_end_of_a_text_is_kept(text: str) -> None:
    raw = b"".join(compose(replace(MINIMAL, text=text)))
    assert read(raw).text == text
    assert b"\nFrom " not in raw


def test_plain_ascii_stays_as_a_person_wrote_it() -> None:
    raw = b"".join(compose(replace(MINIMAL, subject="Backup done", text="All is well.\n")))
    assert b"\r\nSubject: Backup done\r\n" in raw
    assert raw.endswith(b"Content-Transfer-Encoding: 7bit\r\n\r\nAll is well.\r\n")


def test_identifiers_are_never_encoded_words() -> None:
    references = [f"<{'x' * 60}{number}@example.com>" for number in range(9)]
    raw = b"".join(compose(replace(MINIMAL, references=references, in_reply_to=references[-1:])))
    assert b"=?" not in raw
    assert read(raw).headers["references"] == [" ".join(references)]
    assert read(raw).headers["in-reply-to"] == references[-1:]
