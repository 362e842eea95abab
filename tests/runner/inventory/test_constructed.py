"""`plugin: constructed`: groups and variables made of variables."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from textwrap import dedent
from typing import TypeAlias

import pytest

from opsplay.runner.cli import main
from opsplay.runner.early import Early
from opsplay.runner.errors import PlaybookError
from opsplay.runner.inventory import Inventory, load
from opsplay.runner.inventory.reading import Reading
from opsplay.runner.settings import Settings
from opsplay.runner.template import Templates
from opsplay.runner.vault.opening import Vault

Made: TypeAlias = Callable[[str], Inventory]

HOSTS = """
    [web]
    a zone=eu-1 os=debian
    b zone=us-2 name="{{ inventory_hostname }}.example"
    [db]
    c zone=eu-2
"""


@pytest.fixture
def made(tmp_path: Path) -> Made:
    """Load three hosts, and then what is constructed of them."""

    def construct(options: str) -> Inventory:
        (tmp_path / "1.ini").write_text(dedent(HOSTS))
        (tmp_path / "2.yml").write_text(f"plugin: constructed\n{dedent(options)}")
        return loaded(tmp_path, "1.ini", "2.yml")

    return construct


def loaded(folder: Path, *names: str) -> Inventory:
    """The inventory in these files."""
    early = Early(Templates(), folder, Vault(), Settings())
    sources = [str(folder / name) for name in names]
    return load(sources, folder, reading=Reading(expressions=lambda: early))


def problems(made: Made, options: str) -> list[str]:
    with pytest.raises(PlaybookError) as caught:
        made(options)
    return [str(problem).rpartition("/")[2] for problem in caught.value.problems]


def test_compose_sets_variables_later_ones_know_the_earlier(made: Made) -> None:
    inventory = made("compose: {region: 'zone[:2]', full: region ~ '/' ~ name}\n")
    assert inventory.hosts["b"].variables["full"] == "us/b.example"
    assert "full" not in inventory.hosts["a"].variables
    assert inventory.hosts["a"].variables["region"] == "eu"


@pytest.mark.parametrize(
    ("above", "names"),
    [("", ["alone"]), ("[all:children]\nweb\n", ["a", "alone"])],
)
def test_what_all_have_reaches_those_that_a_source_has_put_below_all(
    tmp_path: Path, above: str, names: list[str]
) -> None:
    (tmp_path / "1.ini").write_text(f"alone\n[web]\na\n[db]\nc\n{above}[all:vars]\nx=1\n")
    for number in "23":  # What one of them finds changes nothing for the next.
        options = f"plugin: constructed\ngroups: {{found{number}: x == 1}}\n"
        (tmp_path / f"{number}.yml").write_text(options)
    inventory = loaded(tmp_path, "1.ini", "2.yml", "3.yml")
    for number in "23":
        assert sorted(inventory.select(f"found{number}")) == names
    assert [host.variables["x"] for host in inventory.hosts.values()] == [1, 1, 1]


def test_groups_take_the_hosts_for_which_they_hold(made: Made) -> None:
    inventory = made(
        "groups: {europe: zone is match('eu'), no-web: \"'web' not in group_names\"}\n"
    )
    assert inventory.select("europe") == ["a", "c"]
    assert inventory.select("no_web") == ["c"]


def test_a_group_of_what_is_neither_true_nor_false_has_no_hosts(made: Made) -> None:
    assert "named" not in made("groups: {named: zone}\n").groups
    told = problems(made, "strict: true\ngroups: {named: zone}\n")
    assert told[0].startswith("2.yml:3:17: Conditionals must have a boolean result, not the text")


def test_keyed_groups_have_the_names_that_ansible_gives_them(made: Made) -> None:
    inventory = made("""
        keyed_groups:
          - {key: zone, prefix: zone}
          - {key: os, separator: ""}
          - {key: "[zone[:2]]", parent_group: "all_{{ inventory_hostname }}"}
          - {key: "{'rack': zone[-1], 'row': ''}", trailing_separator: false, prefix: at}
          - {key: "''", default_value: none, prefix: x}
    """)
    groups = {name: group.hosts for name, group in inventory.groups.items()}
    assert groups["zone_eu_1"] == ("a",)
    assert groups["debian"] == ("a",)
    assert groups["_eu"] == ("a", "c")
    assert groups["all_b"] == ("b",)
    assert groups["at_rack_2"] == ("b", "c")
    assert groups["at_row"] == groups["x_none"] == ("a", "b", "c")


@pytest.mark.parametrize(
    ("keyed", "names"),
    [
        ("key: none, default_value: d", ["x_d"]),
        ("key: \"['', none, 'z']\", default_value: d", ["x_d", "x_z"]),
        ("key: \"{'k': '', 'l': none, 'm': 1}\", default_value: d", ["x_k_d", "x_l_d", "x_m_1"]),
        ("key: \"{'k': '', 'l': none}\"", ["x_k_", "x_l_None"]),
        ("key: \"{'k': '', 'l': none}\", trailing_separator: false", ["x_k", "x_l"]),
        ('key: "false", default_value: d', []),
        ('key: "[]", default_value: d', []),
        ('key: zone, parent_group: "{{ nope }}"', []),
    ],
)
def test_what_is_empty_has_the_default_or_no_group(
    made: Made, keyed: str, names: list[str]
) -> None:
    groups = made(f"keyed_groups: [{{prefix: x, {keyed}}}]\n").groups
    assert [name for name in groups if name.startswith("x")] == names


def test_a_group_can_not_be_named_by_a_number(made: Made) -> None:
    told, *_ = problems(made, "keyed_groups: [{key: zone | length}]\n")
    assert "Invalid group name format, expected a string or a list of them or dictionary" in told


def test_a_group_has_a_name(made: Made) -> None:
    with pytest.raises(PlaybookError, match=":2:22: Invalid empty/false group name provided"):
        made("keyed_groups: [{key: \"['']\", separator: ''}]\n")


def test_without_a_leading_separator(made: Made) -> None:
    inventory = made("leading_separator: false\nkeyed_groups: [{key: zone}]\n")
    assert inventory.select("eu_1") == ["a"]


@pytest.mark.parametrize(("use", "region"), [("true", "north"), ("false", "eu-1")])
def test_what_the_command_line_says_counts_if_it_is_told_to_use_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], use: str, region: str
) -> None:
    (tmp_path / "1.ini").write_text("a zone=eu-1\n")
    made = f"plugin: constructed\nuse_extra_vars: {use}\ncompose: {{region: zone}}\n"
    (tmp_path / "2.yml").write_text(made)
    (tmp_path / "site.yml").write_text("- hosts: a\n  tasks: [debug: {var: region}]\n")
    sources = [word for name in ("1.ini", "2.yml") for word in ("-i", str(tmp_path / name))]
    switches = ["-e", "zone=north", "-c", "local", "--no-journal"]
    assert main(["run", str(tmp_path / "site.yml"), *sources, *switches]) == 0
    assert f"region: {region}" in capsys.readouterr().out


LOOKUPS = """
    plugin: ansible.builtin.constructed
    strict: true
    compose:
      here: lookup('pipe', 'echo ' ~ zone)
      there: lookup('file', 'word.txt') ~ here
      of: query('inventory_hostnames', 'web')
    groups: {chosen: "lookup('env', 'NOBODY_SETS_ME', default=zone) == 'eu-1'"}
