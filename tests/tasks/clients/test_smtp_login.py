"""Opening an SMTP session: greeting, TLS and every way to log in."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager

import pytest

from mail_fault_actions import cut, last_words, reply
from mail_faults import ALWAYS, Action, Fault
from opsplay.runner.task import TaskError
from opsplay.tasks.clients import smtp
from opsplay.tasks.clients.mail_account import MailAccount
from opsplay.tasks.clients.smtp import SmtpSession
from opsplay.tasks.clients.smtp_envelope import Envelope
from opsplay.tasks.servers.certificate import Certificate
from smtp_faults import SmtpFaults, SmtpOptions

ENVELOPE = Envelope(sender="me@x.org", receivers=["you@x.org"], pieces=[b"Hi\r\n"] * 50_000)


TEXT_ONLY = frozenset({"CHUNKING", "BDAT"})


def server(*faults: Fault, **options: object) -> SmtpFaults:
    return SmtpFaults(*faults, options=SmtpOptions(**options))  # type: ignore[arg-type]


@contextmanager
def session(there: SmtpFaults, **changes: object) -> Iterator[SmtpSession]:
    given = {
        "host": "127.0.0.1",
        "port": there.port,
        "tls": "opportunistic",
        "timeout": 60,
        "user": "li",
        "password": "geheim",
    }
    with closing(SmtpSession(MailAccount(**{**given, **changes}))) as made:  # type: ignore[arg-type]
        made.open()
        yield made


def failure(there: SmtpFaults, **changes: object) -> str:
    with pytest.raises(TaskError) as caught, session(there, **changes):
        pass
    return caught.value.msg


# Greeting ---------------------------------------------------------------------------------------


def test_helo_is_how_we_call_ourselves() -> None:
    with server() as there, session(there, helo="mail.example.org"):
        assert there.heard("EHLO") == ["mail.example.org"]


def test_helo_cannot_begin_another_command() -> None:
    with server() as there:
        assert "helo holds a line feed" in failure(there, helo="x\nQUIT")
        assert there.heard("EHLO") == []


# Logging in -------------------------------------------------------------------------------------


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_a_password_logs_in(mechanism: str) -> None:
    with server(mechanisms=[mechanism], needs_login=True) as there, session(there) as made:
        assert made.deliver(ENVELOPE).accepted


@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
@pytest.mark.parametrize(
    "proof",
    [{"token": "t0ken"}, {"token_command": (sys.executable, "-c", "print('t0ken')")}],
    ids=["given", "printed"],
)
def test_a_token_logs_in(mechanism: str, proof: dict[str, object]) -> None:
    with (
        server(mechanisms=[mechanism], needs_login=True) as there,
        session(there, password="", **proof) as made,
    ):
        assert made.deliver(ENVELOPE).accepted


@pytest.mark.parametrize(
    ("mechanism", "why"),
    [("XOAUTH2", "status: 400, scope: mail"), ("OAUTHBEARER", "status: invalid_token")],
)
def test_a_token_that_is_refused_is_told_with_what_the_server_says(
    mechanism: str, why: str
) -> None:
    with server(mechanisms=[mechanism]) as there:
        message = failure(there, password="", token="expired-secret")
        assert (
            f"535 5.7.8 Wrong user or password; the server does not take the token ({why})"
            in message
        )
        assert "expired-secret" not in message


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_a_password_that_is_refused_is_told_and_not_shown(mechanism: str) -> None:
    with server(mechanisms=[mechanism]) as there:
        message = failure(there, password="wrong-secret")
        assert "535 5.7.8 Wrong user or password; check `user` and `password`" in message
        assert "wrong-secret" not in message


def test_a_login_that_does_not_work_here_has_another_named() -> None:
    fault = Fault("AUTH", reply("504 5.5.4 Off"), times=ALWAYS)
    with server(fault, mechanisms=["CRAM-MD5", "PLAIN"]) as there:
        assert "try another way to log in: `auth: plain`" in failure(there)


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("454 4.7.0 Temporary failure", "the server is busy or does not trust us yet"),
        ("534 5.7.9 Too weak", "the server wants another way to log in"),
        ("538 5.7.11 Encrypt", "the server takes logins over TLS only"),
    ],
)
def test_what_is_wrong_with_a_login_besides_the_password_is_told(said: str, words: str) -> None:
    with server(Fault("AUTH", reply(said))) as there:
        message = failure(there)
        assert f"{said}; {words}" in message
        assert "`password`" not in message


def test_auth_chooses_how() -> None:
    with server() as there, session(there, auth="LOGIN"):
        assert there.heard("AUTH") == ["LOGIN"]


def test_nobody_logs_in_without_a_user() -> None:
    with server() as there, session(there, user="", password=""):
        assert there.heard("AUTH") == []


# TLS --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", ["opportunistic", "starttls"])
@pytest.mark.parametrize("without", [frozenset[str](), TEXT_ONLY])
def test_mails_go_over_tls_that_was_started(
    certificate: Certificate, tls: str, without: frozenset[str]
) -> None:
    with (
        server(certificate=certificate, needs_login=True, without=without) as there,
        session(there, tls=tls, ca_file=certificate.ca_file) as made,
    ):
        assert all(map(made.deliver, [ENVELOPE] * 3))
        assert there.verbs()[:4] == ["CONNECT", "EHLO", "STARTTLS", "EHLO"]


def test_mails_go_over_tls_from_the_first_byte(certificate: Certificate) -> None:
    with (
        server(certificate=certificate, implicit=True, needs_login=True) as there,
        session(there, tls="implicit", ca_file=certificate.ca_file) as made,
    ):
        assert made.deliver(ENVELOPE).accepted


def test_a_server_without_starttls_is_told() -> None:
    with server() as there:
        assert "does not offer STARTTLS; check `port`" in failure(there, tls="starttls")
        assert there.heard("AUTH") == []


def test_a_password_does_not_leave_in_clear() -> None:
    with server() as there:
        # This address is this machine, but nothing says so.
        message = failure(there, host="0.0.0.0", auth="PLAIN")
        assert "the password would go over the network for all to read" in message
        assert there.heard("AUTH") == []


def test_it_leaves_in_clear_if_somebody_wants_it() -> None:
    with server() as there, session(there, host="0.0.0.0", auth="PLAIN", tls="none"):
        assert len(there.heard("AUTH")) == 1


# Lying idle -------------------------------------------------------------------------------------


def test_a_session_just_used_is_not_asked_whether_it_is_there() -> None:
    with server() as there, session(there) as made:
        assert made.alive()
        assert there.heard("NOOP") == []


def test_a_session_that_lay_idle_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp, "_TRUSTED_IDLE", 0)
    with server() as there, session(there) as made:
        assert made.alive()
        assert there.heard("NOOP") == [""]


@pytest.mark.parametrize("end", [last_words("421 4.4.2 Too long"), cut], ids=["goodbye", "cut"])
def test_a_session_that_ended_while_it_lay_idle_is_not_alive(
    monkeypatch: pytest.MonkeyPatch, end: Action
) -> None:
    monkeypatch.setattr(smtp, "_TRUSTED_IDLE", 0)
    with server(Fault("NOOP", end)) as there, session(there) as made:
        assert not made.alive()


def test_a_session_that_the_server_has_ended_is_not_alive() -> None:
    bye = Fault(".", last_words("250 2.0.0 Ok, and bye"))
    with server(bye, without=TEXT_ONLY) as there, session(there) as made:
        assert made.deliver(ENVELOPE).accepted
        while made.alive():
            time.sleep(0.01)
