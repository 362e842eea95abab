"""Every way to log in to a POP3 server, and which one is taken."""

from __future__ import annotations

import pytest

from mail_faults import Options
from opsplay.runner.task import TaskError
from opsplay.tasks.clients.mail_account import MailAccount
from opsplay.tasks.clients.pop3 import Pop3Session
from pop3_faults import Pop3Faults


def said(options: Options, **given: object) -> list[str]:
    """Log in; gives the commands of the login."""
    with Pop3Faults(options=options) as server:
        account = {"host": "127.0.0.1", "port": server.port, "tls": "none", "timeout": 60}
        if "token" not in given:
            account["password"] = "geheim"
        session = Pop3Session(MailAccount(**{**account, "user": "li", **given}))  # type: ignore[arg-type]
        session.open()
        session.close()
        server.wait()
    commands = [f"{heard.verb} {heard.argument}".strip() for heard in server.commands]
    return [line for line in commands if line.partition(" ")[0] in ("USER", "PASS", "APOP", "AUTH")]


@pytest.mark.parametrize(
    ("mechanisms", "expected"),
    [
        ((), ["USER li", "PASS geheim"]),
        (("PLAIN", "LOGIN"), ["USER li", "PASS geheim"]),
        (("GSSAPI", "NTLM"), ["USER li", "PASS geheim"]),
        (("PLAIN", "CRAM-MD5"), ["AUTH CRAM-MD5"]),
    ],
)
def test_a_password_is_not_read_by_others_where_that_can_be(
    mechanisms: tuple[str, ...], expected: list[str]
) -> None:
    assert said(Options(mechanisms=mechanisms)) == expected


def test_a_server_that_knows_no_capa_is_asked_in_the_old_way() -> None:
    assert said(Options(without=frozenset({"CAPA"}))) == ["USER li", "PASS geheim"]


@pytest.mark.parametrize("auth", ["PLAIN", "LOGIN", "CRAM-MD5", "cram-md5"])
def test_auth_names_the_mechanism(auth: str) -> None:
    assert said(Options(), auth=auth) == [f"AUTH {auth.upper()}"]


def test_auth_may_be_user_and_pass() -> None:
    assert said(Options(), auth="USER") == ["USER li", "PASS geheim"]


def test_apop_sends_a_digest() -> None:
    [apop] = said(Options(), auth="APOP")
    assert apop.startswith("APOP li ")
    assert "geheim" not in apop


@pytest.mark.parametrize(
    ("mechanisms", "taken"),
    [(("XOAUTH2", "OAUTHBEARER"), "OAUTHBEARER"), (("PLAIN", "XOAUTH2"), "XOAUTH2")],
)
def test_a_token_goes_by_what_takes_tokens(mechanisms: tuple[str, ...], taken: str) -> None:
    assert said(Options(mechanisms=mechanisms), token="t0ken") == [f"AUTH {taken}"]


@pytest.mark.parametrize(
    ("options", "given", "words"),
    [
        (Options(), {"password": "no"}, r"wrong user or password; check `user` and `password`"),
        (Options(mechanisms=()), {"password": "no"}, r"\[AUTH\] wrong .*; check `user`"),
        (Options(without=frozenset({"APOP"})), {"auth": "APOP"}, "holds no stamp"),
        (Options(), {"auth": "SCRAM-SHA-1"}, "and not SCRAM-SHA-1"),
        (Options(), {"token": "old"}, "does not take the token"),
        (Options(mechanisms=()), {"token": "t0ken"}, "offers no login"),
    ],
)
def test_a_login_that_fails_says_what_to_do(
    options: Options, given: dict[str, str], words: str
) -> None:
    with pytest.raises(TaskError, match=f"cannot log in .*{words}"):
        said(options, **given)
