"""send_mail: what is tried again, what is sent once, and what nobody can know."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event
from typing import Any

import pytest

from mail_fault_actions import cut, cut_after, reply
from mail_faults import ALWAYS, Fault
from opsplay.runner import params as building
from opsplay.runner.dataclasses import replace
from opsplay.runner.ledger import Ledger
from opsplay.runner.task import Context, Result, TaskError, Undecided
from opsplay.tasks import mail_once, mail_search, mail_sending, mail_server, send_mail
from smtp_faults import SmtpFaults, SmtpOptions

Contexts = Callable[..., Context]


def given(server: SmtpFaults, **arguments: object) -> send_mail.Params:
    all_of_them = {
        "host": "127.0.0.1",
        "port": server.port,
        "from": "me@example.org",
        "to": "li@example.com",
        "retry_delay": 0,
        **arguments,
    }
    params = building.build(send_mail.Params, all_of_them)
    assert isinstance(params, send_mail.Params)
    return params


def send(ctx: Context, server: SmtpFaults, **arguments: object) -> Result:
    return send_mail.run(given(server, **arguments), ctx)


def failure(ctx: Context, server: SmtpFaults, **arguments: object) -> TaskError:
    with pytest.raises(TaskError) as caught:
        send(ctx, server, **arguments)
    return caught.value


def send_many(ctx: Context, mails: list[send_mail.Params]) -> list[Result | TaskError]:
    def ready() -> Iterator[mail_sending.Ready]:
        for params in mails:
            prepared = send_mail.prepare(params, ctx)
            assert isinstance(prepared, mail_sending.Ready)
            yield prepared

    return list(send_mail.run_all(ready()))


@pytest.fixture(name="next_run")
def _next_run(contexts: Contexts, tmp_path: Path) -> Iterator[Callable[[], Context]]:
    """Make the Context of another run, whose forerunner is gone."""
    ledgers: list[Ledger] = []

    def make() -> Context:
        for ledger in ledgers:
            ledger.close()
        ledgers.append(Ledger(tmp_path / "state"))
        return contexts(ledger=ledgers[-1])

    yield make
    for ledger in ledgers:
        ledger.close()


# Tried again ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "fault",
    [
        Fault("CONNECT", cut),
        Fault("EHLO", cut),
        Fault("MAIL", reply("451 4.3.0 Later")),
        Fault("RCPT", cut),
        Fault("DATA", reply("421 4.3.2 Bye")),
        Fault("DATA", cut),
        Fault(".", reply("452 4.3.1 Full")),
    ],
    ids=lambda fault: f"{fault.verb}-{getattr(fault.do, '__name__', '')}",
)
def test_what_may_pass_is_tried_again(ctx: Context, fault: Fault) -> None:
    with SmtpFaults(fault, options=SmtpOptions(extensions=("PIPELINING",))) as server:
        assert send(ctx, server).changed
        assert len(server.mails) == 1


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "."])
def test_what_is_refused_for_good_is_not_tried_again(ctx: Context, verb: str) -> None:
    fault = Fault(verb, reply("554 5.7.1 Never"), ALWAYS)
    with SmtpFaults(fault, options=SmtpOptions(extensions=())) as server:
        assert "554 5.7.1 Never" in failure(ctx, server).msg
        assert len(server.heard(verb)) == 1


def test_without_retries_it_is_tried_once(ctx: Context) -> None:
    with SmtpFaults(Fault("MAIL", reply("451 Later"), ALWAYS)) as server:
        assert "451 Later" in failure(ctx, server, retries=0).msg
        assert len(server.heard("MAIL")) == 1
        assert "451 Later" in failure(ctx, server, retries=2).msg
        assert len(server.heard("MAIL")) == 4


def test_receivers_that_are_refused_for_now_get_the_mail_later(ctx: Context) -> None:
    fault = Fault("RCPT", reply("450 4.2.0 Greylisted"), times=2, about="wang")
    with SmtpFaults(fault) as server:
        result = send(ctx, server, to=["li@example.com", "wang@example.com"])
        assert result.data["accepted"] == ["li@example.com", "wang@example.com"]
        assert [mail.receivers for mail in server.mails] == [
            ("li@example.com",),
            ("wang@example.com",),
        ]


def test_a_server_that_cannot_be_reached_is_tried_at_length_for_the_first_mail_only(
    ctx: Context,
) -> None:
    with SmtpFaults(Fault("CONNECT", cut, ALWAYS)) as server:
        outcomes = send_many(ctx, [given(server, retries=2) for _ in range(5)])
        assert all(isinstance(outcome, TaskError) for outcome in outcomes)
        assert len(server.heard("CONNECT")) == 3 + 4


# Many mails -------------------------------------------------------------------------------------


@pytest.mark.parametrize("extensions", [(), ("PIPELINING",), ("PIPELINING", "CHUNKING")])
def test_many_mails_share_a_login_and_are_told_in_order(
    ctx: Context, extensions: tuple[str, ...]
) -> None:
    refuses = {"c@x.org": "550 5.1.1 Unknown"}
    options = SmtpOptions(extensions=extensions, refuses=refuses)
    with SmtpFaults(options=options) as server:
        mails = [given(server, to=f"{name}@x.org") for name in "abcde"]
        outcomes = send_many(ctx, mails)
        told = [isinstance(outcome, Result) for outcome in outcomes]
        assert told == [True, True, False, True, True]
        assert [mail.receivers for mail in server.mails] == [(f"{n}@x.org",) for n in "abde"]
        assert len(server.heard("CONNECT")) == 1


@pytest.mark.parametrize("extensions", [(), ("PIPELINING",), ("PIPELINING", "CHUNKING")])
def test_a_connection_that_ends_among_many_mails_loses_and_doubles_none(
    ctx: Context, extensions: tuple[str, ...]
) -> None:
    fault = Fault("MAIL", cut, after=20)
    with SmtpFaults(fault, options=SmtpOptions(extensions=extensions)) as server:
        mails = [
            given(server, to=f"{number}@x.org", in_doubt="resend", once=f"mail {number}")
            for number in range(50)
        ]
        assert all(isinstance(outcome, Result) for outcome in send_many(ctx, mails))
        receivers = [mail.receivers[0] for mail in server.mails]
        assert len(set(receivers)) == 50


def test_hosts_that_send_side_by_side_share_a_login(ctx: Context) -> None:
    with SmtpFaults() as server:
        with ThreadPoolExecutor(8) as threads:
            subjects = list(map(str, range(40)))
            sent = list(threads.map(lambda subject: send(ctx, server, subject=subject), subjects))
        assert all(result.changed for result in sent)
        assert len(server.mails) == 40
        assert len(server.heard("CONNECT")) == 1


def test_mails_to_two_servers_go_to_each_in_order(ctx: Context) -> None:
    with SmtpFaults() as one, SmtpFaults() as other:
        mails = [given(server, subject=str(at)) for at, server in enumerate([one, other, one])]
        assert all(isinstance(outcome, Result) for outcome in send_many(ctx, mails))
        assert (len(one.mails), len(other.mails)) == (2, 1)


# Once -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["report", "of the file \udcff.csv"])
def test_a_mail_of_a_name_is_sent_once_by_all_runs(
    next_run: Callable[[], Context], name: str
) -> None:
    with SmtpFaults() as server:
        first = send(next_run(), server, once=name)
        again = send(next_run(), server, once=name)
        assert (first.changed, again.changed) == (True, False)
        assert again.msg.startswith("was sent before, at ")
        assert again.data["message_id"] == first.data["message_id"]
        assert again.data["accepted"] == ["li@example.com"]
        assert send(next_run(), server, once="another").changed
        assert len(server.mails) == 2


def test_who_was_refused_gets_the_mail_by_the_next_run_and_nobody_twice(
    next_run: Callable[[], Context],
) -> None:
    fault = Fault("RCPT", reply("550 5.1.1 Unknown"), about="wang")
    to = ["li@example.com", "wang@example.com"]
    with SmtpFaults(fault) as server:
        assert "550 5.1.1 Unknown" in failure(next_run(), server, to=to, once="report").msg
        assert send(next_run(), server, to=to, once="report").changed
        assert not send(next_run(), server, to=to, once="report").changed
        assert [mail.receivers for mail in server.mails] == [(to[0],), (to[1],)]


def test_a_mail_that_was_refused_is_sent_by_the_next_run(next_run: Callable[[], Context]) -> None:
    with SmtpFaults(Fault("MAIL", reply("554 5.6.0 No"))) as server:
        failure(next_run(), server, once="report")
        assert send(next_run(), server, once="report").changed


def test_the_same_name_twice_in_a_loop_is_one_mail(ctx: Context) -> None:
    with SmtpFaults() as server:
        outcomes = send_many(ctx, [given(server, once=name) for name in ("a", "b", "a", "c")])
        changed = [isinstance(one, Result) and one.changed for one in outcomes]
        assert changed == [True, True, False, True]
        assert len(server.mails) == 3


def test_two_hosts_that_send_the_same_at_once_send_one_mail(ctx: Context) -> None:
    with SmtpFaults() as server:
        with ThreadPoolExecutor(4) as threads:
            results = list(threads.map(lambda _: send(ctx, server, once="report"), range(4)))
        assert sorted(result.changed for result in results) == [False, False, False, True]
        assert len(server.mails) == 1


def test_who_waits_for_a_mail_in_other_hands_says_so(ctx: Context) -> None:
    is_said = Event()
    other = mail_once.take(ctx, "report", "<1@example.com>", [], backlog={})
    assert isinstance(other, mail_once.Claim)
    waiting = replace(ctx, on_warning=lambda _: is_said.set())
    with SmtpFaults() as server, ThreadPoolExecutor(1) as threads:
        sent = threads.submit(send, waiting, server, once="report")
        assert is_said.wait(60)
        assert not sent.done()
        other.let_go()
        assert sent.result().changed


def test_check_mode_knows_what_was_sent(contexts: Contexts) -> None:
    with SmtpFaults() as server:
        assert send(contexts(check=True), server, once="report").changed
        send(contexts(), server, once="report")
        assert not send(contexts(check=True), server, once="report").changed
        assert len(server.mails) == 1


# In doubt ---------------------------------------------------------------------------------------

LOST_REPLY = Fault(".", cut_after(0))
BY_DATA = SmtpOptions(extensions=("PIPELINING",))


@pytest.mark.parametrize("extensions", [(), ("PIPELINING",)])
def test_a_lost_reply_is_told_as_such_and_the_mail_not_sent_again(
    next_run: Callable[[], Context], extensions: tuple[str, ...]
) -> None:
    with SmtpFaults(LOST_REPLY, options=SmtpOptions(extensions=extensions)) as server:
        error = failure(next_run(), server, once="report")
        assert "nobody can know whether the server has taken it" in error.msg
        assert "`in_doubt`" in error.msg
        again = failure(next_run(), server, once="report")
        assert "the mail report may have been sent or not" in again.msg
        assert len(server.mails) == 1


def test_a_mail_in_doubt_can_be_left_so(next_run: Callable[[], Context]) -> None:
    with SmtpFaults(LOST_REPLY, options=BY_DATA) as server:
        for _ in range(2):
            result = send(next_run(), server, once="report", in_doubt="skip")
            assert not result.changed
            assert result.warnings == ["report may have been sent or not; it was left so"]
        assert len(server.mails) == 1


def test_a_mail_in_doubt_can_be_sent_again(next_run: Callable[[], Context]) -> None:
    with SmtpFaults(LOST_REPLY, options=BY_DATA) as server:
        assert send(next_run(), server, in_doubt="resend").changed
        assert len(server.mails) == 2


def test_a_mail_in_doubt_of_an_earlier_run_can_be_sent_again(
    next_run: Callable[[], Context],
) -> None:
    with SmtpFaults(LOST_REPLY, options=BY_DATA) as server:
        failure(next_run(), server, once="report")
        assert send(next_run(), server, once="report", in_doubt="resend").changed
        assert not send(next_run(), server, once="report", in_doubt="resend").changed
        assert len(server.mails) == 2


def killed_while(ctx: Context, state: str) -> None:
    claim = mail_once.take(ctx, "report", "<a@b>", ["li@example.com"], backlog={})
    assert isinstance(claim, mail_once.Claim)
    if state == "sending":
        mail_once.may_leave([claim], {})


def test_what_a_killed_run_had_in_hand_is_free(next_run: Callable[[], Context]) -> None:
    killed_while(next_run(), "claimed")
    with SmtpFaults() as server:
        assert send(next_run(), server, once="report").changed


def test_what_a_killed_run_was_sending_is_in_doubt(next_run: Callable[[], Context]) -> None:
    killed_while(next_run(), "sending")
    with SmtpFaults() as server:
        assert "may have been sent or not" in failure(next_run(), server, once="report").msg
        assert not server.mails


def test_what_a_run_sends_while_another_asks_for_it_and_before_it_is_killed_is_in_doubt(
    ctx: Context, contexts: Contexts, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert isinstance(ctx.ledger, Ledger)
    other = Ledger(ctx.ledger.folder)
    killed = contexts(ledger=other)
    claim = mail_once.take(killed, "report", "<a@b>", ["li@example.com"], backlog={})
    assert isinstance(claim, mail_once.Claim)
    is_alive = Ledger.is_alive

    def dies(ledger: Ledger, owner: str) -> bool:
        monkeypatch.setattr(Ledger, "is_alive", is_alive)
        mail_once.may_leave([claim], {})
        other.close()
        return is_alive(ledger, owner)

    monkeypatch.setattr(Ledger, "is_alive", dies)
    with SmtpFaults() as server:
        assert "may have been sent or not" in failure(ctx, server, once="report").msg
        assert not server.mails


@pytest.fixture(name="inbox")
def _inbox(ctx: Context) -> dict[str, Any]:
    accounts = [{"user": "li@example.com", "password": "geheim"}]
    params = building.build(mail_server.Params, {"accounts": accounts})
    return dict(mail_server.run(params, ctx).data)


def looking_in(inbox: dict[str, Any]) -> dict[str, object]:
    return {
        "in_doubt": "search",
        "search_in": {
            "host": inbox["host"],
            "port": inbox["imaps_port"],
            "ca_file": inbox["ca_file"],
            "user": "li@example.com",
            "password": "geheim",
        },
    }


def test_a_mail_in_doubt_that_lies_in_the_mailbox_was_sent(
    next_run: Callable[[], Context], inbox: dict[str, Any]
) -> None:
    with SmtpFaults(LOST_REPLY, options=BY_DATA) as server:
        lost = failure(next_run(), server, once="report")
        copy = given(server, port=inbox["smtp_port"], message_id=lost.data["message_id"])
        send_mail.run(replace(copy, ca_file=inbox["ca_file"]), next_run())
        result = send(next_run(), server, once="report", **looking_in(inbox))
        assert not result.changed
        assert result.data["reply"] == "it was found in the mailbox"
        assert len(server.mails) == 1


@pytest.mark.parametrize("runs", [1, 2])
def test_who_was_refused_has_not_got_a_mail_that_lies_in_the_mailbox(
    next_run: Callable[[], Context], inbox: dict[str, Any], runs: int
) -> None:
    to = ["li@example.com", "wang@example.com"]
    nobody = Fault("RCPT", reply("550 5.1.1 No mailbox"), ALWAYS, about="wang")
    mail = {"to": to, "once": "report", "message_id": "<report@example.org>"}
    with SmtpFaults(nobody, LOST_REPLY, options=BY_DATA) as server:
        copy = given(server, port=inbox["smtp_port"], message_id=mail["message_id"])
        send_mail.run(replace(copy, ca_file=inbox["ca_file"]), next_run())
        if runs > 1:
            assert "nobody can know" in failure(next_run(), server, **mail).msg
        error = failure(next_run(), server, **mail, **looking_in(inbox))
        assert error.data["accepted"] == (to[:1] if runs == 1 else [])
        assert [*error.data["refused"]] == to[1:]  # type: ignore[misc]  # a mapping
        assert [mail.receivers for mail in server.mails] == [(to[0],)]


def test_a_mail_in_doubt_that_is_on_its_way_to_the_mailbox_is_not_sent_again(
    ctx: Context, inbox: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = iter([False, False, True])
    monkeypatch.setattr(mail_search, "has_arrived", lambda *_: next(looks))
    with SmtpFaults(LOST_REPLY, options=BY_DATA) as server:
        assert send(ctx, server, **looking_in(inbox)).changed
        assert len(server.mails) == 1


def test_what_a_run_has_sent_before_it_was_killed_it_has_changed(
    next_run: Callable[[], Context],
) -> None:
    with SmtpFaults() as server:
        for place, is_changed in (("here", True), ("here", True), ("elsewhere", False)):
            ctx = replace(next_run(), once=place)
            assert send(ctx, server, once="report").changed == is_changed
        assert len(server.mails) == 1


@pytest.mark.parametrize("once", [{}, {"once": "report"}])
def test_a_person_decides_what_an_earlier_run_has_left_in_doubt_and_the_playbook_what_this_has(
    next_run: Callable[[], Context], once: dict[str, object]
) -> None:
    with SmtpFaults(LOST_REPLY, options=BY_DATA) as server:
        ctx = replace(next_run(), once="here")
        for _ in range(2):
            assert not isinstance(failure(ctx, server, **once), Undecided)
        assert isinstance(failure(replace(next_run(), once="here"), server, **once), Undecided)


def test_a_mail_that_has_left_long_ago_is_not_waited_for(
    next_run: Callable[[], Context], inbox: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    looks = []
    monkeypatch.setattr(mail_search, "has_arrived", lambda *_: looks.append(1))
    with SmtpFaults(LOST_REPLY, options=BY_DATA) as server:
        failure(next_run(), server, once="report")
        later = time.time() + 60
        with monkeypatch.context() as patched:
            patched.setattr(time, "time", lambda: later)
            send(next_run(), server, once="report", **looking_in(inbox))
    assert len(looks) == 1


def test_a_mail_in_doubt_that_lies_nowhere_is_sent_again(
    next_run: Callable[[], Context], inbox: dict[str, Any]
) -> None:
    with SmtpFaults(LOST_REPLY, options=BY_DATA) as server:
        assert send(next_run(), server, once="report", **looking_in(inbox)).changed
        assert len(server.mails) == 2


def test_a_mail_in_doubt_stays_so_if_nobody_can_look(
    next_run: Callable[[], Context], inbox: dict[str, Any]
) -> None:
    where = looking_in(inbox)
    where["search_in"] = {**where["search_in"], "password": "wrong"}  # type: ignore[dict-item]
    with SmtpFaults(LOST_REPLY, options=BY_DATA) as server:
        error = failure(next_run(), server, once="report", **where)
        assert "nobody can know" in error.msg
        assert "cannot log in" in error.msg
        assert len(server.mails) == 1


def test_search_needs_a_mailbox_to_look_in(ctx: Context) -> None:
    with SmtpFaults() as server:
        assert "search_in is missing" in failure(ctx, server, in_doubt="search").msg


def test_who_has_got_the_mail_is_known_though_the_others_are_in_doubt(
    next_run: Callable[[], Context],
) -> None:
    busy = Fault("RCPT", reply("450 4.2.1 Busy"), about="wang")
    lost = Fault(".", cut_after(0), after=1)
    to = ["li@example.com", "wang@example.com"]
    with SmtpFaults(busy, lost, options=BY_DATA) as server:
        error = failure(next_run(), server, to=to, once="report")
        assert error.msg.startswith("sent to li@example.com; as to wang@example.com: cannot send")
        assert error.data["accepted"] == ["li@example.com"]
        assert not send(next_run(), server, to=to, once="report", in_doubt="skip").changed
        assert send(next_run(), server, to=to, once="report", in_doubt="resend").changed
        assert [mail.receivers for mail in server.mails] == [(to[0],), (to[1],), (to[1],)]
