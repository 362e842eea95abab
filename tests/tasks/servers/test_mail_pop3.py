"""The embedded server's POP3 as poplib and a bare socket see it."""

from __future__ import annotations

import poplib
from pathlib import Path

import pytest

from mail_serving import Start, imap, mails, pop3, raw, send


def test_a_mailbox_is_listed_read_and_emptied(start: Start) -> None:
    server = start()
    for _ in range(3):
        send(server, "ben")
    with pop3(server) as client:
        assert client.getwelcome().startswith(b"+OK opsplay POP3 ready <")
        count, size = client.stat()
        assert (count, len(client.list()[1])) == (3, 3)
        uids = [line.split()[1] for line in client.uidl()[1]]
        assert len(set(uids)) == 3
        assert client.top(1, 1)[1][-1] == b".dot"
        client.dele(2)
        assert client.stat() == (2, size - size // 3)
        with pytest.raises(poplib.error_proto, match="no such mail"):
            client.retr(2)
        client.rset()
        client.dele(1)
    with pop3(server) as client:
        assert [line.split()[1] for line in client.uidl()[1]] == uids[1:]


def test_nothing_is_deleted_by_those_who_do_not_quit(start: Start) -> None:
    server = start()
    send(server, "ben")
    with raw(server.pop3_port) as client:
        client.sendall(b"USER ben\r\nPASS hemlig\r\nDELE 1\r\n")
        while b"gone" not in client.recv(1000):
            pass
    assert len(mails(server)) == 1


def test_a_dot_between_bare_line_feeds_does_not_end_a_mail(start: Start) -> None:
    server = start()
    with raw(server.smtp_port) as client:
        client.sendall(b"MAIL FROM:<a@b>\r\nRCPT TO:<ben>\r\nDATA\r\na\n.\nb\r\n.\r\n")
        while b"accepted" not in client.recv(1000):
            pass
    assert mails(server)[0].endswith(b"\r\na\r\n.\r\nb\r\n")


def test_a_session_keeps_its_numbers_whatever_others_do(start: Start) -> None:
    server = start()
    send(server, "ben")
    send(server, "ben")
    with pop3(server) as client:
        with imap(server) as other:
            other.store("1", "+FLAGS", "\\Deleted")
            other.expunge()
        send(server, "ben")
        assert client.stat()[0] == 2
        assert client.retr(2)[1][-1] == b"end"


@pytest.mark.parametrize("command", ["STAT", "RETR 1", "NONSENSE", "PASS x", "APOP ben x"])
def test_a_mailbox_is_closed_to_strangers(start: Start, command: str) -> None:
    with raw(start().pop3_port) as client:
        client.sendall(f"{command}\r\n".encode())
        assert client.recv(1000).startswith(b"-ERR")


@pytest.mark.parametrize(
    "command", ["TOP 1", "TOP 1 x", "RETR 0", "RETR 99999999999", "LIST x", "USER li"]
)
def test_what_makes_no_sense_is_refused(start: Start, command: str) -> None:
    server = start()
    send(server, "ben")
    with pop3(server) as client, pytest.raises(poplib.error_proto, match="-ERR"):
        client._shortcmd(command)  # type: ignore[attr-defined]


def test_commands_that_come_together_are_answered_in_order(start: Start) -> None:
    server = start()
    for number in range(3):
        send(server, "ben", data=b"Subject: %d\r\n\r\n" % number)
    with raw(server.pop3_port) as client:
        client.sendall(b"USER ben\r\nPASS hemlig\r\nRETR 1\r\nRETR 2\r\nRETR 3\r\nQUIT\r\n")
        told = b"".join(iter(lambda: client.recv(1000), b""))
    subjects = [line for line in told.splitlines() if line.startswith(b"Subject")]
    assert subjects == [b"Subject: 0", b"Subject: 1", b"Subject: 2"]


def test_it_says_what_it_can_do(start: Start) -> None:
    client = poplib.POP3("127.0.0.1", start().pop3_port, timeout=60)
    offered = client.capa()
    client.quit()
    assert offered["SASL"] == ["PLAIN", "LOGIN", "CRAM-MD5", "XOAUTH2", "OAUTHBEARER"]
    assert {"UIDL", "TOP", "PIPELINING", "STLS"} <= offered.keys()


def test_ids_outlive_flags_and_restarts(start: Start, tmp_path: Path) -> None:
    first = start(folder=tmp_path)
    for _ in range(3):
        send(first, "ben")
    with pop3(first) as client:
        ids = client.uidl()[1]
    with imap(first) as client:
        client.store("2", "+FLAGS", "\\Flagged")
    first.close()
    with pop3(start(folder=tmp_path)) as client:
        assert client.uidl()[1] == ids
