"""One failure and the others: hosts out of reach, time that is up, conditions that fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import BOTH, Play


def test_a_loop_that_runs_once_gives_all_its_results_to_every_host(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - {command: "echo {{ item }}", loop: [1, 2], run_once: true, register: it}
            - {name: told, debug: {msg: "{{ it.results | map(attribute='stdout') | list }}"}}
            - {set_fact: {fact: "of {{ inventory_hostname }}"}, run_once: true}
            - {name: fact, debug: {msg: "{{ fact }}"}}
        """,
        *BOTH,
    )
    assert ran.result("told", "b")["msg"] == ["1", "2"]
    assert ran.result("fact", "b")["msg"] == "of a"


def test_a_host_out_of_reach_leaves_the_run_unless_that_is_ignored(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          vars: {ansible_connection: "{{ 'ssh' if inventory_hostname == 'a' else 'local' }}"}
          tasks:
            - {name: forgiven, command: "true", ignore_unreachable: true, register: it}
            - {name: asked, debug: {msg: "{{ it is unreachable }}{{ it.failed is defined }}"}}
            - block:
                - {name: gone, command: "true"}
              rescue:
                - {name: never, debug: }
              always:
                - {name: tidied, debug: }
        - hosts: all
          tasks: [{name: next, debug: }]
        """,
        *BOTH,
    )
    assert ran.steps("a") == ["forgiven: unreachable", "asked: ok", "gone: unreachable"]
    assert ran.steps("b")[-2:] == ["tidied: ok", "next: ok"]
    assert ran.result("asked", "a")["msg"] == "TrueFalse"
    assert ran.result("forgiven", "a")["exception"] == "(traceback unavailable)"
    told = ran.result("gone", "a")["msg"]
    assert told.startswith("Task failed: Failed to connect to the host via ssh: ")
    assert "only the connection local is supported" in told
    assert ran.recap("a") == "ok=2 unreachable=1 ignored=1"
    assert ran.code == 4


@pytest.mark.parametrize(
    ("way", "status", "words"),
    [
        ("ssh", "unreachable", "Failed to connect to the host via ssh: "),
        ("ansible.builtin.ssh", "unreachable", "Failed to connect to the host via "),
        ("of.others.way", "unreachable", "Failed to connect to the host via "),
        ("nonesuch", "failed", "the connection plugin 'nonesuch' was not found"),
    ],
)
def test_a_way_to_hosts_counts_for_those_that_do_not_say(
    play: Play, way: str, status: str, words: str
) -> None:
    tasks = f"[{{name: it, command: 'true', connection: {way}, ignore_errors: true}}]"
    ran = play(f"- hosts: a\n  tasks: {tasks}", "-i", "a,")
    assert ran.steps("a") == [f"it: {status}"]
    assert ran.result("it", "a")["msg"].startswith(f"Task failed: {words}")
    assert play(f"- tasks: {tasks}").steps() == ["it: changed"]


def test_what_cannot_be_said_of_an_assertion_is_not_tried_again_nor_judged_otherwise(
    play: Play,
) -> None:
    ran = play("""
        - tasks:
            - name: it
              assert: {that: true, success_msg: "{{ [1] }}"}
              failed_when: false
              until: false
              delay: 0
    """)
    assert ran.steps() == ["it: failed"]
    assert "attempts" not in ran.result("it")


@pytest.mark.parametrize(
    ("step", "status"),
    [
        ("command: 'true'", "unreachable"),
        ("raw: 'true'", "unreachable"),
        ("getent: {database: passwd}", "unreachable"),
        ("program: ", "unreachable"),
        ("debug: ", "ok"),
        ("set_fact: {a: 1}", "ok"),
        ("pause: {seconds: 0}", "ok"),
    ],
)
def test_steps_that_are_done_on_the_host_cannot_be_if_it_is_out_of_reach(
    play: Play, tmp_path: Path, step: str, status: str
) -> None:
    (tmp_path / "library").mkdir()
    (tmp_path / "library/program").write_text("#!/bin/sh\necho '{}'\n", "utf-8")
    ran = play(f"- vars: {{ansible_connection: ssh}}\n  tasks: [{{name: it, {step}}}]")
    assert ran.steps() == [f"it: {status}"]


def test_a_host_out_of_reach_is_not_tried_again(play: Play) -> None:
    ran = play("""
        - vars: {ansible_connection: ssh}
          tasks: [{name: one, ping: , register: it, until: it is succeeded, delay: 0}]
    """)
    assert ran.steps() == ["one: unreachable"]
    assert not ran.named("StepRetried")


def test_how_long_to_wait_is_read_before_the_first_try(play: Play) -> None:
    ran = play("- tasks: [{name: it, ping: , until: true, delay: '{{ [] }}'}]")
    assert ran.steps() == ["it: failed"]
    wrong = "The value [] could not be converted to 'float'."
    assert ran.result("it")["msg"] == f"Task failed: Error processing keyword 'delay': {wrong}"


def test_an_include_of_what_is_not_there_is_not_ignored_and_counts_as_failed(play: Play) -> None:
    ran = play("""
        - tasks:
            - block:
                - {name: one, include_tasks: "{{ 'nowhere' }}.yml"}
              rescue:
                - {name: rescued, debug: }
            - {name: two, include_tasks: "{{ 'nowhere' }}.yml", ignore_errors: true}
            - {name: never, debug: }
    """)
    assert ran.steps() == ["one: failed", "rescued: ok", "two: failed"]
    assert ran.result("one")["include"] == "nowhere.yml"
    assert ran.recap() == "ok=1 failed=2"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        ("a: 1\n", "included task files must contain a list of tasks"),
        ("words\n", "included task files must contain a list of tasks"),
        (None, "Could not find or access"),
    ],
)
def test_a_host_that_includes_no_list_of_tasks_is_rescued_but_gone_from_later_plays(
    play: Play, tmp_path: Path, content: str | None, reason: str
) -> None:
    if content:
        (tmp_path / "odd.yml").write_text(content, "utf-8")
    ran = play(
        """
        - hosts: all
          tasks:
            - block:
                - {name: one, include_tasks: "{{ 'odd' }}.yml", when: inventory_hostname == 'a'}
              rescue:
                - {name: rescued, debug: {var: ansible_play_hosts}}
            - {name: two, debug: }
        - hosts: all
          tasks: [{name: later, debug: }]
        """,
        *BOTH,
    )
    assert ran.result("one", "a")["reason"].startswith(reason)
    assert ran.result("rescued", "a")["ansible_play_hosts"] == ["b"]
    assert ran.steps("a") == ["one: failed", "rescued: ok", "two: ok"]
    assert ran.steps("b") == ["one: skipped", "two: ok", "later: ok"]


def test_items_of_an_include_that_are_there_count_beside_one_that_is_not(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "there.yml").write_text("- debug:\n", "utf-8")
    ran = play("""
        - tasks: [{include_tasks: "{{ item }}.yml", loop: [there, nowhere]}]
    """)
    assert ran.recap() == "ok=1 failed=1"


def test_a_condition_about_a_result_that_cannot_be_told_fails_the_step_and_keeps_the_result(
    play: Play,
) -> None:
    ran = play("""
        - tasks:
            - {name: changed, command: echo a, changed_when: nowhere, ignore_errors: true}
            - {name: failed, command: echo b, failed_when: nowhere, ignore_errors: true}
    """)
    assert ran.steps() == ["changed: failed", "failed: failed"]
    assert ran.result("changed")["stdout"] == "a"
    assert "'nowhere' is undefined" in ran.result("changed")["changed_when_result"]
    assert "'nowhere' is undefined" in ran.result("failed")["failed_when_result"]
    assert ran.recap() == "ok=2 changed=2 ignored=2"


def test_a_failure_has_words_though_only_a_condition_calls_it_one(play: Play) -> None:
    ran = play("""
        - tasks:
            - block: [{stat: {path: /}, failed_when: true}]
              rescue: [{name: it, debug: {msg: "{{ ansible_failed_result.msg }}"}}]
    """)
    assert ran.result("it")["msg"] == "Task failed: Action failed: Unknown error."


@pytest.mark.parametrize("word", ["changed_when", "failed_when"])
@pytest.mark.parametrize("nothing", ["~", "''", "[~]"])
def test_a_condition_about_a_result_that_is_left_empty_fails_the_step(
    play: Play, word: str, nothing: str
) -> None:
    ran = play(f"""
        - tasks: [{{name: it, command: echo a, {word}: {nothing}, ignore_errors: true}}]
    """)
    told = "Empty conditional expressions are not allowed."
    assert ran.result("it")[f"{word}_result"] == told
    assert (ran.code, ran.recap()) == (0, "ok=1 changed=1 ignored=1")


def test_conditions_that_a_step_needs_are_none_if_they_are_left_empty(play: Play) -> None:
    ran = play("- tasks: [{name: it, command: echo a, when: ~, until: ~}]")
    assert ran.steps() == ["it: changed"]


@pytest.mark.parametrize("unclear", ["nowhere", "'maybe'"])
def test_a_step_of_which_nobody_can_tell_whether_it_is_forgiven_has_failed_for_that_and_is(
    play: Play, unclear: str
) -> None:
    """As in Ansible."""
    ran = play(f"""
        - tasks:
            - {{name: it, debug: , ignore_errors: "{{{{ {unclear} }}}}"}}
            - {{name: next, debug: }}
    """)
    assert ran.steps() == ["it: failed", "next: ok"]
    assert "ignore_errors" in ran.result("it")["msg"]


def test_a_step_that_takes_too_long_is_stopped_and_has_failed(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: slow, command: sleep 60, timeout: 0.1, ignore_errors: true}
            - {name: quick, command: "true", timeout: 60}
    """)
    assert ran.result("slow")["msg"] == "Task failed: Timed out after 0.1 second(s)."
    assert ran.result("slow")["timedout"]["period"] == 0.1
    assert ran.steps() == ["slow: failed", "quick: changed"]


