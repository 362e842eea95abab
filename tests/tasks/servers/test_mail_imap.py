"""The embedded server's IMAP as imaplib sees it: messages that are kept in memory, or in files."""

from __future__ import annotations

import imaplib
import re
from pathlib import Path

import pytest

from mail_serving import MAIL, Start, imap, lines_of, send, texts
from opsplay.tasks.servers.mail import MailServer

SUBJECTS = ["one", "two", "three"]


@pytest.fixture(params=["in memory", "in a folder"])
def server(start: Start, tmp_path: Path, request: pytest.FixtureRequest) -> MailServer:
    return start(folder=tmp_path / "mail" if request.param == "in a folder" else None)


@pytest.fixture
def filled(server: MailServer) -> MailServer:
    """A server with three mails."""
    for subject in SUBJECTS:
        send(server, "ben", data=f"Subject: {subject}\r\n\r\n{subject}\r\n".encode())
    return server


def uids(client: imaplib.IMAP4, *keys: str) -> list[int]:
    return [int(uid) for uid in client.uid("SEARCH", *(keys or ("ALL",)))[1][0].split()]


def test_a_folder_is_described_when_it_is_opened(filled: MailServer) -> None:
    with imap(filled, folder=None) as client:
        assert client.select() == ("OK", [b"3"])
        assert client.response("RECENT")[1] == [b"3"]
        assert client.response("UNSEEN")[1] == [b"1"]
        assert client.response("UIDNEXT")[1] == [b"4"]
        assert int(client.response("UIDVALIDITY")[1][0] or 0) > 0
        assert client.response("READ-WRITE")[1] == [b""]
        assert client.status("INBOX", "(MESSAGES UIDNEXT UNSEEN SIZE)") == (
            "OK",
            [b'"INBOX" (MESSAGES 3 UIDNEXT 4 UNSEEN 3 SIZE %d)' % sum(sizes(client))],
        )


def sizes(client: imaplib.IMAP4) -> list[int]:
    found = client.fetch("1:*", "(RFC822.SIZE)")[1]
    return [int(re.findall(rb"SIZE (\d+)", line)[0]) for line in found if isinstance(line, bytes)]


def test_mail_is_recent_for_one_session_alone(filled: MailServer) -> None:
    with imap(filled) as first, imap(filled) as second:
        assert first.response("RECENT")[1] == [b"3"]
        assert second.response("RECENT")[1] == [b"0"]
        assert first.search(None, "NEW") == ("OK", [b"1 2 3"])
        assert second.search(None, "OLD") == ("OK", [b"1 2 3"])


def test_reading_marks_a_mail_as_seen_and_peeking_does_not(filled: MailServer) -> None:
    with imap(filled) as client:
        client.fetch("1", "(BODY.PEEK[])")
        assert client.search(None, "SEEN") == ("OK", [b""])
        assert texts(client.fetch("1", "(BODY[TEXT])")) == [b"one\r\n"]
        assert client.search(None, "SEEN") == ("OK", [b"1"])


def test_who_examines_changes_nothing(filled: MailServer) -> None:
    with imap(filled, folder=None) as client:
        client.select(readonly=True)
        client.fetch("1", "(BODY[])")
        assert client.search(None, "SEEN") == ("OK", [b""])
        assert client.store("1", "+FLAGS", "\\Deleted")[0] == "NO"
        assert client.expunge()[0] == "NO"


def test_flags_are_added_removed_and_replaced(filled: MailServer) -> None:
    with imap(filled) as client:
        assert client.store("1:2", "+FLAGS", "(\\Seen \\Flagged)")[1] == [
            b"1 (FLAGS (\\Flagged \\Seen \\Recent))",
            b"2 (FLAGS (\\Flagged \\Seen \\Recent))",
        ]
        assert client.store("1", "-FLAGS", "\\seen")[1] == [b"1 (FLAGS (\\Flagged \\Recent))"]
        assert client.store("1", "FLAGS.SILENT", "(\\Draft $Label)")[1] == [None]
        assert client.uid("FETCH", "1", "FLAGS")[1] == [b"1 (UID 1 FLAGS (\\Draft \\Recent))"]


def test_flags_that_another_session_has_just_set_are_kept(filled: MailServer) -> None:
    with imap(filled) as client, imap(filled) as other:
        other.store("1", "+FLAGS", "\\Flagged")
        lines = lines_of(client, b"a STORE 1 +FLAGS (\\Answered)")
        assert lines[0].startswith(b"* 1 FETCH (FLAGS (\\Answered \\Flagged")


def test_deleted_mail_is_expunged_highest_number_first(filled: MailServer) -> None:
    with imap(filled) as client:
        client.store("1,3", "+FLAGS", "\\Deleted")
        assert client.expunge() == ("OK", [b"3", b"1"])
        assert uids(client) == [2]


def test_mail_that_another_session_has_taken_back_is_not_expunged(filled: MailServer) -> None:
    with imap(filled) as client, imap(filled) as other:
        client.store("1:2", "+FLAGS", "\\Deleted")
        other.store("1", "-FLAGS", "\\Deleted")
        client.expunge()
        assert uids(client) == [1, 3]


