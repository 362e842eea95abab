"""fetch_mail against IMAP servers that keep to the rules in letter only, or not even so."""

from __future__ import annotations

import re
from functools import partial

import pytest

from imap_faults import ImapFaults
from mail_fault_actions import changed, raw, reply, surrounded
from mail_faults import Action, Fault, always
from mail_fetching import MAILS, Mailbox, Open, subjects
from opsplay.tasks.servers.certificate import Certificate


@pytest.fixture(name="open_mailbox")
def _open_mailbox(open_mailbox: Open) -> Open:
    return partial(open_mailbox, "imap")


def server(mailbox: Mailbox) -> ImapFaults:
    assert isinstance(mailbox.server, ImapFaults)
    return mailbox.server


# Ids ------------------------------------------------------------------------------------------


def test_ids_that_start_anew_hide_no_mail(open_mailbox: Open) -> None:
    mailbox = open_mailbox()
    mailbox.put(MAILS[0])
    assert subjects(mailbox.fetch(after="keep")) == ["0"]
    inbox = server(mailbox).folders["INBOX"]
    inbox.validity = 2
    inbox.mails[:] = []
    inbox.add(MAILS[1]).uid = 1
    assert subjects(mailbox.fetch(after="keep")) == ["1"]
    assert mailbox.saved() == MAILS[:2]


def test_a_folder_without_validity_is_told(open_mailbox: Open) -> None:
    strip = changed(lambda said: re.sub(rb"\* OK \[UIDVALIDITY[^\n]*\n", b"", said))
    mailbox = open_mailbox(always("SELECT", strip))
    mailbox.put(*MAILS)
    assert "UIDVALIDITY" in mailbox.failure()


# Literals -------------------------------------------------------------------------------------


@pytest.mark.parametrize("change", [-3, 3, 10**9])
def test_a_wrong_length_is_told_and_no_mail_deleted(open_mailbox: Open, change: int) -> None:
    def lie(said: bytes) -> bytes:
        return re.sub(rb"\{(\d+)\}", lambda size: b"{%d}" % (int(size[1]) + change), said)

    mailbox = open_mailbox(always("UID FETCH", changed(lie), about="BODY"))
    mailbox.put(*MAILS)
    assert mailbox.failure(timeout=0.5)
    assert mailbox.left() == MAILS


def test_a_mail_as_a_quoted_string_is_a_mail(open_mailbox: Open) -> None:
    quoted = changed(lambda said: re.sub(rb"(?s)\{\d+\}\r\n.*?one\r\n", b'"Subject: one"', said))
    mailbox = open_mailbox(always("UID FETCH", quoted, about="BODY"))
    mailbox.put(b"Subject: one\r\n")
    assert subjects(mailbox.fetch()) == ["one"]
    assert mailbox.left() == []


def test_a_mail_that_is_nil_is_left_there(open_mailbox: Open) -> None:
    nil = changed(lambda said: re.sub(rb"(?s)\{\d+\}\r\nSubject: 1.*?mail 1\r\n", b"NIL", said))
    mailbox = open_mailbox(always("UID FETCH", nil, about="BODY"))
    mailbox.put(*MAILS)
    assert subjects(mailbox.fetch()) == ["0", "2"]
    assert mailbox.left() == [MAILS[1]]


def test_a_mail_of_which_nothing_comes_is_left_there_and_told(open_mailbox: Open) -> None:
    empty = changed(lambda said: re.sub(rb"(?s)\{\d+\}\r\nSubject: 1.*?mail 1\r\n", b'""', said))
    mailbox = open_mailbox(always("UID FETCH", empty, about="BODY"))
    mailbox.put(*MAILS)
    assert subjects(mailbox.fetch()) == ["0", "2"]
    assert mailbox.left() == [MAILS[1]]
    assert "cannot fetch mail 2 " in mailbox.warnings[0]


def test_mails_that_are_listed_but_not_given_are_left_there(open_mailbox: Open) -> None:
    omit = changed(lambda said: re.sub(rb"(?s)\* 2 FETCH.*?mail 1\r\n\)?\r\n", b"", said))
    mailbox = open_mailbox(Fault("UID FETCH", omit, about="BODY"))
    mailbox.put(*MAILS)
    mailbox.fetch()
    assert mailbox.left() == [MAILS[1]]
    mailbox.fetch()
    assert (mailbox.saved(), mailbox.left()) == (MAILS, [])


