"""Handlers: who is notified, when they run."""

from __future__ import annotations

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


def test_a_topic_reaches_all_who_listen(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: one, command: "true", notify: web changed}
          handlers:
            - {name: first, debug: {msg: hi}, listen: web changed}
            - {name: other, debug: {msg: hi}}
            - {name: second, debug: {msg: hi}, listen: [web changed, more]}
    """)
    assert ran.steps() == ["one: changed", "first: ok", "second: ok"]


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
