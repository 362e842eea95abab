"""Arguments that are given once, by module_defaults."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsplay.runner.registry import GROUPS, Registry

from .conftest import Play

OF_A_SERVER = ("host", "user", "password", "timeout")


def test_a_step_takes_from_the_defaults_what_it_is_not_given(play: Play) -> None:
    ran = play("""
        - module_defaults:
            debug: {msg: from the play}
          tasks:
            - {name: without, debug: }
            - {name: with, debug: {msg: its own}}
    """)
    assert ran.result("without")["msg"] == "from the play"
    assert ran.result("with")["msg"] == "its own"


def test_a_default_may_be_a_template_of_what_the_step_knows(play: Play) -> None:
    ran = play("""
        - module_defaults:
            debug: {msg: "{{ greeting }} {{ item }}"}
          tasks:
            - {name: it, debug: , vars: {greeting: hi}, loop: [Ann]}
    """)
    assert ran.result("it")["results"][0]["msg"] == "hi Ann"


def test_one_template_may_stand_for_all_defaults_of_a_step(play: Play) -> None:
    ran = play("""
        - module_defaults: {copy: "{{ written }}"}
          vars: {written: {content: "for {{ item }}", dest: "{{ item }}.txt", mode: "0600"}}
          tasks:
            - {name: all, copy: , loop: [ann]}
            - {name: own, copy: {mode: "0640"}, loop: [li]}
            - {name: none, copy: {content: hi, dest: hi.txt}, module_defaults: {copy: {}}}
    """)
    modes = [ran.result(name)["results"][0]["mode"] for name in ("all", "own")]
    assert modes == ["0600", "0640"]
    assert ran.result("none")["mode"] != "0600"


def test_steps_that_set_variables_or_hosts_take_defaults_and_includes_do_not(play: Play) -> None:
    ran = play("""
        - module_defaults:
            set_fact: {cacheable: true, kept: 1}
            add_host: {groups: [later]}
            include_tasks: {file: nowhere.yml}
          tasks:
            - set_fact: {own: 2}
            - add_host: {name: ann}
            - {name: it, debug: {msg: "{{ ansible_facts.own }} {{ kept }} {{ groups.later }}"}}
    """)
    assert ran.result("it")["msg"] == "2 1 ['ann']"
    assert "include_tasks takes no defaults" in ran.named("WarningGiven")[0]["text"]


def test_the_nearer_defaults_take_the_place_of_those_further_out(play: Play) -> None:
    ran = play("""
        - module_defaults:
            copy: {content: play, dest: play.txt}
          tasks:
            - module_defaults:
                copy: {content: block, dest: block.txt}
              block:
                - {name: block, copy: }
                - {name: task, copy: , module_defaults: {copy: {content: a, dest: task.txt}}}
            - {name: play, copy: {content: own}}
    """)
    names = [Path(ran.result(name)["dest"]).name for name in ("block", "task", "play")]
    assert names == ["block.txt", "task.txt", "play.txt"]


def test_an_empty_mapping_takes_the_defaults_of_a_step_away(play: Play) -> None:
    ran = play("""
        - module_defaults: {debug: {msg: from the play}}
          tasks:
            - {name: it, debug: , module_defaults: {debug: {}}}
    """)
    assert ran.result("it")["msg"] == "Hello world!"


def test_names_may_be_written_in_full_on_either_side(play: Play) -> None:
    ran = play("""
        - module_defaults: {ansible.builtin.debug: {msg: hi}}
          tasks:
            - {name: bare, debug: }
            - {name: full, opsplay.debug: }
    """)
    assert ran.result("bare")["msg"] == ran.result("full")["msg"] == "hi"


def test_an_argument_that_is_given_under_another_name_needs_no_default(play: Play) -> None:
    ran = play("""
        - module_defaults: {file: {path: default.txt, state: touch}}
          tasks:
            - {name: it, file: {dest: own.txt}}
    """)
    assert Path(ran.result("it")["dest"]).name == "own.txt"


def test_free_text_goes_with_defaults(play: Play) -> None:
    ran = play("""
        - module_defaults: {command: {chdir: /}}
          tasks:
            - {name: it, command: pwd}
    """)
    assert ran.result("it")["stdout"] == "/"


SERVER = """
        - tasks:
            - ftp_server: {users: [{name: li, password: tulip, home: home}]}
              register: ftp
