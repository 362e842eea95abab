"""add_host, group_by, refresh_inventory: the inventory grows while a run goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import BOTH, Play


def test_a_host_that_comes_in_takes_part_in_the_plays_that_follow(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - name: new
              add_host: {name: "new{{ item }}", groups: "fresh,{{ item }}s", number: "{{ item }}"}
              loop: [1, 2]
            - {name: now, debug: {msg: "{{ ansible_play_hosts }} {{ groups.fresh }}"}}
        - hosts: fresh
          tasks:
            - {name: later, debug: {msg: "{{ number }} {{ group_names }}"}}
        """,
        *BOTH,
    )
    assert ran.steps("a")[0] == "new: changed"
    assert "new: changed" not in ran.steps("b")
    assert ran.result("now", "b")["msg"] == "['a', 'b', 'new1', 'new2'] ['new1', 'new2']"
    assert ran.result("later", "new2")["msg"] == "2 ['2s', 'fresh']"


def test_a_host_that_is_known_is_no_change(play: Play) -> None:
    ran = play(
        """
        - hosts: a
          tasks:
            - {name: it, add_host: {name: "{{ item.0 }}", groups: g, v: "{{ item.1 }}"},
               loop: [[a, 1], [a, 1], [a, 2]]}
            - {name: told, debug: {msg: "{{ v }}"}}
        """,
        *BOTH,
    )
    assert [each["status"] for each in ran.named("ItemFinished")] == ["changed", "ok", "changed"]
    assert ran.result("told")["msg"] == 2


def test_host_and_group_are_variables_of_a_new_host_too(play: Play) -> None:
    ran = play("""
        - tasks: [{name: new, add_host: {host: "x:21", group: "g, h", v: 1}}]
        - hosts: g:&h
          tasks: [{name: it, debug: {msg: "{{ host }} {{ group }}"}}]
    """)
    kept = {"v": 1, "ansible_ssh_port": 21, "host": "x:21", "group": "g, h"}
    told = {"host_name": "x", "groups": ["g", "h"], "host_vars": kept}
    assert ran.result("new")["add_host"] == told
    assert ran.result("it")["msg"] == "x:21 g, h"


def test_hosts_are_grouped_by_what_is_known_of_them(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - {name: by, group_by: {key: "kind {{ inventory_hostname }}", parents: [kinds]}}
            - {name: again, group_by: {key: "kind {{ inventory_hostname }}", parents: [kinds]}}
        - hosts: kinds:!kind-b
          tasks: [{name: it, debug: {msg: "{{ group_names }} {{ groups.kinds }}"}}]
        """,
        *(*BOTH, "-f", "1"),
    )
    assert ran.result("by", "a")["add_group"] == "kind-a"
    assert ran.steps("a") == ["by: changed", "again: ok", "it: ok"]
    assert ran.result("it")["msg"] == "['kind-a', 'kinds'] ['a', 'b']"


def test_a_controller_that_no_inventory_names_may_be_grouped_but_is_none_of_all(
    play: Play,
) -> None:
    ran = play(
        """
        - hosts: localhost
          tasks: [{group_by: {key: here}}]
        - hosts: here
          tasks:
            - {name: told, debug: {msg: "{{ groups }} {{ group_names }} {{ hostvars | list }}"}}
        - hosts: all
          tasks: [{name: rest, debug: }]
        """,
        *BOTH,
    )
    everybody = {"all": ["a", "b"], "ungrouped": ["a", "b"], "here": ["localhost"]}
    assert ran.result("told")["msg"] == f"{everybody} ['here'] ['a', 'b']"
    assert ran.steps() == ["group_by: changed", "told: ok", "rest: ok", "rest: ok"]


def test_the_first_group_that_no_variable_could_be_called_is_warned_of(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - group_by: {key: "of-{{ inventory_hostname }}-"}
            - add_host: {name: new, groups: a-b}
        """,
        *BOTH,
    )
    told = [each["text"].partition(",")[0] for each in ran.named("WarningGiven")]
    assert told == ["Invalid characters were found in group names but not replaced"]


def test_the_files_of_variables_of_a_new_group_are_read(play: Play, tmp_path: Path) -> None:
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "fresh.yml").write_text("greeting: hello\n")
    ran = play("""
        - tasks: [{add_host: {name: new, groups: [fresh]}}]
        - hosts: new
          tasks: [{name: it, debug: {msg: "{{ greeting }}"}}]
    """)
    assert ran.result("it")["msg"] == "hello"


