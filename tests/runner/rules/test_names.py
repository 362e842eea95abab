"""Which names are known: from inventories, roles, the command line, files that are included."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from opsplay.runner.engine.magic import NAMES
from opsplay.runner.rules.definitions import MAGIC, OF_ANSIBLE

if TYPE_CHECKING:
    from .conftest import Check

USING = '- hosts: {hosts}\n  tasks:\n    - debug: {{msg: "{{{{ {name} }}}}"}}\n'


def using(name: str, hosts: str = "localhost") -> str:
    return USING.format(name=name, hosts=hosts)


def test_the_names_that_opsplay_sets_are_known() -> None:
    names = {name for name in NAMES if not name.startswith(OF_ANSIBLE)}
    assert names <= MAGIC


def test_what_is_given_on_the_command_line(check: Check) -> None:
    assert check(using("month")).found == ["3 undefined-name"]
    assert check(using("month"), "-e", "month=May").found == []


def test_variables_of_an_inventory(check: Check) -> None:
    files = {"hosts.ini": "ann port=21\n[all:vars]\nregion=north\n"}
    assert check(using("port ~ region", "ann"), "-i", "hosts.ini", **files).found == []
    assert check(using("prt", "ann"), "-i", "hosts.ini", **files).found == ["3 undefined-name"]


def test_a_variable_of_another_host_is_nobodys(check: Check) -> None:
    files = {"hosts.ini": "ann port=21\nli\n"}
    assert check(using("port", "li"), "-i", "hosts.ini", **files).found == ["3 undefined-name"]


def test_variables_of_groups_beside_the_playbook(check: Check) -> None:
    files = {"group_vars/all.yml": "folder: /srv\n"}
    assert check(using("folder"), **files).found == []


def test_nothing_is_known_of_hosts_that_no_inventory_names(check: Check) -> None:
    assert check(using("whatever", "partners")).found == []


def test_a_role_has_its_own_variables_and_those_it_is_given(check: Check) -> None:
    files = {
        "roles/web/tasks/main.yml": '- debug: {msg: "{{ a ~ b ~ c ~ d ~ role_path }}"}\n',
        "roles/web/defaults/main.yml": "a: 1\n",
        "roles/web/vars/main.yml": "b: 2\n",
        "roles/web/meta/main.yml": "dependencies: [base]\n",
        "roles/base/defaults/main.yml": "c: 3\n",
        "roles/base/tasks/main.yml": "- debug:\n",
    }
    play = "- hosts: localhost\n  roles:\n    - {role: web, d: 4}\n"
    assert check(play, **files).found == []
    assert check(play.replace("d: 4", "e: 4"), **files).found == ["1 undefined-name"]


def test_an_argument_that_a_role_specifies_comes_from_outside(check: Check) -> None:
    files = {
        "roles/web/tasks/main.yml": '- debug: {msg: "{{ outbox }}"}\n',
        "roles/web/meta/argument_specs.yml": """\
            argument_specs:
              main:
                options:
                  outbox: {required: true}
            """,
    }
    assert check("- roles: [web]\n", **files).found == []


def test_a_role_that_is_included_gets_the_variables_of_the_task(check: Check) -> None:
    files = {"roles/web/tasks/main.yml": '- debug: {msg: "{{ who }} {{ item }}"}\n'}
    tasks = "- tasks:\n    - include_role: {name: web}\n      vars: {who: ann}\n      loop: [1]\n"
    assert check(tasks, **files).found == []
    assert check(tasks.replace("who", "whom"), **files).found == ["1 undefined-name"]


@pytest.mark.parametrize(
    "task",
    [
        'include_vars: \'{{ lookup("env", "FILE") }}\'',
        "include_vars: {dir: partners}",
        'include_tasks: \'{{ lookup("env", "FILE") }}\'',
        "include_tasks: made-by-an-earlier-task.yml",
        'include_role: {name: \'{{ lookup("env", "ROLE") }}\'}',
        'set_fact: {\'{{ lookup("env", "NAME") }}\': 1}',
        "learn:",
    ],
)
def test_behind_what_only_the_run_knows_there_may_be_any_variable(task: str, check: Check) -> None:
    plugin = """\
        from dataclasses import dataclass
        from opsplay.runner.task import Context, Result
        @dataclass(frozen=True, kw_only=True)
        class Params: ...
        def run(params: Params, ctx: Context) -> Result:
            return Result(facts={"learnt": 1})
        """
    use = '    - debug: {msg: "{{ learnt }}"}\n'
    files = {"task_modules/learn.py": plugin}
    assert check(f"- tasks:\n    - {task}\n{use}", **files).found == []
    assert check(f"- tasks:\n{use}    - {task}\n", **files).found == ["2 undefined-name"]


def test_what_a_file_of_variables_holds_that_is_included(check: Check) -> None:
    tasks = '- tasks:\n    - include_vars: more.yml\n    - debug: {msg: "{{ month ~ mnth }}"}\n'
    assert check(tasks, **{"more.yml": "month: May\n"}).found == ["3 undefined-name"]


def test_an_undefined_name_in_a_variable_that_nobody_uses_is_no_matter(check: Check) -> None:
    assert check("- vars: {a: '{{ nobody }}'}\n  tasks: [debug: ]\n").found == []


def test_a_file_that_is_included_without_end(check: Check) -> None:
    files = {"again.yml": "- include_tasks: again.yml\n"}
    assert check("- tasks:\n    - include_tasks: again.yml\n", **files).found == []
