"""Roles: where they and their files lie, beside a playbook and in collections."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsplay.runner.cli import main
from role_files import write_roles

from .conftest import Play

SAY = "- {name: say, debug: {msg: '{{ what }}'}}"


def test_files_are_looked_for_in_the_role_and_then_beside_the_playbook(play: Play) -> None:
    write_roles(
        {
            "web/tasks/main.yml": """
                - {name: path, debug: {msg: "{{ ansible_search_path }}"}}
                - {name: found, debug: {msg: "{{ lookup('file', 'beside') }}"}}
            """,
        }
    )
    Path("files").mkdir()
    Path("files/beside").write_text("x")
    ran = play("- roles: [web]")
    role = Path("roles/web").absolute()
    assert ran.result("web : path")["msg"] == [
        str(folder) for folder in (role, role / "tasks", Path.cwd())
    ]
    assert ran.result("web : found")["msg"] == "x"


def test_a_file_of_tasks_further_down_finds_what_lies_beside_those_of_the_role(play: Play) -> None:
    write_roles(
        {
            "web/tasks/main.yml": "- include_tasks: sub/more.yml",
            "web/tasks/sub/more.yml": """
                - {name: found, debug: {msg: "{{ lookup('file', 'beside') }}"}}
                - {name: copied, copy: {src: beside, dest: copied}}
            """,
            "web/tasks/beside": "x",
        }
    )
    ran = play("- roles: [web]")
    assert ran.result("web : found")["msg"] == "x"
    assert Path("copied").read_text() == "x"


def test_a_template_of_a_role_may_include_one_beside_the_playbook(play: Play) -> None:
    write_roles({"web/templates/a.j2": "{% include 'b.j2' %}{% include 'c.j2' %}"})
    write_roles({"b.j2": "b of the playbook, ", "c.j2": "c of the playbook"}, "templates")
    write_roles({"web/templates/b.j2": "b of the role, "})
    write_roles(
        {"web/tasks/main.yml": "- name: it\n  debug: {msg: \"{{ lookup('template', 'a.j2') }}\"}"}
    )
    assert play("- roles: [web]").result("web : it")["msg"] == "b of the role, c of the playbook"


def test_roles_lie_beside_the_playbook_in_folders_that_are_set_and_beside_a_role(
    play: Play, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_roles({"a/meta/main.yml": "dependencies: [b]", "b/tasks/main.yml": "- debug:"}, "far")
    write_roles({"c/tasks/main.yml": "- debug:"}, ".")
    write_roles({"d/tasks/main.yml": "- debug:"}, "path")
    monkeypatch.setenv("ANSIBLE_ROLES_PATH", "nowhere:path")
    ran = play("- roles: [far/a, c, d]")
    assert ran.steps() == ["b : debug: ok", "c : debug: ok", "d : debug: ok"]


def test_roles_of_collections_are_named_in_full_and_among_themselves_in_short(play: Play) -> None:
    roles = "ansible_collections/acme/web/roles"
    says = "[role_name, ansible_role_name, ansible_collection_name]"
    write_roles(
        {
            f"{roles}/site/tasks/main.yml": f"- {{name: it, debug: {{msg: '{{{{ {says} }}}}'}}}}",
            f"{roles}/site/meta/main.yml": "dependencies: [base]",
            f"{roles}/base/tasks/main.yml": "- {name: base, debug: }",
        },
        "collections",
    )
    ran = play("- roles: [acme.web.base, acme.web.site]")
    assert ran.steps() == ["acme.web.base : base: ok", "acme.web.site : it: ok"]
    told = ran.result("acme.web.site : it")["msg"]
    assert told == ["site", "acme.web.site", "acme.web"]


def test_the_folder_above_a_role_of_a_collection_is_part_of_its_name_only_in_short(
    play: Play,
) -> None:
    role = "ansible_collections/acme/web/roles/sub/base/tasks/main.yml"
    say = "- {name: it, debug: {msg: '{{ [role_name, ansible_role_name] }}'}}"
    write_roles({role: say}, "collections")
    ran = play("- {collections: [acme.web], roles: [sub.base]}\n- roles: [acme.web.sub.base]")
    assert ran.steps() == ["acme.web.sub.base : it: ok", "acme.web.base : it: ok"]
    assert ran.result("acme.web.sub.base : it")["msg"] == ["sub.base", "acme.web.sub.base"]
    assert ran.result("acme.web.base : it")["msg"] == ["base", "acme.web.base"]


@pytest.mark.parametrize("step", ["import_role", "include_role"])
def test_a_file_of_a_role_is_named_by_a_text(play: Play, step: str) -> None:
    write_roles({"web/tasks/5.yml": SAY})
    ran = play(f"- tasks: [{{{step}: {{name: web, tasks_from: 5}}}}]")
    assert ran.code == 4
    assert "Expected a string for tasks_from but got" in ran.err


@pytest.mark.parametrize("name", ["../../../out.yml", "../vars/x.yml", "/etc/passwd"])
@pytest.mark.parametrize("step", ["import_role", "include_role"])
def test_files_outside_of_a_role_are_no_part_of_it(
    play: Play, tmp_path: Path, step: str, name: str
) -> None:
    (tmp_path / "out.yml").write_text("- debug:\n")
    write_roles({"web/tasks/main.yml": SAY, "web/vars/x.yml": "- debug:"})
    ran = play(f"- tasks: [{{{step}: {{name: web, tasks_from: {name}}}}}]")
    assert ran.code == 4
    assert "for role (web) as it is not inside the expected role path: 'roles/web/tasks'" in ran.err
    inside = play(
        f"- tasks: [{{{step}: {{name: web, tasks_from: ../tasks/main.yml}}}}]", "-e", "what=1"
    )
    assert inside.code == 0


def test_playbooks_of_collections_are_named_in_full_and_name_its_roles_in_short(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = "ansible_collections/acme/web/"
    files = {
        f"{own}playbooks/all.yml": "- tasks: [{include_role: {name: base}}]",
        f"{own}playbooks/ftp/push.yaml": "- roles: [base]",
        f"{own}roles/base/tasks/main.yml": "- {name: it, debug: }",
    }
    write_roles(files, "collections")
    ran = play("- import_playbook: acme.web.all\n- import_playbook: acme.web.ftp.push")
    assert ran.steps() == ["include_role : base: ok", *["acme.web.base : it: ok"] * 2]
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    monkeypatch.setenv("ANSIBLE_COLLECTIONS_PATH", str(tmp_path / "collections"))
    assert main(["run", "acme.web.all"]) == 0


def test_a_check_of_arguments_calls_the_role_of_a_collection_by_its_short_name(play: Play) -> None:
    specs = "argument_specs: {main: {options: {port: {required: true}}}}"
    write_roles({"ansible_collections/a/b/roles/web/meta/main.yml": specs}, "collections")
    failed = "[ansible_failed_task.action, ansible_failed_result.validate_args_context.name]"
    rescue = f"{{name: told, debug: {{msg: '{{{{ {failed} }}}}'}}}}"
    ran = play(f"- tasks: [{{block: [import_role: {{name: a.b.web}}], rescue: [{rescue}]}}]")
    assert ran.result("told")["msg"] == ["ansible.builtin.validate_argument_spec", "web"]


def test_a_role_of_its_own_is_in_no_collection(play: Play) -> None:
    write_roles(
        {"web/tasks/main.yml": "- {name: it, debug: {msg: '{{ [ansible_collection_name] }}'}}"}
    )
    assert play("- roles: [web]").result("web : it")["msg"] == [None]


def test_a_handler_of_a_role_may_include_one_of_its_files_of_tasks(play: Play) -> None:
    write_roles(
        {
            "web/tasks/enter.yml": "- {command: 'true', notify: [again, below]}",
            "web/tasks/more.yml": "- {name: more, debug: {msg: of the role}}",
            "web/handlers/main.yml": """
                - {name: again, include_tasks: more.yml}
                - {name: below, include_tasks: below.yml}
            """,
        }
    )
    write_roles({"below.yml": "- {name: below, debug: {msg: beside the playbook}}"}, "handlers")
    ran = play("- tasks: [include_role: {name: web, tasks_from: enter}]")
    assert ran.result("web : more")["msg"] == "of the role"
    assert ran.result("web : below")["msg"] == "beside the playbook"