def test_a_play_for_a_group_that_nobody_came_into_is_left_out(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks: [{group_by: {key: known}}]
        - hosts: unknown
          tasks: [{name: never, debug: }]
        - hosts: a
          tasks: [{name: it, debug: }]
        """,
        *BOTH,
    )
    assert (
        "Could not match supplied host pattern, ignoring: unknown"
        in ran.named("WarningGiven")[0]["text"]
    )
    assert "it: ok" in ran.steps()
    assert ran.code == 0


@pytest.mark.parametrize("wanted", [("--skip-tags", "new"), ()])
def test_a_play_for_those_who_might_have_come_in_is_left_out(
    play: Play, wanted: tuple[str, ...]
) -> None:
    ran = play(
        """
        - hosts: a
          tasks: [{add_host: {name: x, groups: fresh}, when: 1 > 2, tags: new}]
        - hosts: fresh
          tasks: [{name: never, debug: }]
        - hosts: a
          tasks: [{name: it, debug: }]
        """,
        *BOTH,
        *wanted,
    )
    assert (ran.code, ran.steps()[-1]) == (0, "it: ok")


def test_the_inventory_is_read_again_and_what_came_in_stays(play: Play, tmp_path: Path) -> None:
    (tmp_path / "hosts.ini").write_text("a\n")
    ran = play(
        """
        - hosts: a
          tasks:
            - add_host: {name: new}
            - copy: {content: "a v=1\\nb\\n", dest: hosts.ini}
            - meta: refresh_inventory
            - {name: it, debug: {msg: "{{ groups.all | sort }} {{ v }}"}}
        - hosts: b
          tasks: [{name: took part, debug: }]
        """,
        "-i",
        "hosts.ini",
    )
    assert ran.result("it")["msg"] == "['a', 'b', 'new'] 1"
    assert "took part: ok" in ran.steps("b")


def test_whom_a_play_is_not_for_is_named_in_it_until_the_inventory_is_read_again(
    play: Play,
) -> None:
    ran = play(
        """
        - hosts: a
          tasks:
            - add_host: {name: new}
            - {name: before, debug: {msg: "{{ ansible_play_hosts }} {{ ansible_play_hosts_all }}"}}
            - meta: refresh_inventory
            - {name: after, debug: {msg: "{{ ansible_play_hosts }} {{ ansible_play_hosts_all }}"}}
        """,
        *BOTH,
    )
    assert ran.result("before")["msg"] == "['a', 'new'] ['a', 'new']"
    assert ran.result("after")["msg"] == "['a'] ['a']"


def test_a_play_is_over_for_hosts_that_the_inventory_does_not_name_any_more(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "hosts.ini").write_text("a\nb\n")
    ran = play(
        """
        - hosts: all
          tasks:
            - {name: one, copy: {content: "b\n", dest: hosts.ini}, notify: told, run_once: true}
            - block:
                - meta: refresh_inventory
                - {name: two, debug: }
              always:
                - {name: three, debug: }
          handlers: [{name: told, debug: }]
        """,
        "-i",
        "hosts.ini",
    )
    assert ran.code == 0
    assert ran.steps("a") == ["one: changed"]
    assert ran.steps("b") == ["two: ok", "three: ok"]


def test_a_play_is_over_where_the_inventory_names_none_of_its_hosts_any_more(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "hosts.ini").write_text("a\n")
    ran = play(
        """
        - hosts: a
          tasks:
            - {name: one, copy: {content: "b\n", dest: hosts.ini}}
            - meta: refresh_inventory
            - {name: two, debug: }
        - hosts: all
          tasks: [{name: three, debug: }]
        """,
        "-i",
        "hosts.ini",
    )
    assert (ran.code, ran.steps("a"), ran.steps("b")) == (0, ["one: changed"], ["three: ok"])


def test_what_comes_of_add_host_is_known_to_the_host_that_it_ran_for(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks:
            - {add_host: {name: new}, register: it}
            - {name: known, debug: {msg: "{{ it is defined }}"}}
        """,
        "-i",
        "a,b,",
    )
    assert [ran.result("known", host)["msg"] for host in "ab"] == [True, False]


def test_no_handler_hears_of_what_comes_in_unless_a_loop_or_a_condition_brings_it(
    play: Play,
) -> None:
    """As in Ansible, which asks whether anything has changed before anybody comes in."""
    ran = play(
        """
        - hosts: a
          tasks:
            - {add_host: {name: b}, notify: one}
            - {group_by: {key: g}, notify: two}
            - {add_host: {name: "{{ item }}"}, loop: [c], notify: three}
            - {group_by: {key: h}, changed_when: true, notify: four}
          handlers: [{name: one, debug: }, {name: two, debug: }, {name: three, debug: },
                     {name: four, debug: }]
        """,
        *("-i", "a,"),
    )
    assert ran.steps("a")[-2:] == ["three: ok", "four: ok"]
    assert "one: ok" not in ran.steps("a")


