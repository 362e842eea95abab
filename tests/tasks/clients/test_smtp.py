"""The SMTP client against a server that says what a test wants, where a test wants it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

import pytest

from opsplay.runner.task import TaskError
from opsplay.tasks.clients.mail_account import MailAccount
from opsplay.tasks.clients.smtp import Envelope, SmtpSession
from opsplay.tasks.clients.smtp_reply import NotSmtp, Reply, read_reply

HELLO = b"250 x\r\n"
PIPELINING = b"250-x\r\n250-SIZE 1000\r\n250 PIPELINING\r\n"
OK = b"250 ok\r\n"
READY = b"220 ready\r\n"
MAIL = b"Subject: hi\r\n\r\n.dot\r\n"


class Script(Protocol):
    """The server that `play` starts."""

    heard: list[bytes]
    port: int

    def finish(self) -> None: ...


Play = Callable[..., Script]


def account(script: Script, **changes: object) -> MailAccount:
    given = {"host": "127.0.0.1", "port": script.port, "tls": "opportunistic", "timeout": 60}
    return MailAccount(**{**given, **changes})  # type: ignore[arg-type]


def mail(*receivers: str) -> Envelope:
    return Envelope(sender="me@x.org", receivers=receivers or ("you@x.org",), pieces=[MAIL])


def deliver(script: Script, *receivers: str, **changes: object) -> None:
    session = SmtpSession(account(script, **changes))
    session.open()
    try:
        session.deliver(mail(*receivers))
    finally:
        session.close()


def failure(script: Script, **changes: object) -> str:
    with pytest.raises(TaskError) as caught:
        deliver(script, **changes)
    return caught.value.msg


def test_the_dialogue_is_what_the_rfc_says(play: Play) -> None:
    script = play(READY, HELLO, OK, OK, b"354 go\r\n", OK, b"221 bye\r\n")
    deliver(script)
    script.finish()
    assert script.heard[1:] == [
        b"MAIL FROM:<me@x.org>\r\n",
        b"RCPT TO:<you@x.org>\r\n",
        b"DATA\r\n",
        b"Subject: hi\r\n",
        b"\r\n",
        b"..dot\r\n",
        b".\r\n",
        b"QUIT\r\n",
    ]


def test_an_old_server_is_greeted_in_the_old_way(play: Play) -> None:
    script = play(READY, b"500 what?\r\n", OK, OK, OK, b"354 go\r\n", OK, b"221 bye\r\n")
    deliver(script)
    assert [line[:4] for line in script.heard[:3]] == [b"EHLO", b"HELO", b"MAIL"]


GOOD = (READY, PIPELINING, OK, OK, b"354 go\r\n", OK)


@pytest.mark.parametrize("cut_at", range(1, len(GOOD)))
def test_a_connection_that_is_cut_is_told(play: Play, cut_at: int) -> None:
    assert "the server closed the connection" in failure(play(*GOOD[:cut_at], None))


@pytest.mark.parametrize(
    ("at", "doing"),
    [
        (0, "cannot connect"),
        (1, "cannot greet the server"),
        (2, "cannot send the mail"),
        (4, "cannot send the mail"),
        (5, "cannot send the mail"),
    ],
)
def test_a_refusal_names_server_code_and_text(play: Play, at: int, doing: str) -> None:
    replies = [*GOOD[:at], b"421-4.7.0 too busy\r\n421 come back\r\n", OK, OK]
    script = play(*replies)
    message = failure(script)
    assert message.startswith(f"{doing} (127.0.0.1:{script.port}): 421 4.7.0 too busy come back; ")
    assert "try again later" in message


def test_nothing_is_sent_if_nobody_is_served(play: Play) -> None:
    script = play(READY, PIPELINING, OK, b"550 no\r\n", b"250 reset\r\n", b"221 bye\r\n")
    session = SmtpSession(account(script))
    session.open()
    delivery = session.deliver(mail())
    session.close()
    assert (delivery.accepted, delivery.refused) == ((), {"you@x.org": Reply(550, ("no",))})
    assert MAIL.splitlines(keepends=True)[0] not in script.heard


def test_commands_leave_together_where_that_is_offered(play: Play) -> None:
    replies = b"".join([OK] * 4)
    script = play(READY, PIPELINING, b"", b"", b"", replies, b"354 go\r\n", OK, b"221 bye\r\n")
    deliver(script, "a@x.org", "b@x.org", "c@x.org")
    assert script.heard[-1] == b"QUIT\r\n"


def test_a_mail_over_the_limit_is_not_begun(play: Play) -> None:
    script = play(READY, b"250-x\r\n250 SIZE 5\r\n", b"221 bye\r\n")
    assert "it has 21 bytes and the server takes 5" in failure(script)
    assert script.heard[1] == b"QUIT\r\n"


def test_a_server_of_another_kind_is_told(play: Play) -> None:
    assert "no SMTP" in failure(play(b"SSH-2.0-OpenSSH\r\n"))


def test_a_line_without_end_is_not_waited_for(play: Play) -> None:
    assert "a line without end" in failure(play(b"220 " + b"x" * 100_000))


def test_a_silent_server_is_not_waited_for_longer_than_told(play: Play) -> None:
    script = play(b"")
    assert "no answer within 0.1 s" in failure(script, timeout=0.1)


def test_what_comes_between_a_reply_and_tls_is_not_believed(play: Play) -> None:
    hello = b"250-x\r\n250 STARTTLS\r\n"
    script = play(READY, hello, b"220 go\r\n250 injected\r\n")
    assert "do not use this connection" in failure(script)


def test_a_waiting_session_is_stopped_from_another_thread(play: Play) -> None:
    session = SmtpSession(account(play(b"")))
    timer = threading.Timer(0.1, session.abort)
    timer.start()
    with pytest.raises(TaskError, match="closed the connection"):
        session.open()
    timer.join()


@pytest.mark.parametrize(
    ("lines", "reply"),
    [
        ([b"250 ok"], Reply(250, ("ok",))),
        ([b"250"], Reply(250, ("",))),
        ([b"250-one", b"250 two"], Reply(250, ("one", "two"))),
        ([b"550 \xff"], Reply(550, ("\ufffd",))),
    ],
)
def test_replies_are_put_together(lines: list[bytes], reply: Reply) -> None:
    assert read_reply(iter(lines).__next__) == reply


@pytest.mark.parametrize("line", [b"", b"hello", b"25 ok", b"999 ok", b"250~ok~"])
def test_what_is_no_reply_is_not_taken_for_one(line: bytes) -> None:
    if line == b"250~ok~":
        assert read_reply([line].pop).text == "~ok~"
        return
    with pytest.raises(NotSmtp):
        read_reply([line].pop)


def test_what_each_line_of_a_reply_begins_with_is_shown_once() -> None:
    assert Reply(535, ("5.7.8 No.", "5.7.8 See x.org", "y")).text == "5.7.8 No. See x.org y"


@pytest.mark.parametrize(
    ("line", "code"), [("5.1.1 Who?", "5.1.1"), ("4.2.2", "4.2.2"), ("5.1.1234 x", ""), ("no", "")]
)
def test_the_enhanced_code_is_read_where_there_is_one(line: str, code: str) -> None:
    assert Reply(550, (line,)).enhanced == code


def test_a_reply_without_end_is_given_up() -> None:
    with pytest.raises(NotSmtp):
        read_reply(lambda: b"250-more")


def test_extensions_are_read_from_the_greeting() -> None:
    reply = Reply(250, ("x", "SIZE 10", "AUTH=LOGIN PLAIN", "pipelining"))
    assert reply.extensions == {"SIZE": "10", "AUTH": "LOGIN PLAIN", "PIPELINING": ""}
