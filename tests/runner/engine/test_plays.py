"""Plays: what is told of them in which order, the hosts they name, and what is theirs together."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from opsplay.runner.cli import main
from played import lay

from .conftest import BOTH, Play

_PAIRS = {"Run": "run", "Play": "play", "Task": "task", "Step": "task"}


def test_every_start_has_its_end_and_lies_inside_what_is_around_it(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - block:
                - {name: fails, fail: {msg: nope}, when: inventory_hostname == 'a'}
                - {name: loops, debug: {msg: hi}, loop: [1, 2]}
              rescue:
                - {name: bad, debug: {msg: "{{ nothing }}"}}
              always:
                - meta: flush_handlers
                - {name: more, include_tasks: nowhere.yml, ignore_errors: true}
        """,
        *BOTH,
    )
    open_ones: list[tuple[str, object]] = []
    for event in ran.events:
        kind = event["event"].removesuffix("Started").removesuffix("Finished")
        if kind not in _PAIRS:
            continue
        key = (kind, (event[_PAIRS[kind]], event.get("host")))
        if event["event"].endswith("Started"):
            open_ones.append(key)
        elif kind == "Step":
            open_ones.remove(key)
        else:
            assert open_ones.pop() == key
    assert open_ones == []
    assert ran.events[0]["event"] == "RunStarted"
    assert ran.events[-1]["event"] == "RunFinished"


def test_hosts_run_side_by_side_and_each_step_ends_before_the_next(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - {name: one, command: "true"}
            - {name: two, command: "true"}
        """,
        "-i",
        "a,b,c,",
        "--forks",
        "3",
    )
    assert ran.steps()[:3] == ["one: changed"] * 3
    assert {step["host"] for step in ran.named("StepFinished")[:3]} == {"a", "b", "c"}


def test_a_play_may_name_its_hosts_by_the_groups_there_are(play: Play) -> None:
    ran = play(
        """
        - hosts: "{{ groups.all | reverse | list }}"
          tasks: [{name: it, debug: }]
        """,
        *BOTH,
    )
    (started,) = ran.named("PlayStarted")
    assert (started["play"], started["hosts"]) == ("['b', 'a']", ["b", "a"])


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("on {{ ansible_play_hosts | join('+') }}", "on localhost"),
        ("{{ ansible_version.major }} {{ ansible_check_mode }} {{ ansible_forks }}", "2 False 5"),
        ("{{ v }}", "1"),
    ],
)
def test_the_name_of_a_play_may_use_what_is_known_of_a_run(
    play: Play, name: str, told: str
) -> None:
    ran = play(f'- {{name: "{name}", hosts: localhost, vars: {{v: 1}}, tasks: [debug: ]}}')
    assert [each["play"] for each in ran.named("PlayStarted")] == [told]


def test_a_play_may_name_its_hosts_by_what_others_have_found_out(play: Play) -> None:
    ran = play(
        """
        - {hosts: a, tasks: [{set_fact: {wanted: b}}]}
        - {name: "for {{ hostvars.a.wanted }}", hosts: "{{ hostvars.a.wanted }}", tasks: [debug: ]}
        """,
        *BOTH,
    )
    started = ran.named("PlayStarted")[1]
    assert (started["play"], started["hosts"]) == ("for b", ["b"])


def test_a_host_that_is_only_read_is_not_in_the_recap(play: Play) -> None:
    ran = play(
        """
        - hosts: a
          tasks:
            - {name: it, debug: {msg: "{{ hostvars.b.inventory_hostname }}"}}
        """,
        *BOTH,
    )
    assert list(ran.named("RunFinished")[0]["recap"]) == ["a"]


def test_the_controller_goes_by_the_name_that_is_asked_for_first(play: Play) -> None:
    ran = play("""
        - hosts: 127.0.0.1
          tasks: [{name: first, set_fact: {a: 1}}]
        - hosts: localhost,::1
          tasks: [{name: second, debug: {msg: "{{ a }} {{ hostvars.localhost.a }}"}}]
    """)
    assert ran.steps("127.0.0.1") == ["first: ok", "second: ok"]
    assert ran.result("second")["msg"] == "1 1"


def test_hosts_that_match_nothing_are_an_error_before_anything_runs(play: Play) -> None:
    ran = play(
        """
        - tasks:
            - {name: first, debug: {msg: hi}}
        - hosts: wbe
          tasks:
            - {name: second, debug: {msg: hi}}
        """,
        "-i",
        "web,",
    )
    assert ran.code == 4
    assert "site.yml:4:10" in ran.err
    assert "did you mean web?" in ran.err
    assert ran.events == []


def test_a_lone_dash_is_no_task(play: Play, tmp_path: Path) -> None:
    lay(tmp_path, "more.yml", "- {name: in a file, debug: }\n-\n")
    ran = play("""
        - tasks:
            - {name: one, debug: }
            -
            - include_tasks: more.yml
            - {name: two, debug: }
          handlers:
            -
    """)
    assert ran.steps() == ["one: ok", "include_tasks: ok", "in a file: ok", "two: ok"]


def test_a_lone_dash_in_a_block_is_a_mistake_as_in_ansible(play: Play) -> None:
    ran = play("- tasks: [{block: [{debug: }, null]}]")
    assert ran.code == 4
    assert "should be a dict but was nothing (null)" in ran.err


@pytest.mark.parametrize(("bad", "names"), [("c", ["first", "second"]), ("a", ["first"])])
def test_a_playbook_in_which_a_host_has_failed_is_the_last(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], bad: str, names: list[str]
) -> None:
    first, second = str(tmp_path / "first.yml"), str(tmp_path / "second.yml")
    fails = f"{{name: first, fail: , when: inventory_hostname == '{bad}'}}"
    lay(tmp_path, first, f"- {{hosts: all, gather_facts: false, tasks: [{fails}]}}")
    passes = "{hosts: all, gather_facts: false, tasks: [{name: second, debug: }]}"
    lay(tmp_path, second, f"- {passes}")
    main(["run", first, second, "-i", "a,b,", "--output", "json"])
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [event["name"] for event in told if event["event"] == "TaskStarted"] == names
    assert [event["plays"] for event in told if "plays" in event] == [1] * len(names)
