"""Failures that are those of all hosts: fatal errors, steps that act for all, percentages."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import BOTH, Play

_LEVELS = ("play", "block", "task")


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


def test_a_fatal_error_that_is_rescued_is_rescued_on_all_hosts(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          any_errors_fatal: true
          tasks:
            - block:
                - {name: one, fail: {msg: nope}, when: inventory_hostname == 'a'}
                - {name: two, debug: }
              rescue:
                - {name: rescued, debug: }
            - {name: further, debug: }
        """,
        *BOTH,
    )
    assert ran.steps("b") == ["one: skipped", "rescued: ok", "further: ok"]
    assert ran.code == 0


def test_whom_a_fatal_error_of_another_has_struck_is_gone_from_later_plays(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          any_errors_fatal: true
          tasks:
            - block:
                - {name: one, fail: , when: inventory_hostname == 'a'}
              rescue:
                - {name: rescued, debug: {msg: "{{ ansible_play_hosts }}"}}
        - {hosts: all, tasks: [{name: later, debug: }]}
        """,
        *BOTH,
    )
    assert ran.steps("a") == ["one: failed", "rescued: ok", "later: ok"]
    assert ran.steps("b") == ["one: skipped", "rescued: ok"]
    assert ran.result("rescued")["msg"] == ["a"]
    assert ran.code == 2


def test_a_fatal_error_leaves_later_plays_to_others_if_a_host_had_failed_before(play: Play) -> None:
    ran = play(
        """
        - {hosts: "a,b", tasks: [{name: one, fail: , when: inventory_hostname == 'a'}]}
        - {hosts: "a,b", any_errors_fatal: true, tasks: [{name: two, fail: }]}
        - {hosts: c, tasks: [{name: three, debug: }]}
        """,
        *("-i", "a,b,c,"),
    )
    assert ran.steps("c") == ["three: ok"]
    assert ran.code == 2


def test_a_fatal_error_inside_an_include_of_one_host_stops_the_others_too(
    play: Play, tmp_path_factory: pytest.TempPathFactory
) -> None:
    file = tmp_path_factory.mktemp("tasks") / "more.yml"
    file.write_text("- {name: inner, fail: {msg: nope}, any_errors_fatal: true}\n")
    ran = play(
        f"""
        - hosts: all
          tasks:
            - include_tasks: {file}
              when: inventory_hostname == 'a'
            - {{name: never, debug: }}
        """,
        *BOTH,
    )
    assert "never: ok" not in ran.steps()


def test_what_fails_for_all_at_once_fails_for_all(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - {name: one, fail: {msg: nope}, run_once: true}
            - {name: never, debug: }
        """,
        *BOTH,
    )
    assert ran.steps() == ["one: failed"]
    assert list(ran.named("RunFinished")[0]["recap"]) == ["a"]
    assert ran.code == 2


def test_whom_nobody_reaches_though_it_acts_for_all_ends_the_play_even_where_that_is_ignored(
    play: Play,
) -> None:
    ran = play(
        """
        - hosts: all
          vars: {ansible_connection: ssh}
          tasks:
            - {name: one, ping: , run_once: true, ignore_unreachable: true}
            - {name: never, debug: }
        - hosts: all
          tasks: [{name: never, debug: }]
        """,
        *BOTH,
    )
    assert ran.steps() == ["one: unreachable"]
    assert ran.recap("a") == "ok=1 ignored=1"
    assert ran.code == 2


def test_whom_nobody_reaches_though_it_acts_for_all_leaves_the_rescue_to_the_others(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "hosts").write_text("a ansible_connection=ssh\nb\n", "utf-8")
    ran = play(
        """
        - hosts: all
          tasks:
            - block: [{name: one, ping: , run_once: true}]
              rescue: [{name: rescued, debug: {msg: "{{ ansible_failed_task is defined }}"}}]
            - {name: two, debug: }
        """,
        *("-i", "hosts"),
    )
    assert ran.steps("a") == ["one: unreachable"]
    assert ran.steps("b") == ["rescued: ok", "two: ok"]
    assert ran.result("rescued")["msg"] is False
    assert ran.code == 4


