"""The POP3 client against a server that says what a test wants, where a test wants it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import pytest

from opsplay.runner.task import TaskError
from opsplay.tasks.clients.mail_account import MailAccount
from opsplay.tasks.clients.pop3 import Entry, Pop3Session

OK = b"+OK\r\n"
WELCOME = b"+OK hello there\r\n"
LOGIN = (WELCOME, OK, OK)


class Script(Protocol):
    """The server that `play` starts."""

    heard: list[bytes]
    port: int

    def finish(self) -> None: ...


Play = Callable[..., Script]


def opened(script: Script, **changes: object) -> Pop3Session:
    given = {"host": "127.0.0.1", "port": script.port, "tls": "none", "timeout": 10}
    login = {"user": "li", "password": "geheim"}
    session = Pop3Session(MailAccount(**{**given, **login, **changes}))  # type: ignore[arg-type]
    session.open()
    return session


def test_the_dialogue_is_what_the_rfc_says(play: Play) -> None:
    script = play(
        *LOGIN,
        b"+OK 2 30\r\n",
        b"+OK\r\n1 10\r\n2 20 more words\r\n.\r\n",
        b"+OK\r\n1 uid-1\r\n2 uid-2\r\n.\r\n",
        b"+OK\r\nSubject: x\r\n\r\n..dot\r\n...\r\n.\r\n",
        OK,
        b"+OK bye\r\n",
    )
    session = opened(script)
    assert session.welcome == "hello there"
    assert session.stat() == (2, 30)
    assert session.entries() == [Entry(1, "uid-1", 10), Entry(2, "uid-2", 20)]
    assert session.message(2, 1000) == b"Subject: x\r\n\r\n.dot\r\n..\r\n"
    session.delete(2)
    session.close()
    script.finish()
    assert b"".join(script.heard) == (
        b"USER li\r\nPASS geheim\r\nSTAT\r\nLIST\r\nUIDL\r\nRETR 2\r\nDELE 2\r\nQUIT\r\n"
    )


@pytest.mark.parametrize("body", [b"", b"x" * 200_000 + b"\r\n", b"\n\xff\0\n\r\n", b"a\r\n\r\n"])
def test_a_message_is_fetched_as_it_is(play: Play, body: bytes) -> None:
    session = opened(play(*LOGIN, OK + body + b".\r\n", OK))
    assert session.message(1, 1_000_000) == body
    session.close()


def test_ids_may_be_missing(play: Play) -> None:
    session = opened(play(*LOGIN, b"+OK\r\n1 10\r\n.\r\n", b"-ERR what?\r\n", OK))
    assert session.entries() == [Entry(1, "", 10)]
    session.close()


@pytest.mark.parametrize(
    ("replies", "words"),
    [
        ([None], "the server closed the connection"),
        ([b"-ERR busy\r\n"], "cannot connect .*: busy"),
        ([b"220 smtp ready\r\n"], "no POP3"),
        ([WELCOME, None], "the server closed the connection"),
        ([WELCOME, OK, b"-ERR [IN-USE] locked\r\n"], r"cannot log in .*: \[IN-USE\] locked"),
        ([b"+OK " + b"x" * 100_000], "a line without end"),
    ],
)
def test_a_login_that_fails_is_told(play: Play, replies: list[bytes | None], words: str) -> None:
    with pytest.raises(TaskError, match=words):
        opened(play(*replies))


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (b"+OK x y\r\n", "the answer to STAT makes no sense"),
        (b"+OK\r\n", "the answer to STAT makes no sense"),
        (None, "the server closed the connection"),
    ],
)
def test_a_broken_count_is_told(play: Play, reply: bytes | None, words: str) -> None:
    session = opened(play(*LOGIN, reply))
    with pytest.raises(TaskError, match=words):
        session.stat()
    session.hang_up()


@pytest.mark.parametrize("listed", [b"x\r\n", b"1\r\n", b"a b\r\n", b"1 many\r\n"])
def test_a_broken_list_is_told(play: Play, listed: bytes) -> None:
    session = opened(play(*LOGIN, OK + listed + b".\r\n", OK + b".\r\n"))
    with pytest.raises(TaskError, match="the answer to LIST makes no sense"):
        session.entries()
    session.hang_up()


def test_a_message_without_end_is_bounded(play: Play) -> None:
    session = opened(play(*LOGIN, OK + b"x\r\n" * 100_000))
    with pytest.raises(TaskError, match="the server sent more than 1,000 bytes"):
        session.message(1, 1000)
    session.hang_up()


def test_a_message_that_is_cut_is_no_message(play: Play) -> None:
    session = opened(play(*LOGIN, OK + b"Subject: half", None))
    with pytest.raises(TaskError, match=r"cannot fetch mail 1 .*closed the connection"):
        session.message(1, 1000)
    session.hang_up()


def test_a_goodbye_that_fails_is_told(play: Play) -> None:
    session = opened(play(*LOGIN, b"-ERR some messages not removed\r\n"))
    with pytest.raises(TaskError, match="mails may not have been deleted"):
        session.close()


def test_hanging_up_says_no_goodbye(play: Play) -> None:
    script = play(*LOGIN, OK)
    opened(script).hang_up()
    script.finish()
    assert b"QUIT\r\n" not in script.heard


def test_a_server_without_tls_is_told(play: Play) -> None:
    with pytest.raises(TaskError, match=r"cannot start TLS .*set `tls: implicit`"):
        opened(play(WELCOME, b"-ERR what?\r\n"), tls="starttls")


def test_what_comes_between_a_reply_and_tls_is_not_believed(play: Play) -> None:
    with pytest.raises(TaskError, match="do not use this connection"):
        opened(play(WELCOME, b"+OK go\r\n+OK injected\r\n"), tls="starttls")
