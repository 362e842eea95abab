"""free and host_pinned: each host goes its own way."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from .conftest import BOTH, Play


@pytest.mark.parametrize("strategy", ["free", "host_pinned", "ansible.builtin.free"])
def test_every_host_walks_all_of_the_play_with_its_handlers_and_rescues(
    play: Play, strategy: str
) -> None:
    ran = play(
        f"""
        - hosts: all
          strategy: {strategy}
          tasks:
            - {{name: one, command: "true", notify: h}}
            - block:
                - {{name: picky, fail: {{msg: nope}}, when: inventory_hostname == 'b'}}
              rescue:
                - {{name: rescued, debug: }}
            - {{name: last, debug: }}
          handlers:
            - {{name: h, debug: }}
        """,
        *BOTH,
    )
    assert ran.steps("a") == ["one: changed", "picky: skipped", "last: ok", "h: ok"]
    assert ran.steps("b") == ["one: changed", "picky: failed", "rescued: ok", "last: ok", "h: ok"]
    assert ran.recap("b") == "ok=4 changed=1 rescued=1"


# With hosts in step, a would wait for b's step for ever.
_WAITING = """
- hosts: all
  tasks:
    - name: slow
      shell: until test -e there; do sleep 0.01; done
      when: inventory_hostname == 'a'
    - name: fast
      file: {path: there, state: touch}
      when: inventory_hostname == 'b'
"""


def test_free_does_not_wait_for_a_host_that_is_slow(play: Play) -> None:
    assert play(_WAITING.replace("  tasks:", "  strategy: free\n  tasks:"), *BOTH).code == 0


@pytest.mark.parametrize("name", ["debug", "ansible.builtin.free"])
def test_the_setting_knows_the_strategies_by_all_of_their_names(
    play: Play, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setenv("ANSIBLE_STRATEGY", name)
    assert play("- tasks: [{name: it, debug: }]").steps() == ["it: ok"]


def test_the_setting_may_name_no_strategy_that_there_is_not(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_STRATEGY", "odd")
    ran = play("- tasks: [{name: it, debug: }]")
    assert ran.code == 1
    assert "Invalid play strategy specified: odd" in ran.err


def test_the_setting_names_the_strategy_of_plays_that_do_not(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_STRATEGY", "free")
    assert play(_WAITING, *BOTH).code == 0


def test_a_host_alone_with_a_failure_stops_nobody_else(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          strategy: free
          any_errors_fatal: true
          tasks:
            - {name: one, fail: {msg: nope}, when: inventory_hostname == 'a'}
            - {name: two, debug: }
        """,
        *BOTH,
    )
    assert ran.steps("b") == ["one: skipped", "two: ok"]


@pytest.mark.parametrize("step", ["add_host: {name: c}", "pause: {seconds: 0.01}"])
def test_what_one_host_does_for_all_cannot_be_done_then(play: Play, step: str) -> None:
    ran = play(f"- {{hosts: all, strategy: free, tasks: [{{{step}}}]}}", *BOTH)
    name = step.partition(":")[0]
    assert f"The '{name}' module bypasses the host loop" in ran.err
    assert ran.code == 1


@pytest.mark.parametrize("strategy", ["free", "host_pinned"])
def test_run_once_means_nothing_then_and_that_is_told(play: Play, strategy: str) -> None:
    ran = play(
        f"""
        - hosts: all
          strategy: {strategy}
          tasks: [{{name: one, debug: , run_once: true}}]
        """,
        *BOTH,
    )
    assert (ran.steps("a"), ran.steps("b")) == (["one: ok"], ["one: ok"])
    assert (
        "Using run_once with the free strategy is not currently supported"
        in ran.named("WarningGiven")[0]["text"]
    )