def test_who_ignores_errors_too_ends_the_play_for_nobody(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          ignore_errors: true
          vars: {ansible_connection: ssh}
          tasks:
            - {name: one, ping: , run_once: true, ignore_unreachable: true}
            - {name: two, debug: }
        """,
        *BOTH,
    )
    assert ran.steps("b") == ["two: ok"]


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


def test_a_host_that_waits_for_an_include_of_another_fails_with_it_where_it_waits(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "more.yml").write_text("- {name: bad, fail: , any_errors_fatal: true}\n")
    ran = play(
        """
        - hosts: all
          tasks:
            - block:
                - {name: more, include_tasks: more.yml, when: inventory_hostname == 'a'}
                - {name: never, debug: }
              rescue: [{name: rescued, debug: }]
            - {name: end, debug: }
    """,
        *BOTH,
    )
    assert ran.steps("b") == ["more: skipped", "rescued: ok", "end: ok"]


def test_a_host_that_waits_in_an_always_section_leaves_it_with_the_one_that_fails_for_all(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "more.yml").write_text("- {name: bad, fail: , any_errors_fatal: true}\n")
    ran = play(
        """
        - hosts: all
          tasks:
            - block: [{name: it, debug: }]
              always:
                - {name: more, include_tasks: more.yml, run_once: true}
                - {name: never, debug: }
    """,
        *BOTH,
    )
    assert ran.steps("b") == ["it: ok"]


def test_a_host_that_waits_for_a_rescue_of_another_is_rescued_when_that_fails_for_all(
    play: Play,
) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - block:
                - block: [{name: bad, fail: , when: inventory_hostname == 'a'}]
                  rescue:
                    - name: worse
                      fail:
                      any_errors_fatal: true
                      when: inventory_hostname == 'a'
              rescue: [{name: rescued, debug: }]
    """,
        *BOTH,
    )
    assert ran.steps("a") == ["bad: failed", "worse: failed", "rescued: ok"]
    assert ran.steps("b") == ["bad: skipped", "worse: skipped"]


@pytest.mark.parametrize("word", ["include_tasks", "import_tasks"])
def test_what_fails_for_all_at_once_in_a_file_is_rescued_outside_of_it_for_all(
    play: Play, tmp_path: Path, word: str
) -> None:
    (tmp_path / "more.yml").write_text("- {name: bad, fail: , run_once: true}\n")
    ran = play(
        f"""
        - hosts: all
          tasks:
            - block: [{{name: more, {word}: more.yml}}]
              rescue: [{{name: rescued, debug: }}]
        """,
        *BOTH,
    )
    assert ran.steps("b")[-1] == "rescued: ok"
    assert ran.code == 0


def test_what_fails_for_all_at_once_in_a_rescue_leaves_the_always_beside_it_to_the_first(
    play: Play,
) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - block:
                - block: [{name: bad, fail: }]
                  rescue: [{name: worse, fail: , run_once: true}]
                  always: [{name: tidied, debug: }]
              rescue: [{name: rescued, debug: }]
        """,
        *BOTH,
    )
    assert ran.steps("a") == ["bad: failed", "worse: failed", "tidied: ok", "rescued: ok"]
    assert ran.steps("b") == ["bad: failed", "rescued: ok"]


def test_what_fails_for_all_at_once_in_an_always_is_rescued_further_out_for_all(
    play: Play,
) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - block:
                - block: [{name: it, debug: }]
                  always: [{name: bad, fail: , run_once: true}]
              rescue: [{name: rescued, debug: }]
        """,
        *BOTH,
    )
    assert ran.steps("b") == ["it: ok", "rescued: ok"]


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


