"""Whatever is composed is read back equal, by our reader and by those of others."""

from __future__ import annotations

import email
import email.policy
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from fast_mail_parser import parse_email
from hypothesis import given, settings
from hypothesis import strategies as st

from letters import WHEN, composed, file, letter
from opsplay.runner.task import TaskError
from opsplay.tasks.message.addresses import Address
from opsplay.tasks.message.compose import compose
from opsplay.tasks.message.file import Content, File
from opsplay.tasks.message.html_text import html_to_text
from opsplay.tasks.message.letter import Letter
from opsplay.tasks.message.read import Mail, read

character = st.characters(exclude_categories=["Cs"], exclude_characters="\0\r\n\ufeff")
line = st.text(character | st.sampled_from("测试 =?_.\"'\\,;<>"), max_size=120)
# The reader drops the blank ends of a header; so does every mail program.
header = line.map(lambda text: "".join(filter(str.isprintable, text)).strip())
name = header.map(lambda text: text[:100].strip())
mailbox = st.sampled_from(
    ["li@example.com", "o'hara+x@mail.example.org", '"a b"@x.org', "王芳@xn--fsqu00a.com"]
)
address = st.builds(Address, name, mailbox)
identifier = st.integers(0, 10**60).map(lambda number: f"<{number}@example.com>")
body = st.lists(line | st.sampled_from([".", "..", "From here", "x" * 2000, "trailing \t"])).map(
    "\n".join
)
attachment = st.builds(
    File,
    name=name.filter(bool),
    content=st.builds(Content, st.binary(max_size=300)),
    type=st.sampled_from(["", "application/pdf", "text/csv"]),
)
letters = st.builds(
    Letter,
    sender=address,
    to=st.lists(address, max_size=30),
    cc=st.lists(address, max_size=2),
    reply_to=st.lists(address, max_size=2),
    receipt_to=st.lists(address, max_size=1),
    subject=header,
    text=body,
    html=st.just("") | body.map(lambda text: f"<p>{text.replace('cid', '')}</p>"),
    attachments=st.lists(attachment, max_size=3),
    priority=st.sampled_from(["", "high", "normal", "low"]),
    message_id=identifier,
    in_reply_to=st.lists(identifier, max_size=1),
    references=st.lists(identifier, max_size=20),
    date=st.just(WHEN),
    charset=st.sampled_from(["utf-8", "gb18030"]),
    filename_encoding=st.sampled_from(["rfc2231", "rfc2047", "gb18030"]),
)


@given(letters)
@settings(max_examples=150)
def test_what_is_composed_is_read_back_equal(given: Letter) -> None:
    mail = read(composed(given))
    assert mail.sender == [given.sender]
    assert (mail.to, mail.cc, mail.reply_to) == (given.to, given.cc, given.reply_to)
    assert mail.subject == given.subject
    assert (mail.text, mail.html) == (shown_text(given), given.html)
    assert files(mail) == [(file.name, file.content.data) for file in given.attachments]
    assert mail.message_id == given.message_id
    assert mail.headers.get("references", [""]) == [" ".join(given.references)]
    assert mail.headers.get("in-reply-to", [""]) == [" ".join(given.in_reply_to)]
    assert mail.date == WHEN.isoformat()
    assert mail.defects == []


def shown_text(given: Letter) -> str:
    """A letter without text is shown by what its page says."""
    return given.text if given.text.strip() else html_to_text(given.html) or given.text


def files(mail: Mail) -> list[tuple[str, bytes]]:
    return [(file.name, file.content) for file in mail.attachments]


@given(letters)
@settings(max_examples=50)
def test_every_line_is_whole_and_short_enough(given: Letter) -> None:
    pieces = compose(given)
    assert all(piece.endswith(b"\r\n") for piece in pieces)
    for each in lines_of(b"".join(pieces)):
        assert each.isascii() or given.needs_smtputf8
        assert len(each) <= 998
        assert not {b"\n", b"\r", b"\0"}.intersection(each[at : at + 1] for at in range(len(each)))


def lines_of(raw: bytes) -> Iterator[bytes]:
    yield from raw.removesuffix(b"\r\n").split(b"\r\n")


# Other parsers --------------------------------------------------------------------------------

# Python's parser joins spaces.
ordinary = st.text(st.sampled_from("abc XYZ 测试王芳é,."), max_size=60).map(
    lambda text: " ".join(text.split())
)
short = ordinary.map(lambda text: text[:9].strip())
ordinary_letters = st.builds(
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
    message_id=identifier,
    references=st.lists(identifier, max_size=20),
    date=st.just(WHEN),
)


@given(ordinary_letters)
@settings(max_examples=50)
def test_the_parser_of_python_reads_the_same(given: Letter) -> None:
    message = parsed(given)
    assert message["subject"] == given.subject
    assert [(a.display_name, a.addr_spec) for a in message["to"].addresses] == [
        (a.name, a.address) for a in given.to
    ]
    assert (message["references"] or "").split() == given.references
    assert texts(message) == (given.text, given.html)
    attached = list(message.iter_attachments())
    assert [(part.get_filename(), part.get_payload(decode=True)) for part in attached] == [
        (file.name, file.content.data) for file in given.attachments
    ]
    assert not [part.defects for part in message.walk() if part.defects]


def parsed(given: Letter) -> EmailMessage:
    message = email.message_from_bytes(composed(given), policy=email.policy.default)
    assert isinstance(message, EmailMessage)
    return message


def texts(message: EmailMessage) -> tuple[str, ...]:
    found = (message.get_body((kind,)) for kind in ("plain", "html"))
    return tuple(part.get_content().replace("\r\n", "\n") for part in found if part)


