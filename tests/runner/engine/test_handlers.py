"""Handlers: who is notified, when they run."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Play


def test_handlers_run_once_after_the_tasks_in_the_order_of_definition(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: one, command: "true", notify: [second, first]}
            - {name: two, command: "true", notify: first}
            - {name: unchanged, command: "true", changed_when: false, notify: third}
          handlers:
            - {name: first, debug: {msg: hi}}
            - {name: second, debug: {msg: hi}}
            - {name: third, debug: {msg: hi}}
    """)
    assert ran.steps() == [
        "one: changed",
        "two: changed",
        "unchanged: ok",
        "first: ok",
        "second: ok",
    ]
    assert [task["handler"] for task in ran.named("TaskStarted")] == [
        False,
        False,
        False,
        True,
        True,
    ]


def test_flush_handlers_runs_them_now_and_pre_tasks_flush_at_their_end(play: Play) -> None:
    ran = play("""
        - pre_tasks:
            - {name: pre, command: "true", notify: it}
          tasks:
            - {name: one, command: "true", notify: it}
            - meta: flush_handlers
            - {name: two, debug: {msg: hi}}
          handlers:
            - {name: it, debug: {msg: hi}}
    """)
    assert ran.steps() == ["pre: changed", "it: ok", "one: changed", "it: ok", "two: ok"]


def test_a_handler_may_notify_another(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: one, command: "true", notify: second}
          handlers:
            - {name: first, debug: {msg: hi}}
            - {name: second, command: "true", notify: first}
    """)
    assert ran.steps() == ["one: changed", "second: changed", "first: ok"]


def test_after_a_failure_handlers_run_only_when_forced(play: Play) -> None:
    text = """
        - tasks:
            - {name: one, command: "true", notify: it}
            - {name: breaks, fail: {msg: nope}}
          handlers:
            - {name: it, debug: {msg: hi}}
    """
    assert play(text).steps() == ["one: changed", "breaks: failed"]
    assert play(text, "--force-handlers").steps() == ["one: changed", "breaks: failed", "it: ok"]


def test_only_the_hosts_that_changed_run_the_handler(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - {name: one, command: "true", changed_when: inventory_hostname == 'b', notify: it}
          handlers:
            - {name: it, debug: {msg: hi}}
        """,
        "-i",
        "a,b,",
    )
    assert "it: ok" not in ran.steps("a")
    assert "it: ok" in ran.steps("b")


def test_a_handler_that_an_earlier_one_notifies_runs_in_the_same_pass_a_later_one_waits(
    play: Play,
) -> None:
    ran = play("""
        - tasks:
            - {name: one, command: "true", notify: middle}
          post_tasks:
            - {name: post, debug: }
          handlers:
            - {name: first, debug: }
            - {name: middle, command: "true", notify: [first, last]}
            - {name: last, debug: }
    """)
    assert ran.steps() == ["one: changed", "middle: changed", "last: ok", "post: ok", "first: ok"]


def test_a_handler_may_include_tasks_which_all_run(play: Play, tmp_path: Path) -> None:
    (tmp_path / "more.yml").write_text("- {name: inner, debug: }\n- {name: inner too, debug: }\n")
    ran = play(
        """
        - hosts: all
          tasks:
            - {name: one, command: "true", notify: it, when: inventory_hostname == 'a'}
          handlers:
            - {name: it, include_tasks: more.yml}
        """,
        "-i",
        "a,b,",
    )
    assert ran.steps("a") == ["one: changed", "it: ok", "inner: ok", "inner too: ok"]
    assert ran.steps("b") == ["one: skipped"]


def test_a_handler_that_fails_fails_the_flush_which_may_be_rescued(play: Play) -> None:
    ran = play("""
        - tasks:
            - block:
                - {name: one, command: "true", notify: [bad, after]}
                - meta: flush_handlers
                - {name: never, debug: }
              rescue:
                - {name: told, debug: {msg: "{{ ansible_failed_task.name }}"}}
          handlers:
            - {name: bad, fail: {msg: nope}}
            - {name: after, debug: }
    """)
    assert ran.steps() == ["one: changed", "bad: failed", "told: ok", "after: ok"]
    assert ran.recap() == "ok=3 changed=1 rescued=1"


