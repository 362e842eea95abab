"""`opsplay inventory`: line for line what ansible-inventory prints."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent, indent

import pytest

from opsplay.runner.cli import main
from said import Said
from vaulting import password_file, sealed

Asked = Callable[..., Said]

HOSTS = """\
z zz=1
[web]
a x=1 y="b c"
b
[web:vars]
g=5
[prod:children]
web
"""


@pytest.fixture
def asked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Asked:
    (tmp_path / "hosts").write_text(HOSTS)

    def ask(*switches: str) -> Said:
        code = main(["inventory", "-i", str(tmp_path / "hosts"), *switches])
        return Said(int(code), *capsys.readouterr())

    return ask


def test_a_graph_may_begin_at_a_group_and_have_variables(asked: Asked) -> None:
    assert asked("--graph", "web", "--vars").out == dedent("""\
        @web:
          |--a
          |  |--{g = 5}
          |  |--{x = 1}
          |  |--{y = b c}
          |--b
          |  |--{g = 5}
          |--{g = 5}
    """)


def test_the_group_of_a_graph_may_stand_behind_other_switches(asked: Asked) -> None:
    assert asked("--graph", "--vars", "web").out == asked("--graph", "web", "--vars").out


def test_plugins_of_variables_are_those_of_the_folder_of_playbooks_that_is_named(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "vars_plugins").mkdir()
    plugin = "class VarsModule:\n  def get_vars(self, *_): return {'given': 1}\n"
    (tmp_path / "vars_plugins/more.py").write_text(plugin)
    assert "given" not in asked("--host", "z").out
    assert json.loads(asked("--host", "z", "--playbook-dir", ".").out) == {"given": 1, "zz": 1}


def test_mappings_of_several_places_are_put_together_if_the_settings_say_so(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars/all.yml").write_text("m: {a: 1}")
    (tmp_path / "group_vars/web.yml").write_text("m: {b: 2}")
    assert json.loads(asked("--host", "b").out)["m"] == {"b": 2}
    monkeypatch.setenv("ANSIBLE_HASH_BEHAVIOUR", "merge")
    assert json.loads(asked("--host", "b").out)["m"] == {"a": 1, "b": 2}
    given = ("-e", '{"m": {"c": 3}}', "-e", '{"m": {"d": 4}}')
    told = json.loads(asked("--host", "b", *given).out)
    assert told["m"] == {"a": 1, "b": 2, "c": 3, "d": 4}


def test_settings_may_ask_for_an_export_and_name_the_folder_of_playbooks(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "plays/group_vars").mkdir(parents=True)
    (tmp_path / "plays/group_vars/web.yml").write_text("h: 6")
    monkeypatch.setenv("ANSIBLE_INVENTORY_EXPORT", "1")
    monkeypatch.setenv("ANSIBLE_PLAYBOOK_DIR", str(tmp_path / "plays"))
    assert json.loads(asked("--list").out)["web"]["vars"] == {"g": 5, "h": 6}
    shown = json.loads(asked("--list", "--playbook-dir", str(tmp_path)).out)
    assert shown["web"]["vars"] == {"g": 5}


def test_an_export_shows_variables_where_they_are_set(asked: Asked) -> None:
    shown = json.loads(asked("--list", "--export").out)
    assert shown["_meta"]["hostvars"] == {"a": {"x": 1, "y": "b c"}, "z": {"zz": 1}}
    assert shown["web"] == {"hosts": ["a", "b"], "vars": {"g": 5}}
    assert json.loads(asked("--host", "a", "--export").out) == {"x": 1, "y": "b c"}
    assert asked("--list", "--export", "--yaml").out == dedent("""\
        all:
          children:
            prod:
              children:
                web:
                  hosts:
                    a:
                      x: 1
                      y: b c
                    b: {}
                  vars:
                    g: 5
            ungrouped:
              hosts:
                z:
                  zz: 1
    """)


def test_an_export_has_nothing_of_the_present_folder_unless_it_is_named(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here/group_vars").mkdir(parents=True)
    (tmp_path / "here/group_vars/web.yml").write_text("h: 6")
    monkeypatch.chdir(tmp_path / "here")
    assert json.loads(asked("--list").out)["_meta"]["hostvars"]["b"] == {"g": 5, "h": 6}
    assert json.loads(asked("--list", "--export").out)["web"]["vars"] == {"g": 5}
    shown = json.loads(asked("--list", "--export", "--playbook-dir", ".").out)
    assert shown["web"]["vars"] == {"g": 5, "h": 6}


def test_that_no_inventory_is_given_is_warned_of(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["inventory", "--list"]) == 0
    assert "No inventory was parsed, only implicit localhost" in capsys.readouterr().err


def test_variables_of_the_command_line_win_on_every_host(asked: Asked) -> None:
    hosts = json.loads(asked("--list", "-e", "x=2", "-e", "{n: [1]}").out)["_meta"]["hostvars"]
    assert hosts["a"] == {"g": 5, "x": "2", "y": "b c", "n": [1]}
    assert hosts["z"] == {"zz": 1, "x": "2", "n": [1]}
    assert json.loads(asked("--host", "b", "-e", "g=6").out) == {"g": "6"}


def test_one_host_is_shown_by_its_variables(asked: Asked) -> None:
    assert json.loads(asked("--host", "a").out) == {"g": 5, "x": 1, "y": "b c"}


def test_yaml_has_what_is_encrypted_as_an_inventory_has_it(asked: Asked, tmp_path: Path) -> None:
    secret = f"a: !vault |\n{indent(sealed('swan'), '  ')}"
    (tmp_path / "host_vars").mkdir()
    (tmp_path / "host_vars/z.yml").write_text(secret)
    password = ("--vault-password-file", password_file(tmp_path))
    assert asked("--host", "z", "--yaml", *password).out == f"{secret}zz: 1\n"


def test_yaml_is_an_inventory_again(asked: Asked) -> None:
    assert asked("--list", "--yaml", "-l", "web,z").out == dedent("""\
        all:
          children:
            prod:
              children:
                web:
                  hosts:
                    a:
                      g: 5
                      x: 1
                      y: b c
                    b:
                      g: 5
            ungrouped:
              hosts:
                z:
                  zz: 1
    """)


def test_a_group_is_shown_in_full_where_it_first_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "hosts").write_text("[z:children]\nweb\n[a:children]\nweb\n[web]\nx\n")
    assert main(["inventory", "-i", str(tmp_path / "hosts"), "--list", "--yaml"]) == 0
    assert capsys.readouterr().out == dedent("""\
        all:
          children:
            a:
              children:
                web: {}
            z:
              children:
                web:
                  hosts:
                    x: {}
    """)


def test_an_inventory_of_nobody_is_an_empty_mapping_in_yaml(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["inventory", "-i", ",", "--list", "--yaml"]) == 0
    assert capsys.readouterr().out == "{}\n"


def test_what_is_never_rendered_is_marked_where_programs_read_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values = "{data: !unsafe '{{ x }}', template: '{{ y }}', text: !unsafe plain}"
    (tmp_path / "hosts.yml").write_text(f"all: {{hosts: {{ann: {values}}}}}\n")
    main(["inventory", "-i", str(tmp_path / "hosts.yml"), "--list"])
    assert json.loads(capsys.readouterr().out)["_meta"]["hostvars"]["ann"] == {
        "data": {"__ansible_unsafe": "{{ x }}"},
        "template": "{{ y }}",
        "text": "plain",
    }


def test_a_limit_leaves_others_out(asked: Asked) -> None:
    shown = json.loads(asked("--list", "-l", "a").out)
    assert shown["_meta"]["hostvars"] == {"a": {"g": 5, "x": 1, "y": "b c"}}
    assert (shown["web"], "ungrouped" in shown) == ({"hosts": ["a"]}, False)


def test_a_limit_may_leave_nobody(asked: Asked) -> None:
    said = asked("--list", "-l", "wbe")
    assert json.loads(said.out)["_meta"]["hostvars"] == {}
    assert "Could not match supplied host pattern, ignoring: wbe; did you mean web?" in said.err


def test_dates_are_shown_as_texts(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "hosts.toml").write_text("[web.hosts]\na = { since = 2026-01-31 }\n")
    assert main(["inventory", "-i", str(tmp_path / "hosts.toml"), "--list"]) == 0
    assert json.loads(capsys.readouterr().out)["_meta"]["hostvars"]["a"]["since"] == "2026-01-31"


def test_it_may_be_written_into_a_file(asked: Asked, tmp_path: Path) -> None:
    assert asked("--list", "--output", str(tmp_path / "out.json")).out == ""
    assert json.loads((tmp_path / "out.json").read_text())["prod"] == {"children": ["web"]}


@pytest.mark.parametrize(
    ("switches", "code", "words"),
    [
        (["--host", "c"], 5, "You must pass a single valid host to --host parameter"),
        (["--host", "web"], 5, "to --host parameter; web matches 2 hosts"),
        (["--graph", "wbe"], 5, "Pattern must be valid group name when using --graph"),
        (["--graph", "wbe"], 5, "did you mean web?"),
        (["--list", "--limit", "~("], 1, "--limit: "),
        (["--list", "--host", "a"], 5, "Conflicting options used, only one of --host, --graph"),
        (["--graph", "--list"], 5, "Conflicting options used, only one of --host, --graph"),
        (["--list", "--output", "no/where"], 1, "Unable to write to destination file 'no/where'"),
        ([], 5, "No action selected, at least one of --host, --graph or --list needs to be"),
    ],
)
def test_what_is_not_there_is_told(
    asked: Asked, switches: list[str], code: int, words: str
) -> None:
    said = asked(*switches)
    assert (said.code, said.out) == (code, "")
    assert words in said.err


@pytest.mark.parametrize("pattern", ["z", "all:!web", "~^z"])
def test_the_host_may_be_named_by_a_pattern_that_only_it_matches(
    asked: Asked, pattern: str
) -> None:
    assert json.loads(asked("--host", pattern).out) == {"zz": 1}


def test_what_is_missing_is_warned_of(asked: Asked) -> None:
    said = asked("-i", "nowhere", "--list")
    assert said.code == 0
    assert "nowhere as an inventory source" in said.err


def test_where_no_kind_of_inventory_is_enabled_there_can_be_none(
    asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANSIBLE_INVENTORY_ENABLED", "nosuch")
    said = asked("--list")
    assert said.code == 1
    assert "No inventory plugins available to generate inventory" in said.err


def test_groups_that_no_variable_could_be_called_are_told_in_full_if_asked_for(
    asked: Asked, tmp_path: Path
) -> None:
    (tmp_path / "odd").write_text("[a-b.c-d]\nx\n")
    said = asked("-i", str(tmp_path / "odd"), "--graph", "-vvvv")
    words = "Not replacing invalid character(s) \"{'-', '.'}\" in group name (a-b.c-d)\n"
    assert said.out.startswith(words)
    assert f"\nParsed {tmp_path}/odd inventory source with ini plugin\n" in said.out
    assert "group names but not replaced, use -vvvv to see details: a-b.c-d" in said.err


def test_names_that_no_variable_should_have_are_warned_of_unless_that_is_not_wanted(
    asked: Asked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "odd").write_text("x a-b=1\n[all:vars]\na name=2\n")
    said = asked("-i", str(tmp_path / "odd"), "--list")
    words = "[DEPRECATION WARNING]: Accepting inventory variable with invalid name"
    assert f"{words} 'a-b'" in said.err
    assert f"{words} 'a name'" in said.err
    monkeypatch.setenv("ANSIBLE_DEPRECATION_WARNINGS", "0")
    assert asked("-i", str(tmp_path / "odd"), "--list").err == ""


def test_names_of_variables_may_be_numbers(asked: Asked, tmp_path: Path) -> None:
    (tmp_path / "odd.yml").write_text("all: {hosts: {x: {5: a, b: c}}}")
    said = asked("-i", str(tmp_path / "odd.yml"), "--host", "x")
    assert json.loads(said.out) == {"5": "a", "b": "c"}
