"""`opsplay vars`: where a host's variables are defined, and which place wins."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import TypeAlias

import pytest

from opsplay.runner.cli import main
from played import lay
from vaulting import tagged

Told: TypeAlias = Callable[..., list[str]]

FILES = {
    "hosts.ini": """
        [all:vars]
        x=all
        [web]
        ann x=host
        li
        [web:vars]
        x=group
    """,
    "group_vars/web.yml": "x: file\n",
    "roles/site/defaults/main.yml": "x: default\n",
    "roles/site/vars/main.yml": "x: role\n",
    "roles/site/tasks/main.yml": "- debug:\n",
    "more.yml": "x: more\n",
    "later.yml": "x: later\n",
    "site.yml": """
        - name: Serve
          hosts: web
          vars: {x: play}
          vars_prompt: [{name: x}]
          vars_files: more.yml
          roles: [{role: site, x: param}]
          tasks:
            - {name: Say, debug: , vars: {x: task}, register: x}
            - set_fact: {x: fact}
            - include_vars: later.yml
            - block: [{include_tasks: inner.yml, vars: {x: include}}]
              vars: {x: block}
        - hosts: localhost
          vars: {x: elsewhere}
    """,
    "inner.yml": "- {debug: , vars: {y: [1, 2]}}\n",
}
ORDER = """
    defaults of the role site roles/site/defaults/main.yml:1:4 "default"
    group all hosts.ini:3:3 "all"
    group web hosts.ini:8:3 "group"
    group web group_vars/web.yml:1:4 "file"
    host ann hosts.ini:5:7 "host"
    vars of the play "Serve" site.yml:4:13 "play"
    vars_prompt of the play "Serve" site.yml:5:24 known when it runs
    vars_files more.yml:1:4 "more"
    vars of the role site roles/site/vars/main.yml:1:4 "role"
    vars of the task "Say" site.yml:9:38 "task" (there only)
    vars of the block "block" site.yml:13:17 "block" (there only)
    the result of "Say" site.yml:9:55 known when it runs
    set_fact site.yml:10:21 "fact"
    include_vars later.yml:1:4 "later"
    for the role site site.yml:7:27 "param"
    vars of the task "include_tasks" site.yml:12:52 "include" (there only)
    --extra-vars --extra-vars:1:4 "extra"
"""


@pytest.fixture
def told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Told:
    """Give the lines that `opsplay vars` prints, without the blanks of its columns."""
    monkeypatch.chdir(tmp_path)
    for name, text in FILES.items():
        lay(tmp_path, name, text)

    def run(*arguments: str) -> list[str]:
        code = main(["vars", "-i", "hosts.ini", *arguments])
        out, err = capsys.readouterr()
        lines = (out + err).replace(f"{tmp_path}/", "").splitlines()
        return [" ".join(line.split()) for line in lines] + [f"exit {code}"] * bool(code)

    return run


def test_every_definition_stands_in_its_place_of_the_order(told: Told) -> None:
    lines = told("ann", "x", "-p", "site.yml", "-e", "x: extra")
    assert [line.removeprefix("=> ") for line in lines] == ["x", *dedent(ORDER).strip().split("\n")]


def test_a_file_of_variables_may_be_a_list_of_mappings(told: Told, tmp_path: Path) -> None:
    (tmp_path / "listed.yml").write_text("- y: 1\n- y: 2\n")
    (tmp_path / "play.yml").write_text("- {hosts: ann, vars_files: [listed.yml], tasks: [ping: ]}")
    assert told("ann", "y", "-p", "play.yml") == ["y", "=> vars_files listed.yml:2:6 2"]


@pytest.mark.parametrize(
    ("arguments", "winner"),
    [
        (["ann", "x"], 'host ann hosts.ini:5:7 "host"'),
        (["li", "x"], 'group web group_vars/web.yml:1:4 "file"'),
        (["ann", "x", "-e", "x=1"], '--extra-vars "1"'),
        (["ann", "x", "-p", "site.yml"], 'for the role site site.yml:7:27 "param"'),
        (["ann", "inventory_hostname"], "opsplay known when it runs"),
    ],
)
def test_the_one_that_wins_is_marked(told: Told, arguments: list[str], winner: str) -> None:
    marked = [line for line in told(*arguments) if line.startswith("=> ")]
    assert marked == [f"=> {winner}"]


def test_what_holds_inside_a_task_only_wins_nothing(told: Told) -> None:
    assert told("ann", "y", "-p", "site.yml")[1:] == [
        'vars of the task "debug" inner.yml:1:23 [1, 2] (there only)'
    ]


def test_plays_for_other_hosts_do_not_count(told: Told) -> None:
    lines = told("localhost", "x", "-p", "site.yml")
    assert 'vars of the play "localhost" site.yml:15:13 "elsewhere"' in " ".join(lines)
    assert not any("Serve" in line or "role" in line for line in lines)


def test_a_play_for_a_place_that_no_group_has_does_not_count(told: Told) -> None:
    Path("site.yml").write_text("- {hosts: 'web[7]', vars: {x: play}}\n")
    assert not any("site.yml" in line for line in told("ann", "x", "-p", "site.yml"))


def test_without_a_name_all_are_told(told: Told) -> None:
    lines = told("ann", "-e", "{a: {b: '{{ x }}'}}")
    assert lines[:3] == ["a", '=> --extra-vars --extra-vars:1:5 {"b": "{{ x }}"}', ""]
    assert lines[3] == "x"


def test_what_is_not_there_is_told_with_the_nearest_name(told: Told) -> None:
    assert told("anne") == ["opsplay: there is no host anne (did you mean ann?)", "exit 5"]
    lines = told("ann", "inventory_hostnam")
    assert lines[0].endswith("for ann (did you mean inventory_hostname?)")


def test_what_is_encrypted_stays_so(told: Told, tmp_path: Path) -> None:
    (tmp_path / "group_vars/web.yml").write_text(f"x: {tagged('hello')}")
    assert 'group web group_vars/web.yml:1:4 "(encrypted)"' in told("ann", "x")


def test_what_is_made_of_a_lookup_is_told(told: Told) -> None:
    made = "plugin: constructed\ncompose: {here: \"lookup('env', 'PLACE', default=x)\"}\n"
    Path("made.yml").write_text(made)
    assert '=> host ann made.yml:2:17 "host"' in told("ann", "here", "-i", "made.yml")
