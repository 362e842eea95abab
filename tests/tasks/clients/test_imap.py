"""Reading folders of an IMAP server."""

from __future__ import annotations

import errno
import re
import threading
from collections.abc import Iterator
from io import BytesIO
from typing import BinaryIO

import pytest

from imap_faults import ImapFaults
from imap_sessions import fetched, opened, session_at
from mail_fault_actions import changed, cut, raw, reply, stall, surrounded
from mail_fault_session import Session
from mail_faults import ALWAYS, Action, Fault, Options, Work
from opsplay.runner.task import TaskError
from opsplay.tasks.clients import imap_dialogue, imap_fetch, mailbox
from opsplay.tasks.clients.mailbox import Entry, MailSession

BODY = "( UID BODY.PEEK[] )"
MAILS = [b"Subject: %d\r\n\r\n.\r\nmail %d\r\n" % (number, number) for number in range(5)]


@pytest.fixture(name="server")
def _server() -> Iterator[ImapFaults]:
    """A server with five mails."""
    with ImapFaults() as server:
        server.put(*MAILS)
        yield server


def faulty(*faults: Fault, options: Options | None = None) -> ImapFaults:
    server = ImapFaults(*faults, options=options)
    server.put(*MAILS)
    return server


def spool_from(monkeypatch: pytest.MonkeyPatch, size: int) -> None:
    for module in (mailbox, imap_fetch, imap_dialogue):
        monkeypatch.setattr(module, "SPOOL_FROM", size)
    monkeypatch.setattr(imap_fetch, "_AT_ONCE", size)


def numbers(entries: list[Entry]) -> list[int]:
    return [entry.number for entry in entries]


# What is there --------------------------------------------------------------------------------


def test_it_is_what_the_steps_expect_of_any_mailbox(server: ImapFaults) -> None:
    session: MailSession = session_at(server.port)
    session.open()
    assert (session.welcome, session.space) == ("fault.example ready", "1")
    assert {"IDLE", "UIDPLUS"} <= set(session.capabilities)
    session.close()
    server.wait()
    assert server.verbs()[-1] == "LOGOUT"


def test_messages_are_listed_with_what_lasts(server: ImapFaults) -> None:
    server.inbox.pop(1)
    server.inbox[0].flags = {r"\Seen", "$Label"}
    with opened(server.port) as session:
        assert session.entries()[:2] == [
            Entry(1, "1", len(MAILS[0]), frozenset({r"\Seen", "$Label"})),
            Entry(2, "3", len(MAILS[2]), frozenset()),
        ]


def test_an_empty_folder_is_not_asked_for_its_messages() -> None:
    with ImapFaults() as server, opened(server.port) as session:
        assert session.entries() == []
        assert "UID FETCH" not in server.verbs()


def test_a_list_in_any_order_is_oldest_first() -> None:
    def turned(said: bytes) -> bytes:
        *told, end = said.splitlines(keepends=True)
        return b"".join([*reversed(told), end])

    with faulty(Fault("UID FETCH", changed(turned))) as server, opened(server.port) as session:
        assert numbers(session.entries()) == [1, 2, 3, 4, 5]


def test_a_folder_that_is_only_read_is_examined(server: ImapFaults) -> None:
    with opened(server.port, read_only=True) as session:
        fetched(session)
        list(session.heads(session.entries(), 100))
    assert "SELECT" not in server.verbs()
    assert all(not mail.flags for mail in server.inbox)


def test_a_folder_has_any_name(server: ImapFaults) -> None:
    server.put(b"x\r\n", folder='&V4NXPmh2- &- "a"')
    with opened(server.port, '垃圾桶 & "a"') as session:
        assert fetched(session) == [b"x\r\n"]


def test_a_slash_parts_folders_whatever_the_server_writes() -> None:
    dotted = Fault("LIST", changed(lambda said: b'* LIST (\\Noselect) "." ""\r\n' + said))
    with faulty(dotted) as server:
        server.put(b"x\r\n", folder="INBOX.Orders.2026")
        with opened(server.port, "INBOX/Orders/2026") as session:
            assert fetched(session) == [b"x\r\n"]


def test_a_folder_that_is_not_there_is_told_with_those_that_are(server: ImapFaults) -> None:
    server.put(b"x", folder="&Xn9USm5g-")
    with pytest.raises(TaskError, match=r"the folder Nö .*the account has INBOX, 广告湠"):
        session_at(server.port, "Nö").open()