@given(ordinary_letters)
@settings(max_examples=50)
def test_a_parser_that_is_not_of_python_reads_the_same(given: Letter) -> None:
    mail = parse_email(composed(given))
    assert mail.subject == given.subject
    assert mail.to is not None
    assert [(one.display_name or "", one.address) for one in mail.to] == [
        (one.name, one.address) for one in given.to
    ]
    bodies = [*mail.text_plain, *mail.text_html]
    assert [text.replace("\r\n", "\n") for text in bodies] == [given.text, given.html]
    assert [(one.filename, one.content) for one in mail.attachments] == [
        (file.name, file.content.data) for file in given.attachments
    ]


# Injection ------------------------------------------------------------------------------------

evil = st.lists(
    st.sampled_from(["\r", "\n", "\r\n", "\0", "\u2028", "\x0b", "\x85", "Bcc: x@y.org", ": ", "a"])
).map("".join)


@given(
    st.fixed_dictionaries(
        {},
        optional={
            "sender": st.builds(Address, evil, st.just("a@example.com")),
            "to": st.lists(st.builds(Address, evil, evil), max_size=2),
            "subject": evil,
            "message_id": evil,
            "references": st.lists(evil, max_size=2),
            "headers": st.lists(st.tuples(st.sampled_from(["X-A", "X-B"]), evil), max_size=2),
            "attachments": st.lists(st.builds(file, evil), max_size=2),
            "text": evil,
            "html": evil,
        },
    )
)
def test_no_value_adds_a_header(changes: dict[str, object]) -> None:
    given = letter(**changes)
    expected = {"from", "subject", "date", "message-id", "mime-version", "content-type"}
    more = {"to", "references", "x-a", "x-b", "content-transfer-encoding"}
    try:
        raw = composed(given)
    except TaskError:
        return  # refused, which is as good
    found = [name.lower() for name, _ in email.message_from_bytes(raw).items()]
    assert expected <= set(found) <= expected | more
    assert raw.partition(b"\r\n\r\n")[0].count(b"\r\n") == raw.partition(b"\r\n\r\n")[0].count(
        b"\n"
    )


# One by one -----------------------------------------------------------------------------------


def test_pictures_stand_beside_the_page_that_shows_them() -> None:
    given = letter(
        text="see the logo",
        html='<img src="cid:logo@x"><div style="background: url(cid:back)">',
        inline=[file("logo.png", b"\x89PNG", cid="logo@x"), file("back.gif", cid="back")],
        attachments=[file("a.pdf", b"%PDF")],
    )
    assert [part.get_content_type() for part in parsed(given).walk()] == [
        "multipart/mixed",
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
        "image/gif",
        "application/pdf",
    ]
    assert [(file.name, file.cid) for file in read(composed(given)).attachments] == [
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
    attached = file("测试.txt", "你好".encode("gbk"), charset="gbk")
    raw = composed(letter(attachments=[attached], filename_encoding=encoding))
    assert written in raw
    assert [file.name for file in read(raw).attachments] == ["测试.txt"]


def test_old_clients_find_the_name_in_the_content_type_too() -> None:
    raw = composed(letter(attachments=[file("测试.txt")], filename_encoding="gbk"))
    assert b'Content-Type: text/plain; name="=?gbk?B?suLK1C50eHQ=?="\r\n' in raw


def test_names_are_written_in_the_charset_of_the_letter() -> None:
    raw = composed(letter(to=[Address("王芳", "w@example.com")], subject="周报", charset="gbk"))
    assert b"To: =?gbk?B?zfW3vA==?= <w@example.com>\r\nSubject: =?gbk?B?1tyxqA==?=\r\n" in raw


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("", "7bit"),
        ("\n\n", "7bit"),
        ("tab\there ~\n", "7bit"),
        (f"a\n{'x' * 998}\n" * 3, "7bit"),
        (f"a\n{'x' * 999}\n" * 3, "quoted-printable"),
        (f"{'x' * 2000}\n", "quoted-printable"),
        ("no end of line", "quoted-printable"),
        ("From me\n", "quoted-printable"),
        ("a\nFrom me\n", "quoted-printable"),
        ("a From me\n", "7bit"),
        ("a bell\a" + "x" * 40 + "\n", "quoted-printable"),
        ("é" + "x" * 40 + "\n", "quoted-printable"),
    ],
)
def test_a_text_goes_as_it_is_if_every_server_takes_its_lines(text: str, encoding: str) -> None:
    assert f"\r\nContent-Transfer-Encoding: {encoding}\r\n".encode() in composed(letter(text=text))


@pytest.mark.parametrize("text", ["", "no end of line", "an end\n", "From me\n", "tab\t", "\n\n"])
def test_the_end_of_a_text_is_kept(text: str) -> None:
    raw = composed(letter(text=text))
    assert read(raw).text == text
    assert b"\nFrom " not in raw


def test_plain_ascii_stays_as_a_person_wrote_it() -> None:
    raw = composed(letter(subject="Backup done", text="All is well.\n"))
    assert b"\r\nSubject: Backup done\r\n" in raw
    assert raw.endswith(b"Content-Transfer-Encoding: 7bit\r\n\r\nAll is well.\r\n")


def test_identifiers_are_never_encoded_words() -> None:
    references = [f"<{'x' * 60}{number}@example.com>" for number in range(9)]
    raw = composed(letter(references=references, in_reply_to=references[-1:]))
    assert b"=?" not in raw
    assert b"\r\n ".join(each.encode() for each in references[:3]) in raw
