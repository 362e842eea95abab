"""What was fetched before is not fetched again, whatever ended the run before."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mail_fault_actions import cut, reply
from mail_faults import Fault
from mail_steps import fetch
from opsplay.runner.dataclasses import replace
from opsplay.runner.task import Context, TaskError
from opsplay.tasks.mail_state import StateName, held
from pop3_faults import Pop3Faults
from postbox import Postbox, mail, postbox

Contexts = Callable[..., Context]
ONE, TWO, THREE = (mail(subject) for subject in ("one", "two", "three"))


def fetched(ctx: Context, server: Pop3Faults, **given: object) -> dict[str, Any]:
    return dict(fetch(ctx, server.port, **given).data)


def test_only_what_is_new_is_fetched(box: Postbox) -> None:
    box.put(ONE, TWO)
    assert box.subjects(state="inbox") == ["two", "one"]
    assert box.subjects(state="inbox") == []
    box.put(THREE)
    assert box.subjects(state="inbox") == ["three"]


def test_another_name_remembers_something_else(box: Postbox) -> None:
    box.put(ONE)
    assert box.subjects(state="archive") == ["one"]
    assert box.subjects(state="report") == ["one"]
    assert box.subjects() == ["one"]


def test_a_name_may_be_that_of_a_file_which_is_no_text(box: Postbox) -> None:
    box.put(ONE)
    assert box.subjects(state="\udcff") == ["one"]
    assert box.subjects(state="\udcff") == []
    assert box.subjects(state="\udcfe") == ["one"]


def test_what_is_not_selected_stays_new(box: Postbox) -> None:
    box.put(ONE, TWO)
    assert box.subjects(state="inbox", select={"subject": "two"}) == ["two"]
    assert box.subjects(state="inbox", limit=1) == ["one"]


def test_what_cannot_be_saved_is_neither_remembered_nor_deleted(
    box: Postbox, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    box.put(ONE)
    told = box.refused(state="inbox", save_to="file", after="delete")
    assert told.startswith("cannot save mail in ")
    assert told.endswith("file: it is there, and no folder")
    assert box.left == ["one"]
    assert box.subjects(state="inbox", save_to="mails", after="delete") == ["one"]
    assert box.left == []


def test_check_mode_remembers_nothing(box: Postbox, contexts: Contexts) -> None:
    box.put(ONE)
    assert box.subjects(contexts(check=True), state="inbox") == ["one"]
    assert box.subjects(state="inbox") == ["one"]


def test_a_folder_of_the_same_account_is_another_mailbox(ctx: Context) -> None:
    with postbox(ctx, "imap") as box:
        box.put(ONE)
        box.put(TWO, folder="Orders")
        assert box.subjects(state="inbox") == ["one"]
        assert box.subjects(state="inbox", folder="Orders") == ["two"]


def test_a_run_waits_for_another_one_with_the_same_state(box: Postbox, contexts: Contexts) -> None:
    said: list[str] = []
    is_said = threading.Event()

    def hear(line: str) -> None:
        said.append(line)
        is_said.set()

    box.put(ONE)
    name = StateName("inbox", (box.protocol, "li", "127.0.0.1", "INBOX"))
    waiting = contexts(on_warning=hear)
    subjects: list[list[str]] = []
    thread = threading.Thread(target=lambda: subjects.append(box.subjects(waiting, state="inbox")))
    with held(name, box.ctx):
        thread.start()
        assert is_said.wait(60)
        assert subjects == []
    thread.join()
    assert said == ["another run, or host, fetches with the state inbox: waiting until it is done"]
    assert subjects == [["one"]]


# What a run leaves undone -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault", [Fault("DELE", cut), Fault("QUIT", cut), Fault("QUIT", reply("-ERR"))]
)
def test_what_was_saved_but_not_deleted_is_deleted_by_the_next_run(
    ctx: Context, tmp_path: Path, fault: Fault
) -> None:
    once = {"state": "inbox", "save_to": "mails", "after": "delete"}
    with Pop3Faults(fault) as server:
        server.put(ONE, TWO)
        with pytest.raises(TaskError):
            fetched(ctx, server, **once)
        assert len(server.mailbox) == 2
        data = fetched(ctx, server, **once)
        assert (data["messages"], data["deleted"]) == ([], 2)
        server.wait()
        assert server.mailbox == []
        assert server.heard("RETR") == ["1", "2"]
    assert len(list((tmp_path / "mails").iterdir())) == 2


def test_a_step_that_is_killed_again_and_again_tells_what_it_has_fetched_each_time(
    box: Postbox, contexts: Contexts
) -> None:
    """Its outcome was never known, though its mails have gone from the server."""
    box.put(ONE, TWO)
    step = replace(contexts(), once="20261126T000000Z-1 0/site.yml:5#1")
    for _ in range(3):
        subjects = box.subjects(step, state="inbox", save_to="mails", after="delete")
        assert (subjects, box.left) == (["two", "one"], [])


def test_nor_is_it_lost_where_other_runs_have_come_in_between(
    box: Postbox, contexts: Contexts
) -> None:
    """Of the mails of a run that is resumed later than others have run."""
    box.put(ONE, TWO)
    once = {"state": "inbox", "save_to": "mails", "after": "delete"}
    killed = replace(contexts(), once="20261126T000000Z-1 0/site.yml:5#1")
    assert box.subjects(killed, **once) == ["two", "one"]
    for _ in range(2):
        other = replace(contexts(), once="20261127T000000Z-1 0/site.yml:5#1")
        assert box.subjects(other, **once) == []
    assert box.subjects(killed, **once) == ["two", "one"]


def test_what_nobody_registers_is_not_told_again_but_need_not_be_waited_for(
    box: Postbox, contexts: Contexts
) -> None:
    box.put(ONE, TWO)
    step = replace(contexts(), once="20261126T000000Z-1 0/site.yml:5#1", is_registered=False)
    assert box.subjects(step, state="inbox") == ["two", "one"]
    assert box.subjects(step, state="inbox") == []
    waiting = replace(step, once="20261126T000000Z-1 0/site.yml:9#1")
    for _ in range(2):
        assert box.subjects(waiting, state="other", wait=60) == ["two", "one"]


def test_what_was_fetched_before_a_failure_is_told_with_it(ctx: Context) -> None:
    with Pop3Faults(Fault("QUIT", cut)) as server:
        server.put(ONE)
        with pytest.raises(TaskError) as caught:
            fetch(ctx, server.port, state="inbox", after="delete")
        told: Any = caught.value.data["messages"]
        assert [message["subject"] for message in told] == ["one"]


def test_what_is_kept_now_is_not_deleted_for_an_earlier_run(ctx: Context) -> None:
    with Pop3Faults() as server:
        server.put(ONE)
        fetched(ctx, server, state="inbox")
        assert fetched(ctx, server, state="inbox", after="delete")["deleted"] == 0
        assert len(server.mailbox) == 1


def test_an_id_that_was_deleted_may_be_given_to_another_mail(ctx: Context) -> None:
    with Pop3Faults() as server:
        for expected in ("one", "two"):
            server.put(mail(expected), uid="7")
            [message] = fetched(ctx, server, state="inbox", after="delete")["messages"]
            assert message["subject"] == expected
            server.wait()
            fetched(ctx, server, state="inbox", after="delete")


def test_ids_that_are_given_anew_are_told(ctx: Context) -> None:
    with postbox(ctx, "imap") as box:
        box.put(ONE, folder="Orders")
        assert box.subjects(state="orders", folder="Orders") == ["one"]
        box.mailbox.delete("Orders")
        box.put(ONE, folder="Orders")
        result = box.result(state="orders", folder="Orders")
        assert ["UIDVALIDITY" in warning for warning in result.warnings] == [True]
        assert box.result(state="orders", folder="Orders").warnings == []
