"""Blocks: rescue, always, and what a run counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsplay.runner.engine import walk

from .conftest import BOTH, Play


def test_rescue_handles_a_failure_and_knows_it(play: Play) -> None:
    ran = play("""
        - tasks:
            - block:
                - {name: breaks, fail: {msg: no more paper}}
                - {name: never, debug: {msg: hi}}
              rescue:
                - name: told
                  debug: {msg: "{{ ansible_failed_task.name }}: {{ ansible_failed_result.msg }}"}
              always:
                - {name: tidied, debug: {msg: hi}}
            - {name: further, debug: {msg: hi}}
    """)
    assert ran.steps() == ["breaks: failed", "told: ok", "tidied: ok", "further: ok"]
    assert ran.named("StepFinished")[0]["rescued"] is True
    assert ran.result("told")["msg"] == "breaks: no more paper"
    assert ran.recap() == "ok=3 rescued=1"
    assert ran.code == 0


def test_a_rescue_and_all_that_follows_know_how_the_failed_task_was_written(play: Play) -> None:
    ran = play("""
        - tasks:
            - block:
                - name: of {{ inventory_hostname }}
                  command: "false"
                  register: it
                  tags: [b, a]
                  when: 1 == 1
                  vars: {greeting: "hello {{ inventory_hostname }}"}
                  environment: {LANG: C}
                  changed_when: false
                  notify: nobody
                  run_once: true
                  retries: 1
                  delay: 0
              rescue:
                - {name: task, debug: {msg: "{{ ansible_failed_task }}"}}
          handlers: [{name: nobody, debug: }]
        - tasks:
            - {name: later, debug: {msg: "{{ ansible_failed_result.rc }}"}}
    """)
    assert ran.result("task")["msg"] == {
        "name": "of localhost",
        "action": "command",
        "args": {"_raw_params": "false"},
        "register": "it",
        "tags": ["a", "b"],
        "when": ["1 == 1"],
        "vars": {"greeting": "hello localhost"},
        "environment": [{"LANG": "C"}],
        "changed_when": [False],
        "failed_when": [],
        "until": [],
        "notify": ["nobody"],
        "run_once": True,
        "retries": 1,
        "delay": 0,
        "poll": 15,
        **dict.fromkeys(("any_errors_fatal", "no_log"), False),
        **dict.fromkeys(("async", "async_val", "throttle", "timeout"), 0),
        **dict.fromkeys(("delegate_to", "delegate_facts", "ignore_errors", "ignore_unreachable")),
        **dict.fromkeys(("check_mode", "diff", "debugger", "loop", "loop_with")),
    }
    assert ran.result("later")["msg"] == 1


def test_a_failure_that_will_be_rescued_is_known_by_its_name_at_once(play: Play) -> None:
    ran = play("""
        - tasks:
            - block:
                - block: [{name: one, fail: }]
                  rescue: [{name: two, fail: }]
                  always: [{name: before, debug: {msg: "{{ ansible_failed_task.name }}"}}]
              rescue: [{name: begun, debug: {msg: "{{ ansible_failed_task.name }}"}}]
    """)
    assert ran.result("before")["msg"] == "two"
    assert ran.result("begun")["msg"] == "two"


def test_a_failure_of_a_rescue_is_not_known_by_its_name_if_nothing_rescues_it(play: Play) -> None:
    ran = play("""
        - tasks:
            - block: [{name: one, fail: }]
              rescue: [{name: two, fail: }]
              always: [{name: after, debug: {msg: "{{ ansible_failed_task.name }}"}}]
    """)
    assert ran.result("after")["msg"] == "one"


def test_without_a_rescue_always_runs_and_the_host_has_failed(play: Play) -> None:
    ran = play("""
        - tasks:
            - block:
                - {name: breaks, fail: {msg: nope}}
              always:
                - {name: tidied, debug: {msg: hi}}
            - {name: never, debug: {msg: hi}}
    """)
    assert ran.steps() == ["breaks: failed", "tidied: ok"]
    assert ran.code == 2


def test_a_failure_inside_rescue_reaches_the_block_around(play: Play) -> None:
    ran = play("""
        - tasks:
            - block:
                - block:
                    - {name: first, fail: {msg: first}}
                  rescue:
                    - {name: second, fail: {msg: second}}
                  always:
                    - {name: inner, debug: {msg: hi}}
              rescue:
                - {name: told, debug: {msg: "{{ ansible_failed_result.msg }}"}}
    """)
    assert ran.steps() == ["first: failed", "second: failed", "inner: ok", "told: ok"]
    assert ran.result("told")["msg"] == "second"
    assert ran.recap() == "ok=2 rescued=2"


def test_a_rescue_of_which_tags_leave_nothing_rescues_nobody(play: Play) -> None:
    text = """
        - tasks:
            - block: [{name: fails, fail: , tags: t}]
              rescue: [{block: [{name: saves, debug: , tags: s}]}]
    """
    ran = play(text, "--tags", "t")
    assert (ran.steps(), ran.code, ran.recap()) == (["fails: failed"], 2, "failed=1")
    ran = play(text, "--tags", "t,s")
    assert (ran.steps(), ran.code) == (["fails: failed", "saves: ok"], 0)


def test_a_rescue_by_a_role_of_which_tags_leave_nothing_rescues_all_the_same(
    play: Play, tmp_path: Path
) -> None:
    """As in Ansible: a role ends with a step of its own, which is always wanted."""
    (tmp_path / "roles/r/tasks").mkdir(parents=True)
    (tmp_path / "roles/r/tasks/main.yml").write_text("- debug:", "utf-8")
    ran = play(
        """
        - tasks:
            - block: [{name: falls, command: "false", tags: t}]
              rescue: [{import_role: {name: r}}]
            - {name: next, debug: , tags: t}
        """,
        *("--tags", "t"),
    )
    assert ran.steps() == ["falls: failed", "next: ok"]
    assert ran.code == 0


def test_hosts_are_rescued_each_for_itself(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - block:
                - {name: picky, fail: {msg: nope}, when: inventory_hostname == 'a'}
                - {name: rest, debug: {msg: hi}}
              rescue:
                - {name: rescued, debug: {msg: hi}}
            - {name: together, debug: {msg: hi}}
        """,
        "-i",
        "a,b,",
    )
    assert ran.steps("a") == ["picky: failed", "rescued: ok", "together: ok"]
    assert ran.steps("b") == ["picky: skipped", "rest: ok", "together: ok"]


