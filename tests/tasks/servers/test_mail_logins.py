"""Logging in to the embedded server: the same ways, right and wrong, over all three protocols."""

from __future__ import annotations

import base64
import hashlib
import hmac
import poplib
import re
from collections.abc import Callable, Mapping
from typing import TypeAlias

import pytest

from mail_serving import Start, raw, smtp
from opsplay.tasks.servers.mail import MailServer

Answer: TypeAlias = Callable[[bytes], bytes]
USER, PASSWORD, TOKEN = b"ann@example.com", b"geheim", b"t0ken"
COMMAND = {"smtp": b"AUTH ", "pop3": b"AUTH ", "imap": b"a AUTHENTICATE "}
WELCOME = {"smtp": b"235 ", "pop3": b"+OK ", "imap": b"a OK "}
REFUSED = {"smtp": b"535 5.7.8 ", "pop3": b"-ERR [AUTH] ", "imap": b"a NO [AUTHENTICATIONFAILED] "}
BROKEN = {"smtp": b"501 ", "pop3": b"-ERR that is no login", "imap": b"a BAD "}
UNKNOWN = {"smtp": b"504 ", "pop3": b"-ERR use one of", "imap": b"a NO use one of"}


def cram_md5(password: bytes) -> Answer:
    return lambda challenge: USER + b" " + hmac.new(password, challenge, "md5").hexdigest().encode()


def xoauth2(token: bytes) -> bytes:
    return b"user=%b\x01auth=Bearer %b\x01\x01" % (USER, token)


def oauthbearer(token: bytes) -> bytes:
    return b"n,a=%b,\x01host=localhost\x01auth=Bearer %b\x01\x01" % (USER, token)


def say(answer: bytes) -> Answer:
    return lambda _: answer


RIGHT: Mapping[str, list[Answer]] = {
    "PLAIN": [say(b"\0".join([b"", USER, PASSWORD]))],
    "LOGIN": [say(USER), say(PASSWORD)],
    "CRAM-MD5": [cram_md5(PASSWORD)],
    "XOAUTH2": [say(xoauth2(TOKEN))],
    "OAUTHBEARER": [say(oauthbearer(TOKEN))],
}
WRONG: Mapping[str, list[Answer]] = {
    "PLAIN": [say(b"\0".join([b"", USER, b"wrong"]))],
    "LOGIN": [say(b"nobody"), say(PASSWORD)],
    "CRAM-MD5": [cram_md5(b"wrong")],
    "XOAUTH2": [say(xoauth2(b"wrong")), say(b"")],
    "OAUTHBEARER": [say(oauthbearer(PASSWORD)), say(b"\x01")],
}
each_protocol = pytest.mark.parametrize("protocol", ["smtp", "pop3", "imap"])


def log_in(
    server: MailServer,
    protocol: str,
    mechanism: str,
    answers: list[Answer],
    *,
    at_once: bool = False,
) -> bytes:
    """Answer the server's challenges; gives its last words."""
    waiting = list(answers)
    with raw(getattr(server, f"{protocol}_port")) as client:
        command = COMMAND[protocol] + mechanism.encode()
        if at_once:
            command += b" " + base64.b64encode(waiting.pop(0)(b""))
        client.sendall(command + b"\r\n")
        while (told := client.recv(4096)) and (
            challenge := re.match(rb"(?:334|\+) (.*)\r\n", told)
        ):
            answer = waiting.pop(0)(base64.b64decode(challenge[1]))
            client.sendall(base64.b64encode(answer) + b"\r\n")
    return told


@each_protocol
@pytest.mark.parametrize("mechanism", RIGHT)
def test_every_mechanism_lets_in_who_knows_the_secret(
    start: Start, protocol: str, mechanism: str
) -> None:
    told = log_in(start(), protocol, mechanism, RIGHT[mechanism])
    assert told.startswith(WELCOME[protocol])


@each_protocol
@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "XOAUTH2", "OAUTHBEARER"])
def test_the_first_answer_may_come_with_the_command(
    start: Start, protocol: str, mechanism: str
) -> None:
    told = log_in(start(), protocol, mechanism, RIGHT[mechanism], at_once=True)
    assert told.startswith(WELCOME[protocol])


