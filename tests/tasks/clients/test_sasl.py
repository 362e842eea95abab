"""SASL: the examples of the RFCs, what is chosen, and what servers do wrong."""

from __future__ import annotations

import base64
import json

import pytest

from opsplay.runner.task import TaskError
from opsplay.tasks.clients import sasl
from opsplay.tasks.clients.mail_account import MailAccount
from opsplay.tasks.clients.mail_words import MailError

EVERYTHING = [
    "LOGIN",
    "PLAIN",
    "CRAM-MD5",
    "SCRAM-SHA-1",
    "SCRAM-SHA-256",
    "XOAUTH2",
    "OAUTHBEARER",
]
TOKEN = "vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg=="


def account(**changes: object) -> MailAccount:
    given = {"host": "server.example.com", "port": 143, "user": "user", "password": "pencil"}
    return MailAccount(**{**given, **changes})  # type: ignore[arg-type]


def with_token(**changes: object) -> MailAccount:
    return account(**{"user": "user@example.com", "password": "", "token": TOKEN, **changes})


def coded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def said(command: str) -> str:
    return base64.b64decode(command.rpartition(" ")[2]).decode()


def exchange(account: MailAccount, *offered: str) -> sasl.Exchange:
    return sasl.choose(account, offered, is_secure=True)


def refusal(account: MailAccount, *offered: str, is_secure: bool = True) -> str:
    with pytest.raises(MailError) as caught:
        sasl.choose(account, offered, is_secure=is_secure)
    return caught.value.msg


# What each mechanism says -----------------------------------------------------------------------


def test_plain_says_all_at_once() -> None:
    talk = exchange(account(user="tim", password="tanstaaftanstaaf"), "PLAIN")
    assert talk.begin() == "PLAIN AHRpbQB0YW5zdGFhZnRhbnN0YWFm"  # RFC 4616, 4


def test_the_initial_response_waits_where_the_protocol_has_no_place_for_it() -> None:
    talk = exchange(account(), "PLAIN")
    assert talk.begin(with_initial=False) == "PLAIN"
    assert said(talk.answer("")) == "\0user\0pencil"


def test_login_says_what_it_is_asked_for() -> None:
    talk = exchange(account(), "LOGIN")
    assert talk.begin() == "LOGIN"
    assert [said(talk.answer(coded(f"{ask}:"))) for ask in ("Username", "Password")] == [
        "user",
        "pencil",
    ]


def test_cram_md5_is_as_in_rfc_2195() -> None:
    talk = exchange(account(user="tim", password="tanstaaftanstaaf"), "CRAM-MD5")
    assert talk.begin() == "CRAM-MD5"
    challenge = coded("<1896.697170952@postoffice.reston.mci.net>")
    assert said(talk.answer(challenge)) == "tim b913a602c7eda7a495b4e6e7334d3890"


SCRAM_NONCE = "rOprNGfwEbeRWgbNEkqO"
SCRAM_FIRST = (
    "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
)
SCRAM_PROOF = (
    "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
    "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
)
SCRAM_FINAL = "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


@pytest.fixture
def scram(monkeypatch: pytest.MonkeyPatch) -> sasl.Exchange:
    monkeypatch.setattr("secrets.token_urlsafe", lambda _: SCRAM_NONCE)
    talk = exchange(account(), "SCRAM-SHA-256")
    assert said(talk.begin()) == "n,,n=user,r=rOprNGfwEbeRWgbNEkqO"
    return talk


def test_scram_is_as_in_rfc_7677(scram: sasl.Exchange) -> None:
    assert said(scram.answer(coded(SCRAM_FIRST))) == SCRAM_PROOF
    assert scram.answer(coded(SCRAM_FINAL)) == ""
    scram.finish()


@pytest.mark.parametrize(
    "first",
    [
        SCRAM_FIRST.replace("r=r", "r=x"),
        SCRAM_FIRST.replace("4096", "1"),
        SCRAM_FIRST.replace("4096", "2000000000"),
        SCRAM_FIRST.replace("s=W", "s=~"),
        "r=rOprNGfwEbeRWgbNEkqO",
        "",
    ],
    ids=["another nonce", "one round", "endless rounds", "bad salt", "no salt", "nothing"],
)
def test_a_scram_challenge_that_is_wrong_is_not_answered(scram: sasl.Exchange, first: str) -> None:
    with pytest.raises(MailError, match="the server's part of SCRAM-SHA-256 is wrong"):
        scram.answer(coded(first))


