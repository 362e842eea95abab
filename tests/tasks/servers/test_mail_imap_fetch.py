"""What IMAP's FETCH and SEARCH tell of messages."""

from __future__ import annotations

import imaplib
from collections.abc import Iterator

import pytest

from mail_serving import Start, imap, lines_of, texts

INNER = (
    b"From: inner@example.org\r\nSubject: inner\r\nContent-Type: multipart/mixed; boundary=in\r\n"
    b"\r\n--in\r\n\r\nfirst\r\n--in\r\nContent-Type: text/html\r\n\r\n<p>second</p>\r\n--in--\r\n"
)
NESTED = (
    b"From: =?utf-8?q?Ann_M=C3=BCller?= <ann@example.com>\r\n"
    b'To: "Ben, the other" <ben@example.com>, cleo@example.com\r\n'
    b"Subject: nested\r\n"
    b"Date: Mon, 23 Nov 2026 10:00:00 +0800\r\n"
    b"Message-ID: <1@example.com>\r\n"
    b"In-Reply-To: <0@example.com>\r\n"
    b'Content-Type: multipart/mixed;\r\n boundary="out er"\r\n'
    b"\r\n"
    b"preamble\r\n"
    b"--out er\r\n"
    b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
    b"body text\r\n"
    b"--out er\r\n"
    b"Content-Type: message/rfc822\r\n\r\n" + INNER + b"\r\n"
    b"--out er\r\n"
    b'Content-Type: application/pdf; name="a.pdf"\r\n'
    b"Content-Transfer-Encoding: base64\r\n"
    b'Content-Disposition: attachment; filename="a \\"1\\".pdf"\r\n\r\n'
    b"eHl6\r\n"
    b"--out er--\r\n"
)
PLAIN = (
    b"Subject: =?utf-8?b?5L2g5aW9?=\r\n"
    b"From: wang@example.com\r\n"
    b"Date: Sun, 1 Nov 2026 00:00:00 +0000\r\n\r\n"
    b"plain\r\n"
)


def put(client: imaplib.IMAP4, raw: bytes, told: str = "()") -> None:
    # imaplib's append waits for permission, and then for its own small packets.
    command = f"a APPEND INBOX {told} {{{len(raw)}+}}\r\n".encode() + raw
    assert lines_of(client, command)[-1].startswith(b"a OK [APPENDUID ")


@pytest.fixture(name="client")
def _client(start: Start) -> Iterator[imaplib.IMAP4]:
    with imap(start()) as client:
        put(client, NESTED, '"23-Nov-2026 02:00:05 +0000"')
        put(client, PLAIN, '(\\Flagged) "01-Nov-2026 00:00:00 +0000"')
        yield client


@pytest.mark.parametrize(
    ("section", "content"),
    [
        ("", NESTED),
        ("HEADER", NESTED.partition(b"preamble")[0]),
        ("TEXT", b"preamble" + NESTED.partition(b"preamble")[2]),
        ("1", b"body text"),
        ("1.MIME", b"Content-Type: text/plain; charset=utf-8\r\n\r\n"),
        ("2", INNER),
        ("2.HEADER", INNER.partition(b"--in\r\n")[0]),
        ("2.TEXT", b"--in\r\n" + INNER.partition(b"--in\r\n")[2]),
        ("2.1", b"first"),
        ("2.2", b"<p>second</p>"),
        ("2.2.MIME", b"Content-Type: text/html\r\n\r\n"),
        ("2.HEADER.FIELDS (SUBJECT)", b"Subject: inner\r\n\r\n"),
        ("3", b"eHl6"),
        (
            "HEADER.FIELDS (subject DATE none)",
            b"Subject: nested\r\nDate: Mon, 23 Nov 2026 10:00:00 +0800\r\n\r\n",
        ),
        (
            "HEADER.FIELDS (content-type)",
            b'Content-Type: multipart/mixed;\r\n boundary="out er"\r\n\r\n',
        ),
    ],
)
def test_every_section_is_given_as_it_stands(
    client: imaplib.IMAP4, section: str, content: bytes
) -> None:
    assert texts(client.fetch("1", f"(BODY.PEEK[{section}])")) == [content]


def test_the_other_header_fields_are_given_too(client: imaplib.IMAP4) -> None:
    [text] = texts(client.fetch("2", "(BODY[HEADER.FIELDS.NOT (SUBJECT DATE)])"))
    assert text == b"From: wang@example.com\r\n\r\n"