@pytest.mark.parametrize("seconds", [-1, 100_000_001])
def test_no_step_is_given_less_than_no_time_or_more_than_there_is(play: Play, seconds: int) -> None:
    ran = play(f"- tasks: [{{name: it, debug: , timeout: '{{{{ {seconds} }}}}'}}]")
    limits = "it must be between 0 and 100000000."
    assert ran.result("it")["msg"] == f"Task failed: Timeout {seconds} is invalid, {limits}"


def test_a_step_that_took_too_long_is_not_tried_again_nor_judged_otherwise(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: it, command: sleep 60, timeout: 0.1, retries: 3, failed_when: false}
    """)
    assert ran.steps() == ["it: failed"]
    assert ran.named("StepRetried") == []
    assert "attempts" not in ran.result("it")


def test_whether_an_error_is_ignored_may_depend_on_the_item(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: it, fail: {msg: "{{ item }}"}, loop: [1, 2], ignore_errors: "{{ item == 1 }}"}
    """)
    assert [each["ignored"] for each in ran.named("ItemFinished")] == [True, False]
    assert ran.code == 2


def test_an_error_is_ignored_also_if_another_keyword_cannot_be_told(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: it, command: "true", no_log: "{{ nowhere }}", ignore_errors: true}
    """)
    assert ran.recap() == "ok=1 ignored=1"
    (warning,) = ran.named("WarningGiven")
    assert warning["text"].startswith("Invalid no_log value for task, output will be masked: ")


def test_a_failure_registers_an_exception_as_ansible_does(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: it, command: "false", register: bad, ignore_errors: true}
            - {command: "true", register: good}
            - {name: told, debug: {msg: "{{ bad.exception }} {{ good.exception is defined }}"}}
    """)
    assert ran.result("told")["msg"] == "(traceback unavailable) False"