def test_a_server_that_does_not_know_the_password_is_found_out(scram: sasl.Exchange) -> None:
    scram.answer(coded(SCRAM_FIRST))
    with pytest.raises(MailError, match="may not be the server that it seems to be"):
        scram.answer(coded("v=AAAA"))


def test_a_server_that_lets_us_in_without_its_proof_is_found_out(scram: sasl.Exchange) -> None:
    scram.answer(coded(SCRAM_FIRST))
    with pytest.raises(MailError, match="may not be the server that it seems to be"):
        scram.finish()


def test_a_refusal_within_scram_leaves_the_word_to_the_reply(scram: sasl.Exchange) -> None:
    scram.answer(coded(SCRAM_FIRST))
    assert scram.answer(coded("e=invalid-proof")) == ""
    with pytest.raises(MailError, match="is wrong"):
        scram.finish()


def test_separators_in_a_name_are_escaped_for_scram() -> None:
    assert said(exchange(account(user="a=b,c"), "SCRAM-SHA-1").begin()).startswith(
        "n,,n=a=3Db=2Cc,"
    )


def test_oauthbearer_is_as_in_rfc_7628() -> None:
    assert said(exchange(with_token(), "OAUTHBEARER").begin()) == (
        "n,a=user@example.com,\x01host=server.example.com\x01port=143\x01"
        f"auth=Bearer {TOKEN}\x01\x01"
    )


def test_xoauth2_says_name_and_token() -> None:
    expected = f"user=user@example.com\x01auth=Bearer {TOKEN}\x01\x01"
    assert said(exchange(with_token(), "XOAUTH2").begin()) == expected


@pytest.mark.parametrize(("name", "answer"), [("XOAUTH2", ""), ("OAUTHBEARER", "AQ==")])
def test_why_a_token_is_refused_comes_as_a_challenge_and_is_told(name: str, answer: str) -> None:
    talk = exchange(with_token(), name)
    talk.begin()
    error = json.dumps({"status": "401", "schemes": "bearer", "scope": "https://mail.google.com/"})
    assert talk.answer(coded(error)) == answer
    assert "(status: 401, scope: https://mail.google.com/)" in talk.hint
    assert "it may have expired" in talk.hint


@pytest.mark.parametrize(
    "challenge",
    [coded("no JSON"), coded("[1]"), coded("[" * 30_000), ""],
    ids=["text", "list", "deep", "empty"],
)
def test_a_token_is_refused_without_reasons_too(challenge: str) -> None:
    talk = exchange(with_token(), "XOAUTH2")
    talk.begin()
    assert talk.answer(challenge) == ""
    assert "does not take the token; it may have expired" in talk.hint


def test_a_token_that_is_taken_needs_no_more() -> None:
    talk = exchange(with_token(), "XOAUTH2")
    talk.begin()
    talk.finish()


@pytest.mark.parametrize("challenge", ["~", "päss", "AAA"])
def test_a_challenge_that_is_no_base64_is_told(challenge: str) -> None:
    talk = exchange(account(), "CRAM-MD5")
    talk.begin()
    with pytest.raises(MailError, match="the server's part of CRAM-MD5 is wrong"):
        talk.answer(challenge)


def test_a_server_that_asks_on_and_on_is_told() -> None:
    talk = exchange(account(), "PLAIN")
    talk.begin()
    with pytest.raises(MailError, match="the server's part of PLAIN is wrong"):
        talk.answer("")


@pytest.mark.parametrize("mechanism", EVERYTHING[:5])
@pytest.mark.parametrize("field", ["user", "password"])
def test_a_line_break_in_a_name_or_password_is_never_sent(mechanism: str, field: str) -> None:
    with pytest.raises(TaskError, match=f"{field} holds a carriage return"):
        exchange(account(**{field: "a\r\nQUIT"}), mechanism)


def test_a_name_cannot_smuggle_in_another_token() -> None:
    with pytest.raises(TaskError, match="user holds a control character"):
        exchange(with_token(user="me\x01auth=Bearer other"), "XOAUTH2")