@pytest.mark.parametrize(("part", "answer"), [("1", b"plain\r\n"), ("1.MIME", PLAIN[:-7])])
def test_a_mail_without_parts_has_one(client: imaplib.IMAP4, part: str, answer: bytes) -> None:
    assert texts(client.fetch("2", f"(BODY.PEEK[{part}])")) == [answer]


@pytest.mark.parametrize("section", ["0", "4", "1.1", "2.3", "3.1"])
def test_a_part_that_is_missing_is_nil(client: imaplib.IMAP4, section: str) -> None:
    lines = lines_of(client, f"a FETCH 1 BODY.PEEK[{section}]".encode())
    assert lines[0] == f"* 1 FETCH (BODY[{section}] NIL)\r\n".encode()


@pytest.mark.parametrize(
    ("partial", "content"), [("0.5", b"plain"), ("2.3", b"ain"), ("5.99", b"\r\n"), ("99.1", b"")]
)
def test_a_piece_of_a_section_can_be_had(
    client: imaplib.IMAP4, partial: str, content: bytes
) -> None:
    lines = lines_of(client, f"a FETCH 2 BODY.PEEK[TEXT]<{partial}>".encode())
    first = partial.partition(".")[0]
    start = f"* 2 FETCH (BODY[TEXT]<{first}> {{{len(content)}}}\r\n".encode()
    assert b"".join(lines[:-1]) == start + content + b")\r\n"


def test_the_envelope_has_ten_fields(client: imaplib.IMAP4) -> None:
    assert lines_of(client, b"a FETCH 1 ENVELOPE")[0] == (
        b'* 1 FETCH (ENVELOPE ("Mon, 23 Nov 2026 10:00:00 +0800" "nested" '
        b'(("=?utf-8?Q?Ann_M=C3=BCller?=" NIL "ann" "example.com")) '
        b'(("=?utf-8?Q?Ann_M=C3=BCller?=" NIL "ann" "example.com")) '
        b'(("=?utf-8?Q?Ann_M=C3=BCller?=" NIL "ann" "example.com")) '
        b'(("Ben, the other" NIL "ben" "example.com")(NIL NIL "cleo" "example.com")) '
        b'NIL NIL "<0@example.com>" "<1@example.com>"))\r\n'
    )


def test_the_structure_names_every_part(client: imaplib.IMAP4) -> None:
    inner = (
        b'(NIL "inner" ((NIL NIL "inner" "example.org")) ((NIL NIL "inner" "example.org")) '
        b'((NIL NIL "inner" "example.org")) NIL NIL NIL NIL NIL)'
    )
    assert lines_of(client, b"a FETCH 1 BODY")[0] == (
        b'* 1 FETCH (BODY (("TEXT" "PLAIN" ("charset" "utf-8") NIL NIL "7BIT" 9 0)'
        b'("MESSAGE" "RFC822" NIL NIL NIL "7BIT" %d %b '
        b'(("TEXT" "PLAIN" NIL NIL NIL "7BIT" 5 0)("TEXT" "HTML" NIL NIL NIL "7BIT" 13 0) "MIXED")'
        b' 12)("APPLICATION" "PDF" ("name" "a.pdf") NIL NIL "BASE64" 4) "MIXED"))\r\n'
        % (len(INNER), inner)
    )
    extended = lines_of(client, b"a FETCH 1 BODYSTRUCTURE")[0]
    assert extended.endswith(
        b'"BASE64" 4 NIL ("attachment" ("filename" "a \\"1\\".pdf")) NIL NIL)'
        b' "MIXED" ("boundary" "out er") NIL NIL NIL))\r\n'
    )


