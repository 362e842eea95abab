"""What an IMAP server is asked to search for."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from imap_faults import ImapFaults
from imap_sessions import opened
from mail_fault_actions import reply
from mail_faults import Fault
from opsplay.runner.task import TaskError
from opsplay.tasks.clients.imap_search import Criteria, has_message_id, search_keys


@pytest.mark.parametrize(
    ("criteria", "keys"),
    [
        ({}, b"ALL"),
        ({"unseen": True, "deleted": True}, b"UNSEEN DELETED"),
        ({"since": date(2026, 3, 1)}, b"OR SENTSINCE 28-Feb-2026 SINCE 28-Feb-2026"),
        ({"before": date(2026, 12, 31)}, b"OR SENTBEFORE 2-Jan-2027 BEFORE 2-Jan-2027"),
        ({"since": date.min}, b"ALL"),
        ({"before": date.max}, b"ALL"),
        ({"larger": 0, "smaller": 10}, b"LARGER 0 SMALLER 10"),
        ({"message_id": "<a@b>"}, b'HEADER Message-Id "<a@b>"'),
        ({"message_id": "<é>"}, b"CHARSET UTF-8 HEADER Message-Id {4}\r\n<\xc3\xa9>"),
    ],
)
def test_criteria_become_keys(criteria: dict[str, Any], keys: bytes) -> None:
    assert search_keys(Criteria(**criteria)) == keys


def test_a_line_break_runs_no_command() -> None:
    with pytest.raises(TaskError, match="message_id holds a line feed"):
        search_keys(Criteria(message_id="<a>\nZ1 EXPUNGE"))


@pytest.mark.parametrize(
    ("head", "is_it"),
    [
        (b"Message-ID: <a@b>\r\n", True),
        (b"To: x\r\nmessage-id:<a@b>\r\nFrom: y\r\n", True),
        (b"Message-Id:\r\n\t<a@b>\r\n", True),
        (b"Message-ID: <c>\r\nMessage-ID: <a@b>\r\n", True),
        (b"Message-ID: <aa@b>\r\n", False),
        (b"In-Reply-To: <a@b>\r\n", False),
        (b"X-Message-ID: <a@b>\r\n", False),
        (b"Subject: Message-ID: <a@b>\r\n", False),
        (b"", False),
    ],
)
def test_the_headers_tell_whose_id_it_is(head: bytes, is_it: bool) -> None:  # noqa: FBT001
    assert has_message_id(head, "<a@b>") == is_it


def test_what_is_found_is_what_all_criteria_hold_for() -> None:
    def mail(day: int, size: int) -> bytes:
        return b"Date: %d Jun 2026 08:00:00 +0000\r\n\r\n%b\r\n" % (day, b"x" * size)

    with ImapFaults() as server:
        server.put(mail(1, 10), mail(9, 10), mail(9, 1000))
        server.put(mail(9, 10), flags=[r"\Seen"])
        for stored in server.inbox:
            stored.received = stored.received.replace(year=2025)
        with opened(server.port) as session:
            wanted = Criteria(unseen=True, since=date(2026, 6, 8), smaller=500)
            assert session.search(wanted) == {"2"}


def test_a_search_that_is_refused_tells_nothing() -> None:
    fault = Fault("UID SEARCH", reply("NO [BADCHARSET (US-ASCII)] what?"))
    with ImapFaults(fault) as server, opened(server.port) as session:
        assert session.search(Criteria(unseen=True)) is None
