"""fetch_mail against POP3 servers that keep to the rules in letter only, or not even so."""

from __future__ import annotations

import re
from functools import partial

import pytest

from mail_fault_actions import changed, raw, reply, surrounded
from mail_faults import Fault, always
from mail_fetching import MAILS, Open, subjects
from opsplay.runner.task import Context
from opsplay.tasks.servers.certificate import Certificate
from pop3_faults import Pop3Faults


@pytest.fixture(name="open_mailbox")
def _open_mailbox(open_mailbox: Open) -> Open:
    return partial(open_mailbox, "pop3")


# Ids ------------------------------------------------------------------------------------------


def test_a_server_without_ids_is_served_once_as_well(open_mailbox: Open) -> None:
    mailbox = open_mailbox(without=frozenset({"UIDL"}))
    mailbox.put(*MAILS[:2])
    assert subjects(mailbox.fetch(after="keep")) == ["0", "1"]
    mailbox.put(MAILS[2])
    assert subjects(mailbox.fetch(after="keep")) == ["2"]
    assert (mailbox.saved(), mailbox.left()) == (MAILS, MAILS)


@pytest.mark.parametrize("without", [frozenset[str](), frozenset({"TOP"})])
def test_an_id_that_two_mails_have_hides_neither(
    open_mailbox: Open, without: frozenset[str]
) -> None:
    mailbox = open_mailbox(without=without)
    assert isinstance(mailbox.server, Pop3Faults)
    mailbox.server.put(*MAILS, uid="same")
    assert subjects(mailbox.fetch()) == ["0", "1", "2"]
    assert (mailbox.saved(), mailbox.left()) == (MAILS, [])


@pytest.mark.parametrize("without", [{"UIDL"}, {"UIDL", "TOP"}])
def test_without_ids_a_mail_that_is_not_given_is_told(
    open_mailbox: Open, without: set[str]
) -> None:
    refuse = always("RETR", reply("-ERR no such message"), about="2")
    mailbox = open_mailbox(refuse, without=frozenset(without))
    mailbox.put(*MAILS)
    assert subjects(mailbox.fetch()) == ["0", "2"]
    assert mailbox.left() == [MAILS[1]]
    assert "cannot look at mail 2 " in mailbox.warnings[0]


def test_mails_with_one_header_and_no_ids_are_told_apart(open_mailbox: Open) -> None:
    twins = [b"Subject: same\r\n\r\nfirst.\r\n", b"Subject: same\r\n\r\nsecond\r\n"]
    mailbox = open_mailbox(without=frozenset({"UIDL"}))
    mailbox.put(*twins)
    mailbox.fetch(limit=1)
    mailbox.fetch(limit=1)
    assert (mailbox.saved(), mailbox.left()) == (twins, [])


def test_a_list_of_ids_that_fails_once_makes_no_mail_new(open_mailbox: Open) -> None:
    mailbox = open_mailbox(Fault("UIDL", reply("-ERR [SYS/TEMP] Not now"), after=1))
    mailbox.put(*MAILS)
    mailbox.fetch(after="keep")
    assert "Not now" in mailbox.failure(after="keep")
    assert mailbox.fetch(after="keep")["messages"] == []
    assert mailbox.saved() == MAILS


@pytest.mark.parametrize("after", ["keep", "delete"])
def test_without_ids_a_mail_that_looks_like_an_earlier_one_is_new(
    open_mailbox: Open, after: str
) -> None:
    mailbox = open_mailbox(without=frozenset({"UIDL"}))
    twins = [b"Subject: same\r\n\r\nmail 1\r\n", b"Subject: same\r\n\r\nmail 2\r\n"]
    for twin in twins:
        mailbox.put(twin)
        assert subjects(mailbox.fetch(after=after)) == ["same"]
    assert mailbox.fetch(after=after)["messages"] == []
    assert mailbox.saved() == twins


@pytest.mark.parametrize("state", ["inbox", None])
@pytest.mark.parametrize("form", ["eml", "maildir", "mbox"])
def test_an_id_that_another_mail_gets_when_the_first_is_gone_hides_no_mail(
    open_mailbox: Open, ctx: Context, state: str | None, form: str
) -> None:
    mailbox = open_mailbox()
    assert isinstance(mailbox.server, Pop3Faults)
    for number in range(3):
        mailbox.server.put(b"Message-ID: <%d@x>\r\n\r\nmail %d\r\n" % (number, number), uid="1")
        mailbox.fetch(state=state, format=form)
        assert mailbox.left() == []
    mails = ctx.playbook_dir / "mails"
    files = [path for path in (mails, *mails.rglob("*")) if path.is_file()]
    saved = b"".join(path.read_bytes() for path in files)
    assert sorted(re.findall(rb"mail \d", saved)) == [b"mail 0", b"mail 1", b"mail 2"]


def test_ids_with_odd_characters_make_no_odd_files(open_mailbox: Open, ctx: Context) -> None:
    mailbox = open_mailbox()
    assert isinstance(mailbox.server, Pop3Faults)
    for number, uid in enumerate(["../../../x", "a/b", "c/b", "con", "é\x1b[31m" * 30]):
        mailbox.server.put(b"Subject: %d\r\n\r\n" % number, uid=uid)
    assert subjects(mailbox.fetch()) == ["0", "1", "2", "3", "4"]
    assert len(mailbox.saved()) == 5
    assert all(path.name.isprintable() for path in (ctx.playbook_dir / "mails").iterdir())
    assert mailbox.fetch()["messages"] == []


