"""One failure and the others: any_errors_fatal, run_once, hosts out of reach, time that is up."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Play

BOTH = ("-i", "a,b,")
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
    assert "only the connection local is supported" in ran.result("gone", "a")["msg"]
    assert ran.recap("a") == "ok=2 unreachable=1 ignored=1"
    assert ran.code == 4


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


def test_a_host_out_of_reach_is_not_tried_again(play: Play) -> None:
    ran = play("""
        - vars: {ansible_connection: ssh}
          tasks: [{name: one, ping: , register: it, until: it is succeeded, delay: 0}]
    """)
    assert ran.steps() == ["one: unreachable"]
    assert not ran.named("StepRetried")


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


def test_a_step_that_takes_too_long_is_stopped_and_has_failed(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: slow, command: sleep 60, timeout: 0.1, ignore_errors: true}
            - {name: quick, command: "true", timeout: 60}
    """)
    assert ran.result("slow")["msg"] == "Task failed: Timed out after 0.1 second(s)."
    assert ran.result("slow")["timedout"]["period"] == 0.1
    assert ran.steps() == ["slow: failed", "quick: changed"]


def test_a_step_that_took_too_long_is_not_tried_again_nor_judged_otherwise(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: it, command: sleep 60, timeout: 0.1, retries: 3, failed_when: false}
    """)
    assert ran.steps() == ["it: failed"]
    assert ran.named("StepRetried") == []


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


def test_each_file_of_a_loop_that_is_not_there_is_a_failure(play: Play) -> None:
    ran = play("""
        - tasks: [{name: all, include_tasks: "{{ item }}.yml", loop: [one, two, three]}]
    """)
    assert ran.recap() == "failed=3"


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


@pytest.mark.parametrize("where", ["play", "block", "task"])
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