def test_only_some_of_the_deleted_mail_is_expunged(filled: MailServer) -> None:
    with imap(filled) as client:
        client.store("1:3", "+FLAGS", "\\Deleted")
        assert client.uid("EXPUNGE", "2:*")[0] == "OK"
        assert uids(client) == [1]


def test_closing_expunges_and_unselecting_does_not(filled: MailServer) -> None:
    with imap(filled) as client:
        client.store("1", "+FLAGS", "\\Deleted")
        client.unselect()
        client.select()
        assert uids(client) == [1, 2, 3]
        client.close()
        client.select()
        assert uids(client) == [2, 3]


def test_a_uid_is_never_used_twice(filled: MailServer) -> None:
    with imap(filled) as client:
        client.store("3", "+FLAGS", "\\Deleted")
        client.expunge()
        send(filled, "ben")
        client.noop()
        assert uids(client) == [1, 2, 4]


def test_copies_keep_flags_and_dates_and_tell_their_uids(filled: MailServer) -> None:
    with imap(filled) as client:
        client.store("2", "+FLAGS", "\\Flagged")
        client.create("Copies")
        [told] = lines_of(client, b"a UID COPY 2:3 Copies")
        assert re.fullmatch(rb"a OK \[COPYUID \d+ 2,3 1,2\] done\r\n", told)
        date = lines_of(client, b"a FETCH 2 (INTERNALDATE)")[0]
        client.select("Copies")
        assert client.search(None, "FLAGGED") == ("OK", [b"1"])
        assert lines_of(client, b"a FETCH 1 (INTERNALDATE)")[0] == date.replace(b"* 2", b"* 1")
        assert texts(client.fetch("1:2", "(BODY[TEXT])")) == [b"two\r\n", b"three\r\n"]


def test_moved_mail_is_there_and_no_more_here(filled: MailServer) -> None:
    with imap(filled) as client:
        client.create("Done")
        lines = lines_of(client, b"a UID MOVE 1,3 Done")
        assert re.fullmatch(rb"\* OK \[COPYUID \d+ 1,3 1,2\] done\r\n", lines[0])
        assert lines[1:] == [b"* 3 EXPUNGE\r\n", b"* 1 EXPUNGE\r\n", b"a OK done\r\n"]
        client.select("Done")
        assert texts(client.fetch("1:*", "(BODY[TEXT])")) == [b"one\r\n", b"three\r\n"]


@pytest.mark.parametrize("command", ["COPY", "MOVE"])
def test_a_folder_that_is_missing_may_be_created(filled: MailServer, command: str) -> None:
    with imap(filled) as client:
        assert client.uid(command, "1", "None") == (
            "NO",
            [b"[TRYCREATE] there is no such folder"],
        )
        assert uids(client) == [1, 2, 3]


def test_mail_can_be_appended_with_flags_and_a_date(server: MailServer) -> None:
    with imap(server) as client:
        date = '"17-Jul-1996 02:44:25 -0700"'
        [told] = client.append("INBOX", "(\\Seen)", date, MAIL)[1]
        assert re.fullmatch(rb"\[APPENDUID \d+ 1\] kept", told)
        client.noop()
        assert texts(client.fetch("1", "(BODY.PEEK[])")) == [MAIL]
        assert lines_of(client, b"a FETCH 1 (FLAGS INTERNALDATE)")[0] == (
            b'* 1 FETCH (FLAGS (\\Seen) INTERNALDATE "17-Jul-1996 09:44:25 +0000")\r\n'
        )
        assert client.append("None", "", "", MAIL)[0] == "NO"


def test_other_sessions_hear_of_what_has_changed(filled: MailServer) -> None:
    with imap(filled) as client, imap(filled) as other:
        other.store("1", "+FLAGS", "\\Deleted")
        other.store("2", "+FLAGS", "\\Flagged")
        other.expunge()
        send(filled, "ben")
        # No message may change its number while this is answered.
        assert lines_of(client, b"a FETCH 3 UID") == [
            b"* 3 FETCH (UID 3)\r\n",
            b"* 2 FETCH (UID 2 FLAGS (\\Flagged \\Recent))\r\n",
            b"* 4 EXISTS\r\n",
            b"* 4 RECENT\r\n",
            b"a OK done\r\n",
        ]
        assert lines_of(client, b"a NOOP") == [b"* 1 EXPUNGE\r\n", b"a OK done\r\n"]


def test_who_waits_hears_of_new_mail(filled: MailServer) -> None:
    with imap(filled) as client:
        client.send(b"a IDLE\r\n")
        assert client.readline() == b"+ idling\r\n"
        send(filled, "ben")
        assert client.readline() == b"* 4 EXISTS\r\n"
        assert client.readline() == b"* 4 RECENT\r\n"
        with imap(filled) as other:
            other.store("2", "+FLAGS", "\\Deleted")
            other.expunge()
        told = [client.readline()]
        while b"EXPUNGE" not in told[-1]:
            told.append(client.readline())
        assert told[-1] == b"* 2 EXPUNGE\r\n"
        assert lines_of(client, b"DONE")[-1] == b"a OK done\r\n"
