"""Plays for which there is no host, and what settings make of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsplay.runner.cli import main

if TYPE_CHECKING:
    from .conftest import Play

NOBODY = """
    - hosts: nobody
      tasks: [debug: ]
    - tasks: [{name: it, debug: }]
"""


@pytest.mark.parametrize(("value", "warnings"), [("warning", 1), ("ignore", 0)])
def test_a_play_for_nobody_may_be_left_out(
    play: Play, monkeypatch: pytest.MonkeyPatch, value: str, warnings: int
) -> None:
    monkeypatch.setenv("ANSIBLE_HOST_PATTERN_MISMATCH", value)
    ran = play(NOBODY)
    assert ran.steps() == ["it: ok"]
    told = [each["text"] for each in ran.named("WarningGiven")]
    assert ["Could not match supplied host pattern, ignoring: nobody"] * warnings == told
    assert [each["hosts"] for each in ran.named("PlayStarted")] == [[], ["localhost"]]


def test_a_play_for_nobody_is_an_error_otherwise_that_has_the_words_of_ansible(
    play: Play,
) -> None:
    ran = play(NOBODY)
    assert ran.code == 4
    assert "Could not match supplied host pattern, ignoring: nobody" in ran.err


@pytest.mark.parametrize(
    ("hosts", "switches"), [("a:nobody", ()), ("\"{{ groups.all + ['nobody'] }}\"", ()), ("a", "l")]
)
def test_of_several_patterns_one_for_nobody_may_be_an_error(
    play: Play, monkeypatch: pytest.MonkeyPatch, hosts: str, switches: str
) -> None:
    limit = ("--limit", "a:nobody") if switches else ()
    text = f"- {{hosts: {hosts}, tasks: [debug: ]}}\n"
    told = "Could not match supplied host pattern, ignoring: nobody"
    for value, warns in (("warning", True), ("ignore", False)):
        monkeypatch.setenv("ANSIBLE_HOST_PATTERN_MISMATCH", value)
        ran = play(text, "-i", "a,", *limit)
        warned = [each["text"] for each in ran.named("WarningGiven")]
        assert (ran.code, told in warned) == (0, warns)
    monkeypatch.setenv("ANSIBLE_HOST_PATTERN_MISMATCH", "error")
    ran = play(text, "-i", "a,", *limit)
    assert ran.code == 1
    assert told in ran.err


def test_a_limit_of_a_place_that_is_not_there_is_told_as_that(play: Play) -> None:
    ran = play("- {hosts: a, tasks: [debug: ]}", "-i", "a,b,", "--limit", "all[3]")
    assert ran.code == 1
    assert "--limit: No hosts matched the subscripted pattern 'all[3]'" in ran.err
    assert "leaves us with no hosts" not in ran.err


def test_a_place_in_a_group_that_has_fewer_hosts_is_an_error(play: Play) -> None:
    ran = play("- {hosts: 'a:all[3]', tasks: [debug: ]}", "-i", "a,b,")
    assert ran.code == 1
    assert "No hosts matched the subscripted pattern 'all[3]'" in ran.err


def test_it_is_one_too_where_hosts_might_have_come_in(play: Play) -> None:
    ran = play(
        """
        - {hosts: a, tasks: [{add_host: {name: z}, when: 1 > 2}]}
        - {hosts: 'all[3]', tasks: [debug: ]}
        """,
        *("-i", "a,b,"),
    )
    assert ran.code == 1
    assert "No hosts matched the subscripted pattern 'all[3]'" in ran.err


def test_a_template_may_find_that_a_play_is_for_nobody(
    play: Play, capsys: pytest.CaptureFixture[str]
) -> None:
    text = """
        - {hosts: "{{ groups.nobodys | default([]) }}", tasks: [debug: ]}
        - {hosts: localhost, tasks: [{name: it, debug: }]}
    """
    ran = play(text)
    assert (ran.code, ran.steps()) == (0, ["it: ok"])
    assert main(["run", "site.yml", "--list-hosts"]) == 0
    listed = "  play #1 (): []\tTAGS: []\n    pattern: []\n    hosts (0):\n"
    assert listed in capsys.readouterr().out


def test_hosts_that_are_no_pattern_are_an_error_all_the_same(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_HOST_PATTERN_MISMATCH", "ignore")
    ran = play("- {hosts: '{{ h }}', tasks: [debug: ]}", "-e", "h=")
    assert ran.code == 4
    assert "Hosts list cannot be empty" in ran.err
