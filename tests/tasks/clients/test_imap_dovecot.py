"""The IMAP client against dovecot, as Debian ships it."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from imap_sessions import fetched, opened
from opsplay.tasks.clients.imap_search import Criteria
from real_mail import Ports, dovecot
from real_mail_setup import Site, mail_site

MAILS = [
    f"Subject: {number}\r\nMessage-Id: <{number}@example.com>\r\n\r\n.\r\n".encode()
    for number in range(5)
]


@pytest.fixture(name="started", scope="module")
def _started() -> Iterator[tuple[Site, Ports]]:
    with mail_site() as site, dovecot(site) as ports:
        yield site, ports


@pytest.fixture(name="site")
def _site(started: tuple[Site, Ports]) -> Site:
    """A mailbox with five mails."""
    site, _ = started
    site.clear()
    site.put(*MAILS)
    return site


@pytest.fixture(name="port")
def _port(started: tuple[Site, Ports]) -> int:
    return started[1]["imap"]


@pytest.mark.parametrize("auth", ["", "PLAIN", "LOGIN", "CRAM-MD5"])
@pytest.mark.parametrize(("tls", "entrance"), [("starttls", "imap"), ("implicit", "imaps")])
def test_every_way_in_leads_to_the_mails(
    site: Site, started: tuple[Site, Ports], auth: str, tls: str, entrance: str
) -> None:
    ca_file = site.certificate.ca_file
    port = started[1][entrance]
    with opened(port, read_only=True, auth=auth, tls=tls, ca_file=ca_file) as session:
        assert fetched(session) == MAILS
        assert fetched(session, *session.entries()[::-1]) == MAILS[::-1]


def test_a_large_mail_comes_as_it_is(site: Site, port: int) -> None:
    large = b"Subject: large\r\n\r\n" + b"0123456789abcdef\r\n" * 300_000
    site.put(large)
    with opened(port, read_only=True) as session:
        assert fetched(session, limit=10_000_000)[5:] == [large]


def test_mails_that_another_session_deletes_are_left_out(site: Site, port: int) -> None:
    with opened(port) as one, opened(port) as other:
        entries = one.entries()
        other.delete(other.entries()[1:3])
        assert fetched(one, *entries) == [MAILS[0], *MAILS[3:]]
        assert one.refusals == []


def test_what_is_deleted_moved_and_marked_is_so_for_all(site: Site, port: int) -> None:
    with opened(port) as session:
        one, two, three, four, _ = session.entries()
        session.mark([one, two], "seen")
        session.mark([two], "flagged")
        session.delete([three])
        session.move([four], "档案/2026")
    with opened(port) as session:
        told = [(entry.uid, set(entry.flags) - {r"\Recent"}) for entry in session.entries()]
    assert told == [("1", {r"\Seen"}), ("2", {r"\Seen", r"\Flagged"}), ("5", set())]
    with opened(port, "档案/2026") as session:
        assert fetched(session) == [MAILS[3]]


def test_mail_that_comes_is_told_at_once(site: Site, port: int) -> None:
    with opened(port) as session:
        session.entries()
        threading.Timer(0.05, site.put, [b"Subject: new\r\n\r\n"]).start()
        assert session.wait(60)
        assert len(session.entries()) == 6


def test_a_mail_is_found_by_its_id_and_by_what_it_is(site: Site, port: int) -> None:
    with opened(port) as session:
        assert session.find_message_id("<3@example.com>")
        assert not session.find_message_id("<@example.com>")
        session.mark(session.entries()[:3], "seen")
        assert session.search(Criteria(unseen=True, smaller=1000)) == {"4", "5"}
