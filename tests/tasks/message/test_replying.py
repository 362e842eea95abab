from __future__ import annotations

from datetime import UTC, datetime

import pytest

from opsplay.tasks.message.addresses import Address
from opsplay.tasks.message.replying import Original, quoted_html, quoted_text

QUESTION = Original(
    sender=Address("王芳", "wang@example.com"),
    date=datetime(2026, 11, 23, 8, 30, tzinfo=UTC),
    text="Is it <done>?\n\n> Please tell.\n\n",
)


@pytest.mark.parametrize(
    "subject",
    [
        "disk full",
        "Re: disk full",
        "RE:disk full",
        "Aw: Re: disk full",
        "回复：disk full",
        "答复: Re[2]: disk full",
        "Re (3): 回复: SV: disk full",
        "  re :  disk\r\n full ",
    ],
)
def test_an_answer_has_one_re_whatever_stands_there(subject: str) -> None:
    assert Original(subject=subject).reply_subject == "Re: disk full"


@pytest.mark.parametrize("subject", ["Fwd: disk full", "Report: 7", "Reis", "re disk"])
def test_what_only_looks_like_an_answer_stays(subject: str) -> None:
    assert Original(subject=subject).reply_subject == f"Re: {subject}"


def test_an_answer_refers_to_the_thread_and_the_message_last() -> None:
    message = Original(message_id="<3@x>", references=["<1@x>", "<2@x>"])
    assert message.thread == ["<1@x>", "<2@x>", "<3@x>"]


def test_a_message_without_an_identifier_leaves_its_thread() -> None:
    assert Original(references=["<1@x>"]).thread == ["<1@x>"]
    assert Original().thread == []


def test_of_a_long_thread_the_first_and_the_last_are_kept() -> None:
    message = Original(message_id="<end@x>", references=[f"<{n}@x>" for n in range(500)])
    assert len(message.thread) == 30
    assert message.thread[0] == "<0@x>"
    assert message.thread[-2:] == ["<499@x>", "<end@x>"]


def test_the_text_is_quoted_below_the_answer() -> None:
    assert quoted_text("Yes.\n", QUESTION) == (
        "Yes.\n"
        "\n"
        "On 2026-11-23 08:30, 王芳 <wang@example.com> wrote:\n"
        "> Is it <done>?\n"
        ">\n"
        ">> Please tell.\n"
    )


def test_in_a_page_the_text_is_quoted_as_text() -> None:
    page = quoted_html("<html><body><p>Yes.</p></BODY></html>", QUESTION)
    assert page.startswith("<html><body><p>Yes.</p><p>On 2026-11-23 08:30, 王芳 &lt;wang@")
    assert "Is it &lt;done&gt;?<br>\n<br>\n&gt; Please tell.</blockquote>" in page
    assert page.endswith("</BODY></html>")


def test_a_page_without_a_body_gets_its_quote_at_the_end() -> None:
    page = quoted_html("<p>Yes.</p>", Original(text="x"))
    assert page.startswith("<p>Yes.</p><p>someone wrote:</p>\n<blockquote")
    assert page.endswith(">x</blockquote>\n")