def test_flush_handlers_asks_its_condition_of_each_host(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - {name: one, command: "true", notify: it}
            - {meta: flush_handlers, when: inventory_hostname == 'b'}
            - {name: two, debug: }
          handlers:
            - {name: it, debug: }
        """,
        "-i",
        "a,b,",
    )
    assert ran.steps("a") == ["one: changed", "two: ok", "it: ok"]
    assert ran.steps("b") == ["one: changed", "it: ok", "two: ok"]


def test_of_a_loop_that_changes_something_each_item_notifies_whom_it_names(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: one
              command: "true"
              loop: [b, a, c]
              notify: "on {{ item }}"
              changed_when: item == 'b'
              when: item != 'c'
          handlers:
            - {name: on a, debug: }
            - {name: on b, debug: }
            - {name: on c, debug: }
    """)
    assert ran.steps() == ["one: changed", "on a: ok", "on b: ok"]


def test_a_block_notifies_for_each_of_its_tasks_that_changes_something(play: Play) -> None:
    ran = play("""
        - tasks:
            - notify: it
              block:
                - {name: same, command: "true", changed_when: false}
                - {name: other, command: "true"}
          handlers:
            - {name: it, debug: }
    """)
    assert ran.steps() == ["same: ok", "other: changed", "it: ok"]


def test_whom_a_task_notifies_takes_the_place_of_whom_its_block_notifies(play: Play) -> None:
    ran = play("""
        - tasks:
            - notify: of block
              block:
                - {name: one, command: "true", notify: of task}
          handlers:
            - {name: of block, debug: }
            - {name: of task, debug: }
    """)
    assert ran.steps() == ["one: changed", "of task: ok"]


def test_a_handler_that_is_a_step_of_meta_counts_for_nothing(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: one, command: "true", notify: it}
          handlers:
            - {name: it, meta: noop}
    """)
    assert [(event["name"], event["handler"]) for event in ran.named("RunSteered")] == [
        ("it", True)
    ]
    assert ran.recap() == "ok=1 changed=1"


def test_forced_handlers_of_a_section_run_after_its_failure_and_then_no_more(play: Play) -> None:
    ran = play("""
        - force_handlers: true
          pre_tasks:
            - {name: pre, command: "true", notify: [bad, it]}
            - {name: breaks, fail: {msg: nope}}
          tasks:
            - {name: never, debug: }
          handlers:
            - {name: bad, fail: {msg: nope}}
            - {name: it, debug: }
    """)
    assert ran.steps() == ["pre: changed", "breaks: failed", "bad: failed"]


def test_a_handler_that_runs_once_runs_for_the_first_of_its_hosts(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - {name: one, command: "true", notify: it, changed_when: inventory_hostname != 'a'}
          handlers:
            - {name: it, debug: , run_once: true}
        """,
        "-i",
        "a,b,c,",
    )
    assert [each["host"] for each in ran.named("StepFinished")][3:] == ["b"]


def test_a_notification_is_told_when_it_is_kept_and_whom_it_meant_when_handlers_run(
    play: Play,
) -> None:
    ran = play("""
        - tasks:
            - {name: it, command: "true", notify: topic}
          handlers:
            - {name: one, debug: , listen: topic}
            - {name: two, command: "true", listen: topic, notify: three}
            - {name: three, debug: }
    """)
    assert [each["name"] for each in ran.named("NotificationKept")] == ["topic"]
    assert [each["handler"] for each in ran.named("HandlerNotified")] == ["one", "two", "three"]


def test_whether_handlers_are_forced_may_be_omitted(play: Play) -> None:
    ran = play(
        """
        - force_handlers: "{{ nobody | default(omit) }}"
          tasks:
            - {name: it, command: "true", notify: h}
            - {name: bad, fail: }
          handlers: [{name: h, debug: }]
    """,
        "--force-handlers",
    )
    assert ran.steps() == ["it: changed", "bad: failed", "h: ok"]


def test_what_stands_in_a_block_is_a_handler_like_others(play: Play) -> None:
    ran = play("""
        - tasks: [{command: echo, notify: [one, topic]}]
          handlers:
            - block:
                - {name: one, debug: }
                - {name: two, fail: , listen: topic, when: false}
                - {name: three, debug: }
              always:
                - {name: never, debug: }
    """)
    assert ran.steps() == ["command: changed", "one: ok", "two: skipped"]
    assert ran.named("WarningGiven")[0]["text"] == (
        "what stands in 'always' of a block of handlers is never run"
    )


