"""What is said of a mail, apart from sockets: whatever its text, it ends where it ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplay.tasks.clients.mail_account import MailAccount
from opsplay.tasks.clients.smtp_envelope import Envelope
from opsplay.tasks.clients.smtp_reply import Reply
from opsplay.tasks.clients.smtp_text import BLOCK
from opsplay.tasks.clients.smtp_transaction import Transaction

LINES = st.lists(st.text(".\r a", max_size=4).map(lambda text: f"{text}\r\n".encode()))
PIECES = st.lists(LINES.map(b"".join))
OK = Reply(250, ("ok",))


def transaction(pieces: list[bytes]) -> Transaction:
    envelope = Envelope(sender="me@x.org", receivers=["you@x.org"], pieces=pieces)
    return Transaction(MailAccount(host="x", port=25), envelope, {})


def received(text: bytes) -> bytes:
    """Read as a server does (RFC 5321, 4.5.2); what comes after the end would be commands."""
    lines = text.split(b"\r\n")
    end = lines.index(b".")
    assert lines[end + 1 :] == [b""]
    return b"".join(line.removeprefix(b".") + b"\r\n" for line in lines[:end])


@given(PIECES)
def test_a_text_arrives_as_it_was_however_it_is_cut_into_pieces(pieces: list[bytes]) -> None:
    mail = transaction(pieces)
    mail.by_data(anew=False)
    for reply in (OK, OK, Reply(354, ("go",))):
        mail.hear(reply)
    assert received(b"".join(mail.data())) == b"".join(pieces)


@pytest.mark.parametrize("short_of_a_block", range(6))
def test_dots_are_seen_where_a_large_text_is_cut(short_of_a_block: int) -> None:
    text = b"x" * (BLOCK - short_of_a_block) + b"\r\n.\r\n" * 2 + b"x" * BLOCK + b"\r\n"
    mail = transaction([text])
    assert received(b"".join(mail.data())) == text


@given(PIECES)
def test_a_chunk_says_how_long_it_is(pieces: list[bytes]) -> None:
    said = b"".join(transaction(pieces).by_bdat(anew=True))
    commands = b"RSET\r\nMAIL FROM:<me@x.org>\r\nRCPT TO:<you@x.org>\r\n"
    whole = b"".join(pieces)
    assert said == commands + b"BDAT %d LAST\r\n" % len(whole) + whole
