"""What the names of imported files may depend on, beside the variables of their play."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsplay.runner.cli import main
from played import Play, lay

pytestmark = pytest.mark.slow

SAY = "- debug: {msg: it is said}\n"


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    lay(tmp_path, "roles/r/defaults/main.yml", "by_default: said\nbelow: wrong\n")
    lay(tmp_path, "roles/r/vars/main.yml", "of_role: said")
    lay(tmp_path, "roles/r/meta/main.yml", "dependencies: [dep]")
    lay(tmp_path, "roles/dep/vars/main.yml", "of_dependency: said\nof_role: wrong\n")
    lay(tmp_path, "said.yml", SAY)
    lay(tmp_path, "hosts", "[said]\nlocalhost\n")


@pytest.mark.parametrize("name", ["by_default", "of_role", "of_dependency", "below"])
@pytest.mark.parametrize("roles", ["[r]", "[{role: r}]", "['{{ which }}']"])
def test_they_may_depend_on_what_the_roles_of_the_play_define(
    play: Play, name: str, roles: str
) -> None:
    head = f"  vars: {{which: r, below: said}}\n  roles: {roles}\n"
    played = play(f"- import_tasks: '{{{{ {name} }}}}.yml'", head=head)
    assert (played.code, "it is said" in played.shown) == (0, True)


def test_they_may_depend_on_what_a_role_defines_that_was_imported_before(
    play: Play, tmp_path: Path
) -> None:
    lay(tmp_path, "roles/r/vars/other.yml", "of_other: said")
    for role, name in (("{name: r}", "by_default"), ("{name: r, vars_from: other}", "of_other")):
        played = play(f"""
            - import_role: {role}
            - import_tasks: "{{{{ {name} }}}}.yml"
        """)
        assert (played.code, "it is said" in played.shown) == (0, True)


def test_what_roles_define_for_themselves_is_not_known(
    play: Play, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_PRIVATE_ROLE_VARS", "true")
    lay(tmp_path, "other.yml", "- debug: {msg: something else is said}")
    head = "  vars: {of_role: other}\n  roles: [r]\n"
    played = play("- import_tasks: '{{ of_role }}.yml'", head=head)
    assert "something else is said" in played.shown
    assert play("- import_tasks: '{{ by_default }}.yml'", head=head).code == 4


def test_what_a_role_defines_that_is_imported_later_is_not_known_yet(play: Play) -> None:
    played = play("""
        - import_tasks: "{{ by_default }}.yml"
        - import_role: {name: r}
    """)
    assert (played.code, "import path '{{ by_default }}.yml'" in played.shown) == (4, True)


def test_they_may_depend_on_the_groups_of_the_inventory(play: Play) -> None:
    played = play("- import_tasks: '{{ groups.said and \"said\" }}.yml'", "-i", "hosts")
    assert (played.code, "it is said" in played.shown) == (0, True)


@pytest.mark.parametrize(
    "name",
    [
        "{{ 'said' if ansible_check_mode else 'no' }}",
        "{{ 'said' if ansible_run_tags[0] is match('one') else 'no' }}",
        "{{ 'said' if ansible_version.full is version('2.9', '>=') else 'no' }}",
        "{{ 'said' if ansible_play_name == '' else 'no' }}",
        "{{ playbook_dir }}/said",
    ],
)
def test_they_may_depend_on_what_opsplay_sets(play: Play, name: str) -> None:
    tasks = f'- {{import_tasks: "{name}.yml", tags: one}}'
    played = play(tasks, "--check", "--tags", "one")
    assert (played.code, "it is said" in played.shown) == (0, True)


def test_in_a_role_they_may_depend_on_its_name(play: Play, tmp_path: Path) -> None:
    tasks = "".join(
        f"- import_tasks: '{{{{ {name} }}}}.yml'\n"
        for name in ("ansible_role_name", "role_name", "role_path }}/tasks/{{ role_name")
    )
    lay(tmp_path, "roles/r/tasks/main.yml", tasks)
    lay(tmp_path, "roles/r/tasks/r.yml", SAY)
    played = play("- import_role: {name: r}")
    assert (played.code, played.shown.count("it is said")) == (0, 3)


@pytest.mark.parametrize(
    "name", ["{{ playbook_dir }}/more.yml", "{{ groups.said and 'more' }}.yml"]
)
def test_those_of_playbooks_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    monkeypatch.chdir(tmp_path)
    lay(tmp_path, "sub/more.yml", f"- tasks:\n  {SAY}")
    lay(tmp_path, "sub/begin.yml", f'- import_playbook: "{name}"')
    lay(tmp_path, "site.yml", "- import_playbook: sub/begin.yml")
    assert main(["run", "site.yml", "-i", "hosts"]) == 0
    assert "it is said" in capsys.readouterr().out


def test_files_that_are_included_import_by_them_too(play: Play, tmp_path: Path) -> None:
    lay(tmp_path, "more.yml", "- import_tasks: '{{ of_role }}.yml'")
    played = play("- include_tasks: more.yml", head="  roles: [r]\n")
    assert (played.code, "it is said" in played.shown) == (0, True)


def test_roles_that_depend_on_each_other_without_end_are_told(play: Play, tmp_path: Path) -> None:
    for number in range(1100):
        dependency = f"dependencies: [r{number + 1}]"
        lay(tmp_path, f"roles/r{number}/meta/main.yml", dependency)
    played = play("- import_tasks: '{{ of_role }}.yml'", head="  roles: [r0]\n")
    assert (played.code, "bug" in played.shown) == (4, False)


@pytest.mark.parametrize("roles", ["[nowhere]", "[5]", "['{{ nothing }}']", "[[r]]"])
def test_what_is_wrong_with_a_role_is_told_as_ever(play: Play, roles: str) -> None:
    played = play("- import_tasks: '{{ of_role }}.yml'", head=f"  roles: {roles}\n")
    assert played.code in (1, 4)
    assert "bug" not in played.shown
