"""send_mail while an SMTP server fails at every point of the dialogue, in every way."""

from __future__ import annotations

from typing import Any

import pytest

from mail_fault_actions import (
    changed,
    cut,
    cut_after,
    drip,
    hang_up,
    last_words,
    raw,
    reply,
    stall,
)
from mail_faults import ALWAYS, Action, Fault, Serve
from mail_steps import send
from opsplay.runner.task import Context, TaskError
from smtp_faults import SmtpFaults, SmtpOptions, Taken

LOGIN = {"user": "li", "password": "geheim", "tls": "none"}
BEFORE = ["CONNECT", "EHLO", "AUTH", "=", "MAIL", "RCPT"]
WITHOUT = {
    "chunks": frozenset[str](),
    "text": frozenset({"CHUNKING", "BDAT"}),
    "one by one": frozenset({"CHUNKING", "BDAT", "PIPELINING"}),
}
"""What a server does not offer, by the way that the mail is then sent."""
LEFT = {"chunks": ("MAIL", "RCPT", "BDAT"), "text": (".",), "one by one": (".",)}
"""When these are answered, the whole mail has left already."""
SCRIPTS = {
    "chunks": [*BEFORE, "RCPT", "BDAT", "EHLO", "QUIT"],
    "text": [*BEFORE, "RCPT", "DATA", ".", "QUIT"],
    "one by one": [*BEFORE, "RCPT", "DATA", ".", "QUIT"],
}
POINTS = [(way, verb) for way, verbs in SCRIPTS.items() for verb in dict.fromkeys(verbs)]
SURE_POINTS = [(way, verb) for way, verb in POINTS if verb not in (*LEFT[way], "QUIT")]
DOUBTFUL_POINTS = [(way, verb) for way, verbs in LEFT.items() for verb in verbs]
CUTS = [
    pytest.param(cut, id="before"),
    pytest.param(cut_after(0), id="at the reply"),
    pytest.param(cut_after(2), id="in the reply"),
    pytest.param(hang_up, id="hung up"),
]


def server_for(way: str, *faults: Fault) -> SmtpFaults:
    return SmtpFaults(*faults, options=SmtpOptions(without=WITHOUT[way]))


def failure(ctx: Context, server: SmtpFaults, **given: Any) -> str:
    """Send a mail; gives what the user is told if that fails."""
    arguments = {**LOGIN, "subject": "x", "body": ".\nx\n", **given}
    said = ""
    try:
        send(ctx, server.port, **arguments)
    except TaskError as error:
        said = error.msg
    ctx.pool.close()
    assert not said or "127.0.0.1" in said
    return said


def is_whole(mail: Taken) -> bool:
    return (
        mail.receivers == ("li@example.com", "zhao@example.com")
        and mail.sender == "wang@example.com"
        and mail.data.endswith(b"\r\n\r\n.\r\nx\r\n")
    )


@pytest.mark.parametrize("way", SCRIPTS)
def test_a_mail_takes_these_steps(ctx: Context, serve: Serve, way: str) -> None:
    server = serve(server_for(way))
    assert failure(ctx, server) == ""
    assert server.verbs() == SCRIPTS[way]
    assert [is_whole(mail) for mail in server.mails] == [True]


# The connection ends --------------------------------------------------------------------------


@pytest.mark.parametrize("ends", CUTS)
@pytest.mark.parametrize(("way", "verb"), SURE_POINTS)
def test_a_connection_that_ends_early_is_told_and_nothing_is_sent(
    ctx: Context, serve: Serve, way: str, verb: str, ends: Action
) -> None:
    server = serve(server_for(way, Fault(verb, ends)))
    told = failure(ctx, server)
    assert "the server closed the connection" in told
    assert server.mails == []


@pytest.mark.parametrize("ends", CUTS)
@pytest.mark.parametrize(("way", "verb"), SURE_POINTS)
def test_a_connection_that_ends_early_is_made_anew(
    ctx: Context, serve: Serve, way: str, verb: str, ends: Action
) -> None:
    server = serve(server_for(way, Fault(verb, ends)))
    assert failure(ctx, server, retries=1, retry_delay=0) == ""
    assert [is_whole(mail) for mail in server.mails] == [True]


@pytest.mark.parametrize("ends", CUTS)
@pytest.mark.parametrize(("way", "verb"), DOUBTFUL_POINTS)
def test_a_mail_that_has_left_when_the_connection_ends_is_in_doubt_and_not_sent_again(
    ctx: Context, serve: Serve, way: str, verb: str, ends: Action
) -> None:
    server = serve(server_for(way, Fault(verb, ends)))
    told = failure(ctx, server, retries=3, retry_delay=0)
    assert "closed the connection" in told
    assert "nobody can know" in told
    assert server.verbs().count("MAIL") == 1


@pytest.mark.parametrize("ends", CUTS)
@pytest.mark.parametrize("way", SCRIPTS)
def test_a_goodbye_that_is_not_answered_harms_nobody(
    ctx: Context, serve: Serve, way: str, ends: Action
) -> None:
    server = serve(server_for(way, Fault("QUIT", ends)))
    assert failure(ctx, server) == ""
    assert len(server.mails) == 1


