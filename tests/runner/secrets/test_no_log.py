"""What of a hidden step is followed, and what would make a run unreadable."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplay.runner.errors import Place
from opsplay.runner.secrets.no_log import of_step
from opsplay.runner.template_text import Template


def followed(given: object, result: Mapping[str, object] | None = None) -> set[str]:
    return set(of_step(given, result or {}, lambda text: text in {"web01.example.com", "servers1"}))


@pytest.mark.parametrize(
    "text",
    [
        "hunter22",
        "s3cr3t",
        "tr0ub4dor&3",
        "p/w d+ü?&=’x",
        "correcthorsebattery",
        "correct horse battery staple",
        "hvs.CAESIJ2x9",
        "/x9f8KJd3kq+==",
        "-----BEGIN KEY-----\nMIIBOgIBAAJBAKj34GkxFhD90vcNLYLInFEX6Ppy1tPf\n-----END KEY-----",
    ],
)
def test_what_looks_made_up_is_followed(text: str) -> None:
    assert text in followed({"a": {"b": [text]}})
    assert text in followed({}, {"stdout": text})


@pytest.mark.parametrize(
    "value",
    [
        *("yes", "ok", "root", "directory", "application/json", "--force", "All items completed"),
        *("One or more items failed", "Conditional result was False"),
        *("0644", "-rw-r--r--", "2026-11-25 13:50:00.123456", "192.168.1.10", "1.2.3", "12345678"),
        *(
            "web01.example.com",
            "servers1",
            "",
            "   ",
            "/",
            "/etc/passwd",
            "~/x",
            "/etc/nosuch.conf",
        ),
        *(4711, 47.11, True, None, [], {}),
    ],
)
def test_what_everybody_uses_is_not(value: object) -> None:
    assert followed({"a": value}, {"b": value}) == set()


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("echo s3cr3tword > out", "s3cr3tword"),
        ("Bearer abc123def456", "abc123def456"),
        ("ftp://user:pa55w0rd@host/x", "pa55w0rd"),
        ("user=li&key=4f9a-77c1&x=1", "4f9a-77c1"),
    ],
)
def test_parts_of_arguments_are_followed_too(text: str, part: str) -> None:
    assert part in followed({"a": text})


def test_parts_of_what_came_of_it_are_not(tmp_path: Path) -> None:
    listing = f"total 8\n-rw-r--r-- 1 root1234 root1234 {tmp_path}"
    assert followed({}, {"stdout": listing}) == {listing}


def test_what_is_too_long_to_look_for_is_not() -> None:
    assert followed({"a": "x1 " * 10000}, {"b": "x1y2z3\n" * 10000}) == set()


def test_what_a_step_tells_of_itself_is_no_value() -> None:
    own = {"msg": "login of l1 failed", "start": "x1y2z3", "ansible_facts": {"a": "host9999"}}
    assert followed({}, own) == set()


def test_what_is_to_be_rendered_is_no_value_yet() -> None:
    assert followed({"a": Template("{{ pass1234 }}", Place("site.yml", 1, 1))}) == set()


@given(st.recursive(st.text() | st.integers(), st.lists, max_leaves=5))
def test_anything_can_be_looked_at(value: object) -> None:
    assert all(isinstance(text, str) for text in followed({"a": value}, {"b": value}))
