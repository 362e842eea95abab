"""import_role and include_role: roles among the tasks."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from role_files import write_roles

from .conftest import BOTH, Play

WEB = {
    "web/tasks/main.yml": "- {name: it, debug: {msg: '{{ port }}'}}",
    "web/tasks/sub/stop.yml": "- {name: stop, debug: {msg: '{{ port }}'}}",
    "web/defaults/main.yml": "port: 80",
    "web/defaults/other.yml": "port: 81",
    "web/vars/other.yml": "port: 82",
}


@pytest.fixture(autouse=True)
def _web(play: Play) -> None:
    write_roles(WEB)


def tasks(*entries: str) -> str:
    return "- tasks:\n" + "".join(f"    - {entry}\n" for entry in entries)


@pytest.mark.parametrize("step", ["import_role", "include_role"])
def test_what_is_read_can_be_another_file_than_main(play: Play, step: str) -> None:
    ran = play(
        tasks(
            f"{step}: {{name: web, tasks_from: sub/stop}}",
            f"{step}: {{role: web, defaults_from: other.yml}}",
        )
    )
    assert (ran.result("web : stop")["msg"], ran.result("web : it")["msg"]) == (80, 81)
    assert play(tasks(f"{step}: name=web vars_from=other")).result("web : it")["msg"] == 82


def test_the_other_file_may_be_what_a_lookup_has_found_in_the_role(play: Play) -> None:
    ran = play(
        tasks(
            "{include_role: {name: web, tasks_from: '{{ item }}'}, "
            "with_first_found: [{files: [stop.yml], paths: [roles/web/tasks/sub]}]}"
        )
    )
    assert ran.result("web : stop")["msg"] == 80


def test_an_import_hands_on_its_keywords_and_an_include_those_of_apply(play: Play) -> None:
    imported = tasks("{import_role: {name: web}, when: false, tags: a}")
    assert play(imported, "--tags", "a").steps() == ["web : it: skipped"]
    included = tasks(
        "{include_role: {name: web}, tags: a}",
        "{include_role: {name: web, apply: {tags: b, when: 1 > 2}}, tags: a}",
    )
    assert play(included, "--tags", "a,b").steps() == [
        "include_role : web: ok",
        "include_role : web: ok",
        "web : it: skipped",
    ]


def test_the_variables_of_an_include_win_over_facts_those_of_an_import_do_not(
    play: Play,
) -> None:
    for step, port in (("include_role", 2), ("import_role", 1)):
        ran = play(tasks("set_fact: {port: 1}", f"{{{step}: {{name: web}}, vars: {{port: 2}}}}"))
        assert ran.result("web : it")["msg"] == port


def test_what_an_import_brings_is_known_to_all_of_the_play(play: Play) -> None:
    ran = play(tasks("{name: early, debug: {msg: '{{ port }}'}}", "import_role: {name: web}"))
    assert ran.result("early")["msg"] == 80


@pytest.mark.parametrize(("public", "seen"), [("true", 80), ("false", "nothing")])
def test_what_an_include_brings_is_known_behind_it_if_it_is_public(
    play: Play, public: str, seen: object
) -> None:
    ran = play(
        tasks(
            "{name: early, debug: {msg: \"{{ port | default('nothing') }}\"}}",
            f"include_role: {{name: web, public: {public}}}",
            "{name: late, debug: {msg: \"{{ port | default('nothing') }}\"}}",
        )
    )
    assert (ran.result("early")["msg"], ran.result("late")["msg"]) == ("nothing", seen)


def test_variables_of_roles_can_be_hidden_by_a_setting(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_PRIVATE_ROLE_VARS", "true")
    ran = play("- roles: [web]\n  tasks: [{name: outside, debug: {msg: '{{ port is defined }}'}}]")
    assert ran.result("outside")["msg"] is False


@pytest.mark.parametrize(("hidden", "seen"), [("", False), ("false", True), ("true", False)])
def test_variables_of_included_roles_are_shown_by_a_setting(
    play: Play, monkeypatch: pytest.MonkeyPatch, hidden: str, *, seen: bool
) -> None:
    if hidden:
        monkeypatch.setenv("ANSIBLE_PRIVATE_ROLE_VARS", hidden)
    told = "{name: outside, debug: {msg: '{{ port is defined }}'}}"
    assert play(tasks("include_role: {name: web}", told)).result("outside")["msg"] is seen


def test_the_name_of_an_include_may_depend_on_the_item_of_a_loop(play: Play) -> None:
    write_roles({"db/tasks/main.yml": "- {name: it, debug: {msg: '{{ item }}'}}"})
    ran = play(tasks("{include_role: {name: '{{ item }}'}, loop: [web, db]}"))
    assert ran.steps() == ["include_role : {{ item }}: ok", "web : it: ok", "db : it: ok"]
    assert ran.recap() == "ok=4"


def test_a_role_that_is_included_brings_its_handlers(play: Play) -> None:
    """Those without a name once an include, as in Ansible."""
    write_roles(
        {
            "web/tasks/main.yml": "- {name: it, command: 'true', notify: [restart, changed]}",
            "web/handlers/main.yml": """
                - {name: restart, debug: {msg: "{{ item }}"}}
                - {debug: {msg: hi}, listen: changed}
            """,
        }
    )
    ran = play(tasks("{include_role: {name: web}, loop: [1, 2]}"))
    assert ran.steps()[3:] == ["web : debug: ok", "web : restart: ok", "web : debug: ok"]
    assert ran.result("web : restart")["msg"] == 2


def test_in_a_loop_all_items_bring_their_handlers_before_the_first_is_done(play: Play) -> None:
    """As in Ansible; so the last item's is meant, with its variables, also for other hosts."""
    write_roles(
        {
            "web/tasks/main.yml": """
                - {command: "true", notify: restart}
                - meta: flush_handlers
            """,
            "web/handlers/main.yml": """
                - name: restart
                  debug: {msg: "item {{ item }} for {{ inventory_hostname }}"}
            """,
        }
    )
    ran = play(
        """
        - hosts: all
          gather_facts: false
          tasks:
            - include_role: {name: web}
              loop: [1, 2]
              when: item == 1 or inventory_hostname == 'a'
        """,
        *(*BOTH, "--forks", "1"),
    )
    messages = [step["result"].get("msg", "") for step in ran.named("StepFinished")]
    said = [message for message in messages if message.startswith("item")]
    assert said == ["item 2 for a", "item 2 for b", "item 2 for a"]


