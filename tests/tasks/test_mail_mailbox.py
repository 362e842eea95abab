"""How a mailbox is reached and logged in to."""

from __future__ import annotations

from typing import Any

import pytest

from mail_faults import Options
from mail_steps import fetch
from opsplay.runner import params as building
from opsplay.runner.task import Context, TaskError
from opsplay.tasks import fetch_mail
from opsplay.tasks.mail_mailbox import _account
from pop3_faults import Pop3Faults

LOGIN = {"host": "mail.example.com", "user": "li", "password": "geheim"}


@pytest.mark.parametrize(
    ("given", "port", "tls"),
    [
        ({}, 995, "implicit"),
        ({"protocol": "imap"}, 993, "implicit"),
        ({"tls": "starttls"}, 110, "starttls"),
        ({"protocol": "imap", "tls": "none"}, 143, "none"),
        ({"port": 110}, 110, "starttls"),
        ({"protocol": "imap", "port": 143}, 143, "starttls"),
        ({"port": 2995}, 2995, "implicit"),
        ({"port": 110, "tls": "none"}, 110, "none"),
    ],
    ids=str,
)
def test_port_and_tls_follow_from_each_other(
    ctx: Context, given: dict[str, Any], port: int, tls: str
) -> None:
    account = _account(building.build(fetch_mail.Params, {**LOGIN, **given}), ctx)
    assert (account.port, account.tls) == (port, tls)


@pytest.mark.parametrize(
    ("given", "verbs"),
    [
        ({}, ["AUTH CRAM-MD5"]),
        ({"auth": "plain"}, ["AUTH PLAIN"]),
        ({"auth": "user"}, ["USER li", "PASS geheim"]),
        ({"password": None, "token": "t0ken"}, ["AUTH OAUTHBEARER"]),
        ({"password": None, "token_command": "echo t0ken", "auth": "xoauth2"}, ["AUTH XOAUTH2"]),
    ],
    ids=str,
)
def test_auth_says_how_to_log_in(ctx: Context, given: dict[str, Any], verbs: list[str]) -> None:
    with Pop3Faults(options=Options()) as server:
        fetch_with(ctx, server.port, given)
        server.wait()
        said = [f"{heard.verb} {heard.argument}" for heard in server.commands]
    assert [line for line in said if line.split()[0] in ("USER", "PASS", "AUTH", "APOP")] == verbs


def fetch_with(ctx: Context, port: int, given: dict[str, Any]) -> None:
    login = {"password": "geheim", **given}
    known = {name: value for name, value in login.items() if value is not None}
    arguments = {"host": "127.0.0.1", "port": port, "tls": "none", "user": "li", **known}
    fetch_mail.run(building.build(fetch_mail.Params, arguments), ctx)


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"protocol": "imap", "auth": "apop"}, "auth: apop is POP3's alone"),
        ({"folder": "Orders"}, "folder: POP3 shows the inbox alone; set `protocol: imap`"),
        ({"wait": 5, "limit": 0}, "wait: with `limit: 0` nothing is fetched"),
        ({"token": "x"}, "password and token are both given"),
    ],
    ids=str,
)
def test_what_does_not_go_together_is_told_before_anything_is_done(
    ctx: Context, given: dict[str, Any], words: str
) -> None:
    with pytest.raises(TaskError, match=words):
        fetch(ctx, 1, **given)
