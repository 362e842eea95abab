"""Loops: items, variables of the loop, results."""

from __future__ import annotations

from pathlib import Path

import pytest

from .conftest import Play


def test_a_loop_runs_once_an_item_and_registers_all_results(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: each
              debug: {msg: "<{{ item }}>"}
              loop: [a, b]
              register: it
            - {name: told, debug: {msg: "{{ it.results | map(attribute='msg') | list }}"}}
            - {name: items, debug: {msg: "{{ it.results | map(attribute='item') | list }}"}}
    """)
    assert ran.result("told")["msg"] == ["<a>", "<b>"]
    assert ran.result("items")["msg"] == ["a", "b"]
    assert ran.result("each")["msg"] == "All items completed"
    assert ran.recap() == "ok=3"


def test_loop_control_names_the_variables_and_the_label(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: it
              debug: {msg: "{{ i }} {{ user.name }} {{ ansible_loop.last }}"}
              loop: [{name: ann, key: x}, {name: li, key: y}]
              loop_control: {loop_var: user, index_var: i, label: "{{ user.name }}", extended: true}
    """)
    items = ran.named("ItemFinished")
    assert [item["label"] for item in items] == ["ann", "li"]
    assert [item["result"]["msg"] for item in items] == ["0 ann False", "1 li True"]


def test_conditions_are_asked_for_each_item(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: it, debug: {msg: hi}, loop: [1, 2, 3], when: item != 2}
    """)
    assert [item["status"] for item in ran.named("ItemFinished")] == ["ok", "skipped", "ok"]
    assert ran.steps() == ["it: ok"]


def test_a_loop_of_which_nothing_failed_says_nothing_of_that(play: Play) -> None:
    ran = play("""
        - tasks:
            - {debug: {msg: hi}, loop: [1], register: good}
            - {fail: , loop: [1], register: bad, ignore_errors: true}
            - name: asked
              assert:
                that: ["'failed' not in good", good is not failed, bad.failed, bad is failed]
    """)
    assert ran.steps()[-1] == "asked: ok"


def test_a_loop_over_nothing_is_skipped(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: it, debug: {msg: hi}, loop: []}
    """)
    assert ran.steps() == ["it: skipped"]


def test_a_failed_item_fails_the_loop_after_the_others_had_their_turn(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: it, command: "test {{ item }} = ok", loop: [ok, bad, ok]}
    """)
    assert [item["status"] for item in ran.named("ItemFinished")] == [
        "changed",
        "failed",
        "changed",
    ]
    assert ran.result("it")["msg"] == "One or more items failed"
    assert ran.recap() == "failed=1"


def test_what_is_no_list_is_refused_with_the_way_out(play: Play) -> None:
    ran = play("""
        - vars: {ports: {ftp: 21}}
          tasks:
            - {name: it, debug: {msg: hi}, loop: "{{ ports }}"}
    """)
    said = "The `loop` value must resolve to a 'list', not 'dict'."
    assert ran.result("it")["msg"] == said
    assert "dict2items" in ran.result("it")["origin"]


def test_a_missing_list_does_not_matter_when_the_step_is_not_wanted(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: it, debug: {msg: hi}, loop: "{{ nothing }}", when: 1 > 2}
    """)
    assert ran.steps() == ["it: skipped"]


def test_a_missing_list_is_told_before_its_item_is_by_a_condition(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: it, debug: , loop: "{{ nosuch }}", when: item == 1}
    """)
    assert "'nosuch' is undefined" in ran.result("it")["msg"]


@pytest.mark.parametrize("when", ["true", "false"])
def test_what_fails_instead_of_being_missing_fails_the_step_in_any_case(
    play: Play, when: str
) -> None:
    ran = play(f"- tasks: [{{name: it, debug: , when: {when}, with_file: [nowhere]}}]")
    assert ran.result("it")["msg"].startswith("The lookup plugin 'file' failed: Unable to access")


def test_break_when_ends_a_loop_early(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: it
              debug: {msg: hi}
              loop: [1, 2, 3]
              loop_control: {break_when: item == 2}
    """)
    assert len(ran.named("ItemFinished")) == 2