@pytest.mark.parametrize(("way", "verb"), [point for point in POINTS if point[1] != "QUIT"])
def test_a_server_that_falls_silent_is_left(
    ctx: Context, serve: Serve, way: str, verb: str
) -> None:
    server = serve(server_for(way, Fault(verb, stall)))
    told = failure(ctx, server, timeout=0.1)
    assert "no answer within 0.1 s" in told


# Replies --------------------------------------------------------------------------------------

REFUSALS = ["421 4.3.2 Going down", "451 4.3.0 Try later", "550 5.7.1 Not wanted"]


@pytest.mark.parametrize("said", REFUSALS)
@pytest.mark.parametrize(("way", "verb"), [point for point in POINTS if point[1] != "QUIT"])
def test_a_refusal_is_told_in_the_server_s_words_and_with_advice(
    ctx: Context, serve: Serve, way: str, verb: str, said: str
) -> None:
    refuse = last_words(said) if said.startswith("421") else reply(said)
    server = serve(server_for(way, Fault(verb, refuse, times=ALWAYS)))
    told = failure(ctx, server)
    assert f"{said}; " in told
    assert server.mails == []


@pytest.mark.parametrize("said", REFUSALS[:2])
@pytest.mark.parametrize(("way", "verb"), [point for point in POINTS if point[1] != "QUIT"])
def test_what_passes_is_tried_again(
    ctx: Context, serve: Serve, way: str, verb: str, said: str
) -> None:
    refuse = last_words(said) if said.startswith("421") else reply(said)
    server = serve(server_for(way, Fault(verb, refuse)))
    assert failure(ctx, server, retries=1, retry_delay=0) == ""
    reached = {mail.receivers for mail in server.mails}
    assert sorted(address for receivers in reached for address in receivers) == [
        "li@example.com",
        "zhao@example.com",
    ]


@pytest.mark.parametrize(("way", "verb"), [point for point in POINTS if point[1] != "QUIT"])
def test_what_is_refused_for_good_is_not_tried_again(
    ctx: Context, serve: Serve, way: str, verb: str
) -> None:
    server = serve(server_for(way, Fault(verb, reply("550 5.7.1 Not wanted"))))
    assert failure(ctx, server, retries=3, retry_delay=0)
    assert server.verbs().count("CONNECT") == 1


WRONG = {
    "CONNECT": "354 Go ahead",
    "EHLO": "354 Go ahead",
    "=": "354 Go ahead",
    "MAIL": "354 Go ahead",
    "RCPT": "354 Go ahead",
    "DATA": "250 Ok",
    ".": "354 Go ahead",
    "BDAT": "354 Go ahead",
}


@pytest.mark.parametrize(("way", "verb"), [point for point in POINTS if point[1] in WRONG])
def test_a_reply_of_the_wrong_class_is_no_success(
    ctx: Context, serve: Serve, way: str, verb: str
) -> None:
    server = serve(server_for(way, Fault(verb, reply(WRONG[verb]), times=ALWAYS)))
    told = failure(ctx, server)
    assert WRONG[verb] in told
    assert server.mails == []


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(b"HTTP/1.1 400 Bad Request\r\n", id="another protocol"),
        pytest.param(b"\0\0\0\0\r\n", id="NUL"),
        pytest.param(b"\r\n", id="an empty line"),
        pytest.param(b"150 preliminary\r\n", id="a class that SMTP lacks"),
        pytest.param(b"25x Ok\r\n", id="no number"),
        pytest.param(b"\xff\xfe250 Ok\r\n", id="a mark of bytes"),
        pytest.param(b"250-more\r\n" * 2000, id="a reply without end"),
        pytest.param(b"2" * 200_000, id="a line without end"),
    ],
)
@pytest.mark.parametrize(("way", "verb"), [point for point in POINTS if point[1] != "QUIT"])
def test_nonsense_is_told_and_never_taken_for_a_yes(
    ctx: Context, serve: Serve, way: str, verb: str, said: bytes
) -> None:
    server = serve(server_for(way, Fault(verb, raw(said), times=ALWAYS)))
    told = failure(ctx, server, timeout=0.3)
    assert told
    assert told.replace("\n", "").isprintable()
    assert server.mails == []


@pytest.mark.parametrize(
    "becomes",
    [
        pytest.param(drip, id="byte by byte"),
        pytest.param(changed(lambda said: said.replace(b"\r\n", b"\n")), id="bare line feeds"),
        pytest.param(
            changed(lambda said: said[:3] + b"-" + b"x" * 20_000 + b"\r\n" + said),
            id="a line of 20,000 bytes",
        ),
        pytest.param(
            changed(lambda said: said.removesuffix(b"\r\n") + b" \0\x1b[31m \xff\r\n"),
            id="control characters",
        ),
    ],
)
@pytest.mark.parametrize("way", SCRIPTS)
def test_replies_in_an_odd_shape_are_understood(
    ctx: Context, serve: Serve, way: str, becomes: Action
) -> None:
    verbs = [verb for verb in dict.fromkeys(SCRIPTS[way]) if verb != "AUTH"]  # a challenge is exact
    odd = [Fault(verb, becomes, times=ALWAYS) for verb in verbs]
    server = serve(server_for(way, *odd))
    assert failure(ctx, server) == ""
    assert [is_whole(mail) for mail in server.mails] == [True]
