"""The scripted mail servers, asked by the clients of Python's own library."""

from __future__ import annotations

import imaplib
import poplib
import smtplib
import socket
import ssl

import pytest

from imap_faults import ImapFaults
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
    surrounded,
    told,
)
from mail_faults import ALWAYS, Action, Fault, FaultServer, Options
from opsplay.tasks.servers.certificate import Certificate
from pop3_faults import Pop3Faults
from smtp_faults import SmtpFaults, SmtpOptions

MAIL = b"Subject: one\r\nFrom: a@x.org\r\n\r\n.dot\r\nend\r\n"
OTHER = b"Subject: two\r\n\r\nsecond\r\nthird\r\n"


def smtp(server: FaultServer) -> smtplib.SMTP:
    return smtplib.SMTP("127.0.0.1", server.port, timeout=60)


def send(server: FaultServer, *receivers: str) -> dict[str, tuple[int, bytes]]:
    with smtp(server) as client:
        return client.sendmail("me@x.org", receivers or ["a@x.org"], MAIL)


def pop3(server: FaultServer) -> poplib.POP3:
    client = poplib.POP3("127.0.0.1", server.port, timeout=60)
    client.user("li")
    client.pass_("geheim")
    return client


def imap(server: FaultServer) -> imaplib.IMAP4:
    client = imaplib.IMAP4("127.0.0.1", server.port, timeout=60)
    client.login("li", "geheim")
    client.select()
    return client


def trusting(certificate: Certificate) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate.ca_file))


# SMTP -----------------------------------------------------------------------------------------


def test_smtp_takes_a_mail_as_it_is() -> None:
    with SmtpFaults(options=SmtpOptions(refuses={"b@x.org": "550 Who?"})) as server:
        assert send(server, "a@x.org", "b@x.org", "c@x.org") == {"b@x.org": (550, b"Who?")}
    [mail] = server.mails
    assert (mail.sender, mail.receivers, mail.data) == ("me@x.org", ("a@x.org", "c@x.org"), MAIL)


def test_smtp_takes_chunks() -> None:
    with SmtpFaults() as server, smtp(server) as client:
        client.ehlo()
        client.mail("me@x.org")
        client.rcpt("a@x.org")
        client.send(b"BDAT 5\r\nSubjeBDAT 5 LAST\r\nct: 1")
        assert [client.getreply()[0], client.getreply()[0]] == [250, 250]
    assert [mail.data for mail in server.mails] == [b"Subject: 1"]


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN", "CRAM-MD5"])
def test_smtp_knows_its_account(mechanism: str) -> None:
    options = SmtpOptions(mechanisms=[mechanism])
    with SmtpFaults(options=options) as server, smtp(server) as client:
        with pytest.raises(smtplib.SMTPAuthenticationError):
            client.login("li", "wrong")
        assert client.login("li", "geheim")[0] == 235


def test_smtp_speaks_tls(certificate: Certificate) -> None:
    options = SmtpOptions(certificate=certificate)
    with SmtpFaults(options=options) as server, smtp(server) as client:
        client.starttls(context=trusting(certificate))
        client.sendmail("me@x.org", ["a@x.org"], MAIL)
        assert not client.has_extn("STARTTLS")
    assert len(server.mails) == 1


# POP3 -----------------------------------------------------------------------------------------


def test_pop3_deletes_when_the_session_ends_well() -> None:
    with Pop3Faults() as server:
        server.put(MAIL, OTHER)
        client = pop3(server)
        assert client.stat() == (2, len(MAIL + OTHER))
        assert client.uidl()[1] == [b"1 uid-1", b"2 uid-2"]
        assert b"\r\n".join([*client.retr(1)[1], b""]) == MAIL
        assert client.top(2, 1)[1] == [b"Subject: two", b"", b"second"]
        client.dele(1)
        assert server.deleted == []
        client.quit()
    assert (server.deleted, [mail.data for mail in server.mailbox]) == (["uid-1"], [OTHER])


def test_pop3_speaks_tls_and_apop(certificate: Certificate) -> None:
    with Pop3Faults(options=Options(certificate=certificate)) as server:
        client = poplib.POP3("127.0.0.1", server.port, timeout=60)
        assert "STLS" in client.capa()
        client.stls(trusting(certificate))
        with pytest.raises(poplib.error_proto, match="wrong user"):
            client.apop("li", "wrong")
        client.apop("li", "geheim")
        client.quit()


# IMAP -----------------------------------------------------------------------------------------


def test_imap_fetches_by_uid() -> None:
    with ImapFaults() as server:
        server.put(MAIL, OTHER)
        server.folders["INBOX"].mails[1].uid = 7
        client = imap(server)
        assert client.uid("SEARCH", "SUBJECT", '"two"') == ("OK", [b"7"])
        _, [told, _] = client.uid("FETCH", "2:*", "(RFC822.SIZE BODY.PEEK[])")
        assert told == (b"2 (RFC822.SIZE %d BODY[] {%d}" % (len(OTHER), len(OTHER)), OTHER)
        _, [head, _] = client.uid("FETCH", "1", "BODY.PEEK[HEADER.FIELDS (FROM)]")
        assert head[1] == b"From: a@x.org\r\n\r\n"
        assert server.inbox[1].flags == set()
        client.logout()


