"""include_vars: variables out of files, while the run goes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from role_files import write_roles

from .conftest import Play


def show(*tasks: str, what: str, before: str = "") -> str:
    """Give a play that reads variables and shows some."""
    lines = [*tasks, f'{{name: show, debug: {{msg: "{what}"}}}}']
    return f"- {before or 'hosts: localhost'}\n  tasks:\n" + "".join(f"    - {x}\n" for x in lines)


def test_variables_of_a_file_win_over_those_of_the_play_and_give_way_to_set_fact(
    play: Play,
) -> None:
    Path("vars").mkdir()
    Path("vars/more.yml").write_text('a: file\nb: "{{ a }} too"\nc: file\n')
    ran = play(
        show(
            "set_fact: {c: fact}",
            "{name: read, include_vars: more.yml}",
            what="{{ a }}, {{ b }}, {{ c }}",
            before="vars: {a: play}",
        )
    )
    assert ran.result("show")["msg"] == "file, file too, fact"
    assert ran.result("read")["ansible_included_var_files"] == [
        str(Path("vars/more.yml").resolve())
    ]
    assert ran.result("read")["ansible_facts"]["a"] == "file"


def test_all_files_of_a_folder_are_read_in_order_as_deep_as_is_said(play: Play) -> None:
    write_roles({"1.yml": "a: 1\nb: 1", "2.json": '{"a": 2}', "deep/3.yaml": "b: 3"}, "all")
    assert (
        play(show("include_vars: {dir: all}", what="{{ a }}{{ b }}")).result("show")["msg"] == "23"
    )
    ran = play(show("include_vars: {dir: all, depth: 1}", what="{{ a }}{{ b }}"))
    assert ran.result("show")["msg"] == "21"


@pytest.mark.parametrize(
    "choice",
    [
        "files_matching: '^2'",
        "ignore_files: [1.yml, notes.txt, 3.yaml]",
        "ignore_files: 1.yml notes.txt 3.yaml",
        "extensions: [json], ignore_unknown_extensions: true",
    ],
)
def test_files_of_a_folder_can_be_chosen(play: Play, choice: str) -> None:
    files = {"1.yml": "a: 1", "2.json": '{"a": 2}', "notes.txt": "no", "3.yaml": "a: 3"}
    write_roles(files, "all")
    ran = play(show(f"include_vars: {{dir: all, {choice}}}", what="{{ a }}"))
    assert ran.result("show")["msg"] == 2


def test_a_file_that_should_not_lie_in_the_folder_is_told_of(play: Play) -> None:
    write_roles({"notes.txt": ""}, "all")
    ran = play(show("{name: read, include_vars: {dir: all}}", what=""))
    told = ran.result("read")["message"]
    assert "notes.txt does not have a valid extension: yaml, yml, json" in told


def test_the_result_shows_what_variables_make_of_others_of_the_file(play: Play) -> None:
    write_roles({"a.yml": "x: {y: 1}\nz: '{{ x.y }}'\nnone: '{{ nowhere }}'"}, "vars")
    ran = play(show("{name: read, include_vars: a.yml}", what=""))
    facts = {"x": {"y": 1}, "z": 1, "none": "{{ nowhere }}"}
    assert ran.result("read")["ansible_facts"] == facts


def test_variables_can_be_put_under_a_name(play: Play) -> None:
    write_roles({"a.yml": "x: 1\ny: '{{ 1 + 1 }}'"}, "vars")
    ran = play(show("include_vars: {file: a.yml, name: here}", what="{{ here }}"))
    assert ran.result("show")["msg"] == {"x": 1, "y": 2}


def test_what_is_defined_is_shown_beside_what_is_not(play: Play) -> None:
    write_roles({"a.yml": "x: '{{ nowhere }}'\ny: ['{{ 1 + 1 }}', '{{ x }}']"}, "vars")
    ran = play(show("{name: read, include_vars: {file: a.yml, name: here}}", what=""))
    shown = {"x": "{{ nowhere }}", "y": [2, "{{ x }}"]}
    assert ran.result("read")["ansible_facts"] == {"here": shown}


def test_mappings_can_be_merged_with_those_that_are_there(play: Play) -> None:
    write_roles({"a.yml": "m: {x: 2, in: {b: 2}}"}, "vars")
    ran = play(
        show(
            "include_vars: {file: a.yml, hash_behaviour: merge}",
            what="{{ m }}",
            before="vars: {m: {x: 1, y: 1, in: {a: 1}}}",
        )
    )
    assert ran.result("show")["msg"] == {"x": 2, "y": 1, "in": {"a": 1, "b": 2}}


def test_a_role_reads_from_its_own_folder(play: Play) -> None:
    write_roles(
        {
            "web/tasks/main.yml": "- include_vars: other.yml\n- include_vars: {dir: more}",
            "web/vars/other.yml": "a: 1",
            "web/vars/more/b.yml": "b: 2",
        }
    )
    ran = play(show(what="{{ a }}{{ b }}", before="roles: [web]"))
    assert ran.result("show")["msg"] == "12"


def test_a_file_that_is_not_there_names_the_places(play: Play) -> None:
    ran = play(show("{name: read, include_vars: none.yml}", what=""))
    assert "Could not find or access 'none.yml'\nSearched in:" in ran.result("read")["msg"]


@pytest.mark.parametrize(("name", "facts"), [("", {}), ("all", {"all": {}})])
def test_what_fails_has_read_nothing(play: Play, name: str, facts: dict[str, object]) -> None:
    given = f", name: {name}" if name else ""
    ran = play(show(f"{{name: read, include_vars: {{file: none.yml{given}}}}}", what=""))
    assert ran.result("read")["ansible_facts"] == facts


def test_neither_file_nor_folder_and_both_are_mistakes(play: Play) -> None:
    mistakes = {
        "{name: x}": "write a file, or dir and a folder",
        "{file: a, dir: b}": "Task failed: You are mixing file only and dir only",
        "{file: a, depth: 2}": "Task failed: You are mixing file only and dir only",
        "{file: a, extensions: [yml]}": "Task failed: You are mixing file only and dir only",
    }
    for wrong, message in mistakes.items():
        ran = play(show(f"{{name: read, include_vars: {wrong}}}", what=""))
        assert message in ran.result("read")["msg"]


def test_mistakes_in_a_file_are_told_with_their_place(play: Play) -> None:
    write_roles({"a.yml": "a: '{{ 1 + }}'", "b.yml": "[1]"}, "vars")
    ran = play(show("{name: read, include_vars: a.yml}", what=""))
    assert "vars/a.yml:1:" in ran.result("read")["msg"]
    ran = play(show("{name: read, include_vars: b.yml}", what=""))
    assert "must be stored as a dictionary/hash" in ran.result("read")["msg"]


def test_with_first_found_looks_where_the_step_does(play: Play) -> None:
    write_roles(
        {
            "web/tasks/main.yml": """
                - include_vars: "{{ item }}"
                  with_first_found: [none.yml, here.yml]
                - name: read
                  debug: {msg: "{{ a }} {{ lookup('file', item) }}"}
                  with_first_found: [none.txt, here.txt]
            """,
            "web/vars/here.yml": "a: 1",
            "web/files/here.txt": "text",
        }
    )
    assert play("- roles: [web]").result("web : read")["results"][0]["msg"] == "1 text"


def test_a_name_that_means_something_already_is_warned_of(play: Play) -> None:
    Path("more.yml").write_text("query: x\n")
    ran = play(show("include_vars: more.yml", what="read"))
    told = [event["text"] for event in ran.named("WarningGiven")]
    assert "Found variable using reserved name 'query'." in told


def test_a_folder_lies_beside_the_file_of_the_task(play: Play) -> None:
    """As in Ansible; the `vars` beside it are looked at only if the name says so."""
    write_roles({"a.yml": "a: near"}, "d")
    write_roles({"d/a.yml": "a: vars", "e/a.yml": "a: no"}, "vars")
    assert play(show("include_vars: {dir: d}", what="{{ a }}")).result("show")["msg"] == "near"
    assert play(show("include_vars: {dir: vars/d}", what="{{ a }}")).result("show")["msg"] == "vars"
    ran = play(show("{name: read, include_vars: {dir: e}}", what=""))
    assert ran.result("read")["message"] == f"{Path('e').resolve()} directory does not exist"


def test_the_name_is_set_also_where_a_failure_is_none(play: Play) -> None:
    ran = play(show("{include_vars: {dir: e, name: it}, failed_when: false}", what="{{ it }}"))
    assert ran.result("show")["msg"] == {}


def test_a_folder_of_a_role_lies_in_its_vars(play: Play) -> None:
    write_roles({"a.yml": "a: beside"}, "d")
    write_roles(
        {
            "web/tasks/main.yml": "- include_vars: {dir: d}\n- include_vars: {dir: vars/e}",
            "web/vars/d/a.yml": "a: 1",
            "web/vars/e/b.yml": "b: 2",
        }
    )
    ran = play(show(what="{{ a }}{{ b }}", before="roles: [web]"))
    assert ran.result("show")["msg"] == "12"


def test_a_file_that_has_changed_is_read_again(play: Play) -> None:
    ran = play("""
        - tasks:
            - {copy: {content: "word: old", dest: more.yml}}
            - command: sleep 0.2
            - {include_vars: more.yml, loop: [a, b]}
            - {copy: {content: "word: new", dest: more.yml}}
            - include_vars: more.yml
            - {name: it, debug: {msg: "{{ word }}"}}
    """)
    assert ran.result("it")["msg"] == "new"