@each_protocol
@pytest.mark.parametrize("mechanism", WRONG)
def test_who_does_not_know_it_is_refused(start: Start, protocol: str, mechanism: str) -> None:
    told: list[str] = []
    server = start(on_event=told.append)
    assert log_in(server, protocol, mechanism, WRONG[mechanism]).startswith(REFUSED[protocol])
    assert [line for line in told if not re.fullmatch("login of .* refused", line)] == []
    assert len(told) == 1


@each_protocol
@pytest.mark.parametrize("mechanism", ["XOAUTH2", "OAUTHBEARER"])
def test_who_has_no_token_does_not_log_in_with_an_empty_one(
    start: Start, protocol: str, mechanism: str
) -> None:
    empty = (xoauth2 if mechanism == "XOAUTH2" else oauthbearer)(b"").replace(USER, b"ben")
    told = log_in(start(), protocol, mechanism, [say(empty), say(b"")])
    assert told.startswith(REFUSED[protocol])


@each_protocol
@pytest.mark.parametrize("line", [b"*", b"!!!", base64.b64encode(b"one field")])
def test_a_broken_login_is_told_and_forgotten(start: Start, protocol: str, line: bytes) -> None:
    with raw(getattr(start(), f"{protocol}_port")) as client:
        client.sendall(COMMAND[protocol] + b"PLAIN\r\n")
        client.recv(1000)
        client.sendall(line + b"\r\n")
        assert client.recv(1000).startswith(BROKEN[protocol])
        client.sendall(COMMAND[protocol] + b"SCRAM-SHA-1\r\n")
        assert client.recv(1000).startswith(UNKNOWN[protocol])


@each_protocol
def test_nobody_logs_in_for_somebody_else(start: Start, protocol: str) -> None:
    told = log_in(start(), protocol, "PLAIN", [say(b"\0".join([b"ben", USER, PASSWORD]))])
    assert told.startswith(REFUSED[protocol])


def test_nobody_logs_in_twice(start: Start) -> None:
    with smtp(start()) as client:
        client.login("ben", "hemlig")
        assert client.docmd("AUTH", "PLAIN")[0] == 503


def test_apop_proves_the_password_without_sending_it(start: Start) -> None:
    client = poplib.POP3("127.0.0.1", start().pop3_port, timeout=60)
    assert client.apop(USER.decode(), PASSWORD.decode()) == b"+OK 0 mails"
    client.quit()


def test_apop_with_a_wrong_password_is_refused(start: Start) -> None:
    with raw(start().pop3_port) as client:
        client.sendall(b"APOP %b %b\r\n" % (USER, hashlib.md5(PASSWORD).hexdigest().encode()))
        assert client.recv(1000).startswith(b"-ERR [AUTH]")


def test_no_challenge_is_said_twice(start: Start) -> None:
    server = start()
    seen: list[bytes] = []

    def remember(challenge: bytes) -> bytes:
        seen.append(challenge)
        return b""

    for _ in range(2):
        log_in(server, "smtp", "CRAM-MD5", [remember])
    assert len(set(seen)) == 2


@pytest.mark.parametrize("login", ['ben "hem lig"', "ben {6}\r\nhemlig", "ben {6+}\r\nhemlig"])
def test_imap_takes_a_name_and_a_password_in_every_form(start: Start, login: str) -> None:
    with raw(start().imap_port) as client:
        client.sendall(f"a LOGIN {login}\r\n".encode())
        told = client.recv(1000).removeprefix(b"+ go on\r\n") or client.recv(1000)
    assert told.startswith(b"a NO [AUTH" if "hem lig" in login else b"a OK ")


def test_who_guesses_waits_for_every_guess_and_nobody_else_does(start: Start) -> None:
    server = start(login_delay=30)
    with raw(server.pop3_port) as client:
        client.sendall(b"USER ben\r\nPASS wrong\r\nPASS hemlig\r\n")
        assert client.recv(1000) == b"+OK and the password?\r\n"
        assert log_in(server, "imap", "PLAIN", RIGHT["PLAIN"]).startswith(b"a OK")
        client.settimeout(0.05)
        with pytest.raises(TimeoutError):
            client.recv(1000)
