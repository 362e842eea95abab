"""Addresses and dates as they really come: signs that are missing, and what need not be there."""

from __future__ import annotations

import pytest

from opsplay.tasks.message.addresses import Address
from opsplay.tasks.message.read import read


@pytest.mark.parametrize(
    ("written", "people"),
    [
        (b"A <a@x.org> B <b@x.org>", [("A", "a@x.org"), ("B", "b@x.org")]),
        (b"<a@x.org><b@x.org>", [("", "a@x.org"), ("", "b@x.org")]),
        (b"A <a@x.org> (work)", [("A", "a@x.org")]),
        (b"=?utf-8?B?5rWL?=", [("测", "")]),
        (b"root", [("", "root")]),
        (b"a@x.org <b@x.org>", [("a@x.org", "b@x.org")]),
        ("李 <李@x.org>".encode(), [("李", "李@x.org")]),
        (b"Ann <>", [("Ann", "")]),
        (b"Ann Lee a@x.org", [("Ann Lee", "a@x.org")]),
        (b"Ann a@x.org>", [("Ann", "a@x.org")]),
        (b"a@x.org b@x.org", [("", "a@x.org"), ("", "b@x.org")]),
        (b"a @ x . org", [("", "a@x.org")]),
        (b"Ann <<a@x.org>>", [("Ann", "a@x.org")]),
        (b"=?utf-8?Q?Ann_<a@x.org>?=", [("Ann <a@x.org>", "")]),
    ],
)
def test_an_address_is_found_though_a_sign_is_missing(
    written: bytes, people: list[tuple[str, str]]
) -> None:
    assert read(b"To: " + written + b"\n\n").to == [Address(*person) for person in people]


def test_addresses_of_every_shape_are_taken_apart() -> None:
    mail = read(
        b'To: "Doe, Jo" <jo@x.org>, =?gbk?B?zfW3vA==?= <w@x.org>,\r\n'
        b' Team: a@x.org, b@x.org;, c@x.org (Cy), "=?utf-8?B?5rWL?=" <d@x.org>,\r\n'
        b" undisclosed-recipients:;, <e@x.org>, O'Neil <f@x.org>\r\n\r\n"
    )
    assert mail.to == [
        Address("Doe, Jo", "jo@x.org"),
        Address("王芳", "w@x.org"),
        Address("", "a@x.org"),
        Address("", "b@x.org"),
        Address("Cy", "c@x.org"),
        Address("测", "d@x.org"),
        Address("", "e@x.org"),
        Address("O'Neil", "f@x.org"),
    ]


@pytest.mark.parametrize(
    ("written", "person"),
    [
        (b"<@a.org,@b.org:c@x.org>", ("", "c@x.org")),
        (b"Cy <@a.org:c@x.org>", ("Cy", "c@x.org")),
        (b"Cy <c(his own)@(the) x.org>", ("Cy", "c@x.org")),
        (b"c@x.org (Cy (the elder) Lee)", ("Cy (the elder) Lee", "c@x.org")),
        (b"<c@[IPv6:2001:db8::1]>", ("", "c@[IPv6:2001:db8::1]")),
        (b'<"a b"@x.org>', ("", '"a b"@x.org')),
        (b"=?utf-8?B?5rWL6?= =?utf-8?B?K+V?= <c@x.org>", ("测试", "c@x.org")),
    ],
)
def test_what_is_no_part_of_an_address_is_left_out(written: bytes, person: tuple[str, str]) -> None:
    assert read(b"To: " + written + b"\n\n").to == [Address(*person)]


@pytest.mark.parametrize(
    ("written", "utc"),
    [
        (b"Mon, 23 Nov 2026 10:00:00 +0800", "2026-11-23T02:00:00+00:00"),
        (b"23 Nov 2026 10:00 GMT", "2026-11-23T10:00:00+00:00"),
        (b"Mon, 31 Feb 2026 10:00:00 +0800", ""),
        (b"yesterday", ""),
        (b"Mon, 23 Nov 2026 11:00:00 +01:00", "2026-11-23T10:00:00+00:00"),
        (b"Mon, 23 Nov 2026 11:00:00 GMT+0100", "2026-11-23T10:00:00+00:00"),
        (b"Mon, 23 Nov 2026 05:00:00 -05:00 EST", "2026-11-23T10:00:00+00:00"),
        (b"Mon, 23 Nov 2026 11:00:00 CET", "2026-11-23T10:00:00+00:00"),
        (b"Mon, 23 Nov 2026 10:00:00.123 +0000", "2026-11-23T10:00:00+00:00"),
        (b"Mon (day), 23 (date) Nov 2026 10(hour): 00 : 00 +0000", "2026-11-23T10:00:00+00:00"),
        (b"Mon, 23 Nov 2026 23:59:60 +0000", "2026-11-23T23:59:59+00:00"),
        (b"2026-11-23T10:00:00Z", "2026-11-23T10:00:00+00:00"),
        (b"2026-11-23 11:00:00 +0100", "2026-11-23T10:00:00+00:00"),
        (b"2026-11-23 10:00", "2026-11-23T10:00:00+00:00"),
        (b"2026-13-23 10:00", ""),
        (b"Mon Nov 23 10:00:00 2026", "2026-11-23T10:00:00+00:00"),
        (b"Mon, 23 Nov 99999999999 10:00:00 +9999999999", ""),
    ],
)
def test_a_date_is_given_in_utc_and_as_written(written: bytes, utc: str) -> None:
    mail = read(b"Date: " + written + b"\r\n\r\n")
    assert (mail.date, mail.date_as_written) == (utc, written.decode())