def test_a_role_knows_those_that_include_it_and_sees_their_variables(play: Play) -> None:
    write_roles(
        {
            "outer/tasks/main.yml": "- import_role: {name: inner}",
            "outer/vars/main.yml": "of_outer: seen",
            "inner/tasks/main.yml": "- {name: it, debug: {msg: "
            "'{{ [ansible_parent_role_names, of_outer] }}'}}",
        }
    )
    ran = play(tasks("include_role: {name: outer}"))
    assert ran.result("inner : it")["msg"] == [["outer"], "seen"]


def test_an_include_runs_the_role_again_unless_duplicates_are_not_allowed(play: Play) -> None:
    once = "include_role: {name: web, allow_duplicates: false}"
    twice = "include_role: {name: web}"
    assert play(tasks(once, once)).steps().count("web : it: ok") == 1
    assert play(tasks(twice, twice)).steps().count("web : it: ok") == 2


def test_the_arguments_of_a_file_of_tasks_are_checked_unless_it_is_said_not_to(
    play: Play,
) -> None:
    specs = "argument_specs: {stop: {options: {port: {type: int, choices: [1]}}}}"
    write_roles({"web/meta/main.yml": specs})
    ran = play(tasks("include_role: {name: web, tasks_from: sub/stop}"))
    assert ran.steps()[-1] == "web : stop: ok"
    write_roles({"web/meta/main.yml": specs.replace("stop", "sub/stop")})
    ran = play(tasks("include_role: {name: web, tasks_from: sub/stop}"))
    assert ran.steps()[-1] == "web : Validating arguments against arg spec 'sub/stop': failed"
    ran = play(tasks("include_role: {name: web, tasks_from: sub/stop, rolespec_validate: false}"))
    assert ran.steps()[-1] == "web : stop: ok"


def test_words_of_a_specification_that_nobody_knows_have_no_effect(play: Play) -> None:
    specs = "argument_specs: {main: {owner: me, options: {port: {type: int, sample: 80}}}}"
    write_roles({"web/meta/main.yml": specs, "web/tasks/main.yml": "- {name: it, debug: }"})
    ran = play(tasks("include_role: {name: web}"))
    assert ran.steps()[-1] == "web : it: ok"


def test_a_file_that_is_included_is_looked_for_in_the_tasks_of_the_role(play: Play) -> None:
    write_roles(
        {
            "web/tasks/main.yml": "- include_tasks: deep/a.yml",
            "web/tasks/deep/a.yml": "- include_tasks: b.yml\n- import_tasks: beside.yml",
            "web/tasks/b.yml": "- {name: in tasks, debug: }",
            "web/tasks/deep/beside.yml": "- {name: beside, debug: }",
        }
    )
    steps = play("- roles: [web]").steps()
    assert [step for step in steps if "include" not in step] == [
        "web : in tasks: ok",
        "web : beside: ok",
    ]


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"meta/main.yml": "dependencies: [gone]"}, "the role 'gone' was not found in roles:"),
        ({"meta/main.yml": "dependencies: [web]"}, "A recursion loop was detected with the roles"),
        (
            {"tasks/main.yml": "- import_tasks: gone.yml"},
            "Could not find or access 'roles/web/",
        ),
        ({"tasks/main.yml": "- import_role: {name: gone}"}, "the role 'gone' was not found in"),
    ],
)
def test_what_a_role_needs_and_is_nowhere_or_endless_fails_the_include(
    play: Play, files: dict[str, str], reason: str
) -> None:
    write_roles({f"web/{name}": text for name, text in files.items()})
    ran = play(tasks("{block: [{include_role: {name: web}}], rescue: [{name: instead, debug: }]}"))
    assert ran.steps() == ["include_role : web: failed", "instead: ok"]
    assert ran.result("include_role : web")["reason"].startswith(reason)