# Lists and sizes ------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [b"0", b"1", b"99999"])
def test_a_lying_size_changes_nothing(open_mailbox: Open, size: bytes) -> None:
    lie = changed(lambda said: re.sub(rb"(?m)^(\d+) \d+", rb"\1 " + size, said))
    mailbox = open_mailbox(always("LIST", lie))
    mailbox.put(*MAILS)
    mailbox.fetch()
    assert (mailbox.saved(), mailbox.left()) == (MAILS, [])


@pytest.mark.parametrize("line", [b"x 10", b"4", b"4 x", b"\xff\0 1"])
def test_a_list_that_makes_no_sense_is_told(open_mailbox: Open, line: bytes) -> None:
    mailbox = open_mailbox(always("LIST", raw(b"+OK\r\n1 20\r\n" + line + b"\r\n.\r\n")))
    mailbox.put(*MAILS)
    assert "makes no sense" in mailbox.failure()
    assert (mailbox.saved(), mailbox.left()) == ([], MAILS)


def test_a_list_that_is_refused_is_no_empty_mailbox(open_mailbox: Open) -> None:
    mailbox = open_mailbox(always("LIST", reply("-ERR [SYS/TEMP] Not now")))
    mailbox.put(*MAILS)
    assert "Not now" in mailbox.failure()


def test_a_mail_that_is_listed_but_not_given_keeps_no_other_back(open_mailbox: Open) -> None:
    mailbox = open_mailbox(Fault("RETR", reply("-ERR no such message"), about="2"))
    mailbox.put(*MAILS)
    assert subjects(mailbox.fetch()) == ["0", "2"]
    assert mailbox.left() == [MAILS[1]]
    assert subjects(mailbox.fetch()) == ["1"]
    assert (mailbox.saved(), mailbox.left()) == (MAILS, [])


def test_a_mail_that_cannot_be_deleted_is_not_fetched_twice(open_mailbox: Open) -> None:
    mailbox = open_mailbox(Fault("DELE", reply("-ERR locked"), about="2"))
    mailbox.put(*MAILS)
    mailbox.fetch()
    assert mailbox.left() == [MAILS[1]]
    assert mailbox.fetch()["messages"] == []
    assert (mailbox.saved(), mailbox.left()) == (MAILS, [])


# The text of mails ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "mail",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"no header at all\r\n", id="no header"),
        pytest.param(
            b"Subject: x\r\n\r\n" + b"y" * 300_000 + b"\r\n", id="a line of 300,000 bytes"
        ),
        pytest.param(b"Subject: x\r\n\r\n.\r\n..\r\n...\r\n", id="dots"),
        pytest.param(b"Subject: x\n\nbare\nline\nfeeds\r\n", id="bare line feeds"),
        pytest.param(b"Subject: x\r\n\r\n\0\xff\xfe\r\n", id="bytes beyond ASCII"),
        pytest.param(b"Subject: x\r\n\r\n" + b"z\r\n" * 200_000, id="200,000 lines"),
    ],
)
def test_a_mail_is_saved_as_the_server_s_very_bytes(open_mailbox: Open, mail: bytes) -> None:
    mailbox = open_mailbox()
    mailbox.put(MAILS[0], mail, MAILS[1])
    mailbox.fetch()
    assert mailbox.saved() == sorted([MAILS[0], mail or b"\r\n", MAILS[1]])


def test_a_reply_that_nobody_asked_for_ends_the_session(open_mailbox: Open) -> None:
    mailbox = open_mailbox(Fault("UIDL", surrounded(b"", b"+OK by the way\r\n")))
    mailbox.put(*MAILS)
    assert mailbox.failure()
    assert (mailbox.saved(), mailbox.left()) == ([], MAILS)


# What is offered ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["CAPA", "TOP", "UIDL", "APOP", "PIPELINING"])
def test_what_a_server_lacks_is_not_needed(open_mailbox: Open, name: str) -> None:
    mailbox = open_mailbox(without=frozenset({name}))
    mailbox.put(*MAILS)
    assert subjects(mailbox.fetch(select={"subject": "1"})) == ["1"]


def test_a_login_that_is_offered_but_refused_is_told(open_mailbox: Open) -> None:
    mailbox = open_mailbox(
        always("AUTH", reply("-ERR [SYS/PERM] mechanism is off")), mechanisms=["CRAM-MD5"]
    )
    assert "mechanism is off" in mailbox.failure()


def test_tls_that_is_not_offered_is_told_and_no_password_sent(open_mailbox: Open) -> None:
    mailbox = open_mailbox()
    assert "start TLS" in mailbox.failure(tls="starttls")
    assert not {"USER", "PASS", "AUTH", "APOP"} & set(mailbox.server.verbs())


def test_words_slipped_in_before_tls_end_the_session(
    open_mailbox: Open, certificate: Certificate
) -> None:
    slipped = Fault("STLS", surrounded(b"", b"+OK 1 1\r\n"))
    mailbox = open_mailbox(slipped, certificate=certificate)
    told = mailbox.failure(tls="starttls", ca_file=str(certificate.ca_file))
    assert "do not use this connection" in told
    assert not {"USER", "PASS", "AUTH", "APOP"} & set(mailbox.server.verbs())


def test_a_mailbox_in_use_is_told(open_mailbox: Open) -> None:
    mailbox = open_mailbox(always("=", reply("-ERR [IN-USE] mailbox locked")))
    assert "another program has this mailbox open" in mailbox.failure()
