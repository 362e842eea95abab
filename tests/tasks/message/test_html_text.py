"""HTML mail as its reader sees it, however it is written."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from opsplay.tasks.message.html_text import html_to_text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("", ""),
        ("<html><head></head><body></body></html>", ""),
        ("plain", "plain\n"),
        ("<p>one</p><p>two", "one\n\ntwo\n"),
        ("<div>one</div>\n<div>two</div>", "one\ntwo\n"),
        ("one<br>two<br/><BR />three", "one\ntwo\n\nthree\n"),
        ("  much \n\t space\n<b> is</b> <i>one</i>  ", "much space is one\n"),
        ("un<b>broken</b> word", "unbroken word\n"),
        ("a &lt;b&gt; &amp;&nbsp;&#27979;&#x8bd5;&eacute; &unknown;", "a <b> & 测试é &unknown;\n"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2\n"),
        ("<title>t</title><style>p {}</style><script>if (a < b) x()</script>seen", "seen\n"),
        ("a<!-- <p>hidden</p> -->b<![if !mso]>c<!doctype html>", "abc\n"),
        ("<h1>Head</h1>body<hr>end", "Head\n\nbody\n\n--------------------\n\nend\n"),
        ("<ul><li>one<li>two</ul>after", "- one\n- two\n\nafter\n"),
        ("<ol><li>a<ul><li>b</ul><li>c</ol>", "1. a\n  - b\n2. c\n"),
        ("<pre>  keep\n\n\n   this</pre>", "  keep\n\n\n   this\n"),
        ("hi<blockquote>said<blockquote>before</blockquote></blockquote>bye",
         "hi\n\n> said\n\n> > before\n\nbye\n"),
        ("<table><tr><th>Name<th>Age<tr><td>Li</td><td></td><td>7</td></table>",
         "Name | Age\nLi | 7\n"),
        ('<img src="cid:x" alt="our logo">', "our logo\n"),
        ("soft&shy;hyphen", "softhyphen\n"),
        ("<noscript>for mail programs</noscript>", "for mail programs\n"),
        ("<!--[if mso]><p>Outlook<![endif]--><o:p>all</o:p>", "all\n"),
    ],
)  # fmt: skip
def test_a_page_becomes_text(page: str, text: str) -> None:
    assert html_to_text(page) == text


@pytest.mark.parametrize(
    ("link", "text"),
    [
        ('<a href="https://example.com/a?b=1&amp;c=2">here</a>.',
         "here (https://example.com/a?b=1&c=2).\n"),
        ("<a href=https://example.com/>example.com</a>", "example.com\n"),
        ("<a href='mailto:li@example.com'>li@example.com</a>", "li@example.com\n"),
        ('<a href="#top">up</a>', "up\n"),
        ('<a href="javascript:x()">run</a>', "run\n"),
        ('<a href="https://example.com/x"><img src="x"></a>', "(https://example.com/x)\n"),
        ('<a href="https://a.example">one<a href="https://b.example">two</a>',
         "one (https://a.example)two (https://b.example)\n"),
        ('<a href="https://a.example">never closed', "never closed (https://a.example)\n"),
    ],
)  # fmt: skip
def test_a_link_shows_where_it_leads_unless_its_words_do(link: str, text: str) -> None:
    assert html_to_text(link) == text


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>text<b", "text\n"),
        ("seen<style>p {}", "seenp {}\n"),
        ('<p title="a > b">text', "text\n"),
        ('<p title="unclosed>text</p>more', "text\n\nmore\n"),
        ("</li></ul></ol></pre></blockquote></a>text", "text\n"),
        ("<li>alone", "- alone\n"),
        ("a <!-- never closed", "a\n"),
        ("<3 you", "<3 you\n"),
        ("&#" + "1" * 5000 + ";", "\ufffd;\n"),
    ],
)
def test_a_broken_page_is_read_as_far_as_it_goes(page: str, text: str) -> None:
    assert html_to_text(page) == text


FRAGMENTS = [
    "<", ">", "</", "/>", "<!--", "-->", "<p>", "<br>", "<ul>", "<li>", "</ul>", "<a href=", '"',
    "'", "<pre>", "</pre>", "<td>", "<blockquote>", "<style>", "</style>", "&", "&#", "&amp;", "=",
    " ", "\n", "http://x", "测",
]  # fmt: skip
MANY = 50_000


@given(st.lists(st.sampled_from(FRAGMENTS) | st.text(max_size=3), max_size=40).map("".join))
@settings(max_examples=300)
@example("<" * MANY)
@example("<!--" * MANY)
@example("<style>" * MANY)
@example("<a '" * MANY)
@example('<a href="' * MANY)
@example("<a " + "x=" * MANY)
@example("<blockquote>" * MANY)
@example("<ol><li>x" * MANY)
@example("<b>x</b>" * MANY)
@example("&" * MANY)
@example("<a href=http://x>" * MANY)
def test_no_page_is_too_broken_or_too_deep(page: str) -> None:
    text = html_to_text(page)
    assert text == "" or text.endswith("\n")