@pytest.mark.parametrize(
    "mail",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"no header at all\r\n", id="no header"),
        pytest.param(b"Subject: x\r\n\r\n" + b"y" * 300_000, id="a line of 300,000 bytes"),
        pytest.param(b"Subject: x\n\nbare\nline\nfeeds", id="bare line feeds"),
        pytest.param(b'Subject: x\r\n\r\n)\r\n{7}\r\n"* 1 FETCH (\r\nA7 OK done\r\n', id="IMAP"),
        pytest.param(b"Subject: x\r\n\r\n\0\xff\xfe\r\n", id="bytes beyond ASCII"),
        pytest.param(b"Subject: x\r\n\r\n" + b"z\r\n" * 200_000, id="200,000 lines"),
    ],
)
def test_a_mail_is_saved_as_the_server_s_very_bytes(open_mailbox: Open, mail: bytes) -> None:
    mailbox = open_mailbox()
    mailbox.put(MAILS[0], mail, MAILS[1])
    mailbox.fetch()
    assert (mailbox.saved(), mailbox.left()) == (sorted([MAILS[0], mail, MAILS[1]]), [])


# Unasked words --------------------------------------------------------------------------------

UNASKED = b"".join(
    [
        b"* 9 EXISTS\r\n",
        b"* 1 RECENT\r\n",
        b"* 1 FETCH (FLAGS (\\Seen))\r\n",
        b"* 2 FETCH (UID 2 FLAGS (\\Flagged $x))\r\n",
        b"* OK [ALERT] The disk is nearly full\r\n",
        b"* BAD odd\r\n",
        b"* NO odd\r\n",
        b"* FLAGS (a b)\r\n",
        b"* X-UNKNOWN (what {2}\r\n() ever)\r\n",
    ]
)


@pytest.mark.parametrize("verb", ["SELECT", "UID FETCH", "UID STORE", "UID EXPUNGE"])
def test_words_that_nobody_asked_for_change_nothing(open_mailbox: Open, verb: str) -> None:
    mailbox = open_mailbox(always(verb, surrounded(UNASKED)))
    mailbox.put(*MAILS)
    mailbox.fetch()
    assert (mailbox.saved(), mailbox.left()) == (MAILS, [])


def test_a_mail_that_another_expunges_meanwhile_mixes_up_no_others(open_mailbox: Open) -> None:
    gone = surrounded(b"* 1 EXPUNGE\r\n")
    mailbox = open_mailbox(Fault("UID STORE", gone))
    mailbox.put(*MAILS)
    mailbox.fetch()
    assert (mailbox.saved(), mailbox.left()) == (MAILS, [])


def test_a_goodbye_in_the_middle_is_told(open_mailbox: Open) -> None:
    mailbox = open_mailbox(Fault("UID FETCH", raw(b"* BYE Shutting down\r\n"), about="BODY"))
    mailbox.put(*MAILS)
    assert "Shutting down" in mailbox.failure()
    assert mailbox.left() == MAILS


# Searching ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(reply("NO [BADCHARSET (US-ASCII)] What?"), id="refused"),
        pytest.param(reply("BAD What?"), id="not known"),
        pytest.param(surrounded(b"* SEARCH 999\r\n"), id="of a mail that is not there"),
        pytest.param(surrounded(b"* SEARCH 2 1\r\n* SEARCH\r\n"), id="in pieces"),
    ],
)
def test_a_search_is_a_hint_and_no_more(open_mailbox: Open, answer: Action) -> None:
    mailbox = open_mailbox(always("UID SEARCH", answer))
    date = b"Date: Mon, 23 Nov 2026 08:30:00 +0000\r\n"
    mailbox.put(*(date + b"Subject: %d\r\n\r\nx\r\n" % number for number in range(150)))
    select = {"since": "2026-11-01", "subject": "77"}
    assert subjects(mailbox.fetch(select=select)) == ["77"]
    assert mailbox.server.heard("UID SEARCH")


