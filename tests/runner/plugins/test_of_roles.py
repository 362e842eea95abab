"""Plugins and steps that roles and imported playbooks bring along, and which of them win."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from played import lay

from .conftest import PLUGINS, Run

USING = "debug: {msg: \"{{ 'hi' | shout }}\"}"


def test_a_role_brings_plugins_and_steps_along_for_all_of_the_play(
    run: Run, tmp_path: Path
) -> None:
    lay(tmp_path, "roles/web/filter_plugins/f.py", PLUGINS["filter_plugins/shouts.py"])
    lay(tmp_path, "roles/web/tasks/main.yml", "- debug: {msg: \"{{ 'role' | shout }}\"}\n")
    step = """
        from dataclasses import dataclass
        from opsplay.runner.task import Result

        @dataclass(frozen=True, kw_only=True)
        class Params:
            pass

        def run(params, ctx):
            return Result(msg="a step of the role")
    """
    lay(tmp_path, "roles/web/task_modules/greet.py", step)
    play = {
        "roles": ["web"],
        "tasks": [{"debug": {"msg": "{{ 'play' | shout }}"}}, {"greet": None}],
    }
    ran = run(json.dumps([play]))
    assert ran.code == 0
    assert "=> ROLE!" in ran.out
    assert "=> PLAY!" in ran.out
    assert "=> a step of the role" in ran.out


@pytest.mark.parametrize(
    "tasks",
    [
        ["import_role: {name: web}", USING],
        ["ansible.builtin.include_role: name=web", USING],
        ["block: [{include_role: {name: web}}]", USING],
        ["import_tasks: more.yml"],
    ],
)
def test_what_a_role_brings_along_is_there_for_all_of_the_file_that_names_it(
    run: Run, tmp_path: Path, tasks: list[str]
) -> None:
    lay(tmp_path, "roles/web/filter_plugins/f.py", PLUGINS["filter_plugins/shouts.py"])
    lay(tmp_path, "more.yml", f"- include_role: {{name: web}}\n- {USING}\n")
    ran = run("- tasks:\n" + "".join(f"    - {task}\n" for task in tasks))
    assert ran.code == 0
    assert "=> HI!" in ran.out


def test_a_playbook_wins_over_its_roles_and_they_over_the_settings(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    owners = {"": "abc", "roles/one": "bcd", "roles/two": "bcd", "set": "abcde", "sub": "af"}
    for owner, names in owners.items():
        own = dict.fromkeys(names, f"lambda _: {owner!r}")
        filters = ", ".join(f"{name!r}: {function}" for name, function in own.items())
        text = f"class FilterModule:\n  def filters(self): return {{{filters}}}\n"
        lay(tmp_path / owner, "filter_plugins/f.py", text)
    monkeypatch.setenv("ANSIBLE_FILTER_PLUGINS", "set/filter_plugins")
    shown = "{{ [0 | a, 0 | c, 0 | d, 0 | e, 0 | f] | join(' ') }}"
    lay(tmp_path, "sub/more.yml", f'- tasks: [{{debug: {{msg: "{shown}"}}}}]\n')
    ran = run("- roles: [one, two]\n- import_playbook: sub/more.yml\n")
    assert ran.code == 0
    assert "=>   roles/one set sub" in ran.out


def test_plugins_beside_an_imported_playbook_are_there_for_the_importer(
    run: Run, tmp_path: Path
) -> None:
    text = "class FilterModule:\n    def filters(self):\n"
    text += "        return {'named': lambda _: __name__}\n"
    lay(tmp_path, "sub/filter_plugins/names_of_modules.py", text)
    lay(tmp_path, "sub/more.yml", "- tasks: []\n")
    importer = "- import_playbook: sub/more.yml\n- tasks: [{debug: {msg: '{{ 0 | named }}'}}]\n"
    ran = run(importer)
    assert ran.code == 0
    assert "=> ansible.plugins.filter.names_of_modules" in ran.out


def test_steps_of_roles_win_over_those_of_the_settings(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for owner in ("roles/web/library", "set"):
        for name in ("both", owner[-3:]):
            text = "from ansible.module_utils.basic import AnsibleModule\n"
            text += f"AnsibleModule(argument_spec={{}}).exit_json(msg='of {owner}')\n"
            lay(tmp_path, f"{owner}/{name}.py", text)
    monkeypatch.setenv("ANSIBLE_LIBRARY", "set")
    ran = run("- {roles: [web], tasks: [{both: }, {set: }]}\n", "-v")
    assert ran.code == 0
    assert ran.out.index("of roles/web/library") < ran.out.index("of set")


def test_a_role_brings_plugins_of_variables_along(run: Run, tmp_path: Path) -> None:
    plugin = """
        class VarsModule:
            def get_vars(self, loader, path, entities):
                return {"given": "by the role"}
    """
    lay(tmp_path, "roles/web/vars_plugins/more.py", plugin)
    ran = run("- {roles: [web], tasks: [{debug: {var: given}}]}\n")
    assert ran.code == 0
    assert "by the role" in ran.out
