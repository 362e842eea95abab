"""meta: clear_host_errors: who takes part again, and where."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import BOTH, Play


def test_hosts_whose_errors_are_cleared_take_part_in_the_next_play(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - {name: one, fail: {msg: nope}, when: inventory_hostname == 'a'}
            - meta: clear_host_errors
            - {name: two, debug: }
        - hosts: all
          tasks: [{name: three, debug: }]
        """,
        *BOTH,
    )
    assert ran.steps("a") == ["one: failed", "three: ok"]
    assert ran.steps("b") == ["one: skipped", "two: ok", "three: ok"]
    assert ran.code == 0


def test_clear_host_errors_forgives_also_hosts_that_failed_in_earlier_plays(play: Play) -> None:
    ran = play(
        """
        - {hosts: all, tasks: [{name: one, fail: , when: inventory_hostname == 'a'}]}
        - {hosts: all, tasks: [meta: clear_host_errors]}
        - {hosts: all, tasks: [{name: next, debug: }]}
        """,
        *BOTH,
    )
    assert ran.steps("a") == ["one: failed", "next: ok"]
    assert ran.code == 0


@pytest.mark.parametrize("strategy", ["linear", "free"])
def test_whoever_was_out_of_reach_before_a_play_that_forgives_it_takes_part_behind_the_others(
    play: Play, strategy: str
) -> None:
    ran = play(
        f"""
        - hosts: all
          tasks: [{{name: one, ping: , vars: {{ansible_connection: "{{{{ way }}}}"}}}}]
        - hosts: all
          strategy: {strategy}
          tasks:
            - meta: clear_host_errors
            - {{name: two, debug: {{msg: "{{{{ ansible_play_hosts | sort }}}}"}}}}
          vars: {{way: local}}
        """,
        *("-i", "a,b,", "-e", "{way: \"{{ 'ssh' if inventory_hostname == 'a' else 'local' }}\"}"),
    )
    assert ran.steps("a") == ["one: unreachable", "two: ok"]
    assert ran.steps()[-2:] == ["two: ok", "two: ok"]
    # As in Ansible it is not named for all that.
    assert ran.result("two", "a")["msg"] == ["b"]


@pytest.mark.parametrize(
    "task", ["%s", "{block: [{block: [%s]}]}", "{block: [%s], always: [meta: noop]}"]
)
def test_whoever_failed_before_a_play_that_forgives_it_waits_for_the_next(
    play: Play, task: str
) -> None:
    one = "{name: one, fail: , when: inventory_hostname == 'a'}"
    ran = play(
        f"""
        - {{hosts: all, tasks: [{task.replace("%s", one)}]}}
        - {{hosts: all, tasks: [meta: clear_host_errors, {{name: two, debug: }}]}}
        - {{hosts: all, tasks: [{{name: three, debug: {{msg: "{{{{ ansible_play_hosts }}}}"}}}}]}}
        """,
        *("-i", "a,b,"),
    )
    assert ran.steps("a") == ["one: failed", "three: ok"]
    assert ran.result("three", "a")["msg"] == ["a", "b"]


