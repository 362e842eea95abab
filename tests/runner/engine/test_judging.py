"""What counts as change, as failure and as done: changed_when, failed_when, until."""

from __future__ import annotations

import pytest

from .conftest import Play


def test_changed_when_and_failed_when_see_the_registered_result(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: same
              command: echo same
              register: out
              changed_when: "'different' in out.stdout"
            - name: bad
              command: echo ERROR
              register: out
              failed_when: "'ERROR' in out.stdout"
              ignore_errors: true
            - name: good
              command: /bin/sh -c "exit 3"
              register: out
              failed_when: out.rc not in [0, 3]
    """)
    assert ran.steps() == ["same: ok", "bad: failed", "good: changed"]
    assert ran.result("bad")["failed_when_result"] is True
    assert ran.recap() == "ok=3 changed=2 ignored=1"
    assert ran.code == 0


def test_until_repeats_a_step_and_counts_its_attempts(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: third time lucky
              shell: echo x >> tries; wc -l < tries
              register: out
              until: out.stdout | int == 3
              retries: 5
              delay: 0
    """)
    assert ran.result("third time lucky")["attempts"] == 3
    told = [(retry["name"], retry["left"]) for retry in ran.named("StepRetried")]
    assert told == [("third time lucky", 5), ("third time lucky", 4)]


def test_what_counts_as_change_or_failure_may_hang_on_the_attempt(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: it
              command: "false"
              register: it
              changed_when: it.attempts > 1
              failed_when: it.attempts < 2
              until: it is changed
              delay: 0
    """)
    assert ran.steps() == ["it: changed"]
    assert ran.result("it")["attempts"] == 2


def test_a_failure_that_does_not_count_is_registered_as_ansible_does(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: bad, command: "false", failed_when: false}
            - {name: good, command: "true", failed_when: false}
            - {name: said, fail: {msg: no}, failed_when: false}
    """)
    assert ran.result("bad")["failed_when_suppressed_exception"] == "(traceback unavailable)"
    assert "failed_when_suppressed_exception" not in ran.result("good")
    assert "failed_when_suppressed_exception" not in ran.result("said")


def test_until_that_is_never_met_fails_the_step(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: never, command: "true", until: false, retries: 2, delay: 0}
    """)
    assert ran.steps() == ["never: failed"]
    assert ran.result("never")["attempts"] == 2


def test_a_step_that_check_mode_leaves_out_is_not_repeated(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: site
              uri: {url: "http://127.0.0.1:1/"}
              register: out
              until: out.status == 200
              check_mode: true
    """)
    assert ran.steps() == ["site: skipped"]


def test_what_verbosity_leaves_out_is_asked_about_until_it_is_met(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: it
              debug: {verbosity: 2}
              until: out.msg is defined
              retries: 1
              delay: 0
              register: out
              ignore_errors: true
            - {name: each, debug: {verbosity: 2}, until: false, retries: 1, delay: 0, loop: [1]}
    """)
    assert ran.steps() == ["it: failed", "each: failed"]
    assert ran.result("it")["skipped"]
    assert ran.result("each")["msg"] == "All items skipped"


@pytest.mark.parametrize("retries", ["0", "-1", "'-1'"])
def test_without_retries_until_is_not_asked(play: Play, retries: str) -> None:
    ran = play(f"- tasks: [{{name: it, debug: , until: false, retries: {retries}, delay: -1}}]")
    assert ran.steps() == ["it: ok"]


def test_retries_alone_repeat_a_step_until_it_succeeds(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: second time
              shell: test -e there || { touch there; exit 1; }
              retries: 3
              delay: 0
    """)
    assert ran.steps() == ["second time: changed"]
    assert ran.result("second time")["attempts"] == 2


def test_until_and_failed_when_see_the_facts_that_a_step_has_just_set(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: one, set_fact: {n: 1}, until: n == 1}
            - {name: two, set_fact: {n: 2}, failed_when: n == 2, ignore_errors: true}
    """)
    assert ran.steps() == ["one: ok", "two: failed"]
    assert ran.code == 0


def test_a_step_that_is_left_out_in_check_mode_is_not_judged(play: Play) -> None:
    ran = play("- tasks: [{name: it, command: echo, failed_when: true, changed_when: true}]", "-C")
    assert ran.steps() == ["it: skipped"]
    assert "failed_when_result" not in ran.result("it")


def test_arguments_that_a_module_would_refuse_are_judged_and_repeated(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: refused
              file: {path: x, state: "{{ 'odd' }}"}
              register: out
              failed_when: "'value of state must be one of' not in out.msg"
            - name: repeated
              file: {path: x, state: "{{ 'odd' }}"}
              retries: 1
              delay: 0
              ignore_errors: true
    """)
    assert ran.steps() == ["refused: ok", "repeated: failed"]
    assert ran.result("refused")["failed_when_result"] is False
    assert ran.result("repeated")["attempts"] == 1


def test_arguments_that_no_module_would_see_are_not_judged(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: it, assert: {that: true, quiet: "{{ 'odd' }}"}, failed_when: false}
    """)
    assert ran.steps() == ["it: failed"]