def test_a_folder_whose_ids_do_not_last_is_told() -> None:
    strip = changed(lambda said: said.replace(b"UIDVALIDITY", b"X"))
    with faulty(Fault("SELECT", strip)) as server, pytest.raises(TaskError, match="no lasting ids"):
        session_at(server.port).open()


def test_a_folder_that_cannot_be_changed_is_told_before_anything_is_fetched() -> None:
    read_only = changed(lambda said: said.replace(b"READ-WRITE", b"READ-ONLY"))
    with faulty(Fault("SELECT", read_only)) as server, pytest.raises(TaskError, match="only read"):
        session_at(server.port).open()


# Messages -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "message", [b"", b"\0\xff\n\r\r\n)", b"A1 OK\r\n* 1 EXPUNGE\r\n", b"{10}\r\n", b"x" * 300_000]
)
def test_a_message_is_fetched_as_it_is(server: ImapFaults, message: bytes) -> None:
    server.inbox[1].data = message
    with opened(server.port) as session:
        assert fetched(session) == [MAILS[0], message, *MAILS[2:]]


def test_messages_come_in_the_order_that_is_asked_for(server: ImapFaults) -> None:
    with opened(server.port) as session:
        one, two, three, four, five = session.entries()
        assert fetched(session, five, one, two, four, three) == [
            MAILS[number] for number in (4, 0, 1, 3, 2)
        ]


def test_messages_wait_for_their_turn_and_not_for_those_that_are_gone() -> None:
    def turned(said: bytes) -> bytes:
        *told, end = re.split(rb"(?<=\r\n)(?=\*|A)", said)
        return b"".join([*reversed(told[1:]), end])

    fault = Fault("UID FETCH", changed(turned), about=BODY)
    with faulty(fault) as server, opened(server.port) as session:
        assert fetched(session) == MAILS[1:]


def test_files_that_wait_for_their_turn_are_closed_when_nobody_wants_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    spool_from(monkeypatch, 10)
    files: list[BytesIO] = []

    def spool() -> BinaryIO:
        files.append(BytesIO())
        return files[-1]

    with faulty() as server, opened(server.port) as session:
        one, two, *_ = session.entries()
        messages = session.messages([two, one], 1000, spool)
        assert next(messages) == (two, files[1])
        messages.close()  # type: ignore[attr-defined]  # it is a generator
        assert [file.closed for file in files] == [True, False]


def test_a_window_asks_for_ranges_and_the_next_does_not_wait_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def only_when_more_is_asked(session: Session, work: Work) -> bytes:
        while b"\n" not in session.unread:
            session.read_on()
        return work()

    monkeypatch.setattr(imap_fetch, "_WINDOW_MESSAGES", 3)
    waiting = Fault("UID FETCH", only_when_more_is_asked, about=f"1:2,4 {BODY}")
    with faulty(waiting) as server:
        server.inbox.pop(2)
        server.put(b"more")
        with opened(server.port) as session:
            assert len(fetched(session)) == 5
        assert server.heard("UID FETCH")[1:] == [f"1:2,4 {BODY}", f"5:6 {BODY}"]


def test_a_window_holds_few_messages_if_they_are_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_fetch, "_WINDOW_BYTES", 100)
    sizes = [60, 40, 1, 500, 1]
    entries = [Entry(at, str(at), size) for at, size in enumerate(sizes)]
    assert [numbers(window) for window in imap_fetch.windows(entries)] == [[0, 1], [2], [3], [4]]


def test_large_messages_go_into_files(server: ImapFaults, monkeypatch: pytest.MonkeyPatch) -> None:
    spool_from(monkeypatch, 100)
    server.inbox[1].data = large = b"x" * 101
    files: list[BytesIO] = []

    def spool() -> BinaryIO:
        files.append(BytesIO())
        return files[-1]

    with opened(server.port) as session:
        found = [message for _, message in session.messages(session.entries(), 1000, spool)]
    assert found == [MAILS[0], files[0], *MAILS[2:]]
    assert files[0].read() == large


def test_a_message_that_is_too_large_is_told(server: ImapFaults) -> None:
    server.inbox[1].data = b"x" * 101
    with (
        opened(server.port) as session,
        pytest.raises(TaskError, match="one has 101 bytes, more than the 100 allowed"),
    ):
        fetched(session, limit=100)


def test_a_full_disk_is_told(server: ImapFaults, monkeypatch: pytest.MonkeyPatch) -> None:
    spool_from(monkeypatch, 10)

    def full() -> BinaryIO:
        raise OSError(errno.ENOSPC, "No space left on device")

    with (
        opened(server.port) as session,
        pytest.raises(TaskError, match=r"no room on this machine .*No space left"),
    ):
        list(session.messages(session.entries(), 1000, full))


