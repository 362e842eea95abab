"""Files in the text of a mail, as Outlook and Unix wrote them before MIME."""

from __future__ import annotations

import base64
import binascii

import pytest

from opsplay.tasks.message.read import read

CONTENT = bytes(range(256)) * 3


def uuencoded(content: bytes, name: bytes = b"a b.bin") -> bytes:
    starts = range(0, len(content), 45)
    lines = b"".join(binascii.b2a_uu(content[start : start + 45]) for start in starts)
    return b"begin 644 " + name + b"\n" + lines + b"`\nend\n"


def files(raw: bytes) -> list[tuple[str, bytes]]:
    return [(each.name, each.content) for each in read(raw).attachments]


def test_files_are_taken_out_of_the_text() -> None:
    raw = b"\nbefore\n" + uuencoded(CONTENT) + b"between\n" + uuencoded(b"2", b"two") + b"after\n"
    assert read(raw).text == "before\nbetween\nafter\n"
    assert files(raw) == [("a b.bin", CONTENT), ("two", b"2")]


@pytest.mark.parametrize(
    "text",
    [
        uuencoded(CONTENT).replace(b"\n", b"\r\n"),
        uuencoded(CONTENT).replace(b" \n", b"\n"),
        uuencoded(CONTENT).replace(b"`\nend\n", b"end"),
        uuencoded(CONTENT).replace(b"`\nend\n", b""),
        uuencoded(CONTENT).replace(b"\nM", b"a\nM").replace(b"bina\n", b"bin\n"),
        uuencoded(CONTENT).replace(b"644", b"100644"),
        b"begin-base64 644 a b.bin\n" + base64.encodebytes(CONTENT) + b"====\n",
    ],
)
def test_a_file_is_found_however_its_lines_begin_and_end(text: bytes) -> None:
    assert files(b"\n" + text) == [("a b.bin", CONTENT)]


def test_a_name_may_be_in_any_charset() -> None:
    assert files(b"\n" + uuencoded(b"x", "测试.txt".encode("gbk"))) == [("测试.txt", b"x")]


@pytest.mark.parametrize("text", ["begin 644 is what I do\nthen I rest\n", "begin 600 x\nend\n"])
def test_a_text_that_speaks_of_begin_stays_as_it_is(text: str) -> None:
    assert read(b"\n" + text.encode()).text == text


@pytest.mark.parametrize("encoding", [b"x-uuencode", b"UUE", b"x-uu"])
def test_a_part_may_be_uuencoded(encoding: bytes) -> None:
    head = b"Content-Type: image/gif; name=a.gif\nContent-Transfer-Encoding: " + encoding + b"\n\n"
    assert files(head + uuencoded(CONTENT)) == [("a.gif", CONTENT)]
    assert files(head + b"not at all") == [("a.gif", b"not at all")]
