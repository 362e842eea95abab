from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplay.runner.errors import Place, PlaybookError
from opsplay.runner.inventory import Inventory, load
from opsplay.runner.inventory.draft import Draft
from opsplay.runner.inventory.ini import read
from opsplay.runner.source import Template

Read = Callable[[str], Inventory]


@pytest.fixture
def ini(tmp_path: Path) -> Read:
    def read_text(text: str) -> Inventory:
        (tmp_path / "hosts").write_text(text)
        return load([str(tmp_path / "hosts")], tmp_path / "playbooks")

    return read_text


def problems(ini: Read, text: str) -> list[str]:
    with pytest.raises(PlaybookError) as caught:
        ini(text)
    return [
        f"{problem.place.line}:{problem.place.column} {problem.message} ({problem.hint})"
        for problem in caught.value.problems
        if problem.place
    ]


def test_hosts_lie_in_the_group_of_their_section(ini: Read) -> None:
    inventory = ini("alone\n[web]\nb\na  # a comment\n; another\n[db]\na\n")
    assert inventory.groups["web"].hosts == ("b", "a")
    assert inventory.groups["ungrouped"].hosts == ("alone",)
    assert inventory.groups["all"].hosts == ("alone", "b", "a")
    assert inventory.hosts["a"].groups == ("db", "web")


def test_children_may_be_named_before_they_are_declared(ini: Read) -> None:
    inventory = ini("[prod:children]\nweb\n[web]\na\n")
    assert inventory.groups["prod"].hosts == ("a",)
    assert inventory.groups["web"].depth == 2
    assert inventory.hosts["a"].groups == ("prod", "web")


def test_children_stand_in_the_order_in_which_their_groups_became_known(ini: Read) -> None:
    text = "[late:vars]\n[prod:children]\nweb\ndb\nlate\n[db]\nd\n[late]\nl\n[web]\nw\n"
    inventory = ini(text)
    assert inventory.groups["prod"].children == ("late", "db", "web")
    assert inventory.groups["prod"].hosts == ("l", "d", "w")
    assert list(inventory.groups) == ["all", "ungrouped", "late", "prod", "db", "web"]


def test_a_port_counts_where_the_host_is_first_named(ini: Read) -> None:
    inventory = ini("a\nb:1\n[web]\na:2\nb:3\nc:4 ansible_port=5\n")
    ports = {name: host.variables.get("ansible_port") for name, host in inventory.hosts.items()}
    assert ports == {"a": None, "b": 1, "c": 5}


def test_a_range_with_a_port_is_several_hosts_that_have_it(ini: Read) -> None:
    inventory = ini("web[08:10].example.com:8022\n")
    assert list(inventory.hosts) == ["web08.example.com", "web09.example.com", "web10.example.com"]
    assert inventory.hosts["web09.example.com"].variables == {"ansible_port": 8022}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("5", 5),
        ("-5", -5),
        ("1.5e3", 1500.0),
        ("0x1f", 31),
        ("010", "010"),
        ("10.0.0.1", "10.0.0.1"),
        ("1.2.3", "1.2.3"),
        ("True", True),
        ("true", "true"),
        ("yes", "yes"),
        ("None", None),
        ("", ""),
        ("a=b=c", "a=b=c"),
        ("spaced value", "spaced value"),
        ("it's", "it's"),
        ('"quoted # text"', "quoted # text"),
        ("5 # five", 5),
        ("[1, 'b', (2, 3)]", [1, "b", [2, 3]]),
        ('{"a": {"b": 1}}', {"a": {"b": 1}}),
        ("{(1, 2): 3}", {"(1, 2)": 3}),
        ("{1, 1}", [1]),
        ("{[]}", "{[]}"),
        (r"'\d+'", r"\d+"),
        (r"r'\d+'", r"\d+"),
        (r"'\t'", "\t"),
        ("1+2j", "(1+2j)"),
        ("...", "..."),
        ("__import__('os')", "__import__('os')"),
        ("[" * 5000, "[" * 5000),
    ],
)
def test_values_are_python_literals_where_they_can_be(
    ini: Read, written: str, value: object
) -> None:
    variables = ini(f"[web:vars]\nkey = {written}\n[web]\na\n").hosts["a"].variables
    assert variables == {"key": value}
    assert type(variables["key"]) is type(value)


