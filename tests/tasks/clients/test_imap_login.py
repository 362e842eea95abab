"""Logging in to an IMAP server, by every way that there is."""

from __future__ import annotations

from typing import Any

import pytest

from imap_faults import ImapFaults
from imap_sessions import opened, session_at
from mail_fault_actions import hang_up, raw, reply, stall, surrounded, told
from mail_faults import Fault, Options
from opsplay.runner.task import TaskError
from opsplay.tasks.servers.certificate import Certificate


def faulty(*faults: Fault, **options: Any) -> ImapFaults:
    return ImapFaults(*faults, options=Options(**options))


# Ways in --------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["PLAIN", "CRAM-MD5"])
@pytest.mark.parametrize("without", [set(), {"SASL-IR"}])
def test_the_best_way_that_is_offered_is_taken(name: str, without: set[str]) -> None:
    with faulty(mechanisms=[name], without=frozenset(without)) as server, opened(server.port):
        assert server.heard("AUTHENTICATE")[0].startswith(name)


def test_a_token_is_taken_where_tokens_are() -> None:
    with (
        faulty(mechanisms=["PLAIN", "XOAUTH2"]) as server,
        opened(server.port, password="", token="t0ken"),
    ):
        assert server.heard("AUTHENTICATE")[0].startswith("XOAUTH2")


def test_a_token_that_is_refused_is_told() -> None:
    with (
        faulty(mechanisms=["XOAUTH2"]) as server,
        pytest.raises(TaskError, match=r"does not take the token \(status: 400.*get a new token"),
    ):
        session_at(server.port, password="", token="0ld").open()


@pytest.mark.parametrize("password", ["geheim", r'with "quotes" and \backslashes', "长城{5}"])
@pytest.mark.parametrize("without", [set(), {"LITERAL+"}])
def test_the_command_login_needs_no_offer(password: str, without: set[str]) -> None:
    lacks = frozenset(without)
    with (
        faulty(mechanisms=[], without=lacks, password=password) as server,
        opened(server.port, password=password),
    ):
        assert server.heard("LOGIN") == [f"li {password}"]


def test_the_command_login_can_be_asked_for() -> None:
    with faulty() as server, opened(server.port, auth="login"):
        assert server.heard("LOGIN") == ["li geheim"]


def test_a_short_literal_need_not_wait_where_short_ones_need_not() -> None:
    options = {"mechanisms": [], "without": frozenset({"LITERAL+"}), "password": "长城"}
    with (
        faulty(offers=["LITERAL-"], **options) as server,
        opened(server.port, password="长城"),
    ):
        assert server.heard("LITERAL") == []


def test_what_the_server_offers_after_the_login_counts() -> None:
    greeting = Fault("CONNECT", reply("* OK [CAPABILITY IMAP4rev1 SASL-IR AUTH=PLAIN] hello"))
    done = Fault("AUTHENTICATE", told("OK [CAPABILITY IMAP4rev1 NEW] in"))
    with faulty(greeting, done) as server, opened(server.port) as session:
        assert session.capabilities == ["IMAP4REV1", "NEW"]
        assert "CAPABILITY" not in server.verbs()


def test_who_is_known_already_does_not_log_in() -> None:
    greeting = Fault("CONNECT", raw(b"* PREAUTH hello\r\n"))
    with faulty(greeting) as server, pytest.raises(TaskError, match="log in first"):
        session_at(server.port).open()
    assert server.verbs() == ["CONNECT", "CAPABILITY", "SELECT", "LIST"]


@pytest.mark.parametrize("answer", ["OK hello", "BAD what?"])
def test_a_server_that_wants_to_know_who_we_are_is_told(answer: str) -> None:
    with faulty(Fault("ID", reply(answer)), offers=["ID"]) as server, opened(server.port):
        assert server.heard("ID") == ["( name opsplay )"]


# TLS ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("implicit", [False, True])
def test_tls_is_on_before_the_login(certificate: Certificate, *, implicit: bool) -> None:
    with faulty(certificate=certificate, implicit=implicit) as server:
        way = "implicit" if implicit else "starttls"
        with opened(server.port, tls=way, ca_file=certificate.ca_file) as session:
            assert session.entries() == []
        verbs = server.verbs()
    if not implicit:
        # What was offered before TLS could be anybody's words.
        assert verbs.index("STARTTLS") < verbs.index("CAPABILITY", 2) < verbs.index("AUTHENTICATE")


