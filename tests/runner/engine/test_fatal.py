"""Failures that are those of all hosts: fatal errors, steps that act for all, percentages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from played import lay

from .conftest import BOTH, Play

_LEVELS = ("play", "block", "task")
_CASES: dict[str, dict[str, Any]] = yaml.safe_load(
    Path(__file__).with_name("fatal.yml").read_text("utf-8")
)


@pytest.mark.parametrize("case", _CASES.values(), ids=_CASES)
def test_the_steps_of_each_host_the_recap_and_the_exit_status(
    play: Play, tmp_path: Path, case: dict[str, Any]
) -> None:
    lay(tmp_path, "more.yml", case.get("more.yml", ""))
    expected: dict[str, str] = case["steps"]
    ran = play(case["playbook"], "-i", ",".join(expected) + ",")
    steps = {host: ", ".join(ran.steps(host)).replace(":", "") for host in expected}
    assert steps == expected
    assert {host: ran.recap(host) for host in ran.named("RunFinished")[0]["recap"]} == case["recap"]
    assert ran.code == case["status"]


def test_a_fatal_error_ends_the_play_for_all_but_for_what_tidies_up(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          any_errors_fatal: true
          tasks:
            - block:
                - {name: one, fail: {msg: nope}, when: inventory_hostname == 'a'}
                - {name: two, debug: }
              always:
                - {name: tidied, debug: }
                - {name: tidied more, debug: }
            - {name: never, debug: }
        - hosts: localhost
          tasks: [{name: never, debug: }]
        """,
        *BOTH,
    )
    assert ran.steps("a") == ["one: failed", "tidied: ok", "tidied more: ok"]
    assert ran.steps("b") == ["one: skipped", "tidied: ok", "tidied more: ok"]
    assert ran.named("WarningGiven")[0]["text"] == "fail failed on a: the next play is left out"
    assert ran.recap("b") == "ok=2 skipped=1"


def test_a_host_whose_always_section_is_to_come_does_not_count_for_the_percentage(
    play: Play,
) -> None:
    ran = play(
        """
        - hosts: all
          max_fail_percentage: 10
          tasks:
            - block: [{name: one, fail: , when: inventory_hostname == 'a'}]
              always: [{name: tidied, debug: }]
            - {name: two, fail: , when: inventory_hostname == 'b'}
            - {name: never, debug: }
        """,
        "-i",
        "a,b,c,",
    )
    assert ran.steps("c") == ["one: skipped", "tidied: ok", "two: skipped"]
    assert [event["why"] for event in ran.named("HostsGone")] == [
        "1 of 3 hosts failed (max_fail_percentage: 10)"
    ]


@pytest.mark.parametrize(("limit", "gone"), [("50", 1), ("100", 0)])
def test_where_a_percentage_counts_a_failure_of_all_leaves_no_hosts(
    play: Play, limit: str, gone: int
) -> None:
    ran = play(
        f"- {{hosts: all, max_fail_percentage: {limit},"
        " tasks: [{name: bad, fail: , run_once: true}]}",
        *BOTH,
    )
    assert len(ran.named("HostsGone")) == gone


def test_too_many_failures_are_the_end_also_for_whom_a_rescue_waits(play: Play) -> None:
    """As in Ansible, which says so once when it notices and once when nobody is left."""
    ran = play(
        """
        - hosts: all
          max_fail_percentage: 30
          tasks:
            - block:
                - block: [{name: bad, fail: , run_once: true}]
                  always: [{block: [{name: tidied, debug: }], rescue: [debug: ]}]
              rescue: [{name: never, debug: }]
        - {hosts: all, tasks: [{name: never, debug: }]}
        """,
        *BOTH,
    )
    assert (ran.steps("a"), ran.steps("b")) == (["bad: failed", "tidied: ok"], [])
    assert [event["ends"] for event in ran.named("HostsGone")] == [False, True]
    assert ran.code == 2


@pytest.mark.parametrize("where", _LEVELS)
def test_a_template_says_that_errors_are_fatal_whatever_it_gives(play: Play, where: str) -> None:
    """As in Ansible."""
    of = {each: "any_errors_fatal: '{{ false }}'" if each == where else "" for each in _LEVELS}
    ran = play(
        f"""
        - hosts: all
          vars: {{}}
          {of["play"]}
          tasks:
            - vars: {{}}
              {of["block"]}
              block:
                - name: one
                  fail:
                  when: inventory_hostname == 'a'
                  {of["task"]}
            - {{name: never, debug: }}
        """,
        *BOTH,
    )
    assert ran.steps("b") == ["one: skipped"]


def test_who_fails_with_others_does_nothing_of_what_only_it_has_included(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "a.yml").write_text("- {name: fails, command: 'false'}\n")
    (tmp_path / "b.yml").write_text("- {name: never, debug: }\n")
    ran = play(
        """
        - hosts: all
          any_errors_fatal: true
          tasks:
            - block: [{name: it, include_tasks: "{{ inventory_hostname }}.yml"}]
              always: [{name: at last, debug: }]
        """,
        "-i",
        "a,b,",
    )
    assert ran.steps("b") == ["it: ok", "at last: ok"]
