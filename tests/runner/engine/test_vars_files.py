"""Files of variables that a play names: where they lie, and when they are read."""

from __future__ import annotations

from pathlib import Path

import pytest

from role_files import write_roles

from .conftest import Play


def test_a_file_of_variables_may_be_a_list_of_mappings(play: Play, tmp_path: Path) -> None:
    (tmp_path / "more.yml").write_text("- {a: 1, b: 1}\n- {b: 2}\n")
    ran = play("""
        - vars_files: [more.yml]
          tasks: [{name: it, debug: {msg: "{{ a }} {{ b }}"}}]
    """)
    assert ran.result("it")["msg"] == "1 2"


@pytest.mark.parametrize("names", ["[more.yml]", "['{{ word }}.yml']", "[[none.yml, more.yml]]"])
def test_a_file_of_variables_may_lie_in_vars(play: Play, tmp_path: Path, names: str) -> None:
    (tmp_path / "vars").mkdir()
    (tmp_path / "vars/more.yml").write_text("a: in vars")
    (tmp_path / "more.yml").write_text("a: beside")
    ran = play(f"""
        - vars_files: {names}
          vars: {{word: more}}
          tasks: [{{name: it, debug: {{msg: "{{{{ a }}}}"}}}}]
    """)
    assert ran.result("it")["msg"] == "in vars"


def test_a_file_of_variables_that_is_not_there_is_warned_of_and_passed_over(play: Play) -> None:
    ran = play("""
        - vars_files: [none.yml, "{{ nothing }}.yml", "{{ name }}.yml"]
          vars: {name: nowhere}
          tasks: [{name: it, debug: }]
    """)
    assert ran.steps() == ["it: ok"]
    told = [warning["text"] for warning in ran.named("WarningGiven")]
    for part in ("access 'none.yml' on", "skipping vars_files item due to an", "/nowhere.yml"):
        assert any(part in text for text in told), told


def test_facts_lead_to_other_files_of_variables_as_soon_as_they_are_known(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "Linux.yml").write_text("kind: linux")
    (tmp_path / "unknown.yml").write_text("kind: unknown")
    ran = play("""
        - vars_files: [["{{ ansible_facts.system | default('unknown') }}.yml"]]
          gather_facts: false
          tasks:
            - {name: before, debug: {msg: "{{ kind }}"}}
            - setup: {gather_subset: min}
            - {name: after, debug: {msg: "{{ kind }}"}}
            - meta: clear_facts
            - {name: without, debug: {msg: "{{ kind }}"}}
    """)
    told = [ran.result(name)["msg"] for name in ("before", "after", "without")]
    assert told == ["unknown", "linux", "unknown"]


def test_names_of_files_of_variables_do_not_lean_on_what_steps_have_set(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "a.yml").write_text("found: a")
    (tmp_path / "b.yml").write_text("found: b")
    ran = play("""
        - tasks: [set_fact: {name: b}]
        - vars: {name: a}
          vars_files: ["{{ name }}.yml"]
          tasks: [{name: it, debug: {msg: "{{ found }} {{ name }}"}}]
    """)
    assert ran.result("it")["msg"] == "a b"


def test_a_file_of_variables_may_be_made_or_changed_by_a_step(play: Play) -> None:
    made = play("""
        - vars_files: [[made.yml, none.yml]]
          tasks:
            - copy: {dest: made.yml, content: "kind: made"}
            - {name: it, debug: {msg: "{{ kind }}"}}
    """)
    changed = play("""
        - tasks: [copy: {dest: made.yml, content: "kind: changed"}]
        - vars_files: [made.yml]
          tasks:
            - {name: it, debug: {msg: "{{ kind }}"}}
            - copy: {dest: made.yml, content: "kind: changed again"}
            - {name: again, debug: {msg: "{{ kind }}"}}
    """)
    told = [made.result("it"), changed.result("it"), changed.result("again")]
    assert [result["msg"] for result in told] == ["made", "changed", "changed again"]


def test_a_name_that_facts_could_have_given_ends_the_run(play: Play) -> None:
    ran = play("""
        - vars_files: ["{{ nothing }}.yml"]
          tasks:
            - {name: before, debug: }
            - {name: facts, setup: {gather_subset: '!all'}}
            - block: [{name: after, debug: }]
              rescue: [{name: rescued, debug: }]
    """)
    assert ran.steps() == ["before: ok", "facts: ok"]
    assert "undefined variable was found when attempting to template the vars_files" in ran.err
    assert ran.code == 1


def test_a_file_of_variables_that_holds_none_is_told_in_the_words_of_ansible(play: Play) -> None:
    Path("more.yml").write_text("[1]\n")
    ran = play("- {vars_files: [more.yml], tasks: [debug: ]}")
    assert ran.code == 4
    assert "Invalid variable file contents" in ran.err


def test_names_of_imports_may_lean_on_files_of_variables(play: Play, tmp_path: Path) -> None:
    (tmp_path / "names.yml").write_text("file: '{{ inner }}'\ninner: more\nrole: web\ntag: it\n")
    (tmp_path / "more.yml").write_text("- {name: more, debug: }\n")
    write_roles({"web/tasks/main.yml": "- import_tasks: ../../../{{ file }}.yml\n"})
    ran = play("""
        - vars: {which: names, file: nowhere}
          vars_files: [["{{ nowhere }}.yml", "{{ which }}.yml"]]
          roles: ["{{ role }}"]
          tasks:
            - {import_tasks: "{{ file }}.yml"}
            - {name: tagged, debug: , tags: "{{ tag }}"}
    """)
    assert ran.steps() == ["web : more: ok", "more: ok", "tagged: ok"]
