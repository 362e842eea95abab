"""Loops around what is included: whose items go together, and what is told of them."""

from __future__ import annotations

from pathlib import Path

from .conftest import BOTH, Play


def test_an_item_that_knows_its_place_is_included_together_only_there(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "more.yml").write_text("- debug: {msg: '{{ n | default(0) }}'}\n")
    ran = play(
        """
        - hosts: all
          vars: {mine: {a: [x, y], b: [y, z]}, more: {a: [x], b: [x, y]}}
          tasks:
            - {include_tasks: more.yml, loop: "{{ mine[inventory_hostname] }}"}
            - include_tasks: more.yml
              loop: "{{ mine[inventory_hostname] }}"
              loop_control: {index_var: n}
            - include_tasks: more.yml
              loop: "{{ more[inventory_hostname] }}"
              loop_control: {extended: true}
            - include_tasks: more.yml
              loop: "{{ [inventory_hostname, 'same'] }}"
              loop_control: {extended: true}
        """,
        *("-i", "a,b,"),
    )
    told = [(event["item"], event["hosts"]) for event in ran.named("FileIncluded")]
    together = [("x", ["a"]), ("y", ["a", "b"]), ("z", ["b"])]
    alone = [("x", ["a"]), ("y", ["a"]), ("y", ["b"]), ("z", ["b"])]
    # It knows how many there are and its neighbours, too.
    assert told[:7] == [*together, *alone]
    assert told[7:10] == [("x", ["a"]), ("x", ["b"]), ("y", ["b"])]
    assert told[10:] == [("a", ["a"]), ("same", ["a"]), ("b", ["b"]), ("same", ["b"])]


def test_hosts_to_which_apply_gives_the_same_include_an_item_together(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "more.yml").write_text("- {name: it, debug: {msg: '{{ who }}'}}\n")
    ran = play(
        """
        - hosts: all
          tasks:
            - include_tasks: {file: more.yml, apply: {vars: {who: "{{ inventory_hostname }}"}}}
            - include_tasks: {file: more.yml, apply: {vars: {who: "{{ 'any' | upper }}"}}}
        """,
        *BOTH,
    )
    assert [event["hosts"] for event in ran.named("FileIncluded")] == [["a"], ["b"], ["a", "b"]]
    assert ran.result("it")["msg"] == "ANY"


def test_an_include_fails_where_what_it_applies_is_not_defined(play: Play, tmp_path: Path) -> None:
    (tmp_path / "more.yml").write_text("- debug: {msg: '{{ who }}'}\n")
    ran = play("""
        - tasks:
            - include_tasks: {file: more.yml, apply: {vars: {who: "{{ nobody }}"}}}
    """)
    assert ran.steps() == ["include_tasks: failed"]


def test_items_that_are_nothing_are_not_told_of_an_include(play: Play, tmp_path: Path) -> None:
    (tmp_path / "more.yml").write_text("- debug:\n")
    ran = play("""
        - tasks:
            - {include_tasks: more.yml, loop: [0, "0", "", false, null, []]}
    """)
    told = [event["item"] for event in ran.named("FileIncluded")]
    assert told == [None, "0", None, None, None, None]


def test_an_include_does_not_say_whether_its_items_will_change_something(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "more.yml").write_text("- debug:\n")
    ran = play("""
        - tasks:
            - {include_tasks: more.yml, loop: [1], register: all}
            - {name: told, debug: {msg: "{{ all.results[0] }}"}}
    """)
    said = {"include": "more.yml", "include_args": {}, "item": 1, "ansible_loop_var": "item"}
    assert ran.result("told")["msg"] == said


def test_what_some_items_include_is_walked_before_the_rescue_of_others(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "more.yml").write_text("- {name: more, debug: }\n")
    include = "{include_tasks: '{{ item }}.yml', loop: [more, none]}"
    (tmp_path / "imported.yml").write_text(f"- {include}\n")
    ran = play(f"""
        - tasks:
            - block: [{include}, {{name: unreached, debug: }}]
              rescue: [{{name: rescue, debug: }}]
            - block: [{{block: [{include}]}}]
              rescue: [{{name: outer rescue, debug: }}]
            - block: [{{import_tasks: imported.yml}}]
              rescue: [{{name: rescue around, debug: }}]
            - block: [{include}]
              always: [{{name: always, debug: }}]
    """)
    told = [step for step in ran.steps() if not step.startswith("include_tasks")]
    further_in = ["outer rescue: ok", "rescue around: ok"]
    assert told == ["more: ok", "rescue: ok", *further_in, "more: ok", "always: ok"]