def test_group_by_changes_something_for_the_first_item_of_a_group_only(play: Play) -> None:
    ran = play("- tasks: [{group_by: {key: '{{ item }}'}, loop: [x, x, y]}]")
    assert [item["status"] for item in ran.named("ItemFinished")] == ["changed", "ok", "changed"]


def test_hosts_that_come_in_go_before_those_that_were_there(play: Play) -> None:
    ran = play(
        """
        - hosts: a
          tasks:
            - add_host: {name: z, groups: g}
            - add_host: {name: b, groups: g}
            - {name: it, debug: {msg: "{{ groups.all }}"}}
        """,
        *("-i", "a,b,"),
    )
    assert ran.result("it", "a")["msg"] == ["z", "a", "b"]


def test_a_host_without_a_name_cannot_come_in(play: Play) -> None:
    ran = play("- tasks: [{name: it, add_host: {name: ''}}]")
    assert ran.code == 2
    assert "Invalid empty host name provided" in ran.result("it")["msg"]


def test_what_fails_brings_nobody_in(play: Play) -> None:
    ran = play(
        """
        - hosts: a
          tasks:
            - {add_host: {name: never}, failed_when: true, ignore_errors: true}
            - {add_host: {name: nor this}, until: false, retries: 1, delay: 0, ignore_errors: true}
            - {group_by: {key: nothing}, failed_when: true, ignore_errors: true}
            - {name: new, add_host: {name: new}, changed_when: false}
            - {name: all, debug: {msg: "{{ groups.all | sort }} {{ groups.keys() | sort }}"}}
        """,
        *BOTH,
    )
    assert ran.result("all")["msg"] == "['a', 'b', 'new'] ['all', 'ungrouped']"
    assert "new: ok" in ran.steps()


@pytest.mark.parametrize("key", ["[a, b]", "{a: 1}", "''"])
def test_group_by_takes_the_name_of_one_group(play: Play, key: str) -> None:
    ran = play(f"- tasks: [{{name: it, group_by: {{key: {key}}}}}]")
    assert "key must be the name of one group" in ran.result("it")["msg"]


def test_items_see_nothing_of_what_others_bring(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: new, add_host: {name: "n{{ item }}", groups: "g{{ groups.all | length }}"},
               loop: [1, 2]}
            - {name: by, group_by: {key: "k{{ groups | length }}"}, loop: [1, 2]}
            - {name: told, debug: {msg: "{{ groups.keys() | select('match', '[gk]') }}"}}
    """)
    assert [each["status"] for each in ran.named("ItemFinished")] == ["changed"] * 3 + ["ok"]
    assert ran.result("told")["msg"] == ["g0", "k3"]


def test_if_one_item_fails_none_brings_anything(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: new, add_host: {name: "{{ item }}"}, loop: [n1, n2], register: done,
               failed_when: item == 'n2', ignore_errors: true}
            - {name: told, debug: {msg: "{{ groups.all }} {{ done.changed }}"}}
    """)
    assert ran.result("told")["msg"] == "[] False"


def test_groups_have_their_hosts_in_the_order_in_which_these_came(play: Play) -> None:
    ran = play(
        """
        - hosts: all
          tasks: [{group_by: {key: "{{ 'odd' if item is odd else 'even' }}", parents: late}}]
          vars: {item: "{{ inventory_hostname[1:] | int }}"}
        - hosts: late
          tasks: [{name: it, debug: {msg: "{{ [groups.odd, groups.even] }}"}}]
        """,
        *("-i", ",".join(f"h{number}" for number in range(12))),
    )
    odd, even = [f"h{n}" for n in range(1, 12, 2)], [f"h{n}" for n in range(0, 12, 2)]
    assert ran.result("it", "h0")["msg"] == [odd, even]


def test_what_counts_as_a_change_may_lean_on_whether_it_is_new(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: one, add_host: {name: x}, register: it, changed_when: it is changed}
            - {name: again, add_host: {name: x}, register: it, changed_when: it is changed}
            - name: both
              add_host: {name: "{{ item }}"}
              loop: [x, y, z]
              register: it
              changed_when: it is changed and item != 'z'
            - {name: told, debug: {msg: "{{ it.results | map(attribute='changed') }}"}}
            - {name: group, group_by: {key: g}, register: it, changed_when: it is not changed}
    """)
    assert ran.steps()[:2] == ["one: changed", "again: ok"]
    assert ran.result("told")["msg"] == [False, True, False]
    assert ran.steps()[-1] == "group: ok"
