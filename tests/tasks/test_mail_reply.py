"""What is answered came from outside: whatever it holds, the answer is a mail of its own."""

from __future__ import annotations

import email

from hypothesis import given
from hypothesis import strategies as st

from letters import composed, letter
from opsplay.tasks.mail_reply import original
from opsplay.tasks.message.replying import quoted_html, quoted_text

text = st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from("<>@\r\n :;,\0"))
anything = st.recursive(
    st.none() | st.booleans() | st.integers() | text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=5,
)
person = st.fixed_dictionaries({"name": anything, "address": anything})
messages = st.fixed_dictionaries(
    {},
    optional={
        "message_id": anything,
        "references": anything | st.lists(text.map("<{}@x>".format)),
        "in_reply_to": anything,
        "subject": anything,
        "from": anything | person,
        "reply_to": anything | st.lists(person),
        "date": anything,
        "text": anything,
    },
)


@given(messages)
def test_whatever_was_fetched_can_be_answered(message: dict[str, object]) -> None:
    found = original(message)
    raw = composed(
        letter(
            subject="".join(filter(str.isprintable, found.reply_subject)),
            in_reply_to=[found.message_id] if found.message_id else [],
            references=found.thread,
            text=quoted_text("Yes.\n", found),
            html=quoted_html("<p>Yes.</p>", found),
        )
    )
    names = {name.lower() for name, _ in email.message_from_bytes(raw).items()}
    expected = {"from", "subject", "date", "message-id", "mime-version", "content-type"}
    assert names - {"in-reply-to", "references"} == expected


@given(text)
def test_no_tag_of_a_quoted_text_is_obeyed(quoted: str) -> None:
    page = quoted_html("", original({"text": f"<script>{quoted}", "from": {"address": "<b>"}}))
    tags = [part.partition(">")[0].split(" ")[0] for part in page.split("<")[1:]]
    assert set(tags) <= {"p", "/p", "blockquote", "/blockquote", "br"}


def test_a_thread_without_references_is_that_of_what_was_answered_before() -> None:
    message = {"message_id": "<2@x>", "references": [], "in_reply_to": "<1@x>"}
    assert original(message).thread == ["<1@x>", "<2@x>"]


def test_a_date_that_is_none_is_left_out() -> None:
    message = {"date": "yesterday", "text": "x", "from": {"address": "a@example.com"}}
    assert original(message).attribution == "a@example.com wrote:"
