"""Mishaps by script: each happens where it is said, once."""

from __future__ import annotations

import poplib
import smtplib

import pytest

from mail_serving import MAIL, Start, imap, mails, pop3, raw, send, smtp
from opsplay.tasks.servers.faults import Fault


def test_a_reply_is_given_in_place_of_doing_it_and_then_no_more(start: Start) -> None:
    server = start(faults=[Fault(at="rcpt", nth=2, reply="451 4.3.0 later")])
    assert send(server, "ben") == {}
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(server, "ben")
    assert send(server, "ben") == {}
    assert len(mails(server)) == 2


def test_the_reply_to_a_mail_may_be_lost_though_it_was_kept(start: Start) -> None:
    server = start(faults=[Fault(at=".", cut="after")])
    with pytest.raises(smtplib.SMTPServerDisconnected), smtp(server) as client:
        client.sendmail("me@example.org", ["ben"], MAIL)
    assert len(mails(server)) == 1


def test_a_mail_that_is_refused_at_its_end_leaves_nothing_behind(start: Start) -> None:
    server = start(faults=[Fault(at=".", reply="451 4.3.0 later")])
    with smtp(server) as client:
        client.mail("me@example.org")
        client.rcpt("ben")
        assert client.data(MAIL) == (451, b"4.3.0 later")
        assert client.mail("me@example.org")[0] == 250


def test_a_mail_may_be_lost_with_the_connection(start: Start) -> None:
    server = start(faults=[Fault(at=".", cut="before")])
    with pytest.raises(smtplib.SMTPServerDisconnected), smtp(server) as client:
        client.sendmail("me@example.org", ["ben"], MAIL)
    assert mails(server) == []


def test_a_mail_may_break_off_while_it_is_fetched(start: Start) -> None:
    server = start(faults=[Fault(at="RETR", cut="midway")])
    send(server, "ben")
    with raw(server.pop3_port) as client:
        client.sendall(b"USER ben\r\nPASS hemlig\r\nRETR 1\r\n")
        told = b"".join(iter(lambda: client.recv(1000), b""))
    assert b"Return-Path" in told
    assert not told.endswith(b".\r\n")
    assert len(mails(server)) == 1


def test_imap_says_the_reply_with_the_tag_of_the_command(start: Start) -> None:
    server = start(faults=[Fault(at="FETCH", reply="NO [UNAVAILABLE] later")])
    send(server, "ben")
    with imap(server) as client:
        assert client.uid("FETCH", "1", "FLAGS") == ("NO", [b"[UNAVAILABLE] later"])
        assert client.uid("FETCH", "1", "FLAGS")[0] == "OK"


def test_the_first_words_may_turn_clients_away(start: Start) -> None:
    server = start(faults=[Fault(at="GREETING", reply="421 4.3.2 too busy", cut=None)])
    with pytest.raises(smtplib.SMTPConnectError, match="too busy"):
        smtplib.SMTP("127.0.0.1", server.smtp_port, timeout=60)
    send(server, "ben")


def test_commands_of_all_connections_are_counted_together(start: Start) -> None:
    server = start(faults=[Fault(at="STAT", nth=2, reply="-ERR [IN-USE] locked")])
    with pop3(server) as first:
        assert first.stat() == (0, 0)
    with pop3(server) as second, pytest.raises(poplib.error_proto, match="IN-USE"):
        second.stat()


def test_an_answer_can_be_late(start: Start) -> None:
    server = start(faults=[Fault(at="NOOP", delay=30)])
    with raw(server.imap_port) as client:
        client.sendall(b"a NOOP\r\n")
        send(server, "ben")  # others do not wait for it
        client.settimeout(0.05)
        with pytest.raises(TimeoutError):
            client.recv(100)
