"""Whatever send_mail sends, fetch_mail fetches equal, over a server and its sockets."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opsplay.runner import params as building
from opsplay.runner.task import Context
from opsplay.runner.testing import make_context
from opsplay.tasks import fetch_mail, mail_server, send_mail

LOGIN = {"user": "li@example.com", "password": "geheim"}

word = st.text(st.sampled_from("ab 测试王芳é,.;\"'\\<>=?_"), max_size=40).map(str.strip)
line = st.sampled_from(["", ".", "..", ".x", "From here", "x" * 2000, "测试" * 300]) | word
body = st.lists(line, min_size=1, max_size=6).map(lambda lines: "\n".join([*lines, "."]) + "\n")
person = st.fixed_dictionaries(
    {"name": word, "address": st.sampled_from(["a@example.org", "王芳@例子.com"])}
)
attachment = st.fixed_dictionaries({"name": word.filter(bool), "content": body})
mails = st.fixed_dictionaries(
    {
        "from": person,
        "cc": st.lists(person, max_size=3),
        "subject": word,
        "body": body,
        "attachments": st.lists(attachment, max_size=2),
        "filename_encoding": st.sampled_from(["rfc2231", "rfc2047", "gb18030"]),
    },
    optional={"html": body.map("<p>{}</p>\n".format), "priority": st.sampled_from(["high", "low"])},
)


class Post:
    """A server of our own, and the two steps that use it."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        given = {"accounts": [LOGIN], "catch_all": LOGIN["user"]}
        server = mail_server.run(building.build(mail_server.Params, given), ctx).data
        self._smtp = {"host": server["host"], "port": server["smtp_port"], "tls": "none"}
        self._pop3 = {"host": server["host"], "port": server["pop3_port"], "tls": "none"}

    def send(self, mail: dict[str, Any]) -> dict[str, Any]:
        given = {**self._smtp, "bcc": LOGIN["user"], **mail}
        return dict(send_mail.run(building.build(send_mail.Params, given), self._ctx).data)

    def fetch(self) -> list[dict[str, Any]]:
        given = {**self._pop3, **LOGIN, "after": "delete"}
        found = fetch_mail.run(building.build(fetch_mail.Params, given), self._ctx).data
        messages = found["messages"]
        assert isinstance(messages, list)
        return messages


@pytest.fixture(scope="module", name="post")
def _post(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Post]:
    with ExitStack() as stack:
        ctx = make_context(tmp_path_factory.mktemp("post"), exit_stack=stack)
        stack.callback(ctx.pool.close)
        yield Post(ctx)


@given(mail=mails)
@settings(max_examples=40)
def test_what_is_sent_is_fetched_equal(post: Post, mail: dict[str, Any]) -> None:
    sent = post.send(mail)
    copies = post.fetch()
    assert len(copies) == len(sent["accepted"])
    for found in copies:
        assert found["message_id"] == sent["message_id"]
        assert found["from"] == as_fetched(mail["from"])
        assert found["cc"] == [as_fetched(one) for one in mail["cc"]]
        assert found["subject"] == mail["subject"]
        assert (found["text"], found["html"]) == (mail["body"], mail.get("html", ""))
        assert [(one["name"], one["sha256"]) for one in found["attachments"]] == [
            (one["name"], hashlib.sha256(one["content"].encode()).hexdigest())
            for one in mail["attachments"]
        ]
        assert found["defects"] == []


def as_fetched(given: dict[str, str]) -> dict[str, str]:
    """A domain is fetched as the DNS has it."""
    return {**given, "address": given["address"].replace("例子", "xn--fsqu00a")}
