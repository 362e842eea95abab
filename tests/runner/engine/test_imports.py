"""Files that are imported before a run, and files that are not there."""

from __future__ import annotations

from pathlib import Path

import pytest

from played import lay
from role_files import write_roles

from .conftest import Play


def test_imports_inherit_conditions_and_tags(play: Play, tmp_path: Path) -> None:
    lay(tmp_path, "more.yml", "- {name: inner, debug: {msg: '{{ x }}'}}\n")
    lay(tmp_path, "other.yml", "- tasks:\n    - {name: other, debug: {msg: hi}}\n")
    text = """
        - import_playbook: other.yml
          tags: away
        - tasks:
            - {import_tasks: more.yml, tags: here, vars: {x: 1}}
            - {import_tasks: more.yml, when: 1 > 2, vars: {x: 2}}
    """
    assert play(text).steps() == ["other: ok", "inner: ok", "inner: skipped"]
    assert play(text, "--tags", "here").steps() == ["inner: ok"]
    assert play(text, "--skip-tags", "away").steps() == ["inner: ok", "inner: skipped"]


def test_imports_that_double_at_every_file_are_refused(play: Play, tmp_path: Path) -> None:
    for number in range(40):
        lay(tmp_path, f"f{number}.yml", f"- import_tasks: f{number + 1}.yml\n" * 2)
    lay(tmp_path, "f40.yml", "- debug: {msg: hi}\n")
    ran = play("""
        - tasks:
            - import_tasks: f0.yml
    """)
    assert "more than 10,000 imports in all" in ran.err
    assert ran.code == 4


def test_imports_that_are_nested_too_deep_are_refused(play: Play, tmp_path: Path) -> None:
    for number in range(60):
        lay(tmp_path, f"f{number}.yml", f"- import_tasks: f{number + 1}.yml\n")
    lay(tmp_path, "f60.yml", "- debug: {msg: hi}\n")
    ran = play("""
        - tasks:
            - import_tasks: f0.yml
    """)
    assert "imports are nested more than 50 deep" in ran.err
    assert ran.code == 4


@pytest.mark.parametrize(
    "play_text",
    [
        "- tasks: [import_tasks: nope.yml]",
        "- import_playbook: nope.yml",
        "- roles: [nope]",
        "- tasks: [import_role: {name: nope}]",
    ],
)
def test_what_is_not_there_is_no_mistake_in_what_is(play: Play, play_text: str) -> None:
    assert play(play_text).code == 1


def test_of_what_is_wrong_and_what_is_missing_the_mistake_counts(play: Play) -> None:
    assert play("- {roles: [nope], tasks: [nope: ]}").code == 4


def test_in_a_folder_of_a_role_an_import_looks_beside_its_file_first_an_include_in_the_role(
    play: Play,
) -> None:
    write_roles(
        {
            "web/tasks/main.yml": "- include_tasks: sub/both.yml",
            "web/tasks/sub/both.yml": "[{import_tasks: more.yml}, {include_tasks: more.yml}]",
            "web/tasks/sub/more.yml": "- {name: beside, debug: }",
            "web/tasks/more.yml": "- {name: of the role, debug: }",
        }
    )
    ran = play("- roles: [web]")
    assert ran.steps()[1:] == [
        "web : beside: ok",
        "web : include_tasks: ok",
        "web : of the role: ok",
    ]
