"""Waiting for mail, and telling what has come since."""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread
from typing import Any

import pytest

from imap_faults import ImapFaults
from mail_fault_actions import cut, hang_up, reply
from mail_fault_session import Session
from mail_faults import Action, Fault, Options, Work
from mail_steps import fetch
from opsplay.runner.task import Cancellation, Cancelled, Context
from opsplay.tasks import mail_fetching
from pop3_faults import Pop3Faults
from postbox import Postbox, mail

Contexts = Callable[..., Context]


@pytest.fixture(name="box")
def _box(box: Postbox, monkeypatch: pytest.MonkeyPatch) -> Postbox:
    monkeypatch.setattr(mail_fetching, "_PAUSES", (0.05,))
    return box


def test_what_is_there_already_is_not_waited_for(box: Postbox) -> None:
    box.put(mail("one"))
    assert box.subjects(wait=60) == ["one"]


def test_a_mail_that_comes_meanwhile_ends_the_wait(box: Postbox) -> None:
    box.put(mail("other"))
    looked = box.result(limit=0)
    thread = Thread(target=lambda: found.extend(waited()))
    found: list[str] = []

    def waited() -> list[str]:
        return box.subjects(wait=60, select={"subject": "answer"})

    assert looked.data["messages"] == []
    thread.start()
    box.put(mail("noise"), mail("answer"))
    thread.join()
    assert found == ["answer"]


def test_what_does_not_come_is_an_error(box: Postbox) -> None:
    box.put(mail("other"))
    error = box.refused(wait=0.2, select={"subject": "answer"})
    assert error == (
        "no mail came within 0.2 s (`wait`) that is selected; there are 1 in the mailbox"
    )


def test_a_run_that_is_stopped_does_not_wait(box: Postbox) -> None:
    thread = Thread(target=box.ctx.cancellation.cancel)
    thread.start()
    with pytest.raises(Cancelled):
        box.result(wait=60)
    thread.join()


class Stopped(Cancellation):
    """Tells how long it was to sleep, and does not."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[float] = []

    def sleep(self, seconds: float) -> None:
        self.asked.append(seconds)
        raise Cancelled


def test_a_server_that_wants_a_pause_between_logins_gets_it(contexts: Contexts) -> None:
    stopped = Stopped()
    with (
        Pop3Faults(options=Options(offers=["LOGIN-DELAY 5"])) as server,
        pytest.raises(Cancelled),
    ):
        fetch(contexts(cancellation=stopped), server.port, wait=100)
    assert stopped.asked == [5]


@pytest.mark.parametrize("fault", [cut, hang_up, reply("NO not now"), reply("* BYE too long")])
def test_a_connection_that_does_not_last_is_made_anew(
    ctx: Context, monkeypatch: pytest.MonkeyPatch, fault: Action
) -> None:
    monkeypatch.setattr(mail_fetching, "_PAUSES", (0.01,))

    def act(session: Session, work: Work) -> bytes:
        server.put(mail("one"))
        return fault(session, work)

    with ImapFaults(Fault("IDLE", act)) as server:
        result = fetch(ctx, server.port, protocol="imap", wait=60)
        assert len(server.heard("LOGIN") + server.heard("AUTHENTICATE")) == 2
    assert result.msg == "1 of 1 mails fetched"


# since_mark -------------------------------------------------------------------------------------


def test_only_what_came_after_the_mark_is_fetched(box: Postbox) -> None:
    box.put(mail("answer to something old"))
    mark = box.result(limit=0).data["mark"]
    assert box.subjects(since_mark=mark) == []
    box.put(mail("the answer"))
    assert box.subjects(since_mark=mark, select={"subject": "answer"}) == ["the answer"]
    assert box.subjects(since_mark=mark, wait=60) == ["the answer"]


def test_a_mark_may_be_taken_of_an_empty_mailbox(box: Postbox) -> None:
    mark = box.result(limit=0).data["mark"]
    box.put(mail("one"))
    assert box.subjects(since_mark=mark) == ["one"]


def test_a_mark_holds_though_mails_are_deleted(box: Postbox) -> None:
    box.put(mail("one"), mail("two"))
    mark = box.result(limit=0).data["mark"]
    box.fetch(after="delete")
    box.put(mail("three"))
    assert box.subjects(since_mark=mark) == ["three"]


def test_a_mark_and_a_state_go_together(box: Postbox) -> None:
    mark = box.result(limit=0).data["mark"]
    box.put(mail("one"))
    assert box.subjects(since_mark=mark, state="inbox") == ["one"]
    assert box.subjects(since_mark=mark, state="inbox") == []


@pytest.mark.parametrize("mark", [{}, {"space": "1"}, {"space": "", "last": "x", "uids": []}])
def test_something_else_is_no_mark(box: Postbox, mark: dict[str, Any]) -> None:
    assert "since_mark is not what fetch_mail gives" in box.refused(since_mark=mark)
