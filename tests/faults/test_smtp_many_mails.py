"""Many mails over one login while the server fails: each is sent once, or told as in doubt."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from mail_fault_actions import cut, cut_after, last_words, raw, reply, stall, surrounded
from mail_faults import Action, Fault, Serve
from opsplay.runner import params as building
from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks import send_mail
from smtp_faults import SmtpFaults, SmtpOptions

COUNT = 12
WAYS: Mapping[str, frozenset[str]] = {
    "chunks": frozenset(),
    "text": frozenset({"CHUNKING", "BDAT"}),
    "one by one": frozenset({"CHUNKING", "BDAT", "PIPELINING"}),
}
VERBS = {"chunks": ["MAIL", "RCPT", "BDAT"], "text": ["MAIL", "RCPT", "DATA", "."]}
VERBS["one by one"] = VERBS["text"]
POINTS = [(way, verb) for way, verbs in VERBS.items() for verb in verbs]
FAULTS = [
    pytest.param(cut, 0, id="cut"),
    pytest.param(cut, 2, id="cut and tried again"),
    pytest.param(cut_after(0), 0, id="cut at the reply"),
    pytest.param(cut_after(2), 2, id="cut in the reply and tried again"),
    pytest.param(stall, 0, id="silence"),
    pytest.param(last_words("421 4.3.2 Going down"), 0, id="421"),
    pytest.param(last_words("421 4.3.2 Going down"), 2, id="421 and tried again"),
    pytest.param(reply("421 4.7.0 Slow down"), 2, id="421 that goes on"),
    pytest.param(raw(b"\0\0\r\n"), 0, id="nonsense"),
    pytest.param(reply("451 4.3.0 Later"), 0, id="451"),
    pytest.param(reply("451 4.3.0 Later"), 2, id="451 and tried again"),
]


def outcomes(ctx: Context, server: SmtpFaults, **given: Any) -> list[Result | TaskError]:
    """Send mails that are each to be sent once."""

    def arguments(number: int) -> dict[str, Any]:
        letter = {"from": "me@x.org", "to": f"{number}@x.org", "once": f"mail {number}"}
        where = {"host": "127.0.0.1", "port": server.port, "tls": "none"}
        return {**where, **letter, "retry_delay": 0, **given}

    def ready() -> Any:
        for number in range(COUNT):
            params = building.build(send_mail.Params, arguments(number))
            yield send_mail.prepare(params, ctx)

    try:
        return list(send_mail.run_all(ready()))
    finally:
        ctx.pool.close()


def copies(server: SmtpFaults) -> list[int]:
    """Count how often each receiver has got the mail."""
    counts = Counter(receiver for mail in server.mails for receiver in mail.receivers)
    return [counts[f"{number}@x.org"] for number in range(COUNT)]


def in_doubt(told: Sequence[Result | TaskError]) -> set[int]:
    return {at for at, one in enumerate(told) if "doubt" in one.msg or "nobody can" in one.msg}


@pytest.mark.parametrize("way", WAYS)
def test_many_mails_share_one_login(ctx: Context, serve: Serve, way: str) -> None:
    server = serve(SmtpFaults(options=SmtpOptions(without=WAYS[way])))
    assert all(isinstance(one, Result) for one in outcomes(ctx, server))
    assert copies(server) == [1] * COUNT
    assert server.verbs().count("CONNECT") == 1


@pytest.mark.parametrize(("fault", "retries"), FAULTS)
@pytest.mark.parametrize(("way", "verb"), POINTS)
def test_each_mail_is_sent_once_or_told_as_in_doubt(
    ctx: Context, serve: Serve, way: str, verb: str, fault: Action, retries: int
) -> None:
    server = serve(SmtpFaults(Fault(verb, fault, after=5), options=SmtpOptions(without=WAYS[way])))
    patience = 0.3 if fault is stall else 60
    first = outcomes(ctx, server, retries=retries, timeout=patience)
    assert all(one.changed for one in first if isinstance(one, Result))
    second = outcomes(ctx, server, retries=retries, in_doubt="skip")
    assert [type(one) for one in second] == [Result] * COUNT
    doubts = in_doubt(first)
    assert in_doubt(second) == doubts
    found = enumerate(copies(server))
    assert [at for at, count in found if count != 1 and (count > 1 or at not in doubts)] == []


@pytest.mark.parametrize("way", ["text", "one by one"])
def test_one_mail_at_most_is_in_doubt_where_each_waits_for_its_go_ahead(
    ctx: Context, serve: Serve, way: str
) -> None:
    server = serve(
        SmtpFaults(Fault(".", cut_after(0), after=5), options=SmtpOptions(without=WAYS[way]))
    )
    assert in_doubt(outcomes(ctx, server)) == {5}
    assert copies(server) == [1] * COUNT


@pytest.mark.parametrize("verb", VERBS["chunks"])
@pytest.mark.parametrize("retries", [0, 2])
def test_a_reply_that_nobody_has_asked_for_passes_no_refused_mail_off_as_accepted(
    ctx: Context, serve: Serve, verb: str, retries: int
) -> None:
    unasked = Fault(verb, surrounded(before=b"250 2.0.0 Still here\r\n"), after=3)
    refused = [Fault("BDAT", reply("550 5.7.1 No"), after=after) for after in (5, 7)]
    server = serve(SmtpFaults(unasked, *refused))
    told = outcomes(ctx, server, retries=retries)
    arrived = {at for at, count in enumerate(copies(server)) if count}
    accepted = {at for at, one in enumerate(told) if isinstance(one, Result)}
    assert accepted <= arrived <= accepted | in_doubt(told)


def test_a_part_of_the_receivers_in_doubt_is_not_served_again(ctx: Context, serve: Serve) -> None:
    """One has the mail, the other was tried again, and that reply was lost."""
    busy = Fault("RCPT", reply("450 4.2.1 Busy"), about="b@x.org")
    lost = Fault("BDAT", cut_after(0), after=1)
    server = serve(SmtpFaults(busy, lost))
    letter = {"from": "me@x.org", "to": ["a@x.org", "b@x.org"], "once": "report 47"}
    told = []
    for in_doubt in ("fail", "skip"):
        given = {"in_doubt": in_doubt, "retry_delay": 0, "tls": "none", "port": server.port}
        params = building.build(send_mail.Params, {"host": "127.0.0.1", **letter, **given})
        ready = send_mail.prepare(params, ctx)
        assert not isinstance(ready, Result)
        told += list(send_mail.run_all(iter([ready])))
    ctx.pool.close()
    assert [mail.receivers for mail in server.mails] == [("a@x.org",), ("b@x.org",)]
    assert "nobody can know" in told[0].msg
