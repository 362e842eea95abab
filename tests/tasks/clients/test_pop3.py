"""The POP3 client against a server that says what a test wants, where a test wants it."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from io import BytesIO
from typing import Protocol

import pytest

from opsplay.runner.task import TaskError
from opsplay.tasks.clients import mailbox
from opsplay.tasks.clients.mail_account import MailAccount
from opsplay.tasks.clients.mailbox import Entry
from opsplay.tasks.clients.pop3 import Pop3Session

OK = b"+OK\r\n"
ERR = b"-ERR what?\r\n"
WELCOME = b"+OK hello there\r\n"
LOGIN = (WELCOME, ERR, OK, OK)
AHEAD = (WELCOME, b"+OK\r\nTOP\r\nPIPELINING\r\n.\r\n", OK, OK)
ONE = Entry(1, "uid-1", 10)
TWO = Entry(2, "uid-2", 20)


class Script(Protocol):
    """The server that `play` starts."""

    heard: list[bytes]
    port: int

    def finish(self) -> None: ...


Play = Callable[..., Script]


def opened(script: Script, **changes: object) -> Pop3Session:
    given = {"host": "127.0.0.1", "port": script.port, "tls": "none", "timeout": 60}
    login = {"user": "li", "password": "geheim"}
    session = Pop3Session(MailAccount(**{**given, **login, **changes}))  # type: ignore[arg-type]
    session.open()
    return session


def fetched(session: Pop3Session, *entries: Entry, limit: int = 1_000_000) -> list[bytes]:
    messages = session.messages(entries, limit, BytesIO)
    return [raw if isinstance(raw, bytes) else raw.read() for _, raw in messages]


def test_the_dialogue_is_what_the_rfc_says(play: Play) -> None:
    script = play(
        *LOGIN,
        b"+OK\r\n1 10\r\n2 20 more words\r\n.\r\n",
        b"+OK\r\n1 uid-1\r\n2 uid-2\r\n.\r\n",
        b"+OK\r\nSubject: x\r\n\r\n..dot\r\n...\r\n.\r\n",
        OK,
        b"+OK bye\r\n",
    )
    session = opened(script)
    assert session.welcome == "hello there"
    assert session.capabilities == []
    assert session.entries() == [ONE, TWO]
    assert fetched(session, TWO) == [b"Subject: x\r\n\r\n.dot\r\n..\r\n"]
    session.delete([TWO])
    session.close()
    script.finish()
    assert b"".join(script.heard) == (
        b"CAPA\r\nUSER li\r\nPASS geheim\r\nLIST\r\nUIDL\r\nRETR 2\r\nDELE 2\r\nQUIT\r\n"
    )


@pytest.mark.parametrize(
    "body", [b"\r\n", b"x" * 200_000 + b"\r\n", b"\n\xff\0\n\r\n", b"a\r\n\r\n"]
)
def test_a_message_is_fetched_as_it_is(play: Play, body: bytes) -> None:
    session = opened(play(*LOGIN, OK + body + b".\r\n", OK))
    assert fetched(session, ONE) == [body]
    session.close()


def test_commands_are_written_ahead_where_the_server_allows_it(play: Play) -> None:
    mail = b"+OK\r\nx\r\n.\r\n"
    script = play(*AHEAD, mail, mail, OK, OK, OK)
    session = opened(script)
    assert session.capabilities == ["TOP", "PIPELINING"]
    assert fetched(session, ONE, TWO) == [b"x\r\n", b"x\r\n"]
    session.delete([ONE, TWO])
    session.close()


def test_a_large_message_comes_as_a_file(play: Play, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mailbox, "SPOOL_FROM", 1000)
    body = b"one line\r\n" * 100_000
    session = opened(play(*LOGIN, OK + body + b".\r\n", OK))
    files: list[BytesIO] = []

    def spool() -> BytesIO:
        files.append(BytesIO())
        return files[-1]

    [(_, message)] = session.messages([ONE], 2_000_000, spool)
    assert files == [message]
    assert files[0].read() == body
    session.close()


def digest(size: int, head: bytes) -> str:
    return hashlib.sha256(b"%d\n%s" % (size, head)).hexdigest()[:32]


def whole(message: bytes) -> str:
    return hashlib.sha256(message).hexdigest()[:32]


def test_a_server_without_ids_gets_them_from_heads_and_sizes(play: Play) -> None:
    heads = [b"+OK\r\nMessage-ID: <x@y>\r\n\r\n.\r\n"] * 3
    script = play(*LOGIN, b"+OK\r\n1 10\r\n2 11\r\n3 10\r\n.\r\n", ERR, *heads, OK)
    session = opened(script)
    ten, eleven = (digest(size, b"Message-ID: <x@y>\r\n\r\n") for size in (10, 11))
    expected = [f"{ten}.1", f"{eleven}.1", f"{ten}.2"]
    assert [entry.uid for entry in session.entries()] == expected
    session.close()
    script.finish()
    assert b"TOP 2 0\r\n" in script.heard


def test_mails_whose_head_may_be_that_of_another_are_told_by_all_that_is_in_them(
    play: Play,
) -> None:
    heads = [b"+OK\r\nA: 1\r\n\r\n.\r\n"] * 3
    mails = [b"+OK\r\nA: 1\r\n\r\n%s\r\n.\r\n" % body for body in (b"x", b"y", b"x")]
    script = play(*LOGIN, b"+OK\r\n1 9\r\n2 9\r\n3 9\r\n.\r\n", ERR, *heads, *mails, OK)
    session = opened(script)
    one, other = (whole(b"A: 1\r\n\r\n%s\r\n" % body) for body in (b"x", b"y"))
    assert [entry.uid for entry in session.entries()] == [f"{one}.1", f"{other}.1", f"{one}.2"]
    session.close()


def test_an_id_that_two_mails_share_is_no_id(play: Play) -> None:
    listed = [b"+OK\r\n1 10\r\n2 20\r\n3 30\r\n.\r\n", b"+OK\r\n1 a\r\n2 b\r\n3 a\r\n.\r\n"]
    heads = [b"+OK\r\nReceived: 1\r\n\r\n.\r\n", b"+OK\r\nReceived: 3\r\n\r\n.\r\n"]
    session = opened(play(*LOGIN, *listed, *heads, OK))
    one, three = digest(10, b"Received: 1\r\n\r\n"), digest(30, b"Received: 3\r\n\r\n")
    assert [entry.uid for entry in session.entries()] == [f"{one}.1", "b", f"{three}.1"]
    session.close()


@pytest.mark.parametrize(
    ("offered", "refusal"),
    [(b"+OK\r\nUIDL\r\n.\r\n", b"-ERR not now\r\n"), (ERR, b"-ERR [SYS/TEMP] not now\r\n")],
)
def test_ids_that_are_not_to_be_had_now_are_not_made(
    play: Play, offered: bytes, refusal: bytes
) -> None:
    listed = b"+OK\r\n1 10\r\n.\r\n"
    session = opened(play(WELCOME, offered, OK, OK, listed, refusal))
    with pytest.raises(TaskError, match="not now"):
        session.entries()
    session.hang_up()


def test_heads_are_taken_from_whole_mails_if_there_is_no_top(play: Play) -> None:
    session = opened(play(*LOGIN, ERR, b"+OK\r\nA: 1\r\n\r\nbody\r\n.\r\n", OK))
    assert list(session.heads([ONE], 1000)) == [(ONE, b"A: 1\r\n\r\n")]
    session.close()


def test_a_head_without_end_is_cut_and_the_dialogue_goes_on(play: Play) -> None:
    session = opened(play(*LOGIN, OK + b"A: 1\r\n" * 100_000 + b".\r\n", OK))
    assert list(session.heads([ONE], 100)) == [(ONE, (b"A: 1\r\n" * 100)[:100])]
    session.close()


def test_a_mail_that_is_not_handed_out_is_told_and_the_others_are_fetched(play: Play) -> None:
    session = opened(play(*LOGIN, b"-ERR damaged\r\n", b"+OK\r\nx\r\n.\r\n", OK))
    assert fetched(session, ONE, TWO) == [b"x\r\n"]
    [refusal] = session.refusals
    assert refusal.startswith("cannot fetch mail 1 ")
    assert refusal.endswith(": damaged")
    session.close()


def test_a_mail_of_which_nothing_comes_is_not_taken_for_an_empty_one(play: Play) -> None:
    session = opened(play(*LOGIN, b"+OK\r\n.\r\n", OK))
    assert fetched(session, ONE) == []
    assert "sends nothing of its 10 bytes" in session.refusals[0]
    session.close()


def test_a_word_too_many_is_not_taken_for_an_answer(play: Play) -> None:
    session = opened(play(*LOGIN, b"+OK\r\nx\r\n.\r\n+OK unasked\r\n"))
    with pytest.raises(TaskError, match="said more than it was asked"):
        fetched(session, ONE)
    session.hang_up()


def test_a_mail_that_cannot_be_deleted_is_told(play: Play) -> None:
    script = play(*LOGIN, ERR, OK, OK)
    session = opened(script)
    session.delete([ONE, TWO])
    assert ["cannot delete mail 1" in refusal for refusal in session.refusals] == [True]
    session.close()
    script.finish()
    assert script.heard[-1] == b"QUIT\r\n"


def test_what_pop3_cannot_do_is_told(play: Play) -> None:
    session = opened(play(*LOGIN, OK))
    with pytest.raises(TaskError, match=r"cannot mark mails .*use `protocol: imap`"):
        session.mark([ONE], "seen")
    with pytest.raises(TaskError, match=r"cannot move mails .*use `protocol: imap`"):
        session.move([ONE], "Archive")
    assert not session.wait(60)
    session.close()


@pytest.mark.parametrize(
    ("replies", "words"),
    [
        ([None], "the server closed the connection"),
        ([b"-ERR busy\r\n"], "cannot connect .*: busy"),
        ([b"220 smtp ready\r\n"], "no POP3"),
        ([WELCOME, None], "the server closed the connection"),
        ([WELCOME, ERR, ERR], r"cannot log in .*: what\?; check `user` and `password`"),
        ([WELCOME, ERR, OK, b"-ERR [AUTH] no\r\n"], r"\[AUTH\] no; check `user`"),
        ([WELCOME, ERR, OK, b"-ERR [IN-USE] locked\r\n"], "another program has this mailbox open"),
        ([WELCOME, ERR, OK, b"-ERR [login-delay] wait\r\n"], "some time between two logins"),
        ([WELCOME, ERR, OK, b"-ERR [SYS/TEMP] disk\r\n"], r"disk; try again later"),
        ([WELCOME, ERR, OK, b"-ERR [SYS/PERM] gone\r\n"], r"gone; .* tell those who run it"),
        ([b"+OK " + b"x" * 100_000], "a line without end"),
    ],
)
def test_a_login_that_fails_is_told(play: Play, replies: list[bytes | None], words: str) -> None:
    with pytest.raises(TaskError, match=words):
        opened(play(*replies))


@pytest.mark.parametrize("reply", [b"-ERR [SYS/TEMP] no\r\n", b"+ no\r\n"])
def test_a_list_that_is_refused_is_no_empty_mailbox(play: Play, reply: bytes) -> None:
    session = opened(play(*LOGIN, reply))
    with pytest.raises(TaskError, match=r"cannot list the mails .* no"):
        session.entries()
    session.hang_up()


@pytest.mark.parametrize("listed", [b"x\r\n", b"1\r\n", b"a b\r\n", b"1 many\r\n"])
def test_a_broken_list_is_told(play: Play, listed: bytes) -> None:
    session = opened(play(*LOGIN, OK + listed + b".\r\n"))
    with pytest.raises(TaskError, match="the answer to LIST makes no sense"):
        session.entries()
    session.hang_up()


def test_a_message_without_end_is_bounded(play: Play) -> None:
    session = opened(play(*LOGIN, OK + b"x\r\n" * 100_000))
    with pytest.raises(TaskError, match="the server sent more than 1,000 bytes"):
        fetched(session, ONE, limit=1000)
    session.hang_up()


def test_a_message_that_is_cut_is_no_message(play: Play) -> None:
    session = opened(play(*LOGIN, OK + b"Subject: half", None))
    with pytest.raises(TaskError, match=r"cannot fetch mail 1 .*closed the connection"):
        fetched(session, ONE, limit=1000)
    session.hang_up()


def test_a_goodbye_that_deletes_nothing_is_told(play: Play) -> None:
    session = opened(play(*LOGIN, OK, b"-ERR some messages not removed\r\n"))
    session.delete([ONE])
    with pytest.raises(TaskError, match="mails may not have been deleted"):
        session.close()


def test_a_goodbye_that_had_nothing_to_delete_may_fail(play: Play) -> None:
    opened(play(*LOGIN, None)).close()


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
