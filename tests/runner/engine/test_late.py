"""Words of a task that are known only when it runs: its step, its connection."""

from __future__ import annotations

import pytest

from .conftest import Play


@pytest.mark.parametrize(
    "action",
    [
        "action: \"{{ step }} msg='hello {{ who }}'\"",
        'action: {module: "{{ step }}", msg: "hello {{ who }}"}',
        "action: {module: \"{{ step }} msg='hello {{ who }}'\", verbosity: 0}",
        "local_action: \"ansible.builtin.{{ step }} msg='hello {{ who }}'\"",
        'action: "{{ step }}", args: {msg: "hello {{ who }}"}',
    ],
)
def test_the_name_of_a_step_may_be_a_template(play: Play, action: str) -> None:
    ran = play(f"""
        - vars: {{step: debug, who: Ann}}
          tasks:
            - {{name: it, {action}}}
    """)
    assert ran.result("it")["msg"] == "hello Ann"


def test_the_name_of_a_step_may_depend_on_the_item(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: it, action: "{{ item }} msg=hi", loop: [debug, fail], ignore_errors: true}
    """)
    assert [each["failed"] for each in ran.result("it")["results"]] == [False, True]


def test_the_name_of_a_step_that_is_not_wanted_is_not_asked_for(play: Play) -> None:
    ran = play("""
        - tasks: [{name: it, action: "{{ nothing }} msg=hi", when: false}]
    """)
    assert ran.steps() == ["it: skipped"]


@pytest.mark.parametrize(
    ("action", "told"),
    [
        ("{{ nothing }} msg=hi", "'nothing' is undefined"),
        ("{{ 'debugg' }} msg=hi", "Task failed: Cannot resolve 'debugg' to an action or module."),
        ("{{ 'debug' }} mgs=hi", "Unsupported parameters for (debug) module: mgs."),
    ],
)
def test_a_step_that_cannot_be_known_says_why(play: Play, action: str, told: str) -> None:
    ran = play(f"""
        - tasks: [{{name: it, action: "{action}"}}]
    """)
    assert told in ran.result("it")["msg"]
    assert ran.code == 2


def test_a_connection_may_be_a_template(play: Play) -> None:
    text = """
        - hosts: ann
          gather_facts: false
          vars: {near: local, far: ssh}
          tasks:
            - {name: near, command: "true", connection: "{{ near }}"}
            - {name: far, command: "true", connection: "{{ far }}"}
    """
    ran = play(text, "-i", "ann,")
    assert ran.steps() == ["near: changed", "far: unreachable"]