"""


@pytest.mark.parametrize("words", [["run", "site.yml", "-c", "local", "--no-journal"], []])
def test_expressions_may_look_things_up(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    words: list[str],
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "1.ini").write_text("[web]\na zone=eu-1\n")
    (tmp_path / "2.yml").write_text(dedent(LOOKUPS))
    (tmp_path / "word.txt").write_text("in-")
    told = "{{ [there, of, group_names] | to_json }}"
    (tmp_path / "site.yml").write_text(f"- hosts: a\n  tasks: [debug: {{msg: '{told}!'}}]\n")
    assert main([*(words or ["inventory", "--list"]), "-i", "1.ini", "-i", "2.yml"]) == 0
    out = capsys.readouterr().out
    assert ('["in-eu-1", ["a"], ["chosen", "web"]]!' if words else '"there": "in-eu-1"') in out


@pytest.mark.parametrize(("use", "hosts"), [("true", ["a", "b"]), ("false", [])])
def test_files_of_variables_count_if_it_is_told_to_use_them(
    made: Made, tmp_path: Path, use: str, hosts: list[str]
) -> None:
    (tmp_path / "group_vars").mkdir()
    (tmp_path / "group_vars" / "web.yml").write_text("rack: r7\n")
    inventory = made(f"use_vars_plugins: {use}\nkeyed_groups: [{{key: rack, prefix: rack}}]\n")
    assert list(inventory.groups["rack_r7"].hosts if hosts else ()) == hosts
    assert ("rack_r7" in inventory.groups) is bool(hosts)


def test_files_of_variables_beside_the_sources_before_it_count_too(tmp_path: Path) -> None:
    for folder in ("far/group_vars", "near"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "far/hosts").write_text("[web]\na\n")
    (tmp_path / "far/group_vars/web.yml").write_text("rack: r7\n")
    options = "plugin: constructed\nuse_vars_plugins: true\nkeyed_groups: [{key: rack}]\n"
    (tmp_path / "near/more.yml").write_text(options)
    assert loaded(tmp_path, "far", "near/more.yml").groups["_r7"].hosts == ("a",)


def test_what_fails_on_a_host_is_left_out_unless_it_is_strict(made: Made) -> None:
    assert made("groups: {debian: os == 'debian'}\n").select("debian") == ["a"]
    told = problems(made, "strict: true\ngroups: {debian: os == 'debian'}\n")
    what = "2.yml:3:18: Could not add host {} to group debian: 'os' is undefined"
    assert told == [what.format("b"), what.format("c")]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("compose: {x: os}", "Could not set x for host b: 'os' is undefined"),
        ("keyed_groups: [{key: os}]", "Could not generate group for host b from os entry: 'os' is"),
        ("keyed_groups: [{prefix: x}]", "No key or key resulted empty in a keyed group, invalid"),
        (
            "keyed_groups: [{key: zone, parent_group: '{{ nope }}'}]",
            "Could not generate parent group {{ nope }} for group zone: 'nope' is undefined",
        ),
        ("keyed_groups: [{key: none}]", "No key or key resulted empty for none in host a, invalid"),
        ("compose: {a: b |}", "2.yml:3:14: Syntax error in expression"),
        ("compose: {a: b | lowr}", "2.yml:3:18: No filter named 'lowr'. (did you mean low"),
        ("compose: {a: 5}", "2.yml:3:14: an expression is a text, not the number 5 (of a text wr"),
    ],
)
def test_one_that_is_strict_says_what_could_not_be_done(
    made: Made, options: str, told: str
) -> None:
    assert told in problems(made, f"strict: true\n{options}\n")[0]
    made(f"{options}\n")


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("compose: [a]", "2.yml:2:10: compose must be a mapping (write `name: expression`)"),
        (
            "keyed_groups: [{key: zone, default_value: x, trailing_separator: true}]",
            "2.yml:2:16: parameters are mutually exclusive for keyed groups: default_value|",
        ),
        (
            "keyed_groups: {key: zone}",
            "2.yml:2:15: keyed_groups must be a list (begin each with -)",
        ),
        (
            "keyed_groups: [zone]",
            "2.yml:2:16: Invalid keyed group entry, it must be a dictionary: zone",
        ),
    ],
)
def test_mistakes_are_told_with_their_place(made: Made, options: str, told: str) -> None:
    (found,) = problems(made, f"{options}\n")
    assert found.startswith(told)


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ("compse: {}", "2.yml:2:1: constructed has no option compse (did you mean compose?)"),
        (
            "keyed_groups: [{key: zone, prefx: z}]",
            "2.yml:2:28: a keyed group has no option prefx (did you mean prefix?)",
        ),
    ],
)
def test_of_an_option_that_nobody_knows_is_warned_and_the_others_count(
    made: Made, options: str, told: str
) -> None:
    inventory = made(f"{options}\ngroups: {{europe: zone is match('eu')}}\n")
    assert inventory.select("europe") == ["a", "c"]
    assert [str(problem).rpartition("/")[2] for problem in inventory.warnings] == [told]