def test_a_role_that_is_nowhere_fails_the_include_and_can_be_rescued(play: Play) -> None:
    ran = play(tasks("{block: [{include_role: {name: wep}}], rescue: [{name: instead, debug: }]}"))
    assert ran.steps() == ["include_role : wep: failed", "instead: ok"]
    failed = ran.result("include_role : wep")
    assert "site.yml:2:38: the role 'wep' was not found" in failed["origin"]
    assert "did you mean web?" in failed["origin"]
    assert failed["reason"].startswith("the role 'wep' was not found in roles:")


@pytest.mark.parametrize("step", ["include_role", "import_role"])
def test_a_file_of_a_role_that_is_not_there_ends_the_run(play: Play, step: str) -> None:
    block = f"block: [{step}: {{name: web, tasks_from: gone}}], rescue: [{{name: then, debug: }}]"
    ran = play(tasks(f"{{{block}}}"))
    assert ran.code == 4
    assert "Could not find specified file in role: tasks/gone" in ran.err
    assert "then: ok" not in ran.steps()


@pytest.mark.parametrize("word", ["tasks_from", "vars_from", "defaults_from", "handlers_from"])
@pytest.mark.parametrize("step", ["include_role", "import_role"])
def test_a_role_without_the_folder_may_be_asked_for_any_file(
    play: Play, step: str, word: str
) -> None:
    write_roles({"bare/meta/main.yml": "{}"})
    ran = play(f"- tasks: [{{{step}: {{name: bare, {word}: gone}}}}, {{name: then, debug: }}]")
    assert ran.code == 0
    assert ran.steps()[-1] == "then: ok"


def test_a_role_that_includes_itself_for_ever_is_stopped(play: Play) -> None:
    write_roles({"web/tasks/main.yml": "- include_role: {name: web}"})
    ran = play("- roles: [web]")
    assert "includes are nested more than 50 deep" in ran.result("include_role : web")["msg"]


def test_with_run_once_the_role_is_for_the_first_host_alone(play: Play) -> None:
    ran = play("- hosts: all\n  tasks: [{include_role: {name: web}, run_once: true}]", "-i", "a,b,")
    assert ran.recap("a") == "ok=2"
    assert "b" not in ran.named("RunFinished")[0]["recap"]


def test_a_handler_that_comes_with_an_include_wins_over_those_that_were_there(play: Play) -> None:
    write_roles({"web/handlers/main.yml": "- {name: restart, debug: {msg: hi}}"})
    text = "- roles: [web]\n  handlers: [{name: restart, debug: }]\n  tasks:\n"
    notify = "    - {command: 'true', notify: restart}\n"
    assert play(text + notify).steps()[-1] == "restart: ok"
    include = "    - include_role: {name: web}\n"
    assert play(text + include + notify).steps()[-1] == "web : restart: ok"


def test_what_an_include_registers_tells_what_it_was_given(play: Play, tmp_path: Path) -> None:
    (tmp_path / "more.yml").write_text("- debug:\n")
    ran = play(
        tasks(
            "{include_tasks: {file: more.yml, apply: {tags: it}}, register: file}",
            "{include_role: {name: web, apply: {tags: it}, public: true}, register: role}",
            "{name: told, debug: {msg: '{{ [file, role] | to_json }}'}}",
        )
    )
    assert json.loads(ran.result("told")["msg"]) == [
        {"changed": False, "include": "more.yml", "include_args": {"apply": {"tags": "it"}}},
        {
            "changed": False,
            "include_args": {"name": "web", "apply": {"tags": "it"}, "public": True},
        },
    ]


def test_where_duplicates_are_left_out_a_role_for_another_item_is_none(play: Play) -> None:
    ran = play(
        tasks(
            "include_role: {name: web}",
            "include_role: {name: web, allow_duplicates: false}",
            "{include_role: {name: web, allow_duplicates: false}, loop: [a, a, b]}",
        )
    )
    assert [step for step in ran.steps() if not step.startswith("include_role")] == [
        "web : it: ok",
        "web : it: ok",
        "web : it: ok",
    ]


def test_where_duplicates_are_left_out_a_loop_over_a_role_does_not_count(play: Play) -> None:
    once = "include_role: {name: web, allow_duplicates: false}"
    ran = play(tasks("{include_role: {name: web}, loop: [a, b]}", once, once))
    assert ran.steps().count("web : it: ok") == 3


def test_a_role_whose_tasks_are_no_list_ends_the_run_even_in_a_block_with_a_rescue(
    play: Play,
) -> None:
    write_roles({"web/tasks/main.yml": "a: 1"})
    ran = play(
        tasks("{block: [include_role: {name: web}], rescue: [debug: ]}", "{name: b, debug: }")
    )
    assert ran.code == 4
    assert ran.steps() == ["include_role : web: ok"]