@pytest.mark.parametrize(
    ("limit", "first", "others", "code"),
    [
        ("70", ["bad: failed", "rescued: ok", "more: ok"], ["bad: skipped", "rescued: ok"], 0),
        ("60", ["bad: failed", "rescued: ok"], ["bad: skipped"], 2),
    ],
)
def test_whom_a_fatal_error_of_another_has_struck_counts_for_the_percentage(
    play: Play, limit: str, first: list[str], others: list[str], code: int
) -> None:
    ran = play(
        f"""
        - hosts: all
          max_fail_percentage: {limit}
          any_errors_fatal: true
          tasks:
            - block: [{{name: bad, fail: , when: inventory_hostname == 'a'}}]
              rescue: [{{name: rescued, debug: }}, {{name: more, debug: }}]
              always: [{{name: tidied, debug: }}]
        """,
        "-i",
        "a,b,c,",
    )
    tidied = [] if code else ["tidied: ok"]
    assert ran.steps("a") == [*first, *tidied]
    assert ran.steps("c") == [*others, *(["more: ok"] if not code else []), *tidied]
    assert ran.code == code


def test_who_has_failed_and_walks_through_an_always_is_not_gone_before_its_end(play: Play) -> None:
    ran = play("""
        - max_fail_percentage: 80
          any_errors_fatal: true
          tasks:
            - block: [{name: bad, fail: }]
              always:
                - block: [{name: worse, fail: }]
                  rescue: [{name: rescued, debug: }]
                - {name: tidied, debug: }
            - {name: never, debug: }
    """)
    assert ran.steps() == ["bad: failed", "worse: failed", "rescued: ok", "tidied: ok"]
    assert not ran.named("HostsGone")


def test_out_of_reach_and_fatal_for_all_lets_later_plays_be_told_and_run_for_others(
    play: Play,
) -> None:
    ran = play(
        """
        - hosts: a,b
          any_errors_fatal: true
          tasks:
            - {name: one, ping: , vars: {ansible_connection: "{{ way[inventory_hostname] }}"}}
            - {name: never, debug: }
          vars: {way: {a: ssh, b: local}}
        - {hosts: "a,b", tasks: [{name: nor this, debug: }]}
        - {hosts: c, tasks: [{name: other, debug: }]}
        """,
        *("-i", "a,b,c,"),
    )
    assert (ran.steps("b"), ran.steps("c")) == (["one: ok"], ["other: ok"])


def test_more_failures_than_allowed_count_more_than_hosts_out_of_reach(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          max_fail_percentage: 10
          tasks:
            - {name: one, ping: , vars: {ansible_connection: "{{ way[inventory_hostname] }}"}}
            - {name: two, fail: , when: inventory_hostname == 'b'}
            - {name: never, debug: }
          vars: {way: {a: ssh, b: local, c: local}}
        """,
        *("-i", "a,b,c,"),
    )
    assert ran.steps("a") == ["one: unreachable"]
    assert ran.steps("c") == ["one: ok", "two: skipped"]
    assert ran.code == 2


@pytest.mark.parametrize("fatal", ["any_errors_fatal: true", "run_once: true"])
def test_whoever_waits_for_a_rescue_loses_it_when_another_one_fails_for_all(
    play: Play, fatal: str
) -> None:
    ran = play(
        f"""
        - hosts: all
          tasks:
            - block:
                - {{name: one, fail: , when: inventory_hostname == 'b'}}
                - {{name: two, fail: , when: inventory_hostname == 'a', {fatal}}}
              rescue: [{{name: rescued, debug: }}]
            - {{name: further, debug: }}
        - hosts: all
          tasks: [{{name: next, debug: }}]
        """,
        *BOTH,
    )
    assert ran.steps("a") == [
        "one: skipped",
        "two: failed",
        "rescued: ok",
        "further: ok",
        "next: ok",
    ]
    assert ran.steps("b") == ["one: failed"]


def test_an_outer_rescue_is_there_for_whoever_waited_for_an_inner_one(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - block:
                - block:
                    - {name: one, fail: , when: inventory_hostname == 'b'}
                    - {name: two, fail: , when: inventory_hostname == 'a', any_errors_fatal: true}
                  rescue: [{name: inner, debug: }]
                  always: [{name: tidied, debug: }]
              rescue: [{name: outer, debug: }]
        """,
        *BOTH,
    )
    assert ran.steps("a") == ["one: skipped", "two: failed", "inner: ok", "tidied: ok"]
    assert ran.steps("b") == ["one: failed", "tidied: ok", "outer: ok"]


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