# What is offered ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["UIDPLUS", "SASL-IR"])
def test_what_a_server_lacks_is_not_needed(open_mailbox: Open, name: str) -> None:
    mailbox = open_mailbox(without=frozenset({name}))
    mailbox.put(*MAILS)
    mailbox.fetch()
    assert (mailbox.saved(), mailbox.left()) == (MAILS, [])


@pytest.mark.parametrize("lacks", [frozenset[str](), frozenset({"LITERAL+"})])
def test_a_password_beyond_ascii_goes_as_a_literal(
    open_mailbox: Open, lacks: frozenset[str]
) -> None:
    mailbox = open_mailbox(password="gehéim", mechanisms=(), without=lacks)
    mailbox.put(*MAILS)
    assert len(mailbox.fetch(password="gehéim")["messages"]) == 3
    assert ("LITERAL" in mailbox.server.verbs()) == bool(lacks)


def test_a_literal_that_may_not_come_is_told(open_mailbox: Open) -> None:
    refused = always("LITERAL", reply("NO [LIMIT] too long"))
    mailbox = open_mailbox(refused, mechanisms=(), without=frozenset({"LITERAL+"}))
    assert "too long" in mailbox.failure(password="gehéim")


def test_without_uidplus_nothing_is_expunged_that_others_marked(open_mailbox: Open) -> None:
    mailbox = open_mailbox(without=frozenset({"UIDPLUS"}))
    mailbox.put(MAILS[0])
    server(mailbox).put(MAILS[1], flags=[r"\Deleted"])
    mailbox.fetch(select={"subject": "0"})
    assert MAILS[1] in mailbox.left()


@pytest.mark.parametrize("name", ["UID EXPUNGE", "UID MOVE"])
def test_what_is_offered_but_refused_is_told(open_mailbox: Open, name: str) -> None:
    mailbox = open_mailbox(always(name, reply("NO [CANNOT] not today")))
    mailbox.put(*MAILS)
    after = "delete" if name == "UID EXPUNGE" else {"move": "Done"}
    assert "not today" in mailbox.failure(after=after)
    assert (mailbox.saved(), mailbox.left()) == (MAILS, MAILS)


def test_words_slipped_in_before_tls_end_the_session(
    open_mailbox: Open, certificate: Certificate
) -> None:
    slipped = Fault("STARTTLS", surrounded(b"", b"* CAPABILITY IMAP4rev1\r\n"))
    mailbox = open_mailbox(slipped, certificate=certificate)
    told = mailbox.failure(tls="starttls", ca_file=str(certificate.ca_file))
    assert "do not use this connection" in told
    assert not {"LOGIN", "AUTHENTICATE"} & set(mailbox.server.verbs())


def test_tls_that_is_not_offered_is_told_and_no_password_sent(open_mailbox: Open) -> None:
    mailbox = open_mailbox()
    assert "start TLS" in mailbox.failure(tls="starttls")
    assert not {"LOGIN", "AUTHENTICATE"} & set(mailbox.server.verbs())


def test_a_session_that_is_logged_in_before_tls_is_left(
    open_mailbox: Open, certificate: Certificate
) -> None:
    greeting = Fault("CONNECT", raw(b"* PREAUTH Welcome\r\n"))
    mailbox = open_mailbox(greeting, certificate=certificate)
    assert "TLS" in mailbox.failure(tls="starttls", ca_file=str(certificate.ca_file))
    assert "SELECT" not in mailbox.server.verbs()


# A folder -------------------------------------------------------------------------------------


def test_a_folder_that_is_not_there_is_told_with_those_that_are(open_mailbox: Open) -> None:
    mailbox = open_mailbox()
    server(mailbox).put(MAILS[0], folder="&ZeVnLIqe-")
    told = mailbox.failure(folder="Nowhere")
    assert "there is no folder" in told
    assert "日本語" in told


def test_a_folder_that_may_only_be_read_loses_nothing(open_mailbox: Open) -> None:
    read_only = changed(lambda said: said.replace(b"READ-WRITE", b"READ-ONLY"))
    mailbox = open_mailbox(always("SELECT", read_only))
    mailbox.put(*MAILS)
    assert "only read" in mailbox.failure()
    assert mailbox.left() == MAILS