@pytest.mark.parametrize(
    ("macro", "items"),
    [
        ("FAST", ["FLAGS", "INTERNALDATE", "RFC822.SIZE"]),
        ("ALL", ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE"]),
        ("FULL", ["FLAGS", "INTERNALDATE", "RFC822.SIZE", "ENVELOPE", "BODY"]),
    ],
)
def test_a_macro_stands_for_items(client: imaplib.IMAP4, macro: str, items: list[str]) -> None:
    spelled = f"a FETCH 2 ({' '.join(items)})".encode()
    assert lines_of(client, f"a FETCH 2 {macro}".encode()) == lines_of(client, spelled)


@pytest.mark.parametrize(
    ("items", "names"),
    [("RFC822", b"RFC822"), ("RFC822.HEADER", b"RFC822.HEADER"), ("RFC822.TEXT", b"RFC822.TEXT")],
)
def test_the_old_names_are_understood(client: imaplib.IMAP4, items: str, names: bytes) -> None:
    assert lines_of(client, f"a FETCH 2 {items}".encode())[0].startswith(b"* 2 FETCH (" + names)


@pytest.mark.parametrize(
    ("keys", "found"),
    [
        ("ALL", "1 2"),
        ("1", "1"),
        ("2:*", "2"),
        ("UID 2", "2"),
        ("FLAGGED", "2"),
        ("UNFLAGGED UNSEEN UNDELETED UNANSWERED UNDRAFT", "1"),
        ("KEYWORD $Label", ""),
        ("UNKEYWORD $Label", "1 2"),
        ("FROM ann@EXAMPLE", "1"),
        ('FROM "Müller"', "1"),
        ("TO cleo", "1"),
        ("CC cleo", ""),
        ("BCC cleo", ""),
        ("SUBJECT 你好", "2"),
        ("SUBJECT {6}\r\n你好", "2"),
        ("HEADER message-id 1@example.com", "1"),
        ('HEADER In-Reply-To ""', "1"),
        ("BODY plain", "2"),
        ("BODY nested", ""),
        ("TEXT nested", "1"),
        ("LARGER 300", "1"),
        ("SMALLER 300", "2"),
        ("SINCE 2-Nov-2026", "1"),
        ("BEFORE 23-Nov-2026", "2"),
        ('ON "23-Nov-2026"', "1"),
        ("SENTSINCE 2-Nov-2026", "1"),
        ("SENTBEFORE 2-Nov-2026", "2"),
        ("SENTON 1-Nov-2026", "2"),
        ("NOT FLAGGED", "1"),
        ("OR FLAGGED SUBJECT nested", "1 2"),
        ("OR (FLAGGED SUBJECT nested) (LARGER 1 NOT 2)", "1"),
        ("NOT NOT (1:2 NOT 1)", "2"),
        ("CHARSET UTF-8 SUBJECT 你好", "2"),
    ],
)
def test_every_key_of_search_finds_what_it_says(
    client: imaplib.IMAP4, keys: str, found: str
) -> None:
    lines = lines_of(client, f"a SEARCH {keys}".encode())
    if lines[0].startswith(b"+"):
        lines.pop(0)
    assert lines == [f"* SEARCH {found}".rstrip().encode() + b"\r\n", b"a OK done\r\n"]


@pytest.mark.parametrize(
    ("keys", "answer"),
    [
        ("COLOUR red", b"a BAD "),
        ("(ALL", b"a BAD "),
        ("SINCE yesterday", b"a BAD "),
        ("SINCE 31-Feb-2026", b"a BAD "),
        ("NOT " * 51 + "ALL", b"a BAD nested too deep"),
        ("CHARSET KOI8-R ALL", b"a NO [BADCHARSET (UTF-8)]"),
    ],
)
def test_a_search_that_makes_no_sense_is_refused(
    client: imaplib.IMAP4, keys: str, answer: bytes
) -> None:
    assert lines_of(client, f"a SEARCH {keys}".encode())[0].startswith(answer)


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\r\n",
        b"no header at all",
        b"Content-Type: multipart/mixed\r\n\r\nno boundary",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\n\r\nnot closed",
        b"Content-Type: multipart/mixed; boundary=x\n\n--x\n\nbare\n--x--\n",
        b"Content-Type: message/rfc822\r\n\r\n" * 60,
        b"From: \xff\xfe <>, (((, @\r\nDate: \xff\r\nSubject: a\r\n\x00\r\n\r\n",
        b"From: " + b"(" * 10_000 + b"\r\n\r\n",
        b"Date: Mon, 1 Jan 99999999999999999999 00:00:00 +0000\r\n\r\n",
        b"x" * 900_000 + b"\r\n\r\n",
        b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\n\r\n" * 2000,
    ],
)
def test_no_message_is_too_broken_to_be_told_of(client: imaplib.IMAP4, raw: bytes) -> None:
    put(client, raw)
    items = "FLAGS ENVELOPE BODY BODYSTRUCTURE BODY[1] BODY[HEADER] BODY[]"
    lines = lines_of(client, f"a FETCH 3 ({items})".encode())
    assert lines[-1] == b"a OK done\r\n"
    lines = lines_of(client, b"a SEARCH SENTSINCE 1-Jan-2000 TEXT x")
    assert lines[-1] == b"a OK done\r\n"
