"""winmail.dat: its files stand in its place, under their long names."""

from __future__ import annotations

import base64
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplay.tasks.message import rtf, tnef
from opsplay.tasks.message.read import Mail, read

SIGNATURE = struct.pack("<IH", 0x223E9F78, 1)
BODY, TITLE, DATA, FILE_BEGINS = 0x800C, 0x8010, 0x800F, 0x9002
MESSAGE_PROPERTIES, FILE_PROPERTIES, CODE_PAGE = 0x9003, 0x9005, 0x9007
TEXT, UNICODE, BINARY, NUMBER = 0x1E, 0x1F, 0x102, 0x03
LONG_NAME, MIME_TYPE, HTML, RTF = 0x3707, 0x370E, 0x1013, 0x1009


def attribute(name: int, value: bytes) -> bytes:
    return (
        struct.pack("<BHHI", 1, name, 0, len(value)) + value + struct.pack("<H", sum(value) % 65536)
    )


def properties(*given: tuple[int, int, bytes]) -> bytes:
    return struct.pack("<I", len(given)) + b"".join(map(one_property, given))


def one_property(given: tuple[int, int, bytes]) -> bytes:
    kind, name, value = given
    head = struct.pack("<HH", kind, name)
    if kind == NUMBER:
        return head + value
    return head + struct.pack("<II", 1, len(value)) + value + b"\0" * (-len(value) % 4)


def file(title: bytes, content: bytes, *more: tuple[int, int, bytes]) -> bytes:
    parts = [attribute(FILE_BEGINS, b"\0" * 14), attribute(TITLE, title + b"\0")]
    parts += [attribute(DATA, content)]
    return b"".join([*parts, *([attribute(FILE_PROPERTIES, properties(*more))] if more else [])])


def winmail(*attributes: bytes, text: bytes = b"") -> Mail:
    packed = base64.encodebytes(SIGNATURE + b"".join(attributes))
    return read(
        b"Content-Type: multipart/mixed; boundary=b\n\n--b\n\n" + text + b"\n--b\n"
        b"Content-Type: application/ms-tnef; name=winmail.dat\n"
        b"Content-Transfer-Encoding: base64\n\n" + packed + b"--b--\n"
    )


def test_its_files_stand_in_its_place() -> None:
    mail = winmail(file(b"one.txt", b"1"), file(b"two.txt", b"2"), text=b"see both")
    assert mail.text == "see both"
    assert [(each.name, each.content) for each in mail.attachments] == [
        ("one.txt", b"1"),
        ("two.txt", b"2"),
    ]


@pytest.mark.parametrize(
    "kind",
    [
        b"Application/MS-TNEF",
        b"application/vnd.ms-tnef",
        b"application/octet-stream; name=WinMail.DAT",
    ],
)
def test_it_is_known_by_its_type_or_by_its_name(kind: bytes) -> None:
    mail = read(b"Content-Type: " + kind + b"\n\n" + SIGNATURE + file(b"one.txt", b"1"))
    assert [(each.name, each.content) for each in mail.attachments] == [("one.txt", b"1")]


def test_a_file_has_its_long_name_and_its_type() -> None:
    name = "Übersicht für 2026.pdf"
    mail = winmail(
        file(
            b"BERSIC~1.PDF",
            b"%PDF",
            (NUMBER, 0x0E21, b"\1\0\0\0"),
            (UNICODE, LONG_NAME, f"{name}\0".encode("utf-16-le")),
            (TEXT, MIME_TYPE, b"application/pdf\0"),
        )
    )
    assert [(each.name, each.type) for each in mail.attachments] == [(name, "application/pdf")]


def test_a_name_is_in_the_code_page_that_is_named() -> None:
    mail = winmail(
        attribute(CODE_PAGE, struct.pack("<II", 936, 0)), file("报告.doc".encode("gbk"), b"")
    )
    assert [each.name for each in mail.attachments] == ["报告.doc"]


def test_the_text_in_it_is_read_where_there_is_none_outside() -> None:
    assert winmail(attribute(BODY, b"inside\r\n\0")).text == "inside\n"
    assert winmail(attribute(BODY, b"inside\0"), text=b"outside").text == "outside"


def test_the_page_in_it_is_read() -> None:
    page = attribute(MESSAGE_PROPERTIES, properties((BINARY, HTML, b"<p>inside</p>")))
    assert (winmail(page).html, winmail(page).text) == ("<p>inside</p>", "inside\n")


def test_what_is_there_as_rtf_alone_is_a_file() -> None:
    packed = struct.pack("<IIII", 12 + 9, 9, 0x414C454D, 0) + b"{\\rtf1 x}"
    mail = winmail(attribute(MESSAGE_PROPERTIES, properties((BINARY, RTF, packed))))
    assert [(each.name, each.content) for each in mail.attachments] == [
        ("message.rtf", b"{\\rtf1 x}")
    ]


def test_a_package_that_ends_too_early_is_read_as_far_as_it_goes() -> None:
    cut = attribute(MESSAGE_PROPERTIES, struct.pack("<I", 3))
    mail = winmail(file(b"one.txt", b"1"), cut)
    assert [each.name for each in mail.attachments] == ["one.txt"]
    assert mail.defects == ["winmail.dat ends too early"]


@pytest.mark.parametrize("data", [b"", b"x", b"PK\3\4 a zip with a wrong type", SIGNATURE])
def test_what_is_no_package_stays_a_file(data: bytes) -> None:
    mail = read(b"Content-Type: application/ms-tnef; name=winmail.dat\n\n" + data)
    assert [(each.name, each.content) for each in mail.attachments] == [("winmail.dat", data)]


def test_runs_of_compressed_rtf_repeat_what_came_before() -> None:
    # Literals "{\rtf1 ab", then 6 bytes from two bytes before, then the end of the ring.
    start = len("{\\rtf1 ab") + 207
    runs = bytes([(start - 2) >> 4, (start - 2) << 4 & 0xF0 | 4])
    end = bytes([(start + 6) >> 4, (start + 6) << 4 & 0xF0])
    data = b"\x00{\\rtf1 a" + b"\x06b" + runs + end
    packed = struct.pack("<IIII", len(data) + 12, 15, 0x75465A4C, zlib.crc32(data)) + data
    assert rtf.decompress(packed) == b"{\\rtf1 abababab"


@given(st.lists(st.binary(max_size=40) | st.builds(attribute, st.sampled_from(
    [BODY, TITLE, DATA, FILE_BEGINS, MESSAGE_PROPERTIES, FILE_PROPERTIES, CODE_PAGE]
), st.binary(max_size=60))).map(b"".join))  # fmt: skip
def test_no_package_is_too_broken(data: bytes) -> None:
    assert tnef.unpack(SIGNATURE + data) is not None
    rtf.decompress(struct.pack("<IIII", 0, 100, 0x75465A4C, 0) + data)
