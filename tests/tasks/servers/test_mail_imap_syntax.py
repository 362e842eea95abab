"""IMAP's commands as bytes: whatever a client may write is read as it was meant, or refused."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mail_serving import Start, raw
from opsplay.tasks.servers import imap_syntax
from opsplay.tasks.servers.dialogue import Rules
from opsplay.tasks.servers.imap import ImapDialogue
from opsplay.tasks.servers.imap_framing import Endless, Framing, Sign, TooBig
from opsplay.tasks.servers.imap_syntax import BadSyntax, Parser, SequenceSet, places
from opsplay.tasks.servers.mailboxes import Account, Mailboxes

numbers = st.integers(1, 60)
bounds = st.one_of(st.none(), numbers)
texts = st.binary(max_size=60)


def written(text: bytes, form: str) -> bytes:
    """A text as a client may write it: in quotes, or as one of the two literals."""
    if form == "quotes":
        return imap_syntax.string(text)
    return b"{%d%b}\r\n%b" % (len(text), b"+" if form == "literal+" else b"", text)


@given(texts, st.sampled_from(["quotes", "literal", "literal+"]))
def test_a_text_is_read_as_it_was_written(text: bytes, form: str) -> None:
    parser = Parser(written(text, form))
    assert parser.string() == text
    parser.end()


words = st.lists(st.tuples(texts, st.sampled_from(["quotes", "literal", "literal+"])), max_size=5)


@given(words, st.data())
def test_a_command_ends_where_its_last_line_does_in_whatever_pieces_it_comes(
    words: list[tuple[bytes, str]], data: st.DataObject
) -> None:
    command = b" ".join([b"a X", *(written(*word) for word in words)])
    rest = command + b"\r\n"
    buffer, framing = bytearray(), Framing()
    taken: list[bytes | Sign] = []
    while rest:
        size = data.draw(st.integers(1, len(rest)))
        buffer += rest[:size]
        rest = rest[size:]
        while (one := framing.take(buffer, 10_000)) is Sign.PROMPT:
            pass
        taken.append(one)
    assert set(taken[:-1]) <= {Sign.INCOMPLETE}
    assert taken[-1] == command
    buffer += b"b NOOP\r\n"
    assert framing.take(buffer, 10_000) == b"b NOOP"


@given(st.lists(st.tuples(bounds, bounds), min_size=1, max_size=6), st.sets(numbers))
def test_a_set_means_the_numbers_between_its_bounds(ranges: SequenceSet, there: set[int]) -> None:
    text = ",".join(f"{'*' if a is None else a}:{'*' if b is None else b}" for a, b in ranges)
    parser = Parser(text.encode())
    last = max(there, default=0)
    named: set[int] = set()
    for pair in ranges:
        low, high = sorted(last if bound is None else bound for bound in pair)
        named.update(range(low, high + 1))
    ascending = sorted(there)
    found = [ascending[at] for at in places(parser.sequence_set(), ascending)]
    assert found == sorted(named & there)
    parser.end()


@given(st.binary(max_size=200))
def test_no_line_hurts_the_dialogue(line: bytes) -> None:
    dialogue = ImapDialogue(Rules(mailboxes=MAILBOXES, max_size=1000), is_secure=False)
    b"".join(dialogue.feed(b"a LOGIN li x\r\n"))
    for command in (line, b"b SELECT INBOX", b"c " + line, b"d UID " + line, b"e FETCH 1 " + line):
        assert isinstance(b"".join(dialogue.feed(command + b"\r\n")), bytes)


MAILBOXES = Mailboxes([Account("li", "x")])
MAILBOXES.of(Account("li", "x")).inbox.add(b"Subject: x\r\n\r\nx\r\n")


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (b"", b"* BAD a word is missing at 1"),
        (b"(", b"* BAD"),
        (b"a", b"a BAD ' ' is missing at 2"),
        (b"a b", b"a BAD log in first"),
        (b"a NOOP now", b"a BAD too much, from 7"),
        (b"a LOGIN li", b"a BAD ' ' is missing at 11"),
        (b'a LOGIN li "x', b"a BAD a quoted text is missing at 12"),
        (b"a FETCH 1 FLAGS", b"a BAD log in first"),
        (b"a UID LOGIN li x", b"a BAD log in first"),
        (b"a IDLE", b"a BAD log in first"),
    ],
)
def test_what_is_no_command_is_told_where_it_went_wrong(command: bytes, words: bytes) -> None:
    dialogue = ImapDialogue(Rules(mailboxes=MAILBOXES, max_size=1000), is_secure=False)
    assert b"".join(dialogue.feed(command + b"\r\n")).startswith(words)


@pytest.mark.parametrize(
    ("command", "words"),
    [
        (b"b SELECT", b"b BAD"),
        (b"b NONSENSE", b"b BAD there is no such command"),
        (b"b FETCH 1 FLAGS", b"b BAD SELECT a folder first"),
        (b"b CLOSE", b"b BAD SELECT"),
        (b"b LOGIN li x", b"b BAD you are logged in"),
        (b"b SELECT INBOX\r\nc FETCH x FLAGS", b"c BAD a set of numbers is missing at 9"),
        (b"b SELECT INBOX\r\nc FETCH 1 COLOUR", b"c BAD COLOUR cannot be fetched"),
        (b"b SELECT INBOX\r\nc FETCH 1 BODY[COLOUR]", b"c BAD ']' is missing at 16"),
        (b"b SELECT INBOX\r\nc STORE 1 COLOUR (\\Seen)", b"c BAD use FLAGS"),
        (b"b IDLE\r\nNOOP", b"b BAD end IDLE with DONE"),
        (b"b STATUS INBOX (COLOUR)", b"b BAD there is no status item COLOUR"),
        (
            b'b APPEND INBOX "01-Jan-9999 00:00:00 +0000" {1+}\r\nx',
            b"b BAD no mail is of that time",
        ),
        (b'b APPEND INBOX "32-Jan-2026 00:00:00 +0000" {1+}\r\nx', b"b BAD there is no such date"),
    ],
)
def test_what_makes_no_sense_after_the_login_is_told(command: bytes, words: bytes) -> None:
    dialogue = ImapDialogue(Rules(mailboxes=MAILBOXES, max_size=1000), is_secure=False)
    told = b"".join(dialogue.feed(b"a LOGIN li x\r\n" + command + b"\r\n"))
    assert told.splitlines()[-1].startswith(words)


def test_a_literal_waits_for_permission_and_may_be_refused_by_its_size(start: Start) -> None:
    with raw(start(max_size=1000).imap_port) as client:
        client.sendall(b"a LOGIN {3}\r\n")
        assert client.recv(100) == b"+ go on\r\n"
        client.sendall(b"ben {6}\r\n")
        assert client.recv(100) == b"+ go on\r\n"
        client.sendall(b"hemlig\r\n")
        assert client.recv(1000).startswith(b"a OK ")
        client.sendall(b"b APPEND INBOX {999999}\r\n")
        assert client.recv(100) == b"b NO [TOOBIG] that is too big\r\n"
        client.sendall(b"c NOOP\r\n")
        assert client.recv(100) == b"c OK done\r\n"


@pytest.mark.parametrize("talk", [b"a LOGIN {5000+}\r\n", b"a LOGIN {1+}\r\nx" + b"y" * 5000])
def test_strangers_cannot_fill_the_memory(start: Start, talk: bytes) -> None:
    with raw(start().imap_port) as client:
        client.sendall(talk)
        assert client.recv(100) == b"* BYE that is too long\r\n"


@pytest.mark.parametrize("error", [TooBig, Endless])
def test_what_is_too_big_is_taken_out_of_the_way_if_it_can_be(error: type[Exception]) -> None:
    sign = b"+" if error is Endless else b""
    buffer = bytearray(b"a X {99%b}\r\nb NOOP\r\n" % sign)
    framing = Framing()
    with pytest.raises(error):
        framing.take(buffer, 50)
    if error is TooBig:
        assert framing.take(buffer, 50) == b"b NOOP"


@pytest.mark.parametrize("text", [b"(a b", b"a)", b"(a  b)"])
def test_a_list_is_closed_and_has_one_space_between_items(text: bytes) -> None:
    parser = Parser(text)
    with pytest.raises(BadSyntax):
        parser.listed(parser.word)