def test_break_when_sees_what_the_item_has_registered(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: it
              command: echo {{ item }}
              register: told
              loop: [1, 2, 3]
              loop_control: {break_when: told.stdout == '2'}
    """)
    assert len(ran.named("ItemFinished")) == 2


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        ("nosuch == 2", "Error while evaluating conditional: 'nosuch' is undefined"),
        ("item", "Conditional result (True) was derived from value of type 'int'"),
    ],
)
def test_break_when_that_cannot_be_told_fails_the_whole_step(
    play: Play, asked: str, why: str
) -> None:
    ran = play(f"""
        - tasks:
            - {{name: it, debug: , loop: [1, 2], loop_control: {{break_when: {asked}}}}}
    """)
    assert not {"changed", "results"} & ran.result("it").keys()
    assert ran.result("it")["msg"].startswith(why)


def test_with_first_found_needs_to_know_what_it_looks_for(play: Play) -> None:
    ran = play("""
        - tasks: [{name: it, debug: , with_first_found: "{{ nobody }}", ignore_errors: true}]
    """)
    assert "'nobody' is undefined" in ran.result("it")["msg"]


def test_with_first_found_passes_over_names_that_are_not_defined(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "here").touch()
    ran = play("""
        - tasks:
            - {name: terms, debug: {msg: "{{ item }}"}, with_first_found: ["{{ nobody }}", here]}
            - name: files
              debug: {msg: "{{ item }}"}
              with_first_found: [{files: ["{{ nobody }}", here], paths: ["{{ nobody }}", "."]}]
            - name: whole
              debug: {msg: "{{ item }}"}
              with_first_found: [{files: "{{ nobody }}", skip: true}, {files: here}]
    """)
    assert [step.rpartition(": ")[2] for step in ran.steps()] == ["ok"] * 3


def test_items_that_look_like_templates_are_data(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: out, shell: "echo '{''{ 6 * 7 }''}'", register: out}
            - {name: it, debug: {msg: "{{ item }}"}, loop: "{{ out.stdout_lines }}"}
    """)
    assert ran.named("ItemFinished")[0]["result"]["msg"] == "{{ 6 * 7 }}"


def test_with_items_flattens_one_level(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: it, debug: {msg: "{{ item }}"}, with_items: [1, [2, 3]]}
    """)
    assert [item["result"]["msg"] for item in ran.named("ItemFinished")] == [1, 2, 3]


def test_each_item_sees_what_the_one_before_has_set(play: Play) -> None:
    ran = play("""
        - tasks:
            - set_fact: {seen: "{{ seen | default([]) + [item] }}"}
              loop: [a, b, c]
            - {name: it, debug: {msg: "{{ seen }}"}}
    """)
    assert ran.result("it")["msg"] == ["a", "b", "c"]


@pytest.mark.parametrize(
    ("step", "name"),
    [
        ("include_vars: more.yml", "included"),
        ("include_vars: {file: more.yml, name: included}", "included"),
        ("setup: {gather_subset: '!all'}", "ansible_user_id"),
    ],
)
def test_each_item_sees_what_the_one_before_has_found(
    play: Play, tmp_path: Path, step: str, name: str
) -> None:
    (tmp_path / "more.yml").write_text("included: yes\n")
    ran = play(f"""
        - gather_facts: false
          tasks:
            - {step}
              loop: [a, b]
              when: {name} is not defined
    """)
    statuses = [item["status"] for item in ran.named("ItemFinished")]
    assert statuses == ["ok", "skipped"]


def test_items_side_by_side_do_not_wait_for_each_other_and_keep_their_order(play: Play) -> None:
    # The first item waits for what the second one does.
    ran = play("""
        - tasks:
            - name: it
              shell: "{{ item }}"
              loop: ["until test -e there; do sleep 0.01; done", "touch there", "false"]
              loop_control: {parallel: 2, index_var: i, label: "{{ i }}"}
              register: it
              ignore_errors: "{{ i == 2 }}"
            - {name: told, debug: {msg: "{{ it.results | map(attribute='rc') | list }}"}}
    """)
    assert [item["label"] for item in ran.named("ItemFinished")] == ["0", "1", "2"]
    assert ran.result("told")["msg"] == [0, 0, 1]
    assert ran.code == 0


def test_facts_of_items_side_by_side_are_set_in_their_order(play: Play) -> None:
    ran = play("""
        - tasks:
            - {set_fact: {last: "{{ item }}"}, loop: [1, 2, 3], loop_control: {parallel: 3}}
            - {name: it, debug: {msg: "{{ last }}"}}
    """)
    assert ran.result("it")["msg"] == 3


def test_what_templates_of_items_side_by_side_are_warned_of_is_told_of_the_loop(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: it
              debug: {msg: "{{ lookup('vars', '{{ item }}') }}"}
              vars: {one: 1, two: 2}
              loop: [one, two]
              loop_control: {parallel: 2}
    """)
    told = ran.result("it")["warnings"]
    assert [text.partition(".")[0] for text in told] == [
        "Jinja constant strings should not contain embedded templates"
    ] * 2