def test_what_fails_in_a_condition_is_told_as_such(play: Play) -> None:
    ran = play("- tasks: [{name: it, debug: , when: nothing}]")
    told = "Error while evaluating conditional: 'nothing' is undefined"
    assert told in ran.result("it")["msg"]


def test_each_file_of_a_loop_that_is_not_there_is_a_failure(play: Play) -> None:
    ran = play("""
        - tasks: [{name: all, include_tasks: "{{ item }}.yml", loop: [one, two, three]}]
    """)
    assert ran.recap() == "failed=3"


@pytest.mark.parametrize("yes", ["'y'", "'t'", "'1'", "'On'", "1"])
def test_a_keyword_that_is_yes_or_no_knows_all_words_for_that(play: Play, yes: str) -> None:
    ran = play(f"""
        - tasks: [{{fail: , ignore_errors: "{{{{ {yes} }}}}"}}, {{name: next, debug: }}]
    """)
    assert ran.recap() == "ok=2 ignored=1"


@pytest.mark.parametrize(
    "step",
    [
        "copy: {src: nowhere, dest: a}",
        "template: {src: nowhere, dest: a}",
        "script: nowhere.sh",
        "unarchive: {src: nowhere, dest: .}",
        "debug: {msg: a, var: b}",
        "set_fact: {}",
    ],
)
def test_nobody_has_a_say_in_what_is_wrong_before_a_step_is_under_way(
    play: Play, step: str
) -> None:
    """As in Ansible."""
    keywords = "failed_when: false, changed_when: true, retries: 1, delay: 0"
    ran = play(f"- tasks: [{{name: it, {step}, {keywords}}}]")
    assert ran.steps() == ["it: failed"]
    assert ran.recap() == "failed=1"
    assert ran.result("it").keys().isdisjoint({"failed_when_result", "attempts"})
    assert not ran.named("StepRetried")