def test_imap_expunges_what_is_marked() -> None:
    with ImapFaults() as server:
        server.put(MAIL, OTHER)
        client = imap(server)
        client.uid("STORE", "1", "+FLAGS.SILENT", r"(\Deleted)")
        assert client.uid("EXPUNGE", "2")[1] == [None]
        assert client.expunge() == ("OK", [b"1"])
        client.logout()
    assert (server.expunged, [mail.data for mail in server.inbox]) == ([1], [OTHER])


def test_imap_moves_and_takes_literals() -> None:
    with ImapFaults() as server:
        server.put(MAIL)
        client = imap(server)
        client.create('"old mails"')
        client.uid("MOVE", "1", '"old mails"')
        client.append("INBOX", "", imaplib.Time2Internaldate(0), OTHER)
        client.logout()
    assert [mail.data for mail in server.folders["old mails"].mails] == [MAIL]
    assert [mail.data for mail in server.inbox] == [OTHER]


def test_imap_tells_what_comes_while_it_idles() -> None:
    with ImapFaults() as server:
        client = imap(server)
        client.send(b"t IDLE\r\n")
        assert client.readline() == b"+ idling\r\n"
        server.put(MAIL)
        assert client.readline() == b"* 1 EXISTS\r\n"
        client.send(b"DONE\r\n")
        assert client.readline() == b"t OK done\r\n"
        client.logout()


def test_imap_speaks_tls_and_sasl(certificate: Certificate) -> None:
    with ImapFaults(options=Options(certificate=certificate)) as server:
        client = imaplib.IMAP4("127.0.0.1", server.port, timeout=60)
        client.starttls(trusting(certificate))
        with pytest.raises(imaplib.IMAP4.error, match="wrong user"):
            client.login_cram_md5("li", "wrong")
        client.login_cram_md5("li", "geheim")
        client.logout()


# Faults ---------------------------------------------------------------------------------------

WELL = b"250 2.0.0 Ok: queued as 1\r\n"
BYE = b"221 2.0.0 Bye\r\n"


def answer(server: SmtpFaults, timeout: float = 60) -> bytes:
    """What a client gets to hear to a whole mail."""
    with socket.create_connection(("127.0.0.1", server.port), timeout) as client:
        client.sendall(b"EHLO x\r\nMAIL FROM:<>\r\nRCPT TO:<a>\r\nDATA\r\n\r\n.\r\nQUIT\r\n")
        heard = b""
        try:
            while block := client.recv(1000):
                heard += block
        except OSError as error:
            heard += type(error).__name__.encode()
    return heard.partition(b"354 Go ahead\r\n")[2]


@pytest.mark.parametrize(
    ("fault", "heard", "taken"),
    [
        (reply("451 Later"), b"451 Later\r\n" + BYE, 0),
        (told("451 Later"), b"451 Later\r\n" + BYE, 1),
        (raw(b"\0"), b"\0" + BYE, 0),
        (cut, b"ConnectionResetError", 0),
        (cut_after(3), b"250ConnectionResetError", 1),
        (hang_up, b"", 0),
        (drip, WELL + BYE, 1),
        (surrounded(b"a", b"b"), b"a" + WELL + b"b" + BYE, 1),
        (changed(bytes.upper), WELL.upper() + BYE, 1),
        (last_words("421 Bye"), b"421 Bye\r\n", 0),
    ],
)
def test_a_fault_does_what_it_is_called(fault: Action, heard: bytes, taken: int) -> None:
    with SmtpFaults(Fault(".", fault)) as server:
        assert answer(server) == heard
    assert len(server.mails) == taken


def test_a_server_that_stalls_says_nothing_and_stays() -> None:
    with SmtpFaults(Fault(".", stall)) as server:
        assert answer(server, timeout=0.1) == b"TimeoutError"


def test_a_fault_meets_the_commands_that_it_is_for() -> None:
    once = Fault("RCPT", reply("451 Later"), about="b@x.org", after=1)
    with SmtpFaults(once) as server:
        assert [send(server, "a@x.org", "b@x.org") for _ in range(3)] == [
            {},
            {"b@x.org": (451, b"Later")},
            {},
        ]
    assert [said[3:] for said in server.heard("RCPT")[:2]] == ["<a@x.org>", "<b@x.org>"]


def test_a_fault_may_last() -> None:
    with SmtpFaults(Fault("MAIL", reply("451 Later"), times=ALWAYS)) as server:
        for _ in range(3):
            with pytest.raises(smtplib.SMTPSenderRefused):
                send(server)


def test_imap_puts_its_tags_before_what_faults_say() -> None:
    with ImapFaults(Fault("UID FETCH", reply("NO [INUSE] Later"))) as server:
        client = imap(server)
        assert client.uid("FETCH", "1", "(FLAGS)") == ("NO", [b"[INUSE] Later"])
        client.logout()