def test_heads_are_cut_where_they_must_be(server: ImapFaults) -> None:
    with opened(server.port) as session:
        entries = session.entries()[:2]
        assert list(session.heads(entries, 1000)) == [
            (entries[0], b"Subject: 0\r\n\r\n"),
            (entries[1], b"Subject: 1\r\n\r\n"),
        ]
        assert list(session.heads(entries[:1], 4)) == [(entries[0], b"Subj")]


def test_a_server_that_knows_no_parts_gives_no_longer_heads() -> None:
    part, all_of_it = b"BODY[HEADER]<0> {4}\r\nSubj", b"BODY[HEADER] {9}\r\nSubject: "
    whole = changed(lambda said: said.replace(part, all_of_it))
    with (
        faulty(Fault("UID FETCH", whole, about="HEADER")) as server,
        opened(server.port) as session,
    ):
        one = session.entries()[0]
        assert list(session.heads([one], 4)) == [(one, b"Subj")]


def test_who_stops_reading_early_can_go_on_with_something_else(server: ImapFaults) -> None:
    with opened(server.port) as session:
        messages = session.messages(session.entries(), 1000, BytesIO)
        assert next(messages)[1] == MAILS[0]
        assert fetched(session) == MAILS


# Messages that are not given ------------------------------------------------------------------


@pytest.mark.parametrize("told", ["OK done", "OK [EXPUNGEISSUED] gone", "NO [EXPUNGEISSUED] gone"])
def test_a_message_that_is_gone_meanwhile_is_left_out(told: str) -> None:
    gone = changed(lambda said: said.replace(b"OK done", told.encode()))
    with faulty(Fault("UID FETCH", gone, about=BODY)) as server, opened(server.port) as session:
        entries = session.entries()
        session.delete(entries[1:2])
        assert fetched(session, *entries) == [MAILS[number] for number in (0, 2, 3, 4)]
        assert session.refusals == []


def test_a_message_that_is_nil_is_left_out() -> None:
    nil = changed(lambda said: said.replace(b"{%d}\r\n%b" % (len(MAILS[1]), MAILS[1]), b"NIL"))
    with faulty(Fault("UID FETCH", nil, about="2:3")) as server, opened(server.port) as session:
        assert fetched(session, *session.entries()[1:3]) == [MAILS[2]]


def test_a_message_that_the_server_will_not_give_keeps_no_other_back() -> None:
    refuse = reply("NO [SERVERBUG] broken")
    window, one = (Fault("UID FETCH", refuse, about=f"{uids} {BODY}") for uids in ("1:5", "3"))
    with faulty(window, one) as server, opened(server.port) as session:
        assert fetched(session) == [MAILS[number] for number in (0, 1, 3, 4)]
        [told] = session.refusals
        assert told.startswith("cannot fetch mail 3 (")
        assert "[SERVERBUG] broken; the server is busy or out of order" in told


def test_a_command_that_the_server_does_not_understand_is_told() -> None:
    fault = Fault("UID FETCH", reply("BAD what?"), about=BODY)
    with (
        faulty(fault) as server,
        opened(server.port) as session,
        pytest.raises(TaskError, match=r"cannot fetch mails .*: what\?"),
    ):
        fetched(session)


# What is not asked for ------------------------------------------------------------------------

UNASKED = (
    b"* 2 FETCH (FLAGS (\\Seen))\r\n"
    b"* 9 FETCH (UID 99 BODY[] {3}\r\nabc FLAGS ())\r\n"
    b"* 6 EXISTS\r\n* OK [ALERT] look here {5}\r\n* X-NEW (a {2}\r\n\r\n b)\r\n"
)


@pytest.mark.parametrize("verb", ["UID FETCH", "SELECT", "CAPABILITY", "UID STORE"])
def test_what_nobody_asked_for_disturbs_nothing(verb: str) -> None:
    fault = Fault(verb, surrounded(UNASKED), times=ALWAYS)
    with faulty(fault) as server, opened(server.port) as session:
        assert fetched(session) == MAILS
        session.mark(session.entries(), "seen")
        assert fetched(session) == MAILS


