"""Files in the text of a mail, as they came over from the Usenet."""

from __future__ import annotations

import pytest

from opsplay.tasks.message.read import read

CONTENT = bytes(range(256)) * 3


def yencoded(content: bytes, name: bytes = b"a b.bin", part: bytes = b"") -> bytes:
    coded = bytearray()
    for byte in content:
        plain = (byte + 42) % 256
        coded += bytes([ord("="), (plain + 64) % 256]) if plain in b"\0\r\n=" else bytes([plain])
        if len(coded) % 131 >= 128:
            coded += b"\r\n"
    size = b"%d" % len(content)
    head = b"=ybegin line=128 size=" + size + b" name=" + name + b"\r\n" + part
    return head + bytes(coded) + b"\r\n=yend size=" + size + b" crc32=00000000\r\n"


def files(raw: bytes) -> list[tuple[str, bytes]]:
    return [(each.name, each.content) for each in read(raw).attachments]


def test_files_are_taken_out_of_the_text() -> None:
    raw = b"\nbefore\n" + yencoded(CONTENT) + b"between\n" + yencoded(b"2", b"two") + b"after\n"
    assert read(raw).text == "before\nbetween\nafter\n"
    assert files(raw) == [("a b.bin", CONTENT), ("two", b"2")]


def test_a_part_of_a_file_is_a_file() -> None:
    assert files(b"\n" + yencoded(CONTENT, part=b"=ypart begin=1 end=768\r\n"))[0][1] == CONTENT


def test_a_name_may_be_in_any_charset() -> None:
    assert files(b"\n" + yencoded(b"x", "测试.txt".encode("gbk"))) == [("测试.txt", b"x")]


@pytest.mark.parametrize(
    "text",
    ["=ybegin is how it begins\n=yend\n", "=ybegin line=1 size=1 name=x\nand it never ends\n"],
)
def test_a_text_that_speaks_of_it_stays_as_it_is(text: str) -> None:
    assert read(b"\n" + text.encode()).text == text
