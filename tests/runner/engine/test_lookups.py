"""What a template gets of a lookup: one value alone, texts with commas, and nothing as null."""

from __future__ import annotations

from pathlib import Path

import pytest

from role_files import write_roles

from .conftest import Play


def test_one_value_comes_alone_and_several_texts_with_commas(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: them
              debug:
                msg:
                  - "{{ lookup('items', 1) }}"
                  - "{{ lookup('items', 'a', 'b') }}"
                  - "{{ lookup('items', 1, 2) }}"
                  - "{{ lookup('items', 'a', wantlist=true) }}"
                  - "{{ lookup('items') }}"
                  - "{{ query('items', 'a') }}"
    """)
    assert ran.result("them")["msg"] == [1, "a,b", [1, 2], ["a"], [], ["a"]]


def test_a_failure_that_does_not_count_gives_null_or_no_items(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: them
              debug:
                msg:
                  - "{{ lookup('file', 'nosuch', errors='ignore') }}"
                  - "{{ query('file', 'nosuch', errors='ignore') }}"
                  - "{{ lookup('file', 'nosuch', errors='warn') }}"
            - name: it
              debug: {msg: "{{ lookup('file', 'nosuch') }}"}
    """)
    assert ran.result("them")["msg"] == [None, [], None]
    words = "Unable to access the file 'nosuch'"
    (warning,) = ran.named("WarningGiven")
    told = f"An error occurred while running the lookup plugin 'file': {words}"
    assert warning["text"].startswith(told)
    assert f"The lookup plugin 'file' failed: {words}" in ran.result("it")["msg"]


def test_a_query_is_a_list_whatever_is_wanted(play: Play) -> None:
    ran = play("""
        - tasks:
            - name: it
              debug: {msg: "{{ query('items', 'a', wantlist=false) }}"}
    """)
    assert ran.result("it")["msg"] == ["a"]


def test_a_default_stands_in_for_what_a_template_file_does_not_find(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "asks.j2").write_text("{{ nosuch }}")
    ran = play("""
        - tasks:
            - name: it
              debug: {msg: "{{ lookup('template', 'asks.j2') | default('none') }}"}
            - name: wrong
              debug: {msg: "{{ lookup('template', 'asks.j2') }}"}
    """)
    assert ran.result("it")["msg"] == "none"
    assert "'nosuch' is undefined" in ran.result("wrong")["msg"]


def test_a_list_of_variables_is_one_though_some_are_not_defined(play: Play) -> None:
    ran = play("""
        - vars: {own: Li}
          tasks:
            - name: it
              debug: {msg: "{{ q('vars', 'own', 'nosuch') | length }}"}
            - {name: one, debug: {msg: "{{ lookup('vars', 'nosuch') | default('none') }}"}}
            - {name: wrong, debug: {msg: "{{ q('vars', 'nosuch') }}"}}
    """)
    assert ran.result("it")["msg"] == 2
    assert ran.result("one")["msg"] == "none"
    assert "No variable named 'nosuch' was found." in ran.result("wrong")["msg"]


@pytest.mark.parametrize(
    ("lookup", "told"),
    [
        ("lookup('template', 'a.j2', convert_data=false)", "convert_data option. Reason: This op"),
        ("lookup('template', 'a.j2', jinja2_native=true)", "jinja2_native option. Reason: This"),
        ("lookup('first_found', 'x,a.j2')", "Automatic splitting of files on ',;' is deprecated."),
        (
            "lookup('first_found', {'files': 'a.j2', 'paths': 'x:.'})",
            "Automatic splitting of the \"paths\" option on ',:;' is deprecated.",
        ),
        (
            "lookup('url', 'http://127.0.0.1:9', follow_redirects='yes', errors='ignore')",
            "Using 'yes' or 'no' for 'follow_redirects' parameter is deprecated.",
        ),
    ],
)
def test_options_that_will_be_gone_are_warned_of(
    play: Play, tmp_path: Path, lookup: str, told: str
) -> None:
    (tmp_path / "a.j2").write_text("a")
    ran = play(f"""
        - tasks: [{{debug: {{msg: "{{{{ {lookup} }}}}"}}}}]
    """)
    assert any(told in event["text"] for event in ran.named("WarningGiven"))


