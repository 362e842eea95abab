"""A run that the user stops while a mail server is silent: it ends at once, and loses nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from mail_fault_session import Session
from mail_faults import Action, Fault, Serve, Work
from mail_fetching import Mailbox, Protocol
from mail_steps import send
from opsplay.runner.task import Cancelled, Context, TaskError
from smtp_faults import SmtpFaults, SmtpOptions

Contexts = Callable[..., Context]

MAILS = sorted(b"Subject: %d\r\n\r\nmail %d\r\n" % (n, n) for n in range(3))
WAYS: Mapping[str, frozenset[str]] = {
    "chunks": frozenset(),
    "text": frozenset({"CHUNKING", "BDAT"}),
}
LONG = 50
"""Seconds of silence that nobody waits for."""


def stop(ctx: Context) -> Action:
    """The user has enough of waiting."""

    def act(session: Session, _: Work) -> bytes:
        ctx.cancellation.cancel()
        session.wait_until_left()

    return act


@pytest.mark.parametrize(
    ("protocol", "verb"),
    [
        *(("pop3", verb) for verb in ("CONNECT", "CAPA", "AUTH", "UIDL", "RETR", "DELE", "QUIT")),
        *(("imap", verb) for verb in ("CONNECT", "AUTHENTICATE", "SELECT", "UID FETCH")),
        *(("imap", verb) for verb in ("UID STORE", "UID EXPUNGE", "IDLE")),
    ],
)
def test_a_fetch_that_is_stopped_loses_no_mail_and_doubles_none(
    contexts: Contexts, serve: Serve, protocol: Protocol, verb: str
) -> None:
    ctx = contexts()
    box = Mailbox(ctx, protocol, [Fault(verb, stop(ctx))])
    serve(box.server)
    if verb != "IDLE":
        box.put(*MAILS)
    with pytest.raises(Cancelled):
        box.fetch(timeout=LONG, wait=LONG)
    assert set(box.saved()) | set(box.left()) == ({*MAILS} if verb != "IDLE" else set())


@pytest.mark.parametrize(
    ("way", "verb"),
    [
        *(("text", verb) for verb in ("CONNECT", "EHLO", "AUTH", "MAIL", "RCPT", "DATA", ".")),
        *(("chunks", verb) for verb in ("MAIL", "RCPT", "BDAT")),
    ],
)
def test_a_mail_whose_sending_is_stopped_is_there_once_or_in_doubt(
    contexts: Contexts, serve: Serve, way: str, verb: str
) -> None:
    ctx = contexts()
    server = serve(SmtpFaults(Fault(verb, stop(ctx)), options=SmtpOptions(without=WAYS[way])))
    letter: dict[str, Any] = {"tls": "none", "once": "a", "user": "li", "password": "geheim"}
    with pytest.raises(TaskError):  # the engine says `interrupted`, whatever the step does
        send(ctx, server.port, **letter, timeout=LONG)
    again = contexts(ledger=ctx.ledger)
    result = send(again, server.port, **letter, in_doubt="skip")
    assert len(server.mails) == (1 if result.changed else 0)
    has_left = way == "chunks" or verb == "."
    assert result.changed == (not has_left)
