"""What is changed on an IMAP server: marks, mails that go, and where they go."""

from __future__ import annotations

from typing import Any

import pytest

from imap_faults import ImapFaults
from imap_sessions import opened
from mail_fault_actions import changed, cut, reply
from mail_faults import Fault, Options
from opsplay.runner.task import TaskError

MAILS = [b"Subject: %d\r\n\r\nx\r\n" % number for number in range(5)]


def faulty(*faults: Fault, **options: Any) -> ImapFaults:
    server = ImapFaults(*faults, options=Options(**options))
    server.put(*MAILS)
    return server


def left(server: ImapFaults) -> list[bytes]:
    return [mail.data for mail in server.inbox]


def without(name: str) -> dict[str, Any]:
    return {"without": frozenset({name})}


# Marks ----------------------------------------------------------------------------------------


def test_marks_are_set_beside_those_that_are_there() -> None:
    with faulty() as server, opened(server.port) as session:
        server.inbox[0].flags = {"$Label"}
        entries = session.entries()
        session.mark(entries[:2], "seen")
        session.mark(entries[1:3], "flagged")
        flags = [mail.flags for mail in server.inbox[:4]]
        assert flags == [{"$Label", r"\Seen"}, {r"\Seen", r"\Flagged"}, {r"\Flagged"}, set()]
        assert server.heard("UID STORE")[0].startswith(r"1:2 +FLAGS.SILENT")


def test_many_mails_are_marked_with_lines_that_no_server_finds_too_long() -> None:
    with faulty() as server:
        server.put(*[b"x"] * 2000)
        with opened(server.port) as session:
            session.mark(session.entries()[::2], "seen")
        assert len(server.heard("UID STORE")) == 3
        assert max(map(len, server.heard("UID STORE"))) < 8000
        assert all(mail.flags for mail in server.inbox[::2])


def test_nothing_is_asked_for_no_mails() -> None:
    with faulty() as server, opened(server.port) as session:
        session.mark([], "seen")
        session.delete([])
        session.move([], "Archive")
        assert server.verbs()[-1] == "SELECT"


def test_a_mark_that_is_refused_is_told() -> None:
    refusal = Fault("UID STORE", reply("NO [NOPERM] not yours"))
    with (
        faulty(refusal) as server,
        opened(server.port) as session,
        pytest.raises(TaskError, match=r"cannot mark mails .*not yours; the account may not"),
    ):
        session.mark(session.entries(), "seen")


# Deleting -------------------------------------------------------------------------------------


def test_only_what_is_meant_is_deleted() -> None:
    with faulty() as server, opened(server.port) as session:
        server.inbox[3].flags = {r"\Deleted"}
        session.delete(session.entries()[:2])
        assert left(server) == MAILS[2:]
        assert len(session.entries()) == 3


def test_a_server_that_cannot_delete_single_mails_deletes_those_that_are_marked() -> None:
    with faulty(**without("UIDPLUS")) as server, opened(server.port) as session:
        session.delete(session.entries()[:2])
        assert left(server) == MAILS[2:]
        assert session.refusals == []


def test_what_others_have_marked_is_not_deleted_with_it() -> None:
    with faulty(**without("UIDPLUS")) as server, opened(server.port) as session:
        server.inbox[3].flags = {r"\Deleted"}
        session.delete(session.entries()[:2])
        assert left(server) == MAILS
        assert len(session.refusals) == 2
        assert "the id 2 is marked as deleted, but still there" in session.refusals[1]


# Moving ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["Archive", "Archive/2026"])
def test_what_was_copied_and_not_deleted_is_not_copied_again(name: str) -> None:
    mails = [b"Message-ID: <%d@x>\r\nSubject: x\r\n\r\n%d\r\n" % (n, n) for n in range(3)]
    with ImapFaults(Fault("UID STORE", cut), options=Options(**without("MOVE"))) as server:
        server.put(*mails)
        with opened(server.port) as session, pytest.raises(TaskError):
            session.move(session.entries()[:2], name)
        with opened(server.port) as session:
            session.move(session.entries(), name, session.entries()[:2])
        assert [mail.data for mail in server.folders[name].mails] == mails
        assert left(server) == []


def test_what_only_looks_alike_in_the_other_folder_is_moved_all_the_same() -> None:
    one = b"Message-ID: <1@x>\r\n\r\nx\r\n"
    others = [b"Message-ID: <1@x>\r\n\r\nlonger\r\n", b"Message-ID: <1@x.org>\r\n\r\ny\r\n"]
    with ImapFaults(options=Options(**without("MOVE"))) as server:
        server.put(one)
        server.put(*others, folder="Archive")
        with opened(server.port) as session:
            session.move(session.entries(), "Archive", session.entries())
        assert [mail.data for mail in server.folders["Archive"].mails] == [*others, one]


@pytest.mark.parametrize("options", [{}, without("MOVE")], ids=["MOVE", "COPY"])
@pytest.mark.parametrize("is_there", [True, False])
def test_mails_go_to_a_folder_which_is_made_if_it_is_missing(
    options: dict[str, Any], *, is_there: bool
) -> None:
    with faulty(**options) as server, opened(server.port) as session:
        if is_there:
            server.put(b"old", folder="&W1hoYw-")
        session.move(session.entries()[1:3], "存档")
        assert left(server) == [MAILS[0], *MAILS[3:]]
        moved = [mail.data for mail in server.folders["&W1hoYw-"].mails]
        assert moved == [b"old"] * is_there + MAILS[1:3]


def test_a_slash_parts_folders_whatever_the_server_writes() -> None:
    dotted = Fault("LIST", changed(lambda said: b'* LIST () "." ""\r\n' + said))
    with faulty(dotted) as server, opened(server.port) as session:
        session.move(session.entries(), "Old/2026")
        assert len(server.folders["Old.2026"].mails) == len(MAILS)


def test_nothing_is_deleted_that_could_not_be_copied() -> None:
    fault = Fault("UID COPY", reply("NO [OVERQUOTA] full"))
    with (
        faulty(fault, **without("MOVE")) as server,
        opened(server.port) as session,
        pytest.raises(TaskError, match=r"to the folder Old .*full; the mailbox is full; delete"),
    ):
        session.move(session.entries(), "Old")
    assert left(server) == MAILS


def test_a_folder_that_cannot_be_made_is_told() -> None:
    fault = Fault("CREATE", reply("NO [CANNOT] bad name"))
    with (
        faulty(fault) as server,
        opened(server.port) as session,
        pytest.raises(TaskError, match=r"cannot create the folder a/b .*check the folder's name"),
    ):
        session.move(session.entries(), "a/b")


def test_a_line_break_in_a_folder_runs_no_command() -> None:
    with (
        faulty() as server,
        opened(server.port) as session,
        pytest.raises(TaskError, match="folder holds a line feed"),
    ):
        session.move(session.entries(), "a\nZ1 EXPUNGE")