def test_all_variables_together_are_a_mapping_that_can_be_kept_and_shown(play: Play) -> None:
    ran = play("""
        - vars: {own: Li}
          tasks:
            - set_fact: {kept: "{{ vars }}", host: "{{ hostvars.localhost }}"}
            - name: it
              debug: {msg: "{{ kept.own }} {{ host | to_json is search('ansible_connection') }}"}
            - name: text
              debug: {msg: "all: {{ vars }}"}
    """)
    assert ran.result("it")["msg"] == "Li True"
    assert "'own': 'Li'" in ran.result("text")["msg"]


def test_a_file_that_is_imported_without_the_variables_may_look_things_up(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "outer.j2").write_text(
        "{% import 'inner.j2' as inner %}{% macro told() %}{{ inner.told() }}{% endmacro %}"
    )
    (tmp_path / "inner.j2").write_text(
        "{% macro told() %}{{ lookup('list', 'a') }} {{ q('list', 'b') }}"
        " {{ name | default('nobody') }}{% endmacro %}"
    )
    (tmp_path / "asks.j2").write_text("{% import 'outer.j2' as outer %}{{ outer.told() }}")
    ran = play("""
        - vars: {name: Li}
          tasks:
            - name: it
              debug: {msg: "{{ lookup('template', 'asks.j2') }}"}
    """)
    assert ran.result("it")["msg"] == "a ['b'] nobody"


def test_lookups_name_what_is_imported_and_whose_play_it_is(play: Play, tmp_path: Path) -> None:
    (tmp_path / "more.yml").write_text("- {name: more, debug: }")
    (tmp_path / "name.j2").write_text("{{ mine }}")
    (tmp_path / "other.yml").write_text("- {hosts: localhost, tasks: [{name: other, debug: }]}")
    write_roles({"web/tasks/main.yml": "- {name: it, debug: }"})
    ran = play("""
        - import_playbook: "{{ lookup('pipe', 'echo other.yml') }}"
        - hosts: "{{ lookup('env', 'OPSPLAY_NOBODY') | default('localhost', true) }}"
          vars: {mine: web}
          roles: ["{{ lookup('vars', 'mine') }}"]
          tasks:
            - import_tasks: "{{ lookup('first_found', ['no.yml', 'more.yml']) }}"
            - import_role: {name: "{{ lookup('template', 'name.j2') }}"}
    """)
    assert ran.steps() == ["other: ok", "web : it: ok", "more: ok", "web : it: ok"]


def test_config_tells_what_is_set_also_where_ansibles_names_differ(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_INJECT_FACT_VARS", "false")
    monkeypatch.setenv("ANSIBLE_MAX_DIFF_SIZE", "5")
    asked = "query('config', 'INJECT_FACTS_AS_VARS', 'MAX_FILE_SIZE_FOR_DIFF')"
    ran = play(f"""
        - tasks: [{{name: it, debug: {{msg: "{{{{ {asked} }}}}"}}}}]
    """)
    assert ran.result("it")["msg"] == [False, 5]


def test_what_lookups_only_arrange_may_hold_what_is_not_defined(play: Play) -> None:
    ran = play("""
        - vars: {all: [{n: 1, in: [a]}, {n: 2, in: [b], other: "{{ nosuch }}"}]}
          tasks:
            - {name: part, debug: {msg: "{{ q('items', all) | map(attribute='n') }}"}}
            - {name: inner, debug: {msg: "{{ q('subelements', all, 'in') | map('last') }}"}}
            - {name: whole, debug: {msg: "{{ q('items', all) }}"}, ignore_errors: true}
            - {name: item, debug: {msg: "{{ q('items', nosuch, 1) | last }}"}}
    """)
    assert (ran.result("part")["msg"], ran.result("inner")["msg"]) == ([1, 2], ["a", "b"])
    for name in ("whole", "item"):
        assert "'nosuch' is undefined" in ran.result(name)["msg"]