def test_what_stands_on_a_block_is_inherited(play: Play) -> None:
    ran = play("""
        - vars: {level: play}
          tasks:
            - when: 1 > 2
              block:
                - {name: skipped, debug: {msg: hi}}
              always:
                - {name: skipped too, debug: {msg: hi}}
            - vars: {level: block}
              ignore_errors: true
              block:
                - {name: outer, debug: {msg: "{{ level }}"}}
                - {name: inner, debug: {msg: "{{ level }}"}, vars: {level: task}}
                - {name: forgiven, fail: {msg: nope}}
            - {name: further, debug: {msg: "{{ level }}"}}
    """)
    assert ran.steps()[:2] == ["skipped: skipped", "skipped too: skipped"]
    assert [ran.result(name)["msg"] for name in ("outer", "inner", "further")] == [
        "block",
        "task",
        "play",
    ]
    assert ran.recap() == "ok=4 skipped=2 ignored=1"


def test_a_block_with_a_loop_is_walked_once_an_item(play: Play) -> None:
    ran = play("""
        - tasks:
            - loop: [1, 2]
              loop_control: {loop_var: number, index_var: i, extended: true}
              when: number != 3
              block:
                - {name: first, debug: {msg: "{{ i }} {{ ansible_loop.last }}"}}
                - {name: inner, debug: {msg: "{{ number }}{{ item }}"}, loop: [a, b]}
              always:
                - {name: tidied, debug: {msg: "{{ number }}"}}
    """)
    assert ran.steps() == ["first: ok", "inner: ok", "tidied: ok"] * 2
    assert [item["result"]["msg"] for item in ran.named("ItemFinished")] == ["1a", "1b", "2a", "2b"]
    assert ran.result("first")["msg"] == "1 True"
    assert ran.result("tidied")["msg"] == 2


