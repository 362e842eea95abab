"""fetch_mail while a server fails at every point of the dialogue: nothing lost, nothing twice."""

from __future__ import annotations

import pytest

from mail_fault_actions import (
    cut,
    cut_after,
    drip,
    hang_up,
    last_words,
    raw,
    reply,
    stall,
)
from mail_faults import ALWAYS, Action, Fault
from mail_fetching import MAILS, Mailbox, Open, Protocol, both_protocols

SCRIPTS: dict[Protocol, list[str]] = {
    "pop3": [
        *("CONNECT", "CAPA", "AUTH", "=", "LIST", "UIDL"),
        *("RETR", "RETR", "RETR", "DELE", "DELE", "DELE", "QUIT"),
    ],
    "imap": [
        *("CONNECT", "CAPABILITY", "AUTHENTICATE", "=", "CAPABILITY", "SELECT"),
        *("UID FETCH", "UID FETCH", "UID STORE", "UID EXPUNGE", "LOGOUT"),
    ],
}
POINTS = [
    pytest.param(protocol, verb, script[:at].count(verb), id=f"{protocol}-{at}-{verb}")
    for protocol, script in SCRIPTS.items()
    for at, verb in enumerate(script)
]
"""Each step of a session: the verb, and how often it was said before."""
CUTS = [
    pytest.param(cut, id="before"),
    pytest.param(cut_after(0), id="at the reply"),
    pytest.param(cut_after(3), id="in the reply"),
    pytest.param(hang_up, id="hung up"),
]
every_point = pytest.mark.parametrize(("protocol", "verb", "after"), POINTS)
every_point_but_the_goodbye = pytest.mark.parametrize(
    ("protocol", "verb", "after"), [point for point in POINTS if point.values[1] != "LOGOUT"]
)
"""POP3 deletes at its goodbye, and IMAP does nothing."""


def is_nothing_lost(mailbox: Mailbox) -> bool:
    return set(mailbox.saved()) | set(mailbox.left()) == set(MAILS)


@both_protocols
def test_mails_that_are_filed_away_take_these_steps(open_mailbox: Open, protocol: Protocol) -> None:
    mailbox = open_mailbox(protocol)
    mailbox.put(*MAILS)
    assert len(mailbox.fetch()["messages"]) == len(MAILS)
    assert mailbox.server.verbs() == SCRIPTS[protocol]
    assert (mailbox.saved(), mailbox.left()) == (MAILS, [])


@pytest.mark.parametrize("ends", CUTS)
@every_point
def test_a_connection_that_ends_loses_no_mail_and_doubles_none(
    open_mailbox: Open, protocol: Protocol, verb: str, after: int, ends: Action
) -> None:
    mailbox = open_mailbox(protocol, Fault(verb, ends, after=after))
    mailbox.put(*MAILS)
    told = mailbox.failure()
    assert ("closed the connection" in told) == (verb != "LOGOUT")
    assert is_nothing_lost(mailbox)
    mailbox.fetch()
    assert (mailbox.saved(), mailbox.left()) == (MAILS, [])


@every_point_but_the_goodbye
def test_a_server_that_falls_silent_is_left(
    open_mailbox: Open, protocol: Protocol, verb: str, after: int
) -> None:
    mailbox = open_mailbox(protocol, Fault(verb, stall, after=after))
    mailbox.put(*MAILS)
    assert "no answer within 0.1 s" in mailbox.failure(timeout=0.1)
    assert is_nothing_lost(mailbox)


REFUSALS: dict[Protocol, list[Action]] = {
    "pop3": [reply("-ERR [SYS/TEMP] Come back later")],
    "imap": [
        reply("NO [UNAVAILABLE] Come back later"),
        reply("BAD Come back later"),
        last_words("* BYE Come back later"),
    ],
}
"""Each way in which a protocol says no."""


def refusals(protocol: Protocol, verb: str) -> list[Action]:
    """At the greeting IMAP says no by BYE alone, the last of its ways."""
    ways = REFUSALS[protocol]
    return ways[-1:] if verb == "CONNECT" else ways


ABOUT_ONE_MAIL = ("RETR", "DELE")
"""Where one mail is refused, the others are served, and a warning tells."""


@pytest.mark.parametrize(
    ("protocol", "verb", "refusal"),
    [
        pytest.param(protocol, verb, refusal, id=f"{protocol}-{verb}-{number}")
        for protocol, script in SCRIPTS.items()
        for verb in dict.fromkeys(script)
        for number, refusal in enumerate(refusals(protocol, verb))
    ],
)
def test_a_refusal_is_told_in_the_server_s_words(
    open_mailbox: Open, protocol: Protocol, verb: str, refusal: Action
) -> None:
    mailbox = open_mailbox(protocol, Fault(verb, refusal, times=ALWAYS))
    mailbox.put(*MAILS)
    told = mailbox.failure()
    assert ("Come back later" in told) == (verb not in (*ABOUT_ONE_MAIL, "LOGOUT"))
    assert ("Come back later" in "".join(mailbox.warnings)) == (verb in ABOUT_ONE_MAIL)
    assert is_nothing_lost(mailbox)


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n", id="another protocol"),
        pytest.param(b"\0\0\0\0\r\n", id="NUL"),
        pytest.param(b"\r\n", id="an empty line"),
        pytest.param(b"* 1 FETCH (UID\r\n", id="half a response"),
        pytest.param(b"+" * 200_000, id="a line without end"),
    ],
)
@every_point_but_the_goodbye
def test_nonsense_loses_no_mail(
    open_mailbox: Open, protocol: Protocol, verb: str, after: int, said: bytes
) -> None:
    mailbox = open_mailbox(protocol, Fault(verb, raw(said), after=after))
    mailbox.put(*MAILS)
    told = mailbox.failure(timeout=0.3)
    assert told
    assert told.isprintable()
    assert is_nothing_lost(mailbox)


def test_a_goodbye_that_makes_no_sense_harms_nobody(open_mailbox: Open) -> None:
    mailbox = open_mailbox("imap", Fault("LOGOUT", raw(b"\0\0\r\n")))
    mailbox.put(*MAILS)
    mailbox.fetch()
    assert (mailbox.saved(), mailbox.left()) == (MAILS, [])


@both_protocols
def test_replies_byte_by_byte_are_understood(open_mailbox: Open, protocol: Protocol) -> None:
    slow = [Fault(verb, drip, times=ALWAYS) for verb in dict.fromkeys(SCRIPTS[protocol])]
    mailbox = open_mailbox(protocol, *slow)
    mailbox.put(*MAILS)
    mailbox.fetch()
    assert (mailbox.saved(), mailbox.left()) == (MAILS, [])