def test_a_loop_variable_that_is_taken_is_warned_of(play: Play) -> None:
    ran = play("""
        - vars: {item: outer}
          tasks:
            - {debug: , loop: [1]}
            - {debug: , loop: [1], loop_control: {loop_var: inner}}
    """)
    (warning,) = ran.named("WarningGiven")
    assert warning["text"].startswith("The loop variable 'item' is already in use.")


def test_a_step_and_what_it_includes_know_how_the_variables_of_the_loop_are_called(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "more.yml").write_text(
        "- {name: inner, debug: {msg: '{{ ansible_loop.index }} {{ ansible_loop_var }}'}}\n"
    )
    ran = play("""
        - tasks:
            - name: it
              debug: {msg: "{{ ansible_loop_var }} {{ ansible_index_var }}"}
              loop: [a]
              loop_control: {loop_var: one, index_var: number}
            - include_tasks: more.yml
              loop: [a, b]
              loop_control: {extended: true}
    """)
    (item,) = ran.named("ItemFinished")[:1]
    assert item["result"]["msg"] == "one number"
    assert item["result"]["ansible_index_var"] == "number"
    assert ran.result("inner")["msg"] == "2 item"


def test_each_item_has_the_arguments_that_are_the_same_for_all(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: it
              copy: {content: "{{ item }}", dest: "{{ item }}.txt", mode: "0640", backup: "no"}
              loop: [a, b]
              register: it
            - {name: told, debug: {msg: "{{ it.results | map(attribute='mode') | list }}"}}
    """)
    assert ran.result("told")["msg"] == ["0640", "0640"]


def test_arguments_that_do_not_fit_are_told_of_each_item(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: it
              copy: {content: x, dest: "{{ item }}", backup: "{{ item == 'b' and 'maybe' }}"}
              loop: [a, b, c]
              ignore_errors: true
    """)
    told = ran.named("ItemFinished")
    assert [each["status"] for each in told] == ["changed", "failed", "changed"]
    assert "backup" in told[1]["result"]["msg"]


def test_the_names_of_its_variables_may_be_templates(play: Play) -> None:
    ran = play("""
        - vars: {kind: user}
          tasks:
            - name: it
              debug: {msg: "{{ n }} {{ user }}"}
              loop: [ann, li]
              loop_control: {loop_var: "{{ kind }}", index_var: "{{ 'n' }}"}
    """)
    items = ran.named("ItemFinished")
    assert [item["result"]["msg"] for item in items] == ["0 ann", "1 li"]
    assert [item["label"] for item in items] == ["ann", "li"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("{{ 'a b' }}", "Invalid variable name 'a b'."),
        ("{{ nope }}", "Error processing keyword 'loop_var': 'nope' is undefined"),
    ],
)
def test_what_is_no_name_for_the_variable_of_a_loop_fails_the_step(
    play: Play, name: str, words: str
) -> None:
    ran = play(f"""
        - tasks:
            - {{name: it, debug: , loop: [1], loop_control: {{loop_var: "{name}"}}}}
    """)
    assert ran.result("it")["msg"] == words