def test_an_item_of_a_block_is_rescued_by_itself_and_without_a_rescue_is_the_last(
    play: Play,
) -> None:
    ran = play("""
        - tasks:
            - loop: [1, 2]
              block:
                - {name: picky, fail: {msg: "{{ item }}"}, when: item == 1}
              rescue:
                - {name: rescued, debug: {msg: "{{ ansible_failed_result.msg }}"}}
            - loop: [1, 2]
              block:
                - {name: strict, fail: {msg: "{{ item }}"}}
    """)
    assert ran.steps() == ["picky: failed", "rescued: ok", "picky: skipped", "strict: failed"]


def test_every_host_has_items_of_its_own(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - loop: "{{ ['x', 'y'] if inventory_hostname == 'a' else ['z'] }}"
              block:
                - {name: it, debug: {msg: "{{ item }}"}}
        """,
        "-i",
        "a,b,",
    )
    told = [(each["host"], each["result"]["msg"]) for each in ran.named("StepFinished")]
    assert sorted(told) == [("a", "x"), ("a", "y"), ("b", "z")]


def test_a_block_whose_list_cannot_be_had_fails_and_may_be_rescued_around(play: Play) -> None:
    ran = play("""
        - tasks:
            - block:
                - loop: "{{ nothing }}"
                  block: [{name: never, debug: }]
              rescue:
                - {name: rescued, debug: }
            - loop: "{{ nothing }}"
              when: 1 > 2
              block: [{name: never, debug: }]
    """)
    assert ran.steps() == ["block: failed", "rescued: ok"]
    assert "'nothing' is undefined" in ran.result("block")["msg"]
    assert ran.code == 0


def test_a_rescue_knows_that_the_list_of_a_block_could_not_be_had(play: Play) -> None:
    ran = play("""
        - tasks:
            - block: [{name: first, fail: {msg: first}}]
              rescue: [{debug: }]
            - block: [{loop: "{{ nothing }}", block: [{name: never, debug: }]}]
              rescue:
                - name: rescued
                  debug: {msg: "{{ ansible_failed_task.name }} {{ ansible_failed_result.msg }}"}
    """)
    assert ran.result("rescued")["msg"] == "block Task failed: 'nothing' is undefined"


def test_a_block_whose_list_cannot_be_had_may_be_fatal_for_all(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - loop: "{{ nothing if inventory_hostname == 'a' else [1] }}"
              any_errors_fatal: true
              block: [{name: never, debug: }]
        """,
        *BOTH,
    )
    assert ran.steps() == ["block: failed"]
    assert ran.code == 2


def test_a_task_named_by_a_template_sees_the_items_around_it(play: Play) -> None:
    ran = play("""
        - vars: {what: debug}
          tasks:
            - loop: [1, 2]
              block:
                - loop: [x, y]
                  loop_control: {loop_var: inner}
                  block: [{action: "{{ what }} msg={{ item }}{{ inner }}"}]
    """)
    told = [each["result"]["msg"] for each in ran.named("StepFinished")]
    assert told == ["1x", "1y", "2x", "2y"]


def test_what_hosts_have_behind_them_is_forgotten_but_for_those_who_are_still_there(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(walk, "MOST_BEHIND", 3)
    ran = play(
        """
        - hosts: all
          tasks:
            - loop: "{{ range(9) | list }}"
              block:
                - {name: one, debug: {msg: "{{ item }}"}}
                - {name: bad, fail: , when: item % 3 == 1 and inventory_hostname == 'a'}
                - {name: two, debug: {msg: "{{ item }}"}, changed_when: true, notify: told}
                - {meta: flush_handlers}
              rescue: [{name: rescued, debug: {msg: "{{ item }}"}}]
          handlers: [{name: told, debug: }]
        """,
        *BOTH,
    )
    good = ["one: ok", "bad: skipped", "two: changed", "told: ok"]
    assert ran.steps("a") == [*good, "one: ok", "bad: failed", "rescued: ok", *good] * 3
    assert ran.steps("b") == good * 9


def test_what_is_included_in_a_block_sees_its_item(play: Play, tmp_path: Path) -> None:
    (tmp_path / "more.yml").write_text('- {name: it, debug: {msg: "{{ item }}"}}\n')
    ran = play("- tasks: [{loop: [1, 2], block: [{include_tasks: more.yml}]}]")
    assert [each["result"].get("msg") for each in ran.named("StepFinished")][1::2] == [1, 2]
