"""Roles: where they are found, what they are made of, in which order they run."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsplay.runner.cli import main
from role_files import write_roles

from .conftest import Play

SAY = "- {name: say, debug: {msg: '{{ what }}'}}"


def test_roles_run_between_pre_tasks_and_tasks_and_handlers_run_behind_the_tasks(
    play: Play,
) -> None:
    write_roles(
        {
            "web/tasks/main.yml": "- {name: set up, command: 'true', notify: restart}",
            "web/handlers/main.yml": "- {name: restart, debug: {msg: now}}",
        }
    )
    ran = play("""
        - pre_tasks: [{name: before, debug: {msg: hi}}]
          tasks: [{name: between, debug: {msg: hi}}]
          post_tasks: [{name: after, debug: {msg: hi}}]
          roles: [web]
    """)
    assert ran.steps() == [
        "before: ok",
        "web : set up: changed",
        "between: ok",
        "web : restart: ok",
        "after: ok",
    ]


def test_a_role_is_a_folder_of_tasks_defaults_variables_files_and_templates(play: Play) -> None:
    write_roles(
        {
            "web/tasks/main.yaml": """
                - import_tasks: more.yml
                - {name: copied, copy: {src: page.html, dest: copied}}
                - {name: rendered, template: {src: conf.j2, dest: rendered}}
                - {name: read, debug: {msg: "{{ lookup('file', 'page.html') }}"}}
            """,
            "web/tasks/more.yml": "- {name: more, debug: {msg: '{{ port }} {{ user }}'}}",
            "web/defaults/main.yml": "port: 80",
            "web/vars/main/a.yml": "user: ann",
            "web/vars/main/b.yml": "group: web",
            "web/files/page.html": "hello",
            "web/templates/conf.j2": "{{ user }} of {{ group }}",
        }
    )
    ran = play("- roles: [web]")
    assert ran.result("web : more")["msg"] == "80 ann"
    assert Path("copied").read_text() == "hello"
    assert Path("rendered").read_text() == "ann of web"
    assert ran.result("web : read")["msg"] == "hello"


def test_an_entry_may_give_variables_tags_and_conditions(play: Play) -> None:
    write_roles({"say/tasks/main.yml": SAY, "other/tasks/main.yml": "- {name: it, debug: }"})
    ran = play(
        """
        - roles:
            - {role: say, what: parameter, tags: one}
            - {role: say, vars: {what: variable}, tags: [one, two]}
            - {role: other, when: "1 > 2", tags: one}
            - {name: other}
        """,
        "--tags",
        "one",
    )
    assert ran.steps() == ["say : say: ok", "say : say: ok", "other : it: skipped"]
    assert [step["result"].get("msg") for step in ran.named("StepFinished")] == [
        "parameter",
        "variable",
        None,
    ]


def test_dependencies_run_first_and_once_with_their_variables(play: Play) -> None:
    write_roles(
        {
            "web/meta/main.yml": "dependencies: [base, {role: say, what: from web}]",
            "web/tasks/main.yml": "- {name: web, debug: {msg: '{{ of_base }}'}}",
            "db/meta/main.yml": "dependencies: [base, {role: say, what: from db}]",
            "db/tasks/main.yml": "- {name: db, debug: {msg: hi}}",
            "base/tasks/main.yml": "- {name: base, debug: {msg: hi}}",
            "base/vars/main.yml": "of_base: seen",
            "say/tasks/main.yml": SAY,
        }
    )
    ran = play("- roles: [web, db]")
    assert ran.steps() == [
        "base : base: ok",
        "say : say: ok",
        "web : web: ok",
        "say : say: ok",
        "db : db: ok",
    ]
    assert ran.result("web : web")["msg"] == "seen"


def test_what_stands_at_a_role_holds_for_those_it_depends_on(play: Play) -> None:
    write_roles(
        {
            "web/meta/main.yml": "dependencies: [say]",
            "web/vars/main.yml": "what: of web",
            "say/tasks/main.yml": SAY,
        }
    )
    assert play("- roles: [{role: web, when: false}]").steps() == ["say : say: skipped"]
    assert play("- roles: [web]").result("say : say")["msg"] == "of web"


@pytest.mark.parametrize(
    ("meta", "times"), [("allow_duplicates: true", 2), ("allow_duplicates: false", 1)]
)
def test_a_role_runs_again_only_if_something_differs_or_it_allows_it(
    play: Play, meta: str, times: int
) -> None:
    write_roles({"it/tasks/main.yml": "- {name: it, debug: }", "it/meta/main.yml": meta})
    assert play("- roles: [it, it]").steps() == ["it : it: ok"] * times
    assert len(play("- roles: [it, {role: it, a: 1}]").steps()) == 2


def test_what_a_role_imports_runs_again_where_the_role_itself_does_not(play: Play) -> None:
    write_roles(
        {
            "it/tasks/main.yml": "- {name: it, debug: }\n- block: [import_role: {name: other}]",
            "other/tasks/main.yml": "- {name: other, debug: }",
        }
    )
    once = ["it : it: ok", "other : other: ok"]
    assert play("- roles: [it, it]").steps() == [*once, "other : other: ok"]


def test_a_role_is_named_as_often_as_the_play_names_it(play: Play) -> None:
    write_roles(
        {"it/tasks/main.yml": "- {name: it, debug: {msg: '{{ ansible_play_role_names }}'}}"}
    )
    ran = play("- roles: [{role: it, a: 1}, {role: it, a: 2}, {role: it, a: 2}]")
    assert ran.result("it : it")["msg"] == ["it", "it", "it"]


@pytest.mark.parametrize(
    ("playbook", "order"),
    [
        ("- {roles: [outer, other], tasks: [{TASK}]}", ["outer", "other", "inner"]),
        ("- tasks: [{import_role: {name: outer}}, {TASK}]", ["inner", "outer"]),
        ("- tasks: [{include_role: {name: outer, public: true}}, {TASK}]", ["inner", "outer"]),
    ],
)
def test_the_role_that_came_last_wins_and_what_a_role_imports_comes_before_it(
    play: Play, playbook: str, order: list[str]
) -> None:
    """But behind all roles that the play itself names."""
    for name in ("outer", "inner", "other"):
        write_roles({f"{name}/defaults/main.yml": f"low: {name}"})
        write_roles({f"{name}/vars/main.yml": f"high: {name}"})
    write_roles({"outer/tasks/main.yml": "- import_role: {name: inner}"})
    task = "name: it, debug: {msg: '{{ [low, high, ansible_play_role_names] }}'}"
    assert play(playbook.replace("TASK", task)).result("it")["msg"] == [order[-1], order[-1], order]


def test_variables_and_handlers_of_roles_that_tasks_import_win_over_those_of_post_tasks(
    play: Play,
) -> None:
    for name in ("early", "late"):
        handlers = f"- {{name: it, debug: {{msg: {name}}}}}"
        write_roles({f"{name}/vars/main.yml": f"a: {name}", f"{name}/handlers/main.yml": handlers})
    ran = play("""
        - tasks: [import_role: {name: early}]
          post_tasks:
            - import_role: {name: late}
            - {name: show, debug: {msg: "{{ a }}"}, changed_when: true, notify: it}
    """)
    assert ran.result("show")["msg"] == "early"
    assert ran.result("early : it")["msg"] == "early"


def test_a_role_of_which_nothing_ran_is_run_when_it_is_named_again(play: Play) -> None:
    write_roles(
        {
            "it/tasks/main.yml": "- {name: it, debug: , when: ready is defined}",
            "set/tasks/main.yml": "- {name: set, set_fact: {ready: 1}}",
        }
    )
    ran = play("- roles: [it, set, it]")
    assert ran.steps() == ["it : it: skipped", "set : set: ok", "it : it: ok"]


def test_a_role_may_be_delegated(play: Play) -> None:
    write_roles({"web/tasks/main.yml": "- {name: it, set_fact: {at: here}}"})
    ran = play(
        """
        - hosts: a
          roles: [{role: web, delegate_to: b, delegate_facts: true}]
          tasks: [{name: whose, debug: {msg: "{{ [at is defined, hostvars.b.at] }}"}}]
        """,
        *("-i", "a,b,"),
    )
    assert ran.result("whose", "a")["msg"] == [False, "here"]


def test_a_role_that_is_named_twice_runs_once_however_it_is_written(play: Play) -> None:
    write_roles({"web/tasks/main.yml": "- {name: it, debug: }"})
    assert play("- roles: [web, {role: web}, {name: web}]").steps() == ["web : it: ok"]


def test_names_of_roles_as_variables(play: Play) -> None:
    names = "{{ [role_name, role_path | basename, ansible_play_role_names, ansible_role_names] }}"
    write_roles(
        {
            "web/meta/main.yml": "dependencies: [base]",
            "web/tasks/main.yml": f'- {{name: it, debug: {{msg: "{names}"}}}}',
            "base/tasks/main.yml": "",
        }
    )
    ran = play("""
        - roles: [web]
          tasks: [{name: outside, debug: {msg: "{{ role_name is defined }}"}}]
    """)
    assert ran.result("web : it")["msg"] == ["web", "web", ["web"], ["base", "web"]]
    assert ran.result("outside")["msg"] is False


def test_a_file_of_specifications_without_its_key_says_nothing(play: Play) -> None:
    write_roles(
        {
            "web/tasks/main.yml": "- {name: it, debug: }",
            "web/meta/argument_specs.yml": "main: {options: {port: {required: true}}}",
        }
    )
    assert play("- roles: [web]").steps() == ["web : it: ok"]


def test_a_role_whose_arguments_do_not_fit_its_specification_does_not_run(play: Play) -> None:
    write_roles(
        {
            "web/tasks/main.yml": "- {name: it, debug: {msg: '{{ port }}'}}",
            "web/meta/argument_specs.yml": """
                argument_specs:
                  main:
                    short_description: A web server
                    options:
                      port: {type: int, required: true}
            """,
        }
    )
    check = "web : Validating arguments against arg spec 'main' - A web server"
    ran = play("- roles: [{role: web, tags: web}]", "--tags", "web")
    assert ran.steps() == [f"{check}: failed"]
    assert ran.result(check)["argument_errors"] == ["missing required arguments: port"]
    ran = play("- roles: [web]\n  vars: {port: 80}")
    assert ran.steps() == [f"{check}: ok", "web : it: ok"]
    ran = play("- roles: [{role: web, vars: {port: '{{ omit }}'}}]\n  vars: {port: 80}")
    assert ran.result(check)["argument_errors"] == ["missing required arguments: port"]
    ran = play("- roles: [{role: web, vars: {port: '{{ nowhere }}'}}]")
    assert ran.result(check)["msg"] == "Task failed: 'nowhere' is undefined"
    write_roles({"web/meta/argument_specs.yml": "argument_specs: {main: {}}"})
    assert play("- roles: [web]").steps()[0] == "web : it: failed"
    write_roles({"web/meta/argument_specs.yml": "argument_specs: {main: {options: }}"})
    told = "Incorrect type for argument_spec, expected dict and got <class 'NoneType'>"
    ran = play("- roles: [web]")
    assert ran.result("web : Validating arguments against arg spec 'main'")["msg"] == told


@pytest.mark.parametrize("source", ["web", "https://example.org/a/web.git", "git@h:a/web.tar.gz"])
def test_a_dependency_may_say_only_where_it_is_from(play: Play, source: str) -> None:
    write_roles(
        {
            "site/meta/main.yml": f"dependencies: [{{src: '{source}', version: v1}}]",
            "web/tasks/main.yml": "- {name: it, debug: }",
        }
    )
    assert play("- roles: [site]").steps() == ["web : it: ok"]


def test_names_of_imports_may_hold_what_is_known_before_the_run(play: Play) -> None:
    write_roles(
        {
            "web/tasks/main.yml": """
                - import_tasks: "{{ role_path }}/tasks/{{ by_default }}.yml"
                - import_role: {name: "{{ other }}", tasks_from: "{{ file }}"}
                  vars: {file: main}
            """,
            "web/tasks/more.yml": "- {name: more, debug: {msg: hi}}",
            "web/defaults/main.yml": "by_default: more",
            "db/tasks/main.yml": "- {name: db, debug: {msg: hi}}",
        }
    )
    text = "- vars: {which: web}\n  roles: ['{{ which }}']"
    assert play(text, "-e", "other=db").steps() == ["web : more: ok", "db : db: ok"]
    assert "site.yml" not in play(text, "-e", "other=db").err
    assert "must be known before the run" in play(text).err


@pytest.mark.parametrize("public", [True, False])
def test_other_arguments_of_imports_may_be_templates_too(play: Play, *, public: bool) -> None:
    write_roles({"web/defaults/main.yml": "port: 80", "web/tasks/main.yml": SAY})
    ran = play(
        """
        - tasks:
            - {import_role: {name: web, public: "{{ shown }}"}}
            - {name: outside, debug: {msg: "{{ port is defined }}"}}
        """,
        *("-e", f"{{shown: {str(public).lower()}, what: it}}"),
    )
    assert ran.result("outside")["msg"] is public


@pytest.mark.parametrize(
    ("text", "status", "words"),
    [
        ("- roles: [circle]", 1, "A recursion loop was detected with the roles specified."),
        ("- roles: [{x: 1}]", 1, "role definitions must contain a role name"),
        ("- roles: [{role: ''}]", 1, "role definitions must contain a role name"),
        ("- roles: ['{{ nowhere }}']", 1, "must be known before the run"),
        ("- tasks: [{include: x.yml}]", 1, "The 'ansible.builtin.include' action plugin has been"),
        ("- roles: [nowhere]", 1, "the role 'nowhere' was not found in roles:"),
        ("- vars: {1st: 1}", 1, "Invalid variable name '1st'."),
        ("- {hosts: a, order: '{{ o }}'}", 5, "Invalid 'order' specified for inventory hosts: x"),
        ("- {hosts: '{{ nowhere }}'}", 4, "'nowhere' is undefined"),
        ("- {hosts: [a, null]}", 4, "Hosts list cannot contain values of 'None'"),
        ("- {user: root, remote_user: root}", 4, "both 'user' and 'remote_user' are set"),
        ("[]", 4, "A playbook must contain at least one play"),
        ("- {roles: x}", 4, "A malformed role declaration was encountered"),
        ("- {tasks: 12}", 4, "encountered while loading tasks: 12 should be a list or None"),
        ("- roles: [[a]]", 4, "Invalid role definition."),
        ("- roles: ['a,b']", 1, "Invalid old style role requirement: a,b"),
        ("- roles: [variables]", 4, "vars/main.yml file for role 'variables' must contain a dict"),
        ("- roles: [steps]", 4, "The tasks/main.yml file for role 'steps' must contain a list of"),
        ("- roles: [about]", 4, "the 'meta/main.yml' for role about is not a dictionary"),
        ("- roles: [needs]", 4, "Expected role dependencies to be a list."),
        ("- {vars_files: [{a: 1}]}", 4, "Invalid `vars_files` value of type 'dict'."),
        ("- {vars_files: [list.yml]}", 4, "Invalid variable file contents."),
        ("- {tasks: [import_tasks: no.yml]}", 1, "Could not find or access 'no.yml' on the Ans"),
        (
            "- {tasks: [import_tasks: '{{ x }}']}",
            4,
            "Error when evaluating variable in import path",
        ),
        ("- {import_playbook: a, ansible.builtin.import_playbook: b}", 1, "Found conflicting"),
        ("- {ansible.builtin.import_playbook: a, import_playbook: b}", 1, "Found conflicting"),
        ("- {module_defaults: x}", 4, "The field 'module_defaults' is supposed to be a dictionary"),
        ("- {name: [a]}", 4, "The field 'name' is supposed to be a string type, however the"),
        ("- {debugger: often}", 4, "'often' is not a valid value for debugger. Must be one of"),
        ("- {ignore_errors: often}", 4, "The value 'often' could not be converted to 'bool'."),
        ("- {throttle: few}", 4, "'throttle': The value 'few' could not be converted to 'int'."),
        ("- tasks: [{debug: , tags: {a: 1}}]", 1, "tags must be specified as a list"),
        ("- tasks: [{debug: , args: x}]", 4, "The value of the task `args` keyword is invalid."),
        (
            "- tasks: [{debug: , register: a.b}]",
            4,
            "Invalid 'register' specified: Invalid",
        ),
        ("- tasks: [{debug: , wehn: x}]", 4, "conflicting action statements: debug, wehn"),
        ("- tasks: [{action: debug, local_action: debug}]", 4, "action and local_action are mutu"),
        ("- tasks: [{debug: , with_items: }]", 1, "you must specify a value when using with_items"),
        ("- tasks: [{debug: , loop: [1], with_items: [1]}]", 1, "duplicate loop in task: items"),
        ("- tasks: [{debug: , loop: [1], loop_control: a}]", 4, "the `loop_control` value must be"),
        (
            "- tasks: [{debug: , rescue: [], block: []}]",
            4,
            "'debug' is not a valid attribute",
        ),
        ("- tasks: [{import_tasks: a, loop: [1]}]", 4, "You should use 'include_tasks' instead."),
        ("- tasks: [{include_role: {name: a, apply: x}}]", 4, "Expected a dict for apply but got"),
        ("- tasks: [{include_role: {name: a, tasks_from: []}}]", 4, "Expected a string for tasks_"),
        ("- tasks: [{meta: }]", 1, "invalid meta action requested"),
        ("- tasks: [{debug: {msg: }", 4, "YAML parsing failed"),
    ],
)
def test_mistakes_have_the_status_and_the_words_of_ansible(
    play: Play, text: str, status: int, words: str
) -> None:
    write_roles(
        {
            "circle/meta/main.yml": "dependencies: [circle]",
            "variables/vars/main.yml": "[1]",
            "steps/tasks/main.yml": "a: 1",
            "about/meta/main.yml": "[1]",
            "needs/meta/main.yml": "dependencies: x",
        }
    )
    Path("list.yml").write_text("[1]")
    ran = play(text, "-i", "a,", "-e", "o=x")
    assert ran.code == status
    assert words in ran.err


def test_tasks_of_a_role_are_listed_and_begun_with_behind_its_name(
    play: Play, capsys: pytest.CaptureFixture[str]
) -> None:
    write_roles(
        {
            "web/tasks/main.yml": """
                - {name: first, debug: }
                - {name: second, debug: }
                - debug:
                - {block: [{name: inner, debug: }], always: [{name: not listed, debug: }]}
                - {name: other role, include_role: {name: db}}
            """,
            "db/tasks/main.yml": "[]",
        }
    )
    assert play("- roles: [web]", "--start-at-task", "web : second").steps()[0] == (
        "web : second: ok"
    )
    assert main(["run", "site.yml", "--list-tasks"]) == 0
    listed = [line.partition("\t")[0].strip() for line in capsys.readouterr().out.splitlines()]
    assert listed[listed.index("tasks:") + 1 :] == [
        "web : first",
        "web : second",
        "debug",
        "web : inner",
        "other role",
    ]
    # As with Ansible, a step without a name is known behind that of its role only.
    begun = play("- {roles: [web], tasks: [debug: ]}", "--start-at-task", "debug")
    assert begun.steps() == ["debug: ok"]


def test_mappings_of_roles_are_put_together_if_that_is_set(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_roles(
        {
            "web/tasks/main.yml": "- {name: it, debug: {msg: '{{ m }}'}}",
            "web/defaults/main.yml": "m: {a: {x: 1}, b: 1}",
            "web/vars/main/1.yml": "m: {a: {y: 1}}",
            "web/vars/main/2.yml": "m: {b: 2}",
        }
    )
    assert play("- roles: [web]").result("web : it")["msg"] == {"b": 2}
    monkeypatch.setenv("ANSIBLE_HASH_BEHAVIOUR", "merge")
    assert play("- roles: [web]").result("web : it")["msg"] == {"a": {"x": 1, "y": 1}, "b": 2}


def test_of_merged_mappings_a_role_wins_over_what_is_below_the_include(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_HASH_BEHAVIOUR", "merge")
    write_roles(
        {
            "web/tasks/main.yml": "- {name: it, debug: {msg: '{{ m }}'}}",
            "web/vars/main.yml": "m: {a: role}",
        }
    )
    ran = play("""
        - vars: {m: {a: play, b: play}}
          tasks: [{include_role: {name: web}, vars: {m: {c: include}}}]
    """)
    assert ran.result("web : it")["msg"] == {"a": "role", "b": "play", "c": "include"}