def test_what_nobody_asked_for_is_dropped_if_it_is_large(monkeypatch: pytest.MonkeyPatch) -> None:
    spool_from(monkeypatch, 10)
    large = b"* 9 FETCH (BODY[] {300000}\r\n" + b"x" * 300_000 + b")\r\n"
    fault = Fault("UID STORE", surrounded(large))
    with faulty(fault) as server, opened(server.port) as session:
        session.mark(session.entries(), "seen")


# Faults ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [-1, 1, 4])
def test_a_wrong_length_is_told(change: int) -> None:
    size = len(MAILS[0])
    lie = changed(lambda said: said.replace(b"{%d}" % size, b"{%d}" % (size + change)))
    fault = Fault("UID FETCH", lie, about=BODY)
    with (
        faulty(fault) as server,
        opened(server.port, timeout=0.5) as session,
        pytest.raises(TaskError, match=r"makes no sense|no answer within"),
    ):
        fetched(session)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        (b"what?\r\n", "the server's answer makes no sense"),
        (b"Z9 OK done\r\n", "the server's answer makes no sense"),
        (b"* 1 FETCH (UID 1 BODY[] (a))\r\n", "the server's answer makes no sense"),
        (b"* 1 FETCH " + b"(" * 100_000 + b"\r\n", "the server's answer makes no sense"),
        (b"* X" + b" {0}\r\n" * 20 + b"\r\n", "the server's answer makes no sense"),
        (b"* BYE too long\r\n", "too long; the server is busy"),
        (b"* 1 FETCH (" + b"x" * 17_000_000, "a line without end"),
    ],
)
def test_nonsense_is_told(said: bytes, words: str) -> None:
    with (
        faulty(Fault("UID FETCH", raw(said))) as server,
        opened(server.port) as session,
        pytest.raises(TaskError, match=words),
    ):
        session.entries()


def test_a_line_may_be_as_long_as_it_likes() -> None:
    long = changed(lambda said: b"* SEARCH " + b"4294967295 " * 200_000 + b"\r\n" + said)
    with faulty(Fault("UID FETCH", long)) as server, opened(server.port) as session:
        assert len(session.entries()) == 5


def test_a_connection_that_is_cut_is_told() -> None:
    with (
        faulty(Fault("UID FETCH", cut)) as server,
        opened(server.port) as session,
        pytest.raises(TaskError, match=r"cannot list the mails .*closed the connection"),
    ):
        session.entries()


def test_a_server_that_falls_silent_is_told() -> None:
    with (
        faulty(Fault("UID FETCH", stall)) as server,
        opened(server.port, timeout=2) as session,
        pytest.raises(TaskError, match=r"cannot list the mails .*no answer within 2 s"),
    ):
        session.entries()


def test_another_thread_can_end_all_waiting() -> None:
    with faulty(Fault("UID FETCH", stall)) as server, opened(server.port) as session:
        threading.Timer(0.1, session.abort).start()
        with pytest.raises(TaskError, match="closed the connection"):
            session.entries()


def test_hanging_up_says_no_goodbye(server: ImapFaults) -> None:
    session = session_at(server.port)
    session.open()
    session.hang_up()
    server.wait()
    assert "LOGOUT" not in server.verbs()


def test_a_goodbye_waits_for_nobody() -> None:
    with faulty(Fault("LOGOUT", cut)) as server, opened(server.port):
        pass


# Searching ------------------------------------------------------------------------------------


def message(number: int, message_id: str) -> bytes:
    return f"Subject: {number}\r\nMessage-Id:\r\n {message_id}\r\n\r\nx\r\n".encode()


def test_a_message_is_found_by_its_id(server: ImapFaults) -> None:
    server.put(message(6, "<abc@example.com>"), message(7, "<c@example.com>"))
    with opened(server.port, read_only=True) as session:
        assert session.find_message_id("<c@example.com>")
        assert not session.find_message_id("<bc@example.com>")
        assert not session.find_message_id("<é@example.com>")


def test_a_server_that_finds_everything_is_not_believed() -> None:
    everything = changed(lambda said: b"* SEARCH 1 2\r\n* SEARCH 3 4 5\r\n" + said)
    with faulty(Fault("UID SEARCH", everything)) as server, opened(server.port) as session:
        assert not session.find_message_id("<c@example.com>")


@pytest.mark.parametrize("search", [reply("OK done"), reply("BAD HEADER?"), reply("NO cannot")])
def test_a_server_that_cannot_search_is_helped(search: Action) -> None:
    server = faulty(Fault("UID SEARCH", search))
    server.put(message(6, "<c@example.com>"))
    with server, opened(server.port) as session:
        assert session.find_message_id("<c@example.com>")
