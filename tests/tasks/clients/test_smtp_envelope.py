"""What MAIL and RCPT say of a mail, by what the server offers."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from opsplay.runner.task import TaskError
from opsplay.tasks.clients.smtp_envelope import Dsn, Envelope, hindrance, opening, warnings

EVERYTHING: Mapping[str, str] = {"SIZE": "1000", "8BITMIME": "", "SMTPUTF8": "", "DSN": ""}


def envelope(**changes: object) -> Envelope:
    given = {"sender": "me@x.org", "receivers": ["a@x.org", "b@x.org"], "pieces": [b"Hi\r\n"]}
    return Envelope(**{**given, **changes})  # type: ignore[arg-type]


def said(envelope: Envelope, extensions: Mapping[str, str] = EVERYTHING) -> list[str]:
    return [command.decode().removesuffix("\r\n") for command in opening(envelope, extensions)]


def test_a_plain_mail_needs_nothing_but_addresses() -> None:
    assert said(envelope(), {}) == [
        "MAIL FROM:<me@x.org>",
        "RCPT TO:<a@x.org>",
        "RCPT TO:<b@x.org>",
    ]


def test_the_size_is_told_as_in_rfc_1870() -> None:
    assert said(envelope(pieces=[b"Hi\r\n", b"you\r\n"]))[0] == "MAIL FROM:<me@x.org> SIZE=9"


def test_a_mail_that_must_not_be_answered_has_no_sender() -> None:
    assert said(envelope(sender=""), {})[0] == "MAIL FROM:<>"


def test_eight_bits_are_told_as_in_rfc_6152() -> None:
    letter = envelope(pieces=["päss\r\n".encode()])
    assert said(letter)[0].endswith(" BODY=8BITMIME")
    assert said(letter, {}) == said(envelope(), {})


def test_eight_bits_that_may_be_damaged_are_warned_of() -> None:
    letter = envelope(pieces=["päss\r\n".encode()])
    assert warnings(letter, EVERYTHING) == ()
    assert "does not offer 8BITMIME" in warnings(letter, {})[0]


@pytest.mark.parametrize(
    "changes",
    [{"sender": "李@x.org"}, {"receivers": ["王@x.org", "a@x.org"]}, {"needs_smtputf8": True}],
    ids=["sender", "receiver", "headers"],
)
def test_more_than_ascii_is_told_as_in_rfc_6531(changes: Mapping[str, object]) -> None:
    letter = envelope(**changes)
    assert said(letter)[0].endswith(" SMTPUTF8")
    assert hindrance(letter, EVERYTHING) == ""
    assert "does not offer SMTPUTF8; use another address" in hindrance(letter, {"8BITMIME": ""})


@pytest.mark.parametrize(
    ("dsn", "mail", "rcpt"),
    [
        (Dsn(notify=("never",)), "", " NOTIFY=NEVER"),
        (Dsn(notify=("success", "delay")), "", " NOTIFY=SUCCESS,DELAY"),
        (Dsn(ret="full"), " RET=FULL", ""),
        (Dsn(ret="headers", envid="a+b=c ä"), " RET=HDRS ENVID=a+2Bb+3Dc+20+C3+A4", ""),
    ],
)
def test_notices_are_asked_for_as_in_rfc_3461(dsn: Dsn, mail: str, rcpt: str) -> None:
    assert said(envelope(dsn=dsn), {"DSN": ""})[:2] == [
        f"MAIL FROM:<me@x.org>{mail}",
        f"RCPT TO:<a@x.org>{rcpt}",
    ]


def test_notices_that_are_not_to_be_had_are_warned_of() -> None:
    letter = envelope(dsn=Dsn(notify=("success",)))
    assert said(letter, {}) == said(envelope(), {})
    assert warnings(letter, EVERYTHING) == ()
    assert "does not offer DSN" in warnings(letter, {})[0]


@pytest.mark.parametrize("limit", ["4", "0", "", "many"])
def test_a_mail_within_the_limit_is_not_hindered(limit: str) -> None:
    assert hindrance(envelope(), {"SIZE": limit}) == ""


def test_a_mail_over_the_limit_is_hindered() -> None:
    words = hindrance(envelope(), {"SIZE": "3"})
    assert words == "it has 4 bytes and the server takes 3; send less or smaller attachments"


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"sender": "me@x.org>\r\nDATA"}, "from"), ({"receivers": ["a@x.org\nDATA"]}, "to")],
)
def test_an_address_that_would_end_the_line_is_an_error(
    changes: Mapping[str, object], field: str
) -> None:
    with pytest.raises(TaskError, match=f"^{field} holds a "):
        opening(envelope(**changes), {})