def test_a_template_says_that_an_error_is_fatal_for_nobody_if_it_may_be_ignored(
    play: Play,
) -> None:
    ran = play(
        """
        - hosts: all
          any_errors_fatal: true
          tasks:
            - {name: one, fail: , when: inventory_hostname == 'a', ignore_errors: "{{ false }}"}
            - {name: two, debug: }
        """,
        *BOTH,
    )
    assert ran.steps("a") == ["one: failed"]
    assert ran.steps("b") == ["one: skipped", "two: ok"]


_SOME_RESCUED = """
- hosts: all
  tasks:
    - block:
        - {{name: one, fail: , when: inventory_hostname == 'a'}}
        - {{name: two, debug: }}
      rescue:
        - {{name: bad, fail: , when: inventory_hostname == 'a', {fatal}}}
        - {{name: rescued, debug: }}
      always: [{{name: tidied, debug: }}]
    - {{name: further, debug: }}
"""


def test_whoever_waits_for_a_rescue_that_fails_for_all_goes_back_into_it_when_others_are_through(
    play: Play,
) -> None:
    """As in Ansible."""
    ran = play(_SOME_RESCUED.format(fatal="any_errors_fatal: true"), *BOTH)
    assert ran.steps("a") == ["one: failed", "bad: failed", "tidied: ok"]
    assert ran.steps("b") == [
        "one: skipped",
        "two: ok",
        "bad: skipped",
        "rescued: ok",
        "tidied: ok",
        "further: ok",
    ]
    tidied = [task["task"] for task in ran.named("TaskStarted") if task["name"] == "tidied"]
    assert len(tidied) == 2


def test_whoever_waits_for_a_rescue_in_which_all_fail_at_once_does_not_go_into_it(
    play: Play,
) -> None:
    """As in Ansible it has failed twice: for being one of all, and for the error being fatal."""
    ran = play(_SOME_RESCUED.format(fatal="run_once: true"), *BOTH)
    assert ran.steps("b") == ["one: skipped", "two: ok", "tidied: ok"]
    assert ran.recap("b") == "ok=2 skipped=1"
    assert ran.code == 2


def test_whoever_goes_back_may_fail_for_those_that_are_through_and_they_are_rescued(
    play: Play,
) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - block:
                - {name: one, fail: , when: inventory_hostname == 'a'}
              rescue:
                - block: [{name: bad, fail: , any_errors_fatal: true}]
                  rescue: [{name: deep, debug: }]
            - block: [{name: last, debug: }]
              rescue: [{name: last rescue, debug: }]
        """,
        *BOTH,
    )
    assert ran.steps("a") == [
        "one: failed",
        "bad: failed",
        "deep: ok",
        "last: ok",
        "last rescue: ok",
    ]
    assert ran.steps("b") == ["one: skipped", "bad: failed", "deep: ok", "last: ok"]


def test_a_handler_that_fails_for_all_sends_those_that_wait_back_to_their_last_step(
    play: Play,
) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - block:
                - {name: it, debug: , changed_when: inventory_hostname == 'a', notify: bad}
              rescue: [{name: rescued, debug: }]
          post_tasks: [{name: end, debug: }]
          handlers: [{name: bad, fail: , any_errors_fatal: true}]
        """,
        *BOTH,
    )
    assert ran.steps("a") == ["it: changed", "bad: failed"]
    assert ran.steps("b") == ["it: ok", "rescued: ok", "end: ok"]


def test_whoever_waits_for_an_outer_rescue_keeps_it_when_another_one_fails_for_all(
    play: Play,
) -> None:
    """As in Ansible: it has failed in a block further in, and that can fail no more."""
    ran = play(
        """
        - hosts: all
          tasks:
            - block:
                - block: [{name: one, fail: , when: inventory_hostname == 'b'}]
                - block: [{name: two, fail: , any_errors_fatal: true}]
                  rescue: [{name: inner, debug: }]
              rescue: [{name: outer, debug: }]
        """,
        *BOTH,
    )
    assert ran.steps("a") == ["one: skipped", "two: failed", "inner: ok"]
    assert ran.steps("b") == ["one: failed", "outer: ok"]