@pytest.mark.parametrize("offered", [False, True])
def test_tls_may_be_left_to_what_is_offered(certificate: Certificate, *, offered: bool) -> None:
    given = certificate if offered else None
    with (
        faulty(certificate=given) as server,
        opened(server.port, tls="opportunistic", ca_file=certificate.ca_file),
    ):
        assert ("STARTTLS" in server.verbs()) == offered


def test_no_password_leaves_where_tls_is_not_offered() -> None:
    with faulty() as server, pytest.raises(TaskError, match=r"start TLS .*set `tls: implicit`"):
        session_at(server.port, tls="starttls").open()
    assert not {"LOGIN", "AUTHENTICATE"} & set(server.verbs())


def test_a_login_that_is_possible_over_tls_only_is_told() -> None:
    with (
        faulty(mechanisms=[], offers=["LOGINDISABLED"]) as server,
        pytest.raises(TaskError, match=r"no login without TLS; set `tls: starttls`"),
    ):
        session_at(server.port).open()


def test_words_slipped_in_before_tls_are_not_believed(certificate: Certificate) -> None:
    slipped = Fault("STARTTLS", surrounded(b"", b"* CAPABILITY IMAP4rev1\r\n"))
    with (
        faulty(slipped, certificate=certificate) as server,
        pytest.raises(TaskError, match="do not use this connection"),
    ):
        session_at(server.port, tls="starttls", ca_file=certificate.ca_file).open()


def test_nobody_is_known_before_tls(certificate: Certificate) -> None:
    greeting = Fault("CONNECT", raw(b"* PREAUTH hello\r\n"))
    with (
        faulty(greeting, certificate=certificate) as server,
        pytest.raises(TaskError, match="before TLS is on; do not use this connection"),
    ):
        session_at(server.port, tls="starttls", ca_file=certificate.ca_file).open()


# Refusals -------------------------------------------------------------------------------------


def test_a_wrong_password_is_told_with_what_may_help() -> None:
    with faulty() as server, pytest.raises(TaskError) as caught:
        session_at(server.port, password="wrong").open()
    told = str(caught.value)
    assert "[AUTHENTICATIONFAILED] wrong user or password" in told
    assert "app password" in told
    assert "want IMAP to be allowed" in told
    assert "geheim" not in told


@pytest.mark.parametrize(
    ("fault", "words"),
    [
        (Fault("CONNECT", reply("* BYE too many connections")), "too many connections; .*later"),
        (Fault("CONNECT", raw(b"220 mx.example.com ESMTP\r\n")), "no IMAP; check `port` and `tls`"),
        (Fault("CONNECT", raw(b"+OK POP3 ready\r\n")), "no IMAP; check `port` and `tls`"),
        (Fault("CONNECT", hang_up), r"cannot connect .*closed the connection"),
        (Fault("CAPABILITY", hang_up), r"what the server can do .*closed the connection"),
        (Fault("AUTHENTICATE", reply("NO [UNAVAILABLE] try later")), "try later; .*out of order"),
        (Fault("AUTHENTICATE", reply("BAD what?")), r"cannot log in .*what\?; check `user`"),
        (Fault("AUTHENTICATE", raw(b"+ !!\r\n")), "the server's part of CRAM-MD5 is wrong"),
        (Fault("SELECT", hang_up), r"cannot open the folder INBOX .*closed the connection"),
    ],
)
def test_what_fails_on_the_way_in_is_told(fault: Fault, words: str) -> None:
    with faulty(fault) as server, pytest.raises(TaskError, match=words):
        session_at(server.port).open()


def test_a_server_that_says_nothing_is_told() -> None:
    with (
        faulty(Fault("CONNECT", stall)) as server,
        pytest.raises(TaskError, match=r"within 0\.2 s"),
    ):
        session_at(server.port, timeout=0.2).open()


@pytest.mark.parametrize("answer", ["NO not so", "OK done already"])
def test_a_literal_that_the_server_will_not_have_is_told(answer: str) -> None:
    fault = Fault("LITERAL", reply(answer))
    with (
        faulty(fault, mechanisms=[], without=frozenset({"LITERAL+"})) as server,
        pytest.raises(TaskError, match=r"cannot log in .*(not so; check|makes no sense)"),
    ):
        session_at(server.port, password="长城").open()


@pytest.mark.parametrize("what", ["user", "password", "folder"])
@pytest.mark.parametrize("auth", ["", "login"])
def test_a_line_break_runs_no_command(what: str, auth: str) -> None:
    words: dict[str, Any] = {what: "a\r\nZ1 DELETE INBOX"}
    with faulty() as server, pytest.raises(TaskError, match=f"{what} holds a carriage return"):
        session_at(server.port, auth=auth, **words).open()
    assert "DELETE" not in server.verbs()
