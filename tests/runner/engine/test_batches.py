"""serial, order, max_fail_percentage: which hosts go together, and when all of them stop."""

from __future__ import annotations

import pytest

from .conftest import Play, Ran

ALL = ("-i", "a,b,c,d,")


def _plays(ran: Ran) -> list[list[str]]:
    return [each["hosts"] for each in ran.named("PlayStarted")]


@pytest.mark.parametrize(
    ("serial", "batches"),
    [
        ("2", [["a", "b"], ["c", "d"]]),
        ("3", [["a", "b", "c"], ["d"]]),
        ("'50%'", [["a", "b"], ["c", "d"]]),
        ("'1%'", [["a"], ["b"], ["c"], ["d"]]),
        ("[1, '75%']", [["a"], ["b", "c", "d"]]),
        ("[1, 1]", [["a"], ["b"], ["c"], ["d"]]),
        ("0", [["a", "b", "c", "d"]]),
        ("'{{ 1 + 1 }}'", [["a", "b"], ["c", "d"]]),
        ("2.9", [["a", "b"], ["c", "d"]]),
        ("'{{ 6 / 2 }}'", [["a", "b", "c"], ["d"]]),
        ("'50 %'", [["a", "b"], ["c", "d"]]),
    ],
)
def test_serial_cuts_a_play_into_batches(play: Play, serial: str, batches: list[list[str]]) -> None:
    ran = play(f"- hosts: all\n  serial: {serial}\n  tasks: [{{debug: }}]\n", *ALL)
    assert _plays(ran) == batches


def test_every_batch_knows_itself_and_the_play(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          serial: [1, 3]
          tasks:
            - {name: batch, debug: {msg: "{{ ansible_play_batch }}"}}
            - {name: fails, fail: {msg: nope}, when: inventory_hostname == 'b'}
            - {name: going on, debug: {msg: "{{ ansible_play_hosts }}"}}
            - {name: all, debug: {msg: "{{ ansible_play_hosts_all }}"}}
        """,
        *ALL,
    )
    assert ran.result("batch", "a")["msg"] == ["a"]
    assert ran.result("batch", "c")["msg"] == ["b", "c", "d"]
    assert ran.result("going on", "d")["msg"] == ["a", "c", "d"]
    assert ran.result("all", "d")["msg"] == ["a", "b", "c", "d"]


def test_when_all_of_a_batch_has_failed_neither_batches_nor_plays_follow_and_it_is_said(
    play: Play,
) -> None:
    ran = play(
        """
        - name: first
          hosts: all
          serial: 2
          tasks:
            - {fail: {msg: nope}, when: "inventory_hostname in ['a', 'b']"}
        - hosts: localhost
          tasks: [{debug: }]
        """,
        *ALL,
    )
    assert _plays(ran) == [["a", "b"]]
    (told,) = ran.named("WarningGiven")
    assert told["text"] == "all hosts of the play first have failed: the next play is left out"
    assert ran.code == 2


@pytest.mark.parametrize(
    ("order", "hosts"),
    [
        ("inventory", ["c", "a", "d", "b"]),
        ("reverse_inventory", ["b", "d", "a", "c"]),
        ("sorted", ["a", "b", "c", "d"]),
        ("reverse_sorted", ["d", "c", "b", "a"]),
    ],
)
def test_order_says_who_comes_first(play: Play, order: str, hosts: list[str]) -> None:
    ran = play(f"- hosts: all\n  order: {order}\n  tasks: [{{debug: }}]\n", "-i", "c,a,d,b,")
    assert _plays(ran) == [hosts]


def test_the_order_of_a_play_is_that_of_its_batches_and_not_of_all_its_hosts(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          order: sorted
          tasks:
            - {name: all, debug: {msg: "{{ ansible_play_hosts_all + ansible_play_hosts }}"}}
            - {name: batch, debug: {msg: "{{ ansible_play_batch }}"}}
        """,
        "-i",
        "b,a,",
    )
    assert ran.result("all")["msg"] == ["b", "a", "b", "a"]
    assert ran.result("batch")["msg"] == ["a", "b"]


def test_a_batch_knows_the_hosts_that_came_in_before_it_though_they_take_no_part(
    play: Play,
) -> None:
    ran = play(
        """
        - hosts: all
          serial: 1
          tasks:
            - {name: all, debug: {msg: "{{ ansible_play_hosts_all + ansible_play_batch }}"}}
            - add_host: {name: "new {{ inventory_hostname }}"}
        """,
        "-i",
        "a,b,",
    )
    assert ran.result("all", "a")["msg"] == ["a", "b", "a"]
    assert ran.result("all", "b")["msg"] == ["new a", "a", "b", "b"]