@pytest.mark.parametrize("word", ["true", "'yes'", "'on'", "1", "'1'", "'{{ 1 }}'"])
def test_a_keyword_that_is_yes_or_no_may_be_written_in_many_ways(play: Play, word: str) -> None:
    ran = play(f"- tasks: [{{name: it, fail: , ignore_errors: {word}}}]")
    assert ran.code == 0


def test_of_items_out_of_reach_that_are_ignored_no_change_counts(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: it
              command: "true"
              vars: {ansible_connection: "{{ item }}"}
              loop: [local, ssh]
              ignore_unreachable: true
    """)
    assert ran.recap() == "ok=1 ignored=1"


def test_end_play_lets_later_plays_be_told_though_all_hosts_have_failed(play: Play) -> None:
    ran = play("""
        - tasks:
            - block: [{name: one, fail: }]
              always: [{meta: end_play}]
        - {name: next, tasks: [{name: never, debug: }]}
    """)
    assert [each["play"] for each in ran.named("PlayStarted")][1:] == ["next"]
    assert ran.steps() == ["one: failed"]


def test_a_host_out_of_reach_is_not_told_how_often_it_was_tried(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: it, ping: , vars: {ansible_connection: ssh}, retries: 2, delay: 0,
               ignore_unreachable: true}
    """)
    assert "attempts" not in ran.result("it")


@pytest.mark.parametrize("items", ["[far, near]", "[near, far]"])
def test_a_loop_of_which_one_item_fails_and_one_is_out_of_reach_has_failed(
    play: Play, tmp_path: Path, items: str
) -> None:
    (tmp_path / "hosts").write_text("near\nfar ansible_connection=ssh\n", "utf-8")
    ran = play(
        f"""
        - hosts: near
          tasks:
            - name: it
              command: "false"
              delegate_to: "{{{{ item }}}}"
              loop: {items}
              ignore_errors: true
            - {{name: behind, debug: }}
        """,
        *("-i", "hosts"),
    )
    assert ran.steps() == ["it: failed", "behind: ok"]
    assert ran.result("it")["unreachable"]
