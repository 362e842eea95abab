from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplay.runner.errors import PlaybookError
from opsplay.runner.inventory import Inventory, load
from opsplay.runner.inventory.draft import Draft
from opsplay.runner.inventory.freeze import freeze
from opsplay.runner.inventory.yaml import read
from opsplay.runner.source import Template, parse

Read = Callable[[str], Inventory]

EXAMPLE = """\
all:
  hosts:
    mail.example.com:
    one[1:2]: {v: 1}
  vars: {q: "{{ v }}"}
  children:
    webservers:
      hosts:
        foo.example.com:
          http_port: 80
        bar.example.com:2222:
      vars:
        ansible_group_priority: 10
        nested: {a: 1}
    dbs:
      children:
        east:
          hosts: single
        west:
    again:
      children: webservers
top:
  hosts:
    mail.example.com: {late: true}
"""


@pytest.fixture
def yml(tmp_path: Path) -> Read:
    def read_text(text: str) -> Inventory:
        (tmp_path / "hosts.yml").write_text(text)
        return load([str(tmp_path / "hosts.yml")], tmp_path / "playbooks")

    return read_text


def test_hosts_groups_and_variables(yml: Read) -> None:
    inventory = yml(EXAMPLE)
    assert inventory.groups["webservers"].hosts == ("foo.example.com", "bar.example.com")
    assert inventory.groups["webservers"].priority == 10
    assert inventory.groups["dbs"].hosts == ("single",)
    assert inventory.groups["west"].hosts == ()
    assert inventory.groups["again"].children == ("webservers",)
    assert inventory.groups["ungrouped"].hosts == ("one1", "one2")
    assert inventory.hosts["mail.example.com"].groups == ("top",)
    assert inventory.hosts["foo.example.com"].variables == {
        "q": "{{ v }}",
        "nested": {"a": 1},
        "http_port": 80,
    }
    assert inventory.hosts["bar.example.com"].variables["ansible_port"] == 2222


def test_templates_keep_their_place(yml: Read) -> None:
    q = yml(EXAMPLE).hosts["one1"].variables["q"]
    assert isinstance(q, Template)
    assert (q.place.line, q.place.column) == (5, 14)


def test_a_file_without_an_ending_may_be_yaml(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_text("# the machines\nweb:\n  hosts: {a: }\n")
    assert load([str(tmp_path / "hosts")], tmp_path).select("web") == ["a"]


def test_json_is_read_too(tmp_path: Path) -> None:
    (tmp_path / "hosts.json").write_text('{\n\t"web": {"hosts": {"a": {"x": 1}}}\n}')
    assert load([str(tmp_path / "hosts.json")], tmp_path).hosts["a"].variables == {"x": 1}


def test_an_empty_file_names_no_host(yml: Read) -> None:
    assert yml("").hosts == {}


@pytest.mark.parametrize("text", ["---", "# mine\n---\n# nothing", "---\n{}"])
def test_a_document_that_begins_and_says_nothing_is_no_inventory(yml: Read, text: str) -> None:
    with pytest.raises(PlaybookError, match="Parsed empty YAML file"):
        yml(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "web: {hosts: [a, b]}",
            (
                '1:14 Invalid "hosts" entry for "web" group, requires a dictionary, found a list '
                "(write each host as a key: `web1:`)"
            ),
        ),
        (
            "web: {hosts: {a: 5}}",
            '1:15 the host "a" requires a dictionary, found 5 (write `name: value`)',
        ),
        (
            "web: {vars: x}",
            (
                '1:7 Invalid "vars" entry for "web" group, requires a dictionary, found \'x\' '
                "(write `name: value`)"
            ),
        ),
        (
            "- a",
            (
                "1:1 YAML inventory has invalid structure, it requires a dictionary, found a list "
                "(begin it with `all:`)"
            ),
        ),
        (
            "web: {hosts: {5: }}",
            '1:15 Host pattern 5 must be a string, and so must the name of a group (write "5")',
        ),
        ("web: {hosts: {'a[': }}", '1:15 "a[" has a bracket without its other half ()'),
        (
            "a: {children: {b: {children: {a: }}}}",
            (
                "1:16 Adding group 'b' as child to 'a' creates a recursive dependency loop "
                "(no group is above and below another)"
            ),
        ),
        (
            "plugin: constructd",
            (
                "1:9 it specifies unknown plugin 'constructd'; there are constructed and generator"
                " (did you mean constructed?)"
            ),
        ),
        (
            "web:\n  hosts:\n    a:\n    a:\n",
            "4:5 Found duplicate mapping key 'a'. The first is in line 3, column 5 ()",
        ),
    ],
)
def test_mistakes_are_told_with_their_place(yml: Read, text: str, expected: str) -> None:
    with pytest.raises(PlaybookError) as caught:
        yml(text)
    (problem,) = caught.value.problems
    assert problem.place
    where = f"{problem.place.line}:{problem.place.column}"
    assert f"{where} {problem.message} ({problem.hint})" == expected


NAMES = st.sampled_from(["all", "web", "hosts", "vars", "children", "a", "b[1:2]", ""])
TREES = st.recursive(
    st.none() | st.integers() | NAMES,
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=20,
)


@given(TREES)
def test_any_tree_is_read_or_refused(tree: object) -> None:
    draft = Draft()
    read(draft, parse(json.dumps(tree), "hosts.yml"))
    if not draft.problems:
        inventory = freeze(draft)
        assert set(inventory.groups["all"].hosts) == set(inventory.hosts)


@pytest.mark.parametrize(
    ("text", "told", "hint"),
    [
        (
            "web: {host: {a: }, hosts: {b: }}",
            "Skipping unexpected key (host) in group (web)",
            "did you mean hosts?",
        ),
        (
            "web: {db: {hosts: {a: }}, hosts: {b: }}",
            "Skipping unexpected key (db) in group (web)",
            'a group below "web" goes under its children',
        ),
        (
            "web: {port: 5, hosts: {b: false}}",
            "Skipping key (port) in group (web) as it is not a mapping",
            'a group below "web" goes under its children',
        ),
        (
            "db: x\nweb: {hosts: {b: }}",
            "Skipping 'db' as this is not a valid group definition",
            "give it hosts, vars, children",
        ),
    ],
)
def test_what_a_group_cannot_have_is_left_out_and_warned_of(
    yml: Read, text: str, told: str, hint: str
) -> None:
    inventory = yml(text)
    (warning,) = inventory.warnings
    assert (warning.message.partition(",")[0], warning.hint) == (told, hint)
    assert list(inventory.hosts) == ["b"]
