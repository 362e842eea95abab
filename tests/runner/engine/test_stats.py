"""set_stats: words and numbers that the end of a run tells."""

from __future__ import annotations

import pytest

from opsplay.runner.cli import main
from opsplay.runner.listeners.recap import custom_stats

from .conftest import BOTH, Play


def test_stats_are_added_up_unless_they_are_not(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - set_stats: {data: {sum: 2, text: x, list: [1], map: {n: 1}}}
            - set_stats:
                data: {last: "{{ inventory_hostname }}"}
                aggregate: false
                per_host: true
            - set_stats: {data: {own: 1}, per_host: true}
            - set_stats: {data: {own: 1}, per_host: true}
        """,
        *BOTH,
    )
    assert ran.named("RunFinished")[0]["stats"] == {
        "_run": {"sum": 4, "text": "xx", "list": [1, 1], "map": {"n": 1}},
        "a": {"last": "a", "own": 2},
        "b": {"last": "b", "own": 2},
    }


def test_with_run_once_what_is_about_the_run_is_added_once(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - set_stats: {data: {sum: 1}}
              run_once: true
            - set_stats: {data: {own: 1}, per_host: true}
              run_once: true
        """,
        *BOTH,
    )
    stats = {"_run": {"sum": 1}, "a": {"own": 1}, "b": {"own": 1}}
    assert ran.named("RunFinished")[0]["stats"] == stats


def test_they_are_shown_when_the_setting_says_so(
    play: Play, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    play("""
        - tasks:
            - set_stats: {data: {sent: 2}}
            - set_stats: {data: {n: 1}, per_host: true}
    """)
    capsys.readouterr()
    main(["run", "site.yml"])
    assert "CUSTOM STATS" not in capsys.readouterr().out
    monkeypatch.setenv("ANSIBLE_SHOW_CUSTOM_STATS", "1")
    main(["run", "site.yml"])
    _, _, told = capsys.readouterr().out.partition("CUSTOM STATS: ")
    assert told.splitlines()[1::2] == ['\tlocalhost: { "n": 1}', '\tRUN: { "sent": 2}']


def test_hosts_stand_below_each_other_and_the_run_apart() -> None:
    stats = {"a": {"n": 1}, "b": {"n": 2}, "_run": {"m": 3}}
    assert custom_stats(stats) == '\ta: { "n": 1}\n\tb: { "n": 2}\n\n\tRUN: { "m": 3}\n\n'


def test_in_yaml_they_stand_on_one_line_too() -> None:
    assert custom_stats({"_run": {"m": 3, "n": "x"}}, yaml=True) == "\n\tRUN:  m: 3 n: x\n\n"


@pytest.mark.parametrize("name", ["no-name", "naïve", "None", "none", "not"])
@pytest.mark.parametrize("step", ["set_stats: {data: {%s: 1}}", "set_fact: {%s: 1}"])
def test_names_must_be_fit_for_variables(play: Play, step: str, name: str) -> None:
    ran = play(f"- tasks: [{{name: it, {step % name}}}]")
    assert f"Invalid variable name '{name}'" in ran.result("it")["msg"]
