"""Files of tasks that are included while a run goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from played import lay

from .conftest import BOTH, Play


def test_included_tasks_see_the_variables_of_each_turn(play: Play, tmp_path: Path) -> None:
    lay(
        tmp_path,
        "more.yml",
        """
        - {name: inner, debug: {msg: "{{ x }} {{ inventory_hostname }}"}}
        """,
    )
    ran = play("""
        - tasks:
            - include_tasks: more.yml
              vars: {x: "<{{ item }}>"}
              loop: [1, 2]
    """)
    items = [step["result"].get("msg") for step in ran.named("StepFinished")]
    assert items[1:] == ["<1> localhost", "<2> localhost"]


def test_what_an_include_hands_over_wins_over_set_fact(play: Play, tmp_path: Path) -> None:
    lay(tmp_path, "more.yml", "- {name: inner, debug: {msg: '{{ v }}'}}\n")
    ran = play("""
        - tasks:
            - set_fact: {v: fact}
            - {include_tasks: more.yml, vars: {v: include}}
    """)
    assert ran.result("inner")["msg"] == "include"


def test_what_an_include_hands_over_counts_for_the_include_itself_too(
    play: Play, tmp_path: Path
) -> None:
    lay(tmp_path, "one.yml", "- {name: told, debug: {msg: 'one {{ which }}'}}\n")
    lay(tmp_path, "two.yml", "- {name: told, debug: {msg: 'two {{ which }}'}}\n")
    ran = play("""
        - tasks:
            - set_fact: {which: one}
            - include_tasks: "{{ which }}.yml"
              vars: {which: two}
              when: which == "two"
    """)
    assert ran.result("told")["msg"] == "two two"


@pytest.mark.parametrize("strategy", ["linear", "free"])
def test_what_is_included_again_sees_the_variables_of_its_own_inclusion(
    play: Play, tmp_path: Path, strategy: str
) -> None:
    lay(
        tmp_path,
        "outer.yml",
        "- {include_tasks: inner.yml, loop: [1, 2], loop_control: {loop_var: n}}\n"
        "- debug: {msg: '{{ inventory_hostname }} {{ of }}'}\n",
    )
    lay(tmp_path, "inner.yml", "- debug: {msg: '{{ inventory_hostname }} {{ of }} {{ n }}'}\n")
    text = f"""
        - hosts: ann,bob
          strategy: {strategy}
          gather_facts: false
          tasks:
            - include_tasks: outer.yml
              loop: "{{{{ {{'ann': ['x', 'y'], 'bob': ['y']}}[inventory_hostname] }}}}"
              loop_control: {{loop_var: of}}
    """
    ran = play(text, "-i", "ann,bob,")
    told = [str(event["result"].get("msg")) for event in ran.named("StepFinished")]
    expected = {"ann": ["x 1", "x 2", "x", "y 1", "y 2", "y"], "bob": ["y 1", "y 2", "y"]}
    for host, texts in expected.items():
        assert [text[4:] for text in told if text.startswith(host)] == texts


def test_an_include_may_be_found_by_a_template_and_is_checked_when_it_is_met(
    play: Play, tmp_path: Path
) -> None:
    lay(tmp_path, "bad.yml", "- debgu: {msg: hi}\n")
    ran = play("""
        - vars: {which: bad}
          tasks:
            - block: [{name: it, include_tasks: "{{ which }}.yml"}]
              rescue: [{name: never, debug: }]
            - {name: neither, debug: }
    """)
    assert ran.steps() == ["it: ok"]
    assert "bad.yml:1:3" in ran.err
    assert "did you mean debug?" in ran.err
    assert ran.code == 4


def test_what_would_only_fail_a_step_of_a_file_found_on_the_way_fails_it_when_it_runs(
    play: Play, tmp_path: Path
) -> None:
    lay(tmp_path, "bad.yml", "- {name: good, debug: }\n- {name: bad, debug: {mgs: hi}}\n")
    ran = play("""
        - vars: {which: bad}
          tasks: [{name: it, include_tasks: "{{ which }}.yml"}]
    """)
    assert ran.steps() == ["it: ok", "good: ok", "bad: failed"]
    assert ran.code == 2


@pytest.mark.parametrize("step", ["import_tasks", "include_tasks"])
def test_what_is_not_beside_the_file_that_names_it_is_looked_for_beside_the_playbook(
    play: Play, tmp_path: Path, step: str
) -> None:
    lay(tmp_path, "sub/outer.yml", f"- {step}: both.yml\n- {step}: top.yml\n")
    for name in ("both.yml", "top.yml", "sub/both.yml"):
        lay(tmp_path, name, f"- {{name: {name}, debug: }}\n")
    ran = play(f"- tasks: [{step}: sub/outer.yml]")
    told = [each for each in ran.steps() if "yml" in each]
    assert told == ["sub/both.yml: ok", "top.yml: ok"]


@pytest.mark.parametrize("step", ["import_tasks", "include_tasks"])
def test_a_folder_above_that_of_the_file_may_be_passed_by(
    play: Play, tmp_path: Path, step: str
) -> None:
    """As in Ansible, where of what `../` leads to only the last folder may count."""
    lay(tmp_path, "a/b/c/inner.yml", f"- {step}: ../top.yml\n")
    lay(tmp_path, "top.yml", "- {name: top, debug: }\n")
    assert "top: ok" in play(f"- tasks: [{step}: a/b/c/inner.yml]").steps()


def test_a_file_that_includes_itself_without_end_is_told(play: Play, tmp_path: Path) -> None:
    lay(tmp_path, "more.yml", "- include_tasks: more.yml\n")
    ran = play("""
        - tasks:
            - include_tasks: more.yml
    """)
    assert "includes are nested more than 50 deep" in ran.result("include_tasks")["msg"]
    assert ran.code == 2


@pytest.mark.parametrize("keyword", ["loop_control: {label: alike}", "no_log: true"])
def test_items_that_differ_are_included_apart_whatever_is_shown_of_them(
    play: Play, tmp_path: Path, keyword: str
) -> None:
    (tmp_path / "part.yml").write_text("- {name: it, ping: }", "utf-8")
    ran = play(
        f"""
        - hosts: all
          tasks:
            - include_tasks: part.yml
              loop: ["{{{{ inventory_hostname }}}}", same]
              {keyword}
        """,
        *BOTH,
    )
    together = [len(told["hosts"]) for told in ran.named("FileIncluded")]
    assert sorted(together) == [1, 1, 2]


def test_a_variable_of_an_include_that_cannot_be_read_fails_where_it_is_used(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "more.yml").write_text("- {name: used, debug: {msg: '{{ part }}'}}\n")
    ran = play("""
        - tasks:
            - {name: within, include_tasks: more.yml, vars: {part: "{{ 1 / 0 }}"}}
    """)
    assert ran.steps() == ["within: ok", "used: failed"]
    assert ran.result("used")["msg"].endswith("Error rendering template: division by zero")


@pytest.mark.parametrize("step", ["include_tasks: inner.yml", "include_role: {name: r}"])
def test_variables_of_an_include_are_read_where_they_are_used(
    play: Play, tmp_path: Path, step: str
) -> None:
    """As in Ansible they may lean on what its tasks find, and an `item` is that of the task."""
    tasks = """
        - command: echo new
          register: found
        - name: it
          debug: {msg: "{{ p }} {{ q }}"}
        - name: looped
          debug: {msg: "{{ q }}"}
          loop: [2]
    """
    for name in ("inner.yml", "roles/r/tasks/main.yml"):
        lay(tmp_path, name, tasks)
    ran = play(f"""
        - tasks:
            - {step}
              vars: {{p: "{{{{ found.stdout }}}}", q: "{{{{ item }}}}"}}
              loop: [1]
    """)
    role = "r : " if "role" in step else ""
    assert ran.result(f"{role}it")["msg"] == "new 1"
    assert [item["msg"] for item in ran.result(f"{role}looped")["results"]] == [2]


@pytest.mark.parametrize("name", ["inner", "{{ played }}"])
def test_what_an_included_file_imports_may_be_named_by_the_include(
    play: Play, tmp_path: Path, name: str
) -> None:
    lay(tmp_path, "outer.yml", "- import_tasks: '{{ p }}.yml'\n- import_role: {name: '{{ p }}'}")
    lay(tmp_path, "inner.yml", "- {name: it, debug: {msg: '{{ p }}'}}")
    lay(tmp_path, "roles/inner/tasks/main.yml", "- {name: it, debug: {msg: '{{ p }}'}}")
    ran = play(f"""
        - vars: {{played: inner}}
          tasks:
            - include_tasks: outer.yml
              vars: {{p: "{name}"}}
    """)
    assert ran.code == 0
    assert [ran.result(it)["msg"] for it in ("it", "inner : it")] == ["inner", "inner"]


def test_what_an_included_file_imports_may_be_named_by_the_item_of_a_loop_around_it(
    play: Play, tmp_path: Path
) -> None:
    lay(tmp_path, "outer.yml", "- include_tasks: inner.yml")
    lay(tmp_path, "inner.yml", "- import_tasks: '{{ p }}.yml'\n- import_role: {name: '{{ p }}'}")
    for each in ("one", "two"):
        lay(tmp_path, f"{each}.yml", f"- {{name: it, debug: {{msg: '{each} {{{{ p }}}}'}}}}")
        lay(tmp_path, f"roles/{each}/tasks/main.yml", f"- debug: {{msg: '{each} {{{{ p }}}}'}}")
    ran = play("""
        - tasks:
            - include_tasks: outer.yml
              loop: [one, two, one]
              loop_control: {loop_var: p}
            - include_tasks: inner.yml
              loop: [two]
              loop_control: {loop_var: p}
    """)
    assert ran.code == 0
    told = [event["result"].get("msg") for event in ran.named("StepFinished")]
    assert [msg for msg in told if msg and " completed" not in msg] == [
        *("one one", "one one", "two two", "two two", "one one", "one one"),
        *("two two", "two two"),
    ]


def test_after_an_include_that_is_not_there_the_rescue_knows_of_the_failure_before_it(
    play: Play,
) -> None:
    told = '{name: told, debug: {msg: "{{ ansible_failed_task.name | default(0) }}"}}'
    ran = play(f"""
        - tasks:
            - {{block: [include_tasks: no.yml], rescue: [{told}]}}
            - {{block: [{{name: first, fail: }}], rescue: [debug: ]}}
            - {{block: [include_tasks: no.yml], rescue: [{told}]}}
    """)
    results = [each["result"].get("msg") for each in ran.named("StepFinished")]
    assert (results[1], results[-1]) == (0, "first")


@pytest.mark.parametrize("nothing", ["''", "lookup('first_found', files=[], skip=true)"])
def test_an_include_of_nothing_fails_like_any_other_step(play: Play, nothing: str) -> None:
    ran = play(f"""
        - tasks:
            - {{include_tasks: "{{{{ {nothing} }}}}", name: told, ignore_errors: true}}
    """)
    assert ran.result("told")["msg"] == "No include file was specified to the include"
