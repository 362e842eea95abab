"""The header block alone, to choose by before a mail is fetched."""

from __future__ import annotations

import pytest

from opsplay.tasks.message.addresses import Address
from opsplay.tasks.message.head import head
from opsplay.tasks.message.read import read

HEADERS = b"""\
Received: by mx.example.com
Received: by mx.example.org
From: =?utf-8?B?546L6Iqz?= <wang@example.com>
To: li@example.com
To: Jo <jo@example.com>
Subject: =?utf-8?B?5rWL6K+V?=
Date: Mon, 23 Nov 2026 10:00:00 +0800
Message-ID: <3@example.com>
In-Reply-To: <2@example.com>
References: <1@example.com>
 <2@example.com>
List-Id: Friends <friends.example.com>
List-Unsubscribe: <mailto:leave@example.com>

"""


def test_a_head_tells_what_its_mail_tells() -> None:
    found, mail = head(HEADERS), read(HEADERS + b"text")
    assert {name: getattr(mail, name) for name in vars(found)} == vars(found)
    assert found.subject == "测试"
    assert found.sender == [Address("王芳", "wang@example.com")]
    assert [person.address for person in found.to] == ["li@example.com", "jo@example.com"]
    assert found.date == "2026-11-23T02:00:00+00:00"
    assert found.message_id == "<3@example.com>"
    assert found.headers["received"] == ["by mx.example.com", "by mx.example.org"]


def test_the_thread_is_told() -> None:
    found = head(HEADERS)
    assert found.in_reply_to == "<2@example.com>"
    assert found.references == ["<1@example.com>", "<2@example.com>"]


@pytest.mark.parametrize(
    ("written", "references"),
    [
        (b"References: <1@a><2@a>,<3@a>", ["<1@a>", "<2@a>", "<3@a>"]),
        (b"References: <1@a>\nReferences: <2@a>", ["<1@a>", "<2@a>"]),
        (b"References: 1@a", ["1@a"]),
        (b"References: ", []),
        (b"X: y", []),
    ],
)
def test_references_are_found_however_they_are_written(
    written: bytes, references: list[str]
) -> None:
    assert head(written + b"\n\n").references == references


def test_a_mailing_list_is_told() -> None:
    assert head(HEADERS).mailing_list == {
        "list-id": "Friends <friends.example.com>",
        "list-unsubscribe": "<mailto:leave@example.com>",
    }
    assert head(b"Subject: hi\n\n").mailing_list == {}


@pytest.mark.parametrize("raw", [b"", b"\n", b"no header at all", b"\0\xff\n\n", b"Subject:"])
def test_no_head_is_too_broken(raw: bytes) -> None:
    assert head(raw).subject == ""