def test_quotes_come_off_the_variables_of_a_host_first(ini: Read) -> None:
    line = """a plain=x port="22" text="'22'" note='two # words' list='["b"]'\n"""
    assert ini(line).hosts["a"].variables == {
        "plain": "x",
        "port": 22,
        "text": "22",
        "note": "two # words",
        "list": ["b"],
    }


def test_templates_know_their_place(ini: Read) -> None:
    inventory = ini("""a x="{{ one }}"\n[all:vars]\ny = ['{{ two }}']\n""")
    x = inventory.hosts["a"].variables["x"]
    assert isinstance(x, Template)
    assert (x.place.line, x.place.column) == (1, 6)
    assert inventory.templates == ("{{ one }}", "{{ two }}")


def test_the_last_setting_of_a_variable_wins(ini: Read) -> None:
    inventory = ini("a\n[all:vars]\nd={'x': 1}\nd={'y': 2}\n")
    assert inventory.hosts["a"].variables == {"d": {"y": 2}}


def test_every_variable_knows_where_it_is_set(ini: Read) -> None:
    layers = ini("a x=1\n[all:vars]\n  x=2\n").hosts["a"].layers
    places = [layer.key_places["x"] for layer in layers]
    assert [(place.line, place.column) for place in places] == [(3, 3), (1, 3)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "[web]\n[wbe:vars]\nx=1\n",
            "2:2 Section [wbe:vars] not valid for undefined group 'wbe'. (did you mean web?)",
        ),
        (
            "[web]\n[p:children]\n wbe\n",
            "3:2 Section [p:children] includes undefined group 'wbe'. (did you mean web?)",
        ),
        (
            "[web:childen]\na\n",
            "1:6 Section [web:childen] has unknown type: childen (did you mean children?)",
        ),
        (
            "[my web]\n",
            "1:1 Invalid section entry: '[my web]'. (write [group] or [group:vars], no blanks)",
        ),
        ("[web:vars]\njust words\n[web]", "2:1 Expected key=value, got: just words ()"),
        ("a b\n", "1:3 Expected key=value host variable assignment, got: b ()"),
        (
            "a b='c\n",
            (
                '1:1 Error parsing host definition "a b=\'c": No closing quotation'
                " (close the quotation)"
            ),
        ),
        ("[x:children]\na b\n", "2:1 Expected group name, got: a b ()"),
        ("web[1:5\n", '1:1 "web[1:5" has a bracket without its other half ()'),
        ("web[5:1]\n", '1:1 the range "[5:1]" ends before it begins ()'),
        ("web[1:999999]\n", '1:1 the range "[1:999999]" has more than 100,000 numbers ()'),
        (
            "b\na:\n",
            (
                "2:1 Invalid host pattern 'a:' supplied, ending in ':' is not allowed, "
                "this character is reserved to provide a port ()"
            ),
        ),
        (
            "[a:children]\nb\n[b:children]\na\n",
            (
                "4:1 Adding group 'a' as child to 'b' creates a recursive dependency loop "
                "(no group is above and below another)"
            ),
        ),
        (
            "[x]\n[y:children]\nz\nx\n[w:children]\nz\n",
            "3:1 Section [w:children] includes undefined group 'z'. ()",
        ),
        (
            "[a]\n[a:vars]\nansible_group_priority=high\n",
            "3:24 ansible_group_priority must be a whole number, not 'high' ()",
        ),
    ],
)
def test_mistakes_are_told_with_their_place(ini: Read, text: str, expected: str) -> None:
    assert problems(ini, text) == [expected]


def test_all_mistakes_are_told_at_once(ini: Read) -> None:
    assert len(problems(ini, "a b\n[x:y]\n[web:vars]\n")) == 3


@given(st.text(alphabet=st.sampled_from("ab[]:=,'\"# \n0129.-{}"), max_size=60))
def test_any_text_is_read_or_refused(text: str) -> None:
    draft = Draft()
    read(draft, text, "hosts")
    assert all(isinstance(problem.place, Place) for problem in draft.problems)
    assert "" not in draft.hosts
