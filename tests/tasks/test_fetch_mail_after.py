"""What becomes of fetched mails on the server."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from imap_faults import ImapFaults
from mail_fault_actions import cut, reply
from mail_faults import Fault, Options
from mail_steps import fetch
from opsplay.runner import params as building
from opsplay.runner.task import Context, TaskError
from pop3_faults import Pop3Faults
from postbox import Postbox, mail, postbox

Contexts = Callable[..., Context]


@pytest.fixture(name="box")
def _box(box: Postbox) -> Postbox:
    box.put(mail("one"), mail("two"))
    return box


@pytest.fixture(name="imap")
def _imap(ctx: Context) -> Iterator[Postbox]:
    with postbox(ctx, "imap") as box:
        box.put(mail("one"), mail("two"))
        yield box


def test_fetching_alone_changes_nothing(box: Postbox) -> None:
    result = box.result()
    assert (result.changed, result.msg) == (False, "2 of 2 mails fetched")
    assert box.left == ["one", "two"]
    assert box.flags == [set(), set()]


def test_deleted_mails_are_gone(box: Postbox) -> None:
    result = box.result(select={"subject": "one"}, after="delete")
    assert (result.changed, result.msg) == (True, "1 of 2 mails fetched, 1 deleted")
    assert result.data["deleted"] == 1
    assert box.left == ["two"]


@pytest.mark.parametrize(("after", "flag"), [("seen", "\\Seen"), ("flag", "\\Flagged")])
def test_mails_can_be_marked(imap: Postbox, after: str, flag: str) -> None:
    result = imap.result(select={"newest": 1}, after=after)
    assert (result.changed, result.data["marked"]) == (True, 1)
    assert imap.flags == [set(), {flag}]
    listed: Any = imap.result(limit=0).data["mailbox"]
    assert [entry["flags"] for entry in listed["list"]] == [[], [flag]]


def test_mails_are_not_moved_to_where_they_are(imap: Postbox) -> None:
    told = imap.refused(after={"move": "inbox"})
    assert "the folder that is fetched from" in told
    assert imap.left == ["one", "two"]


@pytest.mark.parametrize(
    "given",
    [
        {"save_to": ""},
        {"state": " "},
        {"folder": ""},
        {"after": {"move": ""}},
        {"select": {"from": ""}},
        {"select": {"to": ""}},
        {"select": {"subject": "\n"}},
    ],
)
def test_what_comes_out_of_a_template_empty_deletes_no_mail(
    imap: Postbox, given: dict[str, Any]
) -> None:
    with pytest.raises(building.ParamsError, match="expected a text that is not empty"):
        imap.result(**{"after": "delete", **given})
    assert imap.left == ["one", "two"]


def test_mails_can_be_moved(imap: Postbox) -> None:
    result = imap.result(select={"subject": "one"}, after={"move": "已完成/2026"})
    assert result.msg == "1 of 2 mails fetched, 1 moved"
    assert imap.left == ["two"]
    assert imap.mails("已完成/2026") == [mail("one")]


def test_mails_are_fetched_from_a_folder(imap: Postbox) -> None:
    imap.put(mail("three"), folder="客户/订单")
    assert imap.subjects(folder="客户/订单", after="delete") == ["three"]
    assert imap.mails("客户/订单") == []
    assert imap.left == ["one", "two"]


@pytest.mark.parametrize("after", ["delete", "seen", "flag", {"move": "Done"}])
def test_check_mode_says_what_would_become_of_them(
    imap: Postbox, contexts: Contexts, after: object
) -> None:
    result = imap.result(contexts(check=True), after=after)
    assert result.changed
    assert result.data["deleted"] == 2 * (after == "delete")
    assert imap.left == ["one", "two"]
    assert imap.flags == [set(), set()]
    assert not imap.mailbox.has("Done")


@pytest.mark.parametrize("after", ["seen", "flag", {"move": "Done"}])
def test_what_pop3_cannot_do_is_told_before_anything_is_done(ctx: Context, after: object) -> None:
    with postbox(ctx, "pop3") as box:
        assert "needs `protocol: imap`; POP3 can keep and delete" in box.refused(after=after)
        assert "POP3 shows the inbox alone" in box.refused(folder="Orders")


def test_a_mail_that_cannot_be_deleted_is_told(ctx: Context) -> None:
    with Pop3Faults(Fault("DELE", reply("-ERR not this one"), about="1")) as server:
        server.put(mail("one"), mail("two"))
        result = fetch(ctx, server.port, after="delete")
        assert result.data["deleted"] == 1
        assert ["not this one" in warning for warning in result.warnings] == [True]
        server.wait()
        assert server.deleted == ["uid-2"]


def test_a_mail_that_is_not_handed_out_is_told_and_left(ctx: Context) -> None:
    with Pop3Faults(Fault("RETR", reply("-ERR damaged"), about="1")) as server:
        server.put(mail("one"), mail("two"))
        result = fetch(ctx, server.port, after="delete")
        messages: Any = result.data["messages"]
        assert [message["subject"] for message in messages] == ["two"]
        assert ["damaged" in warning for warning in result.warnings] == [True]
        server.wait()
        assert server.deleted == ["uid-2"]


def test_a_move_that_was_cut_short_is_brought_to_its_end_and_nothing_is_there_twice(
    ctx: Context, tmp_path: Path
) -> None:
    options = Options(without=frozenset({"MOVE"}))
    mails = [mail(name, f"Message-ID: <{name}@x>") for name in ("one", "two")]
    with ImapFaults(Fault("UID STORE", cut), options=options) as server:
        server.put(*mails)
        given = {"protocol": "imap", "state": "orders", "save_to": str(tmp_path)}
        with pytest.raises(TaskError):
            fetch(ctx, server.port, after={"move": "Done"}, **given)
        result = fetch(ctx, server.port, after={"move": "Done"}, **given)
        assert (result.data["messages"], result.data["moved"]) == ([], 2)
        assert [each.data for each in server.folders["Done"].mails] == mails
        assert server.inbox == []
