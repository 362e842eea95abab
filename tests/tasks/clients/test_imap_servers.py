"""The IMAP client against dovecot, as Debian ships it, and against our own server."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from imap_sessions import fetched, opened
from opsplay.tasks.clients.imap_search import Criteria
from opsplay.tasks.servers.certificate import make_certificate
from opsplay.tasks.servers.mail import MailServer, MailServerOptions
from opsplay.tasks.servers.mailboxes import Account
from real_mail import dovecot
from real_mail_setup import mail_site

MAILS = [
    f"Subject: {number}\r\nMessage-Id: <{number}@example.com>\r\n\r\n.\r\n".encode()
    for number in range(5)
]


@dataclass(frozen=True)
class Place:
    """A server on which li has mail."""

    imap: int
    imaps: int
    ca_file: Path
    put: Callable[..., None]
    clear: Callable[[], None]


@contextmanager
def _dovecot(_: Path) -> Iterator[Place]:
    with mail_site() as site, dovecot(site) as ports:
        yield Place(ports["imap"], ports["imaps"], site.certificate.ca_file, site.put, site.clear)


@contextmanager
def _ours(folder: Path) -> Iterator[Place]:
    certificate = make_certificate(folder)
    options = MailServerOptions(accounts=[Account("li", "geheim")], certificate=certificate)
    with MailServer(options) as server:
        inbox = server._rules.mailboxes.of(options.accounts[0]).inbox

        def put(*mails: bytes) -> None:
            for mail in mails:
                inbox.add(mail)

        def clear() -> None:
            inbox.remove([letter.uid for letter in inbox.letters()])

        yield Place(server.imap_port, server.imaps_port, certificate.ca_file, put, clear)


@pytest.fixture(name="started", scope="module", params=[_dovecot, _ours], ids=["dovecot", "ours"])
def _started(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Place]:
    with request.param(tmp_path_factory.mktemp("server")) as place:
        yield place


@pytest.fixture(name="place")
def _place(started: Place) -> Place:
    """A mailbox with five mails."""
    started.clear()
    started.put(*MAILS)
    return started


@pytest.mark.parametrize("auth", ["", "PLAIN", "LOGIN", "CRAM-MD5"])
@pytest.mark.parametrize("tls", ["starttls", "implicit"])
def test_every_way_in_leads_to_the_mails(place: Place, auth: str, tls: str) -> None:
    port = place.imaps if tls == "implicit" else place.imap
    with opened(port, read_only=True, auth=auth, tls=tls, ca_file=place.ca_file) as session:
        assert fetched(session) == MAILS
        assert fetched(session, *session.entries()[::-1]) == MAILS[::-1]


def test_a_large_mail_comes_as_it_is(place: Place) -> None:
    large = b"Subject: large\r\n\r\n" + b"0123456789abcdef\r\n" * 300_000
    place.put(large)
    with opened(place.imap, read_only=True) as session:
        assert fetched(session, limit=10_000_000)[5:] == [large]


def test_mails_that_another_session_deletes_keep_no_others_back(place: Place) -> None:
    with opened(place.imap) as one, opened(place.imap) as other:
        entries = one.entries()
        other.delete(other.entries()[1:3])
        found = fetched(one, *entries)
        # A server may go on showing them to who was not yet told.
        assert [mail for mail in found if mail not in MAILS[1:3]] == [MAILS[0], *MAILS[3:]]
        assert one.refusals == []


def test_what_is_deleted_moved_and_marked_is_so_for_all(place: Place) -> None:
    with opened(place.imap) as session:
        one, two, three, four, five = session.entries()
        session.mark([one, two], "seen")
        session.mark([two], "flagged")
        session.delete([three])
        session.move([four], "档案/2026")
    with opened(place.imap) as session:
        left = session.entries()
        assert [entry.uid for entry in left] == [one.uid, two.uid, five.uid]
        assert [r"\Seen" in entry.flags for entry in left] == [True, True, False]
        assert [r"\Flagged" in entry.flags for entry in left] == [False, True, False]
    with opened(place.imap, "档案/2026") as session:
        assert fetched(session)[-1] == MAILS[3]


def test_mail_that_comes_is_told_at_once(place: Place) -> None:
    with opened(place.imap) as session:
        session.entries()
        threading.Timer(0.05, place.put, [b"Subject: new\r\n\r\n"]).start()
        assert session.wait(60)
        assert len(session.entries()) == 6


def test_a_mail_is_found_by_its_id_and_by_what_it_is(place: Place) -> None:
    with opened(place.imap) as session:
        assert session.find_message_id("<3@example.com>")
        assert not session.find_message_id("<@example.com>")
        entries = session.entries()
        session.mark(entries[:3], "seen")
        found = session.search(Criteria(unseen=True, smaller=1000))
        assert found == {entry.uid for entry in entries[3:]}
