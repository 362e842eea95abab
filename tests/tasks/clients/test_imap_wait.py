"""Waiting for mail in a folder of an IMAP server."""

from __future__ import annotations

import threading
from typing import Any

import pytest

from imap_faults import ImapFaults
from imap_sessions import opened
from mail_fault_actions import raw, reply, surrounded
from mail_fault_session import Session
from mail_faults import Fault, Options, Work
from opsplay.runner.task import TaskError
from opsplay.tasks.clients import imap_wait

LONG = 60.0
"""No test waits so long: it ends because something happens."""

polling = {"without": frozenset({"IDLE"})}
both = pytest.mark.parametrize("options", [{}, polling], ids=["idle", "poll"])


@pytest.fixture(autouse=True)
def _often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imap_wait, "_BETWEEN_POLLS", 0.02)


def faulty(*faults: Fault, **options: Any) -> ImapFaults:
    return ImapFaults(*faults, options=Options(**options))


@both
def test_mail_that_comes_ends_the_wait(options: dict[str, Any]) -> None:
    with faulty(**options) as server, opened(server.port) as session:
        assert session.entries() == []
        threading.Timer(0.05, server.put, [b"new"]).start()
        assert session.wait(LONG)
        assert len(session.entries()) == 1


@both
def test_the_wait_has_an_end(options: dict[str, Any]) -> None:
    with faulty(**options) as server, opened(server.port) as session:
        session.entries()
        assert not session.wait(0.05)
        assert session.entries() == []


def test_what_has_come_since_the_list_needs_no_wait() -> None:
    with faulty() as server, opened(server.port) as session:
        entries = session.entries()
        server.put(b"new")
        session.mark(entries, "seen")
        assert session.wait(LONG)
        assert session.wait(LONG)


@both
def test_mail_that_goes_is_no_news(options: dict[str, Any]) -> None:
    with faulty(**options) as server, opened(server.port) as session:
        server.put(b"x", b"y")
        assert session.wait(LONG)
        session.entries()
        server.inbox.pop(0)
        assert not session.wait(0.1)


def test_idling_is_begun_anew_before_the_server_tires_of_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(imap_wait, "_LONGEST_IDLE", 0.02)
    third = Fault("IDLE", surrounded(b"", b"* 5 EXISTS\r\n"), after=2)
    with faulty(third) as server, opened(server.port) as session:
        assert session.wait(LONG)
        assert server.verbs().count("IDLE") == server.verbs().count("DONE") == 3


def test_a_server_that_ends_idling_by_itself_is_asked_again() -> None:
    def ends(session: Session, work: Work) -> bytes:
        begun = work()
        session.then = lambda: None
        return begun + session.worded("OK enough")

    with faulty(Fault("IDLE", ends, times=2)) as server, opened(server.port) as session:
        threading.Timer(0.05, server.put, [b"new"]).start()
        assert session.wait(LONG)
        assert server.verbs().count("DONE") == 1


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("IDLE", reply("NO not now")), "cannot wait for new mail .*not now"),
        (Fault("IDLE", surrounded(b"", b"* BYE idle for too long\r\n")), "idle for too long"),
        (Fault("IDLE", raw(b"OK?\r\n")), "makes no sense"),
        (Fault("DONE", reply("BAD what?")), r"cannot wait for new mail .*what\?"),
    ],
)
def test_what_fails_while_waiting_is_told(fault: Fault, words: str) -> None:
    with (
        faulty(fault) as server,
        opened(server.port) as session,
        pytest.raises(TaskError, match=words),
    ):
        session.wait(0.05)


@both
def test_another_thread_can_end_the_wait(options: dict[str, Any]) -> None:
    with faulty(**options) as server, opened(server.port) as session:
        session.entries()
        threading.Timer(0.05, session.abort).start()
        with pytest.raises(TaskError, match="closed the connection"):
            session.wait(LONG)
