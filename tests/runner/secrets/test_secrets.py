"""A secret is covered wherever it stands and whatever it looks like."""

from __future__ import annotations

import json
import quopri
import random
import shlex
from base64 import b64encode, urlsafe_b64encode
from html import escape
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import escape as markup

from opsplay.runner.events import (
    LineLogged,
    PlayStarted,
    Recap,
    RunFinished,
    StepFinished,
    TaskStarted,
)
from opsplay.runner.secrets import MASK, Secrets
from opsplay.runner.task import Secret

PASSWORD = "p/w d+ü?&=’x"


def knowing(*values: str) -> Secrets:
    secrets = Secrets()
    for value in values:
        secrets.add(value)
    return secrets


def finished(result: dict[str, Any]) -> StepFinished:
    return StepFinished(run="r", task=1, host="web1", status="ok", result=result, seconds=0.0)


@pytest.mark.parametrize(
    "text",
    [
        PASSWORD,
        f"ftp://user:{PASSWORD}@host/",
        f"ftp://user:{quote(PASSWORD, safe='')}@host/",
        f"?password={quote_plus(PASSWORD).lower()}&x=1",
        json.dumps({"password": PASSWORD}),
        repr([PASSWORD + "'"]),
        "Authorization: Basic " + b64encode(f"user:{PASSWORD}".encode()).decode(),
        "AUTH PLAIN " + b64encode(f"\0me\0{PASSWORD}".encode()).decode(),
        "AUTH PLAIN " + b64encode(f"\0joe\0{PASSWORD}".encode()).decode(),
        urlsafe_b64encode(PASSWORD.encode()).decode(),
        json.dumps(json.dumps([PASSWORD], ensure_ascii=False)),
        repr(PASSWORD.encode()),
        ascii([PASSWORD]),
        yaml.safe_dump([PASSWORD]),
        yaml.safe_dump([PASSWORD], allow_unicode=True, default_style='"'),
        quote(b64encode(f"\xff\xfeuser:{PASSWORD}".encode()).decode(), safe=""),
        quopri.encodestring(PASSWORD.encode()).decode(),
        PASSWORD.encode().decode("latin-1"),
        "pass wörd".encode("latin-1").decode(errors="surrogateescape"),
    ],
)
def test_a_secret_is_found_in_its_disguises(text: str) -> None:
    masked = knowing(PASSWORD, "pass wörd").mask_text(text)
    assert MASK in masked
    assert PASSWORD not in masked


QUOTED = 'it\'s "5$" `x` a\\b & <c>'


@pytest.mark.parametrize(
    "text",
    [
        shlex.join(["curl", "-u", QUOTED]),
        "'" + QUOTED.replace("'", r"'\''") + "'",
        r"it\'s\ \"5\$\"\ \`x\`\ a\\b\ \&\ \<c\>",
        '"it\'s \\"5\\$\\" \\`x\\` a\\\\b & <c>"',
        repr([QUOTED]),
        repr(f"{QUOTED}, she said"),
        f"<td>{escape(QUOTED)}</td>",
        f"<td>{escape(QUOTED, quote=False)}</td>",
        f"<td>{markup(QUOTED)}</td>",
        f"<script>{htmlsafe_json_dumps(QUOTED)}</script>",
        yaml.safe_dump([QUOTED], default_style="'"),
        yaml.safe_dump([QUOTED], default_style='"'),
        '"' + QUOTED.replace('"', '""') + '"',
    ],
)
def test_a_secret_is_found_in_the_quotes_of_others(text: str) -> None:
    masked = knowing(QUOTED).mask_text(text)
    assert MASK in masked
    assert "5" not in masked


@given(st.text(st.characters(codec="utf-8"), min_size=4).filter(str.strip), st.randoms())
def test_a_url_may_encode_any_byte_in_either_case(secret: str, chance: random.Random) -> None:
    def coded(byte: int) -> str:
        forms = [f"%{byte:02x}", f"%{byte:02X}"]
        return chance.choice([*forms, chr(byte)] if chr(byte).isalnum() and byte < 128 else forms)

    text = "".join(map(coded, secret.encode()))
    masked = knowing(secret).mask_text(f"https://host/?{text}&x=%20")
    assert MASK in masked
    assert f"?{text}&" not in masked