def test_a_block_of_handlers_has_no_loop(play: Play) -> None:
    ran = play("""
        - tasks: []
          handlers: [{loop: [1, 2], block: [{name: one, debug: }]}]
    """)
    assert "a block of handlers has no loop" in ran.err
    assert ran.code == 4


def test_blocks_of_an_included_file_of_handlers_rescue_nothing(play: Play, tmp_path: Path) -> None:
    (tmp_path / "more.yml").write_text(
        "- block: [{name: bad, fail: }]\n  rescue: [{name: never, debug: }]\n"
    )
    ran = play("""
        - tasks: [{command: echo, notify: one}]
          handlers: [{name: one, include_tasks: more.yml}]
    """)
    assert ran.steps() == ["command: changed", "one: ok", "bad: failed"]
    assert ran.code == 2


def test_of_a_loop_that_failed_handlers_hear_nothing_whoever_ignores_that(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: it
              command: "test {{ item }} = 1"
              loop: [1, 2]
              ignore_errors: true
              notify: told
          handlers: [{name: told, debug: }]
    """)
    assert ran.steps() == ["it: failed"]


def test_behind_a_handler_that_failed_those_before_it_wait_for_one_flush_more(play: Play) -> None:
    """As in Ansible."""
    ran = play("""
        - tasks:
            - block:
                - {name: one, debug: , changed_when: true, notify: second}
                - meta: flush_handlers
              rescue:
                - {name: rescued, debug: , changed_when: true, notify: [first, third]}
            - meta: flush_handlers
            - {name: between, debug: }
          handlers:
            - {name: first, debug: }
            - {name: second, fail: }
            - {name: third, debug: }
    """)
    assert ran.steps() == [
        "one: changed",
        "second: failed",
        "rescued: changed",
        "third: ok",
        "between: ok",
        "first: ok",
    ]


def test_a_handler_that_fails_in_a_block_with_a_rescue_counts_as_rescued_wherever_it_is(
    play: Play,
) -> None:
    """As in Ansible."""
    ran = play("""
        - tasks:
            - {name: it, debug: , changed_when: true, notify: bad}
            - block: [{name: one, debug: }]
              rescue: [{name: never, debug: }]
              always: [{meta: flush_handlers}]
          handlers: [{name: bad, fail: }]
    """)
    assert ran.code == 2
    assert ran.recap() == "ok=2 changed=1 rescued=1"


@pytest.mark.parametrize("named", ["more.yml", "'{{ what }}.yml'"])
def test_what_a_handler_includes_may_listen_as_handlers_do(
    play: Play, tmp_path: Path, named: str
) -> None:
    (tmp_path / "more.yml").write_text("- {name: m, debug: , listen: x}\n- include_tasks: n.yml\n")
    (tmp_path / "n.yml").write_text("- {name: n, debug: , listen: x}\n")
    ran = play(f"""
        - vars: {{what: more}}
          tasks: [{{name: it, debug: , changed_when: true, notify: tell}}]
          handlers: [{{name: tell, include_tasks: {named}}}]
    """)
    assert [told.partition(":")[0] for told in ran.steps()] == [
        "it",
        "tell",
        "m",
        "include_tasks",
        "n",
    ]


def test_behind_one_that_failed_what_others_have_included_counts_among_those_that_wait(
    play: Play, tmp_path: Path
) -> None:
    """As in Ansible: the flush after that passes by as many handlers."""
    (tmp_path / "more.yml").write_text("- {name: included, debug: }\n- {name: bad, fail: }\n")
    ran = play("""
        - tasks:
            - {name: one, command: "true", notify: told}
            - block: [meta: flush_handlers]
              rescue:
                - meta: flush_handlers
                - {name: between, debug: }
          handlers:
            - {name: first, include_tasks: more.yml, listen: told}
            - {name: second, debug: , listen: told}
            - {name: third, debug: , listen: told}
            - {name: fourth, debug: , listen: told}
    """)
    assert ran.steps()[3:] == [
        "bad: failed",
        "fourth: ok",
        "between: ok",
        "second: ok",
        "third: ok",
    ]