def test_what_is_said_of_all_hosts_means_nothing_then_and_that_is_told_once(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          strategy: "{{ 'free' }}"
          max_fail_percentage: 10
          tasks:
            - block: [{name: one, debug: }, {name: two, debug: }]
              any_errors_fatal: true
        - hosts: all
          strategy: free
          any_errors_fatal: true
          tasks: [debug: ]
        """,
        *BOTH,
    )
    words = "Using {} with the free strategy is not supported, as tasks are executed independently"
    told = sorted(warning["text"] for warning in ran.named("WarningGiven"))
    assert [text.partition(" on each")[0] for text in told] == [
        words.format("any_errors_fatal"),
        words.format("max_fail_percentage"),
    ]


def test_what_ends_the_run_for_one_host_ends_it_for_those_who_are_elsewhere(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "bad.yml").write_text("- {dibug: }\n")
    ran = play(
        """
        - hosts: all
          strategy: free
          vars: {file: bad}
          tasks:
            - {include_tasks: "{{ file }}.yml", when: inventory_hostname == 'a'}
            - {name: slow, command: sleep 0.5}
            - {name: never, debug: }
        """,
        *BOTH,
    )
    assert "never: ok" not in ran.steps()
    assert ran.code == 4


@pytest.mark.parametrize("strategy", ["linear", "free"])
def test_throttle_lets_no_more_hosts_work_at_a_time(play: Play, strategy: str) -> None:
    ran = play(
        f"""
        - hosts: all
          strategy: {strategy}
          tasks:
            - name: alone
              throttle: 1
              shell: mkdir lock && sleep 0.02 && rmdir lock
        """,
        "-i",
        "a,b,c,d,",
    )
    assert ran.code == 0


def test_a_throttle_that_comes_to_no_number_ends_the_run(play: Play) -> None:
    ran = play("- tasks: [{debug: , throttle: \"{{ 'few' }}\"}]\n")
    assert (ran.code, len(ran.named("TaskStarted"))) == (1, 1)
    assert "Failed to convert the throttle value to an integer: invalid literal" in ran.err


def test_a_strategy_that_there_is_not_is_told_before_anything_runs(play: Play) -> None:
    ran = play("- hosts: all\n  strategy: fre\n  tasks: [{debug: }]\n", *BOTH)
    assert "site.yml:2:13: Invalid play strategy specified: fre" in ran.err
    assert "did you mean free?" in ran.err


def test_the_strategy_of_a_play_may_be_a_template(play: Play) -> None:
    text = "- {strategy: '{{ wanted }}', tasks: [{name: it, debug: }]}"
    assert play(text, "-e", "wanted=free").named("TaskStarted")[0]["alone"]
    ran = play(text, "-e", "wanted=hasty")
    assert ran.code == 1
    assert "Invalid play strategy specified: hasty" in ran.err


def test_with_the_strategy_debug_hosts_go_through_a_play_side_by_side(play: Play) -> None:
    ran = play("- {hosts: all, strategy: debug, tasks: [{debug: }, {debug: }]}", "-i", "a,b,")
    assert [each["task"] for each in ran.named("StepFinished")] == [1, 1, 2, 2]
    assert ran.code == 0


@pytest.mark.parametrize(
    ("first", "steps"),
    [
        ("b", ["bad: skipped", "waits: changed", "rescued: changed", "end: ok"]),
        ("a", ["waits: changed", "rescued: changed", "end: ok"]),
    ],
)
def test_what_should_run_once_and_fails_fails_for_all_wherever_they_are(
    play: Play, first: str, steps: list[str]
) -> None:
    """As in Ansible."""
    waits = """
                - name: waits
                  shell: touch b-waits; until [ -e a-rescued ]; do sleep 0.01; done
                  when: inventory_hostname == 'b'
    """
    ran = play(
        f"""
        - hosts: all
          strategy: free
          tasks:
            - block:
                {waits.strip() if first == "a" else ""}
                - name: bad
                  shell: until [ -e b-waits ]; do sleep 0.01; done; exit 1
                  run_once: true
                  when: inventory_hostname == 'a'
                {waits.strip() if first == "b" else ""}
                - {{name: never, debug: , when: inventory_hostname == 'b'}}
              rescue: [{{name: rescued, shell: 'touch {{{{ inventory_hostname }}}}-rescued'}}]
            - {{name: end, debug: }}
        """,
        *BOTH,
    )
    assert ran.steps("a")[-3:] == ["bad: failed", "rescued: changed", "end: ok"]
    assert ran.steps("b") == steps


def test_start_at_task_begins_there_for_every_host(play: Play) -> None:
    ran = play(
        """
        - {hosts: all, strategy: free, tasks: [{name: one, debug: }, {name: two, debug: }]}
        - {hosts: all, tasks: [{name: three, debug: }]}
        """,
        *BOTH,
        "--start-at-task",
        "two",
    )
    assert ran.steps("a") == ran.steps("b") == ["two: ok", "three: ok"]


@pytest.fixture(name="restless")
def _restless() -> Iterator[None]:
    """Threads take turns much more often than they do otherwise."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless")
@pytest.mark.parametrize(
    ("bring", "count", "looked_at"),
    [
        ("include_role: {name: 'r{{ item }}', public: true}", 50, "vars"),
        ("include_tasks: learn.yml", 400, "hostvars.a"),
        ("include_tasks: learn.yml", 400, "hostvars.a.ansible_facts"),
    ],
)
def test_whoever_looks_at_all_variables_is_not_disturbed_by_what_another_host_brings_in(
    play: Play, tmp_path: Path, bring: str, count: int, looked_at: str
) -> None:
    (tmp_path / "learn.yml").write_text("- set_fact: {'learnt_{{ item }}': 1, cacheable: true}\n")
    for number in range(50):
        defaults = tmp_path / "roles" / f"r{number}" / "defaults" / "main.yml"
        defaults.parent.mkdir(parents=True)
        defaults.write_text("".join(f"v{number}_{each}: 1\n" for each in range(100)))
    ran = play(
        f"""
        - hosts: all
          strategy: free
          tasks:
            - when: inventory_hostname == 'a'
              block:
                - {bring}
                  loop: "{{{{ range({count}) | list }}}}"
                - file: {{path: done, state: touch}}
            - assert: {{that: {looked_at}.keys() | list is iterable}}
              when: inventory_hostname == 'b'
              loop: "{{{{ range(3000) | list }}}}"
              loop_control: {{break_when: "(playbook_dir ~ '/done') is exists"}}
        """,
        *BOTH,
    )
    assert ran.code == 0