def test_what_hosts_of_a_play_are_not_there_is_told_once_and_not_for_each_batch(
    play: Play,
) -> None:
    ran = play(
        """
        - hosts: all:nobody
          serial: 1
          tasks: [{add_host: {name: "new {{ inventory_hostname }}"}}]
        """,
        *("-i", "a,b,"),
    )
    assert len(ran.named("WarningGiven")) == 1


def test_shuffle_takes_everybody(play: Play) -> None:
    ran = play("- hosts: all\n  order: shuffle\n  tasks: [{debug: }]\n", *ALL)
    assert sorted(*_plays(ran)) == ["a", "b", "c", "d"]


@pytest.mark.parametrize(
    ("limit", "goes_on"), [(50, True), (49, False), ("49.9 %", False), ("50%", True)]
)
def test_when_more_hosts_fail_than_may_all_stop(play: Play, limit: object, goes_on: bool) -> None:  # noqa: FBT001
    ran = play(
        f"""
        - hosts: all
          max_fail_percentage: {limit}
          tasks:
            - {{name: one, fail: {{msg: nope}}, when: "inventory_hostname in ['a', 'b']"}}
            - {{name: two, debug: }}
        """,
        *ALL,
    )
    assert ("two: ok" in ran.steps("d")) is goes_on
    assert ran.code == 2


@pytest.mark.parametrize("notifies", [True, False])
def test_whoever_has_yet_to_run_its_handlers_does_not_count_among_those_that_failed(
    play: Play,
    notifies: bool,  # noqa: FBT001
) -> None:
    ran = play(
        f"""
        - hosts: all
          max_fail_percentage: 0
          force_handlers: true
          tasks:
            - {{command: echo, notify: told, when: {notifies}}}
            - {{name: one, fail: , when: inventory_hostname == 'a'}}
            - {{name: two, debug: }}
          handlers: [{{name: told, debug: }}]
        """,
        *ALL,
    )
    assert ("two: ok" in ran.steps("d")) is notifies


def test_a_batch_that_cannot_be_is_told_before_anything_runs(play: Play) -> None:
    ran = play("- hosts: all\n  serial: many\n  tasks: [{debug: }]\n", *ALL)
    assert "site.yml:2:11: serial: expected a number of hosts, a share such as 30%" in ran.err
    assert ran.code == 4


def test_who_is_out_of_reach_does_not_count_for_the_percentage(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          max_fail_percentage: 0
          tasks:
            - {name: one, ping: , vars: {ansible_connection: "{{ way[inventory_hostname] }}"}}
            - {name: two, debug: }
          vars: {way: {a: ssh, b: local}}
        """,
        *("-i", "a,b,"),
    )
    assert ran.steps("b") == ["one: ok", "two: ok"]


_LIMITED = """
- hosts: all
  max_fail_percentage: "{{ limit }}"
  tasks:
    - {name: one, fail: , when: inventory_hostname == 'a'}
    - {name: two, debug: }
"""


@pytest.mark.parametrize(("limit", "goes_on"), [("50%", True), ("49%", False)])
def test_a_percentage_may_be_written_as_one(play: Play, limit: str, goes_on: bool) -> None:  # noqa: FBT001
    ran = play(_LIMITED, *("-i", "a,b,", "-e", f"limit={limit}"))
    assert ("two: ok" in ran.steps("b")) is goes_on


@pytest.mark.parametrize(
    "keyword",
    ["serial", "order", "strategy", "max_fail_percentage", "gather_facts", "force_handlers"],
)
def test_what_says_how_a_play_goes_may_be_omitted(play: Play, keyword: str) -> None:
    ran = play(
        f"""
        - hosts: all
          {keyword}: "{{{{ nowhere | default(omit) }}}}"
          tasks:
            - {{name: one, fail: , when: inventory_hostname == 'a'}}
            - {{name: two, debug: }}
        """,
        *("-i", "a,b,"),
    )
    assert ran.steps("b") == ["one: skipped", "two: ok"]
    assert _plays(ran) == [["a", "b"]]


@pytest.mark.parametrize("keyword", ["name", "serial", "order", "strategy", "gather_facts"])
def test_a_play_of_which_a_keyword_is_not_defined_is_not_right(play: Play, keyword: str) -> None:
    ran = play(f"""
        - {keyword}: "{{{{ nosuch }}}}"
          tasks: [{{debug: }}]
    """)
    assert (ran.code, ran.steps()) == (4, [])
    assert f"Error processing keyword '{keyword}': 'nosuch' is undefined" in ran.err