def test_an_item_sees_under_the_registered_name_what_came_of_the_one_before(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: it
              command: "{{ item }}"
              loop: ["false", "true", "false"]
              register: last
              when: last is not defined or last is failed
              ignore_errors: true
    """)
    skipped = [each.get("skipped", False) for each in ran.result("it")["results"]]
    assert skipped == [False, False, True]


@pytest.mark.parametrize(
    ("step", "labels"),
    [
        (
            "{debug: {msg: 'is {{ item }}'}, loop_control: {label: '{{ it.msg }}'}}",
            ["is a", "is b"],
        ),
        (
            "{set_fact: {so: '{{ so + item }}'}, loop_control: {label: '{{ so }}'}}",
            ["far a", "far ab"],
        ),
        (
            "{debug: {msg: '{{ item }}'}, loop_control: {parallel: 2, label: '{{ it.msg }}'}}",
            [*"ab"],
        ),
        (
            """{debug: , when: item == 'b', loop_control: {label: "{{ it is skipped }}"}}""",
            ["True", "False"],
        ),
    ],
)
def test_a_label_may_lean_on_what_has_come_of_the_item(
    play: Play, step: str, labels: list[str]
) -> None:
    task = f"{{loop: [a, b], register: it, {step[1:]}"
    ran = play(f"- {{vars: {{so: 'far '}}, tasks: [{task}]}}")
    assert [item["label"] for item in ran.named("ItemFinished")] == labels


def test_an_empty_label_is_none(play: Play) -> None:
    ran = play("- tasks: [{debug: , loop: [7], loop_control: {label: ''}}]")
    assert [item["label"] for item in ran.named("ItemFinished")] == ["7"]


@pytest.mark.parametrize("word", ["loop", "with_items"])
def test_what_is_looped_over_cannot_be_omitted(play: Play, word: str) -> None:
    ran = play(f"- tasks: [{{name: it, debug: , {word}: '{{{{ nothing | default(omit) }}}}'}}]")
    assert ran.steps() == ["it: failed"]
    assert ran.result("it")["msg"] == "A template was resolved to an Omit scalar."


def test_what_is_omitted_makes_no_pause_and_notifies_nobody(play: Play) -> None:
    ran = play("""
        - handlers: [{name: tell, debug: }]
          tasks:
            - name: it
              debug:
              changed_when: true
              loop: [1, 2]
              loop_control: {pause: "{{ omit }}"}
              notify: ["{{ omit }}", "{{ none }}", tell]
    """)
    assert (ran.steps(), ran.code) == (["it: changed", "tell: ok"], 0)


@pytest.mark.parametrize(
    ("keyword", "written", "wrong"),
    [
        ("pause", "{{ nope }}", "'nope' is undefined"),
        ("pause", "{{ item }}", "'item' is undefined"),
        ("pause", "{{ word }}", "The value 'soon' could not be converted to 'float'."),
        ("extended", "{{ nope }}", "'nope' is undefined"),
        ("extended", "{{ word }}", "The value 'soon' could not be converted to 'bool'."),
    ],
)
def test_how_to_loop_is_read_once_before_the_first_item(
    play: Play, keyword: str, written: str, wrong: str
) -> None:
    ran = play(f"""
        - vars: {{word: soon}}
          tasks:
            - {{name: empty, debug: , loop: [], loop_control: {{{keyword}: "{written}"}}}}
            - {{name: two, debug: , loop: [1, 2], loop_control: {{{keyword}: "{written}"}}}}
    """)
    assert ran.steps() == ["empty: skipped", "two: failed"]
    assert ran.result("two")["msg"] == f"Error processing keyword '{keyword}': {wrong}"


def test_what_a_lookup_does_not_find_is_no_item(play: Play) -> None:
    ran = play("""
        - tasks: [{name: it, debug: , with_vars: [inventory_hostname, nope]}]
    """)
    assert ran.steps() == ["it: failed"]
    assert ran.result("it")["msg"].startswith("Task failed: No variable named 'nope' was found.")


def test_the_next_item_sees_what_one_has_set_even_if_it_has_failed(play: Play) -> None:
    ran = play(
        """
        - tasks:
            - set_fact: {found: "{{ found | default([]) + [item] }}"}
              loop: [1, 2, 3]
              failed_when: found | default([]) | length < 2
              ignore_errors: true
            - {name: "{{ found is defined }}", debug: }
        """
    )
    assert [item["status"] for item in ran.named("ItemFinished")] == ["failed", "ok", "ok"]
    assert ran.steps()[-1] == "False: ok"


def test_what_one_item_has_found_is_not_kept_if_another_has_failed(play: Play) -> None:
    ran = play(
        """
        - gather_facts: false
          tasks:
            - setup: {gather_subset: ['!all', '!min', "{{ item }}"]}
              loop: [user, env]
              failed_when: item == "env" and ansible_user_id is defined
              ignore_errors: true
            - {name: "{{ ansible_user_id is defined }} {{ ansible_facts | length }}", debug: }
        """
    )
    assert [item["status"] for item in ran.named("ItemFinished")] == ["ok", "failed"]
    assert ran.steps()[-1] == "False 0: ok"


def test_what_is_not_defined_may_stand_where_a_lookup_does_without_it(play: Play) -> None:
    ran = play("""
        - vars: {all: [{n: 1, in: [a], other: "{{ nosuch }}"}]}
          tasks:
            - name: left out
              debug: {msg: "{{ item.1 }}"}
              with_subelements: ["{{ all }}", more, {skip_missing: true}]
            - {name: with none, debug: , with_nested: ["{{ all }}", []]}
            - {name: held, debug: {msg: "{{ item.1 }}"}, with_subelements: ["{{ all }}", in]}
    """)
    assert ran.steps() == ["left out: skipped", "with none: skipped", "held: failed"]
    assert ran.result("held")["origin"].splitlines()[0].endswith(":2:43: 'nosuch' is undefined")