def test_whoever_got_out_of_reach_goes_on_there_when_it_is_forgiven(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          pre_tasks: [{name: one, command: echo, notify: told}]
          tasks:
            - block:
                - {name: two, ping: , vars: {ansible_connection: "{{ way[inventory_hostname] }}"}}
              always: [{name: three, debug: }]
            - {name: four, command: echo, notify: told}
            - meta: clear_host_errors
          post_tasks: [{name: five, debug: }]
          handlers: [{name: told, debug: }]
          vars: {way: {a: ssh, b: local}}
        """,
        *("-i", "a,b,"),
    )
    behind = ["three: ok", "four: changed", "told: ok", "five: ok"]
    assert ran.steps("a") == ["one: changed", "told: ok", "two: unreachable", *behind]
    assert ran.steps()[-4:] == behind
    assert ran.code == 0


def test_whom_one_play_forgives_that_it_is_out_of_reach_is_so_again_in_the_next(play: Play) -> None:
    """As in Ansible."""
    ran = play(
        """
        - hosts: all
          tasks: [{name: one, ping: , vars: {ansible_connection: "{{ way[inventory_hostname] }}"}}]
          vars: {way: {a: ssh, b: local}}
        - {hosts: all, tasks: [meta: clear_host_errors, {name: two, debug: }]}
        - {hosts: all, tasks: [{name: three, debug: }]}
        """,
        *("-i", "a,b,"),
    )
    assert ran.steps("a") == ["one: unreachable", "two: ok"]
    assert ran.steps("b") == ["one: ok", "two: ok", "three: ok"]
    assert ran.code == 4


@pytest.mark.parametrize(
    "task",
    [
        "{block: [{block: [%s, {name: never, debug: }]}]}",
        "{block: [{block: [%s], always: [{debug: }]}]}",
        "{include_tasks: one.yml}",
        "{import_tasks: one.yml}",
    ],
)
def test_whoever_is_forgiven_a_failure_further_in_goes_on_behind_that_when_others_are_through(
    play: Play, tmp_path: Path, task: str
) -> None:
    """As in Ansible, where only the outermost block knows that it is over."""
    one = "{name: one, fail: , when: inventory_hostname == 'a'}"
    (tmp_path / "one.yml").write_text(f"- {one}\n- {{name: never, debug: }}\n")
    ran = play(
        f"""
        - hosts: all
          tasks:
            - {task.replace("%s", one)}
            - {{name: two, debug: }}
            - meta: clear_host_errors
            - {{name: three, debug: }}
        """,
        *BOTH,
    )
    names = [step for step in ran.steps("a") if "include" not in step and "debug" not in step]
    assert names == ["one: failed", "two: ok", "three: ok"]
    assert ran.steps()[-2:] == ["two: ok", "three: ok"]
    assert ran.code == 0


def test_clear_host_errors_forgives_nobody_outside_of_its_play_and_batch(play: Play) -> None:
    """As in Ansible."""
    ran = play(
        """
        - {hosts: all, tasks: [{name: one, fail: , when: inventory_hostname != 'b'}]}
        - hosts: a,b
          serial: 1
          tasks: [{meta: clear_host_errors, when: inventory_hostname == 'b'}]
        - {hosts: all, tasks: [{name: two, debug: }]}
        """,
        *BOTH[:1],
        "a,b,c,",
    )
    assert ran.steps("b") == ["one: skipped", "two: ok"]
    assert ran.steps("a") == ran.steps("c") == ["one: failed"]


def test_whoever_has_failed_and_been_through_an_always_goes_on_behind_it_once_forgiven(
    play: Play,
) -> None:
    """As soon as the others are through with the play, as in Ansible."""
    ran = play(
        """
        - hosts: all
          tasks:
            - block:
                - {name: one, fail: , when: inventory_hostname == 'a'}
              always:
                - {name: two, debug: }
                - {name: three, debug: }
            - {name: four, debug: }
            - meta: clear_host_errors
            - {name: five, debug: }
        - hosts: all
          tasks: [{name: next, debug: }]
        """,
        *BOTH,
    )
    rest = ["two: ok", "three: ok", "four: ok", "five: ok", "next: ok"]
    assert ran.steps("a") == ["one: failed", *rest]
    assert ran.steps("b") == ["one: skipped", *rest]
    assert ran.code == 0


def test_whoever_fails_where_no_always_is_does_not_go_on_though_forgiven(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - block:
                - block: [{name: one, fail: , when: inventory_hostname == 'a'}]
                  always: [{name: two, debug: }]
              rescue:
                - {name: three, debug: }
            - {name: four, fail: , when: inventory_hostname == 'a'}
            - meta: clear_host_errors
            - {name: five, debug: }
        """,
        *BOTH,
    )
    assert ran.steps("a") == ["one: failed", "two: ok", "three: ok", "four: failed"]