def test_a_blank_in_a_url_may_be_a_plus_and_a_plus_stays_one() -> None:
    secrets = knowing("one two+three")
    masked = secrets.mask_text("?a=one+two%2Bthree&b=one%20two%2bthree&c=one+two+four")
    assert masked == f"?a={MASK}&b={MASK}&c=one+two+four"


@given(
    before=st.binary(max_size=9),
    secret=st.text(st.characters(codec="utf-8"), min_size=8).filter(str.strip),
    after=st.binary(max_size=9),
)
def test_base64_is_seen_through_whatever_stands_around_the_secret(
    before: bytes, secret: str, after: bytes
) -> None:
    coded = b64encode(before + secret.encode() + after).decode()
    assert MASK in knowing(secret).mask_text(coded)


def test_the_rest_of_the_text_stays_readable() -> None:
    secrets = knowing("hunter22")
    assert secrets.mask_text("login of li with hunter22 refused") == (
        f"login of li with {MASK} refused"
    )


def test_a_short_secret_is_covered_as_a_whole_word_only() -> None:
    secrets = knowing("abc", "1")
    assert secrets.mask_text("abc, abcdef, x=1, 10") == f"{MASK}, abcdef, x={MASK}, 10"


def test_a_long_secret_whose_end_is_cut_off_is_covered_to_where_it_is_cut() -> None:
    token = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.dozjgNryP4J3jVmNHl0w5N"
    text = f"no host {token[:30]}…, {token[:55]} or {token[:20]}!"
    assert knowing(token).mask_text(text) == f"no host {MASK}…, {MASK} or {MASK}!"


def test_the_longer_of_two_secrets_goes_first() -> None:
    assert knowing("secret", "secret-and-more").mask_text("secret-and-more") == MASK


def test_each_line_of_a_long_secret_is_one_too() -> None:
    key = "-----BEGIN KEY-----\nMIIEvQIBADANBg\nkqhkiG9w0BAQEF\n-----END KEY-----\n"
    masked = knowing(key).mask_text("child says: kqhkiG9w0BAQEF")
    assert masked == f"child says: {MASK}"


def test_a_secret_parameter_is_covered_as_the_text_that_it_is() -> None:
    assert knowing(Secret("hunter22")).mask_text("hunter22") == MASK


@pytest.mark.parametrize("value", ["", " ", "\n"])
def test_nothing_is_no_secret(value: str) -> None:
    assert knowing(value).mask_text(f"a{value}b c") == f"a{value}b c"


def test_a_result_is_masked_all_the_way_down() -> None:
    event = finished(
        {
            "msg": "hunter22 sent",
            "lines": [["a hunter22"], {"hunter22": 1}],
            "number": 12345,
            "rc": 0,
            "changed": True,
        }
    )
    assert knowing("hunter22", "12345").mask(event).result == {
        "msg": f"{MASK} sent",
        "lines": [[f"a {MASK}"], {MASK: 1}],
        "number": MASK,
        "rc": 0,
        "changed": True,
    }


def test_a_secret_that_looks_like_a_word_of_ours_breaks_nothing() -> None:
    masked = knowing("msg", "changed", "web1", "failed").mask(
        finished({"msg": "a", "failed": False})
    )
    assert masked.result == {"msg": "a", "failed": False}
    assert masked.status == "ok"


def test_names_hosts_and_lines_are_masked_too() -> None:
    secrets = knowing("hunter22")
    task = TaskStarted(run="r", task=1, name="log in with hunter22", step="debug", place="x:1:1")
    line = LineLogged(run="r", task=1, host="h", text="PASS hunter22")
    play = PlayStarted(run="r", play="p", hosts=["hunter22.example.com"])
    assert secrets.mask(task).name == f"log in with {MASK}"
    assert secrets.mask(line).text == f"PASS {MASK}"
    assert secrets.mask(play).hosts == [f"{MASK}.example.com"]


def test_totals_are_no_secrets() -> None:
    event = RunFinished(run="r", recap={"web1": Recap(ok=1234)}, seconds=1234.0, exit_code=0)
    assert knowing("1234").mask(event) == event


