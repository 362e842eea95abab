"""RFC 3676: lines that flow are joined, quotes and signatures stay."""

from __future__ import annotations

import pytest

from opsplay.tasks.message.read import read


@pytest.mark.parametrize(
    ("parameters", "written", "read_as"),
    [
        (b"", b"one \ntwo\n", "one \ntwo\n"),
        (b"format=flowed", b"one \ntwo\nthree\n", "one two\nthree\n"),
        (b"format=Flowed; delsp=yes", "测 \n试\n".encode(), "测试\n"),
        (b"format=flowed", b"> one \n> two\n>> deep \n> back\n", "> one two\n>> deep \n> back\n"),
        (b"format=flowed", b" From me\n  indented\n", "From me\n indented\n"),
        (b"format=flowed", b"bye \n-- \nLi\n", "bye \n-- \nLi\n"),
        (b"format=flowed", b"the end ", "the end "),
    ],
)
def test_a_text_flows_where_it_says_so(parameters: bytes, written: bytes, read_as: str) -> None:
    head = b"Content-Type: text/plain; charset=utf-8; " + parameters + b"\n\n"
    assert read(head + written).text == read_as
