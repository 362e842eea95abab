"""What is read in the quick way is what Jinja's own parser reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplay.runner import plain_parser
from opsplay.runner.jinja import Environment
from opsplay.runner.template import Templates

JINJA: Environment = Templates()._jinja  # what ours leans on
PLAIN = """\
limit > 5 and names | length == 3
a or not b and c in d and e not in f
not not a is not defined
a ~ b ~ c + d * e // f % g ** h ** i
-a.b | abs - +c['x'].y[0] + d.0
-(a + b)(c)
f(a, b=c)(d) | g(1) | h.i.j
a < b <= c == d != e > f >= g
a if b else c if d else e if f
[a, 'x', "it's", 7, 0] | map('upper') | list
lookup('env', 'HOME') is match('^/')
a is divisibleby 3 or b is sameas c.d and e is in [f]
a is not ansible.builtin.contains(b) and c is defined()
true and False or none is none
True.real"""
LEFT_TO_JINJA = """\
{'a': b}
a, b
(a, b)
[a,]
a[1:]
a[1, 2]
f(*a, **b)
f(a,)
'a' 'b'
'a\\n'
'{}'.format(a)
1.5
1_000
0x1f
naïve
'ü'"""
WRONG = """\
a b
a not b
a is b is c
a and
f(a=1, b)
(a)=1
f((a)=1)
a..b
a |
a | 1
a is
a <> b
a = b
007
if a
'a
1 + not a"""
WORDS = """\
a b x.y 1 0 'c' "d" + - * / // ** % ~ == != < <= ( ) [ ] , . | = is not in and or if else true
none upper f( |f is_a"""
PIECES = st.sampled_from(["{{ a }}", "{{", "}}", "{", "}", "\n", "a", "{{-", "-}}", "{%", "'"])


@pytest.mark.parametrize("text", PLAIN.splitlines())
def test_what_is_plain_is_read_as_jinja_reads_it(text: str) -> None:
    parsed = plain_parser.expression(text)
    assert parsed is not None
    assert parsed.tree == JINJA.expression(text)


@pytest.mark.parametrize("text", [*LEFT_TO_JINJA.splitlines(), *WRONG.splitlines()])
def test_what_is_not_plain_or_wrong_is_left_to_jinja(text: str) -> None:
    assert plain_parser.expression(text) is None


@given(st.lists(st.sampled_from(WORDS.split()), max_size=8))
def test_whatever_words_stand_together_they_are_read_as_jinja_reads_them(words: list[str]) -> None:
    text = " ".join(words)
    if parsed := plain_parser.expression(text):
        assert parsed.tree == JINJA.expression(text)


@given(st.lists(PIECES, max_size=6))
def test_whatever_stands_around_expressions_it_is_read_as_jinja_reads_it(pieces: list[str]) -> None:
    text = "".join(pieces)
    if parsed := plain_parser.template(text):
        assert parsed.tree == JINJA.parse(text)