# What is chosen ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offered", "chosen"),
    [
        (EVERYTHING, "SCRAM-SHA-256"),
        (["LOGIN", "PLAIN", "CRAM-MD5"], "CRAM-MD5"),
        (["LOGIN", "PLAIN"], "PLAIN"),
        (["login"], "LOGIN"),
        (["GSSAPI", "NTLM", "LOGIN"], "LOGIN"),
    ],
)
def test_a_password_takes_the_best_that_is_offered(offered: list[str], chosen: str) -> None:
    assert exchange(account(), *offered).name == chosen


@pytest.mark.parametrize(
    ("offered", "chosen"), [(EVERYTHING, "OAUTHBEARER"), (["PLAIN", "XOAUTH2"], "XOAUTH2")]
)
def test_a_token_takes_the_standard_before_the_older_way(offered: list[str], chosen: str) -> None:
    assert exchange(with_token(), *offered).name == chosen


def test_auth_forces_a_mechanism() -> None:
    assert exchange(account(auth="login"), *EVERYTHING).name == "LOGIN"


@pytest.mark.parametrize(
    ("account", "offered", "words"),
    [
        (account(), [], "offers no login; leave out `user` and `password`"),
        (account(), ["GSSAPI"], "offers GSSAPI, and opsplay can do SCRAM-SHA-256, "),
        (account(), ["XOAUTH2"], "offers XOAUTH2, and no password; give a `token`"),
        (with_token(), ["PLAIN"], "offers PLAIN, and a token needs OAUTHBEARER or XOAUTH2"),
        (account(auth="LOGIN"), ["PLAIN"], "offers PLAIN, and not LOGIN; choose another `auth`"),
        (with_token(auth="PLAIN"), ["PLAIN"], "`auth: plain` needs a `password`"),
        (account(auth="XOAUTH2"), ["XOAUTH2"], "`auth: xoauth2` needs a `token`"),
    ],
)
def test_a_login_that_is_not_to_be_had_is_told(
    account: MailAccount, offered: list[str], words: str
) -> None:
    assert words in refusal(account, *offered)


def test_a_server_that_wants_tls_first_is_told() -> None:
    assert "no login without TLS; set `tls: starttls`" in refusal(account(), is_secure=False)


@pytest.mark.parametrize("account", [account(), with_token()])
def test_what_can_be_read_does_not_leave_in_clear(account: MailAccount) -> None:
    words = "the password would go over the network for all to read"
    assert words in refusal(account, "PLAIN", "LOGIN", "XOAUTH2", is_secure=False)


@pytest.mark.parametrize(
    "account", [account(tls="none"), account(host="127.0.0.1"), account(host="localhost")]
)
def test_it_leaves_in_clear_where_nobody_listens_or_nobody_minds(account: MailAccount) -> None:
    assert sasl.choose(account, ["PLAIN"], is_secure=False).name == "PLAIN"


def test_what_cannot_be_read_leaves_in_clear() -> None:
    chosen = sasl.choose(account(), ["PLAIN", "CRAM-MD5"], is_secure=False)
    assert chosen.name == "CRAM-MD5"


def test_after_a_refusal_a_plainer_way_is_named() -> None:
    hint = exchange(account(), "SCRAM-SHA-1", "CRAM-MD5", "PLAIN").hint
    assert "try another way to log in: `auth: plain`" in hint


@pytest.mark.parametrize("offered", [["PLAIN", "LOGIN"], ["CRAM-MD5"], ["CRAM-MD5", "SCRAM-SHA-1"]])
def test_none_is_named_where_there_is_no_plainer_one(offered: list[str]) -> None:
    assert "`auth" not in exchange(account(), *offered).hint


# APOP -------------------------------------------------------------------------------------------


def test_apop_is_as_in_rfc_1939() -> None:
    welcome = "+OK POP3 server ready <1896.697170952@dbc.mtview.ca.us>"
    assert sasl.apop_digest(welcome, "tanstaaf") == "c4c9334bac560ecc979e58001b3e22fb"


@pytest.mark.parametrize("welcome", ["+OK ready", "+OK <no-at-sign>", "+OK <\x81\xff@x>"])
def test_a_greeting_without_a_real_timestamp_has_no_apop(welcome: str) -> None:
    assert sasl.apop_digest(welcome, "tanstaaf") == ""