"""


def test_a_group_gives_each_of_its_steps_what_that_step_has(play: Play) -> None:
    ran = play(f"""{SERVER}
        - module_defaults:
            group/ftp:
              host: "{{{{ ftp.host }}}}"
              port: "{{{{ ftp.port }}}}"
              user: li
              password: tulip
              atomic: false
          tasks:
            - {{name: up, ftp_upload: {{content: a, dest: a.txt}}}}
            - {{name: list, ftp_list: }}
    """)
    assert [entry["name"] for entry in ran.result("list")["entries"]] == ["a.txt"]


def test_what_is_said_for_a_step_wins_over_what_is_said_for_its_group(play: Play) -> None:
    ran = play(f"""{SERVER}
        - module_defaults:
            group/ftp: {{host: 127.0.0.1, port: "{{{{ ftp.port }}}}", user: li, password: wrong}}
            ftp_list: {{password: tulip}}
          tasks:
            - {{name: list, ftp_list: }}
    """)
    assert ran.result("list")["count"] == 0


def test_every_step_that_logs_in_is_of_a_group() -> None:
    registry = Registry()
    found = [step for name in registry.names() if (step := registry.find(name))]
    logging_in = {one.name for one in found if one.schema["properties"].keys() >= {*OF_A_SERVER}}
    assert logging_in == {name for members in GROUPS.values() for name in members}


@pytest.mark.parametrize("word", ["import_tasks", "include_tasks"])
def test_files_of_tasks_get_the_defaults_around_them(play: Play, tmp_path: Path, word: str) -> None:
    (tmp_path / "copy.yml").write_text("- {name: it, copy: {content: hi}}\n", "utf-8")
    ran = play(f"""
        - module_defaults: {{copy: {{dest: "{{{{ name }}}}.txt"}}}}
          tasks:
            - {word}: copy.yml
              vars: {{name: a}}
    """)
    assert ran.result("it")["changed"]
    assert (tmp_path / "a.txt").read_text() == "hi"


def test_a_file_that_is_found_while_the_run_goes_on_is_checked_with_its_defaults(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "copy.yml").write_text("- {name: it, copy: {content: hi}}\n", "utf-8")
    ran = play("""
        - tasks:
            - include_tasks:
                file: "{{ file }}"
                apply: {ignore_errors: true}
              vars: {file: copy.yml}
            - module_defaults: {copy: {dest: a.txt}}
              block:
                - include_tasks: "{{ file }}"
                  vars: {file: copy.yml}
    """)
    assert (tmp_path / "a.txt").read_text() == "hi"
    assert [step for step in ran.steps() if "it" in step] == ["it: failed", "it: changed"]


def test_an_imported_playbook_gets_the_defaults_of_the_import(play: Play, tmp_path: Path) -> None:
    (tmp_path / "other.yml").write_text("- tasks: [{name: it, copy: {content: hi}}]\n", "utf-8")
    play("""
        - import_playbook: other.yml
          module_defaults: {copy: {dest: a.txt}}
    """)
    assert (tmp_path / "a.txt").read_text() == "hi"


def test_handlers_get_the_defaults_of_the_play(play: Play) -> None:
    ran = play("""
        - module_defaults: {debug: {msg: from the play}}
          tasks:
            - {debug: , changed_when: true, notify: it}
          handlers:
            - {name: it, debug: }
    """)
    assert ran.result("it")["msg"] == "from the play"


def test_of_several_mappings_of_defaults_the_last_that_says_something_counts(play: Play) -> None:
    ran = play("""
        - module_defaults: [{debug: {msg: first}}, {debug: {msg: last}}, {copy: {dest: a}}]
          tasks: [{name: it, debug: }]
    """)
    assert ran.result("it")["msg"] == "last"


@pytest.mark.parametrize("name", ["apt", "ansible.builtin.service", "group/aws"])
def test_defaults_for_what_only_ansible_has_are_for_none(play: Play, name: str) -> None:
    ran = play(f"""
        - module_defaults: {{{name}: {{state: present}}}}
          tasks: [{{name: it, debug: }}]
    """)
    assert ran.steps() == ["it: ok"]
