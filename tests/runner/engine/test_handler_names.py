"""Handlers: who is meant by a name or a topic."""

from __future__ import annotations

from pathlib import Path

import pytest

from role_files import write_roles

from .conftest import Play


def test_a_topic_reaches_all_who_listen(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: one, command: "true", notify: web changed}
          handlers:
            - {name: first, debug: {msg: hi}, listen: web changed}
            - {name: other, debug: {msg: hi}}
            - {name: second, debug: {msg: hi}, listen: [web changed, more]}
    """)
    assert ran.steps() == ["one: changed", "first: ok", "second: ok"]


def test_of_handlers_with_one_name_the_first_is_meant_also_by_topics(play: Play) -> None:
    ran = play("""
        - tasks:
            - {name: one, command: "true", notify: topic}
          handlers:
            - {name: same, debug: {msg: first}, listen: topic}
            - {name: same, debug: {msg: second}, listen: [topic]}
    """)
    assert ran.steps() == ["one: changed", "same: ok"]
    assert ran.result("same")["msg"] == "first"


def test_a_topic_of_a_role_is_also_reached_by_the_name_of_the_role(play: Play) -> None:
    write_roles({"web/handlers/main.yml": "- {name: heard, debug: , listen: topic}"})
    ran = play("""
        - roles: [web]
          tasks:
            - {name: it, debug: , changed_when: true, notify: "web : topic"}
    """)
    assert ran.steps() == ["it: changed", "web : heard: ok"]


def test_a_handler_of_the_play_is_meant_before_one_of_its_roles(play: Play) -> None:
    write_roles(
        {
            "web/tasks/main.yml": "- {name: one, command: 'true', notify: same}",
            "web/handlers/main.yml": "- {name: same, debug: {msg: of the role}}",
        }
    )
    ran = play("""
        - roles: [web]
          tasks:
            - {name: two, command: "true", notify: same}
          handlers:
            - {name: same, debug: {msg: of the play}}
    """)
    assert ran.steps() == ["web : one: changed", "two: changed", "same: ok"]


@pytest.mark.parametrize(
    ("role", "names"),
    [
        ("far/web", ["it", "far/web : it"]),
        ("./roles/far/web", ["./roles/far/web : it"]),
        ("acme.web.base", ["it", "acme.web.base : it", "base : it"]),
        ("acme.web.far.deep", ["acme.web.deep : it", "deep : it"]),
    ],
)
def test_a_handler_answers_to_the_name_of_its_role_as_it_is_written(
    play: Play, role: str, names: list[str]
) -> None:
    own = "ansible_collections/acme/web/roles"
    for folder in ("roles/far/web", f"collections/{own}/base", f"collections/{own}/far/deep"):
        write_roles({"handlers/main.yml": "- {name: it, debug: }"}, folder)
    for name in names:
        step = f"{{debug: , changed_when: true, notify: '{name}'}}"
        ran = play(f"- {{roles: [{role}], tasks: [{step}]}}")
        assert ran.code == 0, ran.err
        (told,) = ran.named("HandlerNotified")
        assert told["handler"].endswith("it")


def test_a_handler_of_a_role_answers_to_its_name_with_and_without_the_role(play: Play) -> None:
    write_roles(
        {
            "web/tasks/main.yml": "",
            "web/handlers/main.yml": "- {name: restart, debug: {msg: hi}}",
        }
    )
    ran = play("""
        - roles: [web]
          tasks:
            - {name: one, command: "true", notify: "web : restart"}
            - {name: two, command: "true", notify: restart}
            - meta: flush_handlers
            - {name: three, command: "true", notify: restart}
          handlers: [{name: other, debug: }]
    """)
    assert ran.steps() == [
        "one: changed",
        "two: changed",
        "web : restart: ok",
        "three: changed",
        "web : restart: ok",
    ]


_CHANGE = '{command: "true", notify: [needed, outer, inner, play]}'


@pytest.mark.parametrize(
    ("wanted", "order"),
    [
        (f"{{roles: [ra], tasks: [{_CHANGE}]}}", ["needed", "outer", "play", "inner"]),
        (
            f"{{tasks: [import_role: {{name: ra}}, {_CHANGE}]}}",
            ["play", "inner", "needed", "outer"],
        ),
        (
            f"{{tasks: [include_role: {{name: ra}}, {_CHANGE}]}}",
            ["play", "inner", "needed", "outer"],
        ),
    ],
)
def test_handlers_of_roles_and_of_those_they_need_or_import_run_in_ansibles_order(
    play: Play, wanted: str, order: list[str]
) -> None:
    write_roles(
        {
            "ra/tasks/main.yml": "- import_role: {name: rb}",
            "ra/meta/main.yml": "dependencies: [rc]",
            "ra/handlers/main.yml": "- {name: outer, debug: }",
            "rb/handlers/main.yml": "- {name: inner, debug: }",
            "rc/handlers/main.yml": "- {name: needed, debug: }",
        }
    )
    ran = play(f"- {wanted[:-1]}, handlers: [{{name: play, debug: }}]}}")
    names = [task["name"] for task in ran.named("TaskStarted") if task["handler"]]
    assert [name.rpartition(" : ")[2] for name in names] == order


def test_a_handler_that_only_the_run_can_miss_is_an_error_or_a_warning(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = """
        - vars: {who: nobody}
          tasks:
            - block: [{name: one, command: "true", notify: "{{ who }}"}]
              rescue: [{name: in vain, debug: }]
          handlers:
            - {name: it, debug: }
    """
    told = "The requested handler 'nobody' was not found in either the main handlers list"
    ran = play(text)
    assert told in ran.err
    assert (ran.steps(), ran.code) == (["one: changed"], 1)
    monkeypatch.setenv("ANSIBLE_ERROR_ON_MISSING_HANDLER", "false")
    ran = play(text)
    assert told in ran.named("WarningGiven")[0]["text"]
    assert ran.code == 0


def test_a_handler_that_is_not_there_may_be_but_a_warning_before_the_run(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = '- tasks: [{name: one, command: "true", notify: nobody}]\n'
    assert play(text).code == 1
    monkeypatch.setenv("ANSIBLE_ERROR_ON_MISSING_HANDLER", "false")
    assert play(text).code == 0


def test_a_handler_is_meant_also_if_its_name_changes_before_it_runs(play: Play) -> None:
    ran = play("""
        - vars: {service: web}
          handlers: [{name: "restart {{ service }}", debug: }]
          tasks:
            - {name: it, debug: , changed_when: true, notify: restart web}
            - {set_fact: {service: mail}}
    """)
    assert ran.steps() == ["it: changed", "set_fact: ok", "restart web: ok"]


def test_a_handler_whose_name_cannot_be_told_is_warned_of(play: Play) -> None:
    ran = play("""
        - tasks: [{name: it, debug: , changed_when: true, notify: good}]
          handlers:
            - {name: "{{ nowhere }}", debug: }
            - {name: "{{ nowhere }}", listen: topic, debug: }
            - {name: good, debug: }
    """)
    assert ran.steps() == ["it: changed", "good: ok"]
    (warning,) = ran.named("WarningGiven")
    assert warning["text"].startswith(
        "Handler '{{ nowhere }}' is unusable because it has no listen"
    )
    assert warning["text"].endswith("The error: 'nowhere' is undefined")


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("of {{ inventory_hostname }}", "'inventory_hostname' is undefined"),
        ("of {{ found }}", "'found' is undefined"),
        ("of {{ ansible_facts.system }}", "'ansible_facts' is undefined"),
    ],
)
def test_the_name_of_a_handler_may_use_nothing_that_is_a_hosts_own(
    play: Play, name: str, told: str
) -> None:
    """As in Ansible."""
    ran = play(f"""
        - tasks:
            - set_fact: {{found: localhost}}
            - {{name: it, debug: , changed_when: true, notify: of localhost}}
          handlers: [{{name: "{name}", debug: }}]
    """)
    assert ran.code == 1
    assert ran.named("WarningGiven")[0]["text"].endswith(f"The error: {told}")
    assert "The requested handler 'of localhost' was not found" in ran.err


def test_handlers_of_a_role_that_is_included_again_come_behind_the_others(play: Play) -> None:
    """As in Ansible, where those whose names are templates are others then."""
    for name in ("ra", "rb"):
        write_roles(
            {
                f"{name}/tasks/main.yml": (
                    f"- {{command: 'true', notify: [{name}, '{name} of {{{{ p }}}}']}}"
                ),
                f"{name}/handlers/main.yml": (
                    f"- {{name: {name}, debug: {{msg: '{{{{ p }}}}'}}}}\n"
                    f"- {{name: '{name} of {{{{ p }}}}', debug: }}"
                ),
            }
        )
    ran = play("""
        - vars: {p: 0}
          tasks:
            - {include_role: {name: ra}, vars: {p: 1}}
            - {include_role: {name: rb}}
            - {include_role: {name: ra}, loop: [2, 3], loop_control: {loop_var: p}}
    """)
    names = [task["name"] for task in ran.named("TaskStarted") if task["handler"]]
    assert [name.partition(" : ")[2] for name in names] == [
        *("ra of 1", "rb", "rb of 0", "ra of 2", "ra", "ra of 3")
    ]
    assert ran.result("ra : ra")["msg"] == 3


def test_a_handler_keeps_the_name_that_its_template_came_to_first(
    play: Play, tmp_path: Path
) -> None:
    (tmp_path / "name").write_text("one", "utf-8")
    ran = play("""
        - vars: {called: "{{ lookup('file', 'name') }}"}
          tasks:
            - {command: "true", notify: one}
            - {copy: {content: two, dest: "{{ playbook_dir }}/name"}}
            - {name: again, command: "true", notify: one}
          handlers:
            - {name: "{{ called }}", debug: {msg: ran}}
    """)
    assert ran.code == 0
    assert [task["handler"] for task in ran.named("TaskStarted")] == [False, False, False, True]


def test_of_a_role_that_is_included_again_those_who_listen_are_the_last_though_templates_name_them(
    play: Play,
) -> None:
    handlers = "[{name: plain, debug: }, {name: 'a {{ word }}', debug: , listen: topic}]"
    write_roles({"web/handlers/main.yml": handlers, "web/vars/main.yml": "word: template"})
    ran = play("""
        - tasks:
            - {include_role: {name: web}, loop: [1, 2]}
            - {name: it, command: "true", notify: [plain, topic]}
    """)
    assert ran.steps()[-2:] == ["web : plain: ok", "web : a template: ok"]
