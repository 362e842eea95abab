"""send_mail against SMTP servers that lie, forget, or say more than they were asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import pytest

from mail_fault_actions import changed, cut_after, reply, surrounded, told
from mail_faults import Fault, Serve, always
from mail_steps import send
from opsplay.runner.task import Context, Result, TaskError
from opsplay.tasks.servers.certificate import Certificate
from smtp_faults import SmtpFaults, SmtpOptions

Start: TypeAlias = Callable[..., SmtpFaults]

LOGIN = {"user": "li", "password": "geheim"}
TEXT_ONLY = frozenset({"CHUNKING", "BDAT"})


@pytest.fixture(name="start")
def _start(serve: Serve) -> Start:
    def start(*faults: Fault, **options: Any) -> SmtpFaults:
        return serve(SmtpFaults(*faults, options=SmtpOptions(**options)))

    return start


def sent(ctx: Context, server: SmtpFaults, **given: Any) -> Result:
    """Send a mail over a connection of its own."""
    try:
        return send(ctx, server.port, **{"tls": "none", **given})
    finally:
        ctx.pool.close()


def failure(ctx: Context, server: SmtpFaults, **given: Any) -> str:
    with pytest.raises(TaskError) as caught:
        sent(ctx, server, **given)
    return caught.value.msg


# Receivers ------------------------------------------------------------------------------------


@pytest.mark.parametrize("without", [frozenset[str](), TEXT_ONLY, TEXT_ONLY | {"PIPELINING"}])
@pytest.mark.parametrize("said", ["450 4.2.1 Busy", "550 5.1.1 Who?", "552 5.2.2 Full"])
def test_a_receiver_that_is_refused_keeps_no_other_from_the_mail(
    ctx: Context, start: Start, said: str, without: frozenset[str]
) -> None:
    server = start(refuses={"zhao@example.com": said}, without=without)
    result = sent(ctx, server, on_refused="warn")
    assert result.data["accepted"] == ["li@example.com"]
    code, _, text = said.partition(" ")
    assert result.data["refused"] == {"zhao@example.com": {"code": int(code), "text": text}}
    assert [mail.receivers for mail in server.mails] == [("li@example.com",)]


@pytest.mark.parametrize("without", [frozenset[str](), TEXT_ONLY, TEXT_ONLY | {"PIPELINING"}])
def test_a_mail_that_nobody_may_have_is_not_sent(
    ctx: Context, start: Start, without: frozenset[str]
) -> None:
    server = start(always("RCPT", reply("550 5.1.1 Who?")), without=without)
    assert "550 5.1.1 Who?" in failure(ctx, server)
    assert server.mails == []


def test_a_busy_mailbox_is_tried_again_alone(ctx: Context, start: Start) -> None:
    busy = Fault("RCPT", reply("450 4.2.1 Busy"), about="zhao")
    server = start(busy)
    result = sent(ctx, server, retries=1, retry_delay=0)
    assert result.data["accepted"] == ["li@example.com", "zhao@example.com"]
    assert [mail.receivers for mail in server.mails] == [
        ("li@example.com",),
        ("zhao@example.com",),
    ]


@pytest.mark.parametrize("without", [frozenset[str](), TEXT_ONLY, TEXT_ONLY | {"PIPELINING"}])
def test_asking_sends_nothing(
    contexts: Callable[..., Context], start: Start, without: frozenset[str]
) -> None:
    server = start(refuses={"zhao@example.com": "550 5.1.1 Who?"}, without=without)
    assert "550 5.1.1 Who?" in failure(contexts(check=True), server, probe=True)
    assert server.mails == []
    assert {"DATA", "BDAT", "."}.isdisjoint(server.verbs())


# Promises -------------------------------------------------------------------------------------


@pytest.mark.parametrize("without", [frozenset[str](), TEXT_ONLY])
def test_a_mail_that_is_too_big_is_not_begun(
    ctx: Context, start: Start, without: frozenset[str]
) -> None:
    server = start(size=1000, without=without)
    told = failure(ctx, server, body="x\n" * 1000)
    assert "the server takes 1,000" in told
    assert "MAIL" not in server.verbs()


@pytest.mark.parametrize("verb", ["MAIL", "BDAT"])
def test_a_size_that_is_promised_and_then_too_big_is_told(
    ctx: Context, start: Start, verb: str
) -> None:
    server = start(always(verb, reply("552 5.3.4 Too big")), size=10**9)
    assert "send less or smaller attachments" in failure(ctx, server)
    assert server.mails == []


def test_a_promise_of_chunks_that_is_not_kept_is_told(ctx: Context, start: Start) -> None:
    server = start(always("BDAT", reply("502 5.5.1 No chunks today")))
    assert "No chunks today" in failure(ctx, server)
    assert server.mails == []


def test_a_login_that_is_offered_but_refused_is_told(ctx: Context, start: Start) -> None:
    server = start(always("AUTH", reply("504 5.7.4 Mechanism is off")))
    assert "Mechanism is off" in failure(ctx, server, **LOGIN)
    assert "MAIL" not in server.verbs()


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_a_wrong_password_is_told_but_not_shown(ctx: Context, start: Start, mechanism: str) -> None:
    server = start(mechanisms=[mechanism])
    said = failure(ctx, server, user="li", password="verkehrt")
    assert "535 5.7.8" in said
    assert "check `user` and `password`" in said
    assert "verkehrt" not in said


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_a_stale_token_is_told(ctx: Context, start: Start, mechanism: str) -> None:
    server = start(mechanisms=[mechanism])
    assert "token" in failure(ctx, server, user="li", token="stale")
    sent(ctx, server, user="li", token="t0ken")
    assert len(server.mails) == 1


def test_a_challenge_that_is_no_base64_is_told(ctx: Context, start: Start) -> None:
    server = start(always("AUTH", reply("334 ***")), mechanisms=["CRAM-MD5"])
    assert "cannot log in" in failure(ctx, server, **LOGIN)


# TLS ------------------------------------------------------------------------------------------


def test_tls_that_is_offered_but_refused_sends_no_password(ctx: Context, start: Start) -> None:
    server = start(Fault("STARTTLS", reply("454 4.7.0 Not now")), offers=["STARTTLS"])
    assert "Not now" in failure(ctx, server, **LOGIN, tls="starttls")
    assert {"AUTH", "MAIL"}.isdisjoint(server.verbs())


def test_tls_that_somebody_hides_sends_no_password(
    ctx: Context, start: Start, certificate: Certificate
) -> None:
    hide = changed(lambda said: said.replace(b"250-STARTTLS\r\n", b""))
    server = start(Fault("EHLO", hide), certificate=certificate)
    assert "does not offer STARTTLS" in failure(ctx, server, **LOGIN, tls="starttls")
    assert {"AUTH", "MAIL"}.isdisjoint(server.verbs())


def test_words_slipped_in_before_tls_end_the_session(
    ctx: Context, start: Start, certificate: Certificate
) -> None:
    slipped = Fault("STARTTLS", surrounded(b"", b"250-x\r\n250 AUTH PLAIN\r\n"))
    server = start(slipped, certificate=certificate)
    ca_file = str(certificate.ca_file)
    said = failure(ctx, server, **LOGIN, tls="starttls", ca_file=ca_file)
    assert "do not use this connection" in said
    assert {"AUTH", "MAIL"}.isdisjoint(server.verbs())


# Replies that nobody asked for ----------------------------------------------------------------


@pytest.mark.parametrize("without", [TEXT_ONLY, TEXT_ONLY | {"PIPELINING"}])
@pytest.mark.parametrize("verb", ["EHLO", "MAIL", "RCPT"])
def test_a_yes_that_nobody_asked_for_does_not_stand_for_a_no(
    ctx: Context, start: Start, verb: str, without: frozenset[str]
) -> None:
    """One yes too many must not make a refused mail look sent."""
    last = reply("554 5.7.1 Spam")
    server = start(
        Fault(verb, surrounded(b"", b"250 2.0.0 by the way\r\n")),
        always(".", last),
        without=without,
    )
    assert failure(ctx, server)
    assert server.mails == []


def test_a_goodbye_between_two_mails_is_noticed(ctx: Context, start: Start) -> None:
    server = start(
        Fault(".", surrounded(b"", b"421 4.4.2 Idle for too long\r\n")), without=TEXT_ONLY
    )
    for _ in range(2):
        send(ctx, server.port, tls="none")
    ctx.pool.close()
    assert len(server.mails) == 2
    assert server.verbs().count("CONNECT") == 2


# Once -----------------------------------------------------------------------------------------


def test_a_mail_is_sent_once_however_often_it_is_asked_for(ctx: Context, start: Start) -> None:
    server = start()
    assert sent(ctx, server, once="report 47").changed
    assert not sent(ctx, server, once="report 47").changed
    assert sent(ctx, server, once="report 48").changed
    assert len(server.mails) == 2


@pytest.mark.parametrize(("without", "last"), [(frozenset[str](), "BDAT"), (TEXT_ONLY, ".")])
def test_a_mail_whose_250_is_lost_is_not_sent_twice(
    ctx: Context, start: Start, without: frozenset[str], last: str
) -> None:
    server = start(Fault(last, cut_after(0)), without=without)
    failure(ctx, server, once="report 47")
    assert "report 47" in failure(ctx, server, once="report 47")
    assert not sent(ctx, server, once="report 47", in_doubt="skip").changed
    assert len(server.mails) == 1


def test_a_mail_in_doubt_is_sent_again_if_that_is_asked_for(ctx: Context, start: Start) -> None:
    server = start(Fault("BDAT", cut_after(0)))
    failure(ctx, server, once="report 47")
    assert sent(ctx, server, once="report 47", in_doubt="resend").changed
    assert len(server.mails) == 2
    assert len({mail.data.partition(b"Message-ID:")[2].split()[0] for mail in server.mails}) == 1


@pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"])
def test_a_mail_that_surely_was_not_sent_is_in_no_doubt(
    ctx: Context, start: Start, verb: str
) -> None:
    server = start(Fault(verb, cut_after(0)), without=TEXT_ONLY)
    failure(ctx, server, once="report 47")
    assert sent(ctx, server, once="report 47").changed
    assert len(server.mails) == 1


def test_a_mail_that_was_refused_is_in_no_doubt(ctx: Context, start: Start) -> None:
    server = start(Fault("BDAT", told("451 4.3.0 Later")))
    failure(ctx, server, once="report 47")
    assert sent(ctx, server, once="report 47").changed
