from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplay.tasks.clients.ftp_reply import (
    NotFtp,
    Reply,
    ReplyReader,
    features,
    passive_port,
    quoted_path,
)


def read(*lines: str) -> Reply | None:
    reader = ReplyReader()
    replies = [reader.feed(line) for line in lines]
    assert all(reply is None for reply in replies[:-1])
    return replies[-1]


def test_a_line_is_a_reply() -> None:
    assert read("226 Transfer complete.") == Reply(226, ("Transfer complete.",))
    assert read("226") == Reply(226, ("",))


def test_lines_until_the_code_and_a_space_are_one_reply() -> None:
    reply = read("211-Features:", " MDTM", "211-more", "2119 is no end", "211 End")
    assert reply == Reply(211, ("Features:", " MDTM", "more", "2119 is no end", "End"))


@pytest.mark.parametrize("line", ["SSH-2.0-OpenSSH_9.2", "HTTP/1.1 400 Bad Request", "22 x", ""])
def test_what_is_no_ftp_is_told_apart(line: str) -> None:
    with pytest.raises(NotFtp):
        read(line)


def test_a_reply_without_end_is_given_up() -> None:
    with pytest.raises(NotFtp, match="has no end"):
        read(*["211-again"] * 20_000)


@given(st.lists(st.text(st.characters(exclude_characters="\r\n"))))
def test_no_line_breaks_the_reader(lines: list[str]) -> None:
    reader = ReplyReader()
    for line in lines:
        try:
            reader.feed(line)
        except NotFtp:
            return


@pytest.mark.parametrize(
    ("reply", "port"),
    [
        (Reply(227, ("Entering Passive Mode (10,0,0,1,4,1).",)), 1025),
        (Reply(227, ("=127,0,0,1,200,10",)), 51210),
        (Reply(229, ("Entering Extended Passive Mode (|||6446|)",)), 6446),
        (Reply(229, ("Entering Extended Passive Mode (!!!6446!)",)), 6446),
        (Reply(227, ("(127,0,0,1,0,0)",)), None),
        (Reply(227, ("(127,0,0,1,999,999)",)), None),
        (Reply(227, ("nonsense",)), None),
        (Reply(502, ("(127,0,0,1,4,1)",)), None),
    ],
)
def test_the_port_of_a_passive_reply(reply: Reply, port: int | None) -> None:
    assert passive_port(reply) == port


def test_the_path_of_a_257() -> None:
    assert quoted_path(Reply(257, ('"/a ""b"" 测试" is the current directory',))) == '/a "b" 测试'
    assert quoted_path(Reply(257, ("nothing quoted",))) is None
    assert quoted_path(Reply(550, ('"/a"',))) is None


def test_features_are_read_without_their_blanks() -> None:
    reply = Reply(211, ("Features:", " MLST type*;size*;", " utf8", " MDTM ", "End"))
    assert features(reply) == {"MLST": "type*;size*;", "UTF8": "", "MDTM": ""}
    assert features(Reply(502, ("no",))) == {}