def test_an_event_without_secrets_is_handed_on_as_it_is() -> None:
    event = finished({"msg": "hello"})
    assert Secrets().mask(event) is event
    assert knowing("hunter22").mask(event) is event


def test_data_too_deep_to_look_into_is_covered_whole() -> None:
    deep: list[Any] = ["hunter22"]
    for _ in range(5000):
        deep = [deep]
    masked = knowing("hunter22").mask(finished({"deep": deep})).result["deep"]
    while isinstance(masked, list):
        masked = masked[0]
    assert masked == MASK


def test_a_text_that_was_harmless_is_covered_once_it_is_a_secret() -> None:
    secrets = Secrets()
    secrets.add("hemlig")
    assert secrets.mask_text("orchid is a flower") == "orchid is a flower"
    secrets.add("orchid")
    assert secrets.mask_text("orchid is a flower") == "******** is a flower"


def test_what_holds_no_secret_is_not_copied() -> None:
    clean, other = {"lines": ["a", 1, {"b": None}]}, ["x", PASSWORD]
    masked = knowing(PASSWORD).mask(finished({"clean": clean, "other": other})).result
    assert masked["clean"] is clean
    assert masked["other"] == ["x", MASK]
    assert other == ["x", PASSWORD]


MANY: list[object] = [{"path": f"/a/{number}", "bytes": number} for number in range(200)]


def test_what_holds_many_texts_and_no_secret_is_not_copied() -> None:
    (masked,) = knowing(PASSWORD, "x" * 50).mask(finished({"files": MANY})).result.values()
    assert masked is MANY


LINES = 'two\n"lines" of\\it'
LONG = "a value of more than forty letters, that may be cut"


@pytest.mark.parametrize(
    ("secret", "shown"),
    [
        (PASSWORD, PASSWORD),
        (PASSWORD, quote(PASSWORD)),
        (LINES, f"<{LINES}>"),
        (LINES, json.dumps(LINES)),
        (LINES, repr(LINES)),
        (LONG, LONG[:30]),
        ("ab", "ab\n"),
        ("12345", 12345),
    ],
)
def test_one_among_many_texts_is_covered(secret: str, shown: object) -> None:
    alone = knowing(secret).mask(finished({"files": [shown]})).result["files"]
    among = knowing(secret).mask(finished({"files": [*MANY, shown]})).result["files"]
    assert alone != [shown]
    assert among == [*MANY, *alone]


@pytest.mark.parametrize("secret", [PASSWORD, 'with "quotes"', "back\\slash", "a line\n"])
@pytest.mark.parametrize("beside", ["", "1 + 1", "100 %"])
def test_one_in_a_url_among_many_texts_is_covered(secret: str, beside: str) -> None:
    url = "http://h/?" + "".join(f"%{byte:02X}" for byte in secret.encode())
    masked = knowing(secret).mask(finished({"files": [*MANY, beside, url]})).result["files"]
    assert masked == [*MANY, beside, f"http://h/?{MASK}"]


def test_many_texts_with_signs_of_urls_and_no_secret_are_not_copied() -> None:
    many = [*MANY, "1 + 1", "100 %", "%41%zz", "half \ud800"]
    assert knowing(PASSWORD).mask(finished({"files": many})).result["files"] is many


def test_what_was_clean_is_looked_at_again_when_more_is_known() -> None:
    secrets = knowing(PASSWORD)
    for number in range(9):
        secrets.mask(finished({"files": [*MANY, number]}))
    event = finished({"files": [*MANY, "not known yet"]})
    assert secrets.mask(event).result == event.result
    secrets.add("not known yet")
    assert secrets.mask(event).result["files"] == [*MANY, MASK]


def test_half_of_a_pair_keeps_no_text_from_being_covered() -> None:
    assert knowing(PASSWORD).mask_text(f"100 % \ud800 {PASSWORD}") == f"100 % \ud800 {MASK}"


def test_one_among_many_names_is_covered() -> None:
    names = {f"name {number}": number for number in range(200)} | {PASSWORD: 1}
    masked = knowing(PASSWORD).mask(finished({"counts": names})).result["counts"]
    assert PASSWORD not in masked
    assert masked[MASK] == 1
