"""Whatever a client sends, a dialogue answers it, apart from sockets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplay.tasks.servers.dialogue import Dialogue, Rules
from opsplay.tasks.servers.imap import ImapDialogue
from opsplay.tasks.servers.mailboxes import Account, Mailboxes
from opsplay.tasks.servers.pop3 import Pop3Dialogue
from opsplay.tasks.servers.smtp import SmtpDialogue

LI = Account("li", "x", "t0ken")
SAID = {
    SmtpDialogue: (
        b"EHLO x\r\n|MAIL FROM:<a@b>|RCPT TO:<li>|>|DATA\r\n|BDAT 3| LAST|abc|\r\n.\r\n|."
        b"|AUTH |PLAIN |LOGIN|CRAM-MD5|XOAUTH2 |AGxpAHg=|SIZE=10| |SMTPUTF8|RSET\r\n|QUIT"
        b"|\xff|\x00|STARTTLS|*|\r\n"
    ),
    Pop3Dialogue: (
        b"USER li\r\n|PASS x\r\n|STAT|LIST|UIDL| |1|0|-1|99999999999|RETR |TOP |DELE |RSET"
        b"|APOP li x|AUTH |PLAIN|AGxpAHg=|CAPA|STLS|\xff|\x00|\xc2\xb2|*|\r\n"
    ),
    ImapDialogue: (
        b"a |LOGIN li x\r\n|SELECT INBOX\r\n|FETCH |UID |STORE |1:*|1| |(|)|FLAGS|+FLAGS"
        b'|BODY[|]|<0.5>|\\Seen|\\Deleted|HEADER|.FIELDS|SEARCH |NOT |OR |SUBJECT |"x"'
        b"|{3}\r\nabc|{3+}\r\nabc|IDLE\r\n|DONE\r\n|CREATE |a/b|&ZeVnLA-|RENAME |DELETE "
        b"|COPY |MOVE |APPEND |EXPUNGE|LIST |*|%|STATUS |AUTHENTICATE |PLAIN|NOOP|CLOSE"
        b"|ENVELOPE|SINCE |1-Jan-2020|\xff|\x00|STARTTLS|LOGOUT|\r\n"
    ),
}
BEGUN = {
    SmtpDialogue: b"MAIL FROM:<a@b>\r\nRCPT TO:<li>\r\n",
    Pop3Dialogue: b"USER li\r\nPASS x\r\n",
    ImapDialogue: b"a LOGIN li x\r\nb SELECT INBOX\r\n",
}


@pytest.mark.parametrize("kind", SAID)
@given(data=st.data())
def test_no_talk_is_too_odd(kind: type[Dialogue], data: st.DataObject) -> None:
    mailboxes = Mailboxes([LI])
    mailboxes.of(LI).inbox.add(b"Subject: x\r\n\r\nx\r\n")
    dialogue = kind(Rules(mailboxes=mailboxes, max_size=50), is_secure=False)
    if data.draw(st.booleans()):
        assert b"".join(dialogue.feed(BEGUN[kind]))
    words = st.sampled_from(SAID[kind].split(b"|"))
    for talk in data.draw(st.lists(st.lists(words, max_size=6), max_size=20)):
        if dialogue.upgrading:
            dialogue.secured()
        assert isinstance(b"".join([*dialogue.feed(b"".join(talk)), dialogue.news()]), bytes)
