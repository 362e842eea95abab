from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opsplay.runner.errors import NobodyLeft, PatternError
from opsplay.runner.inventory import Inventory, load, read_limit
from opsplay.runner.inventory.patterns import UNMATCHED, of_play

TYPO = "a.exmaple.com"
HOSTS = """\
z
[web]
b
a.example.com
[db]
c
[prod:children]
web
db
[empty]
"""


@pytest.fixture
def inventory(tmp_path: Path) -> Inventory:
    (tmp_path / "hosts").write_text(HOSTS)
    return load([str(tmp_path / "hosts")], tmp_path)


@pytest.mark.parametrize(
    ("pattern", "hosts"),
    [
        ("all", "z b a.example.com c"),
        ("*", "z b a.example.com c"),
        ("web", "b a.example.com"),
        ("prod", "b a.example.com c"),
        ("ungrouped", "z"),
        ("c,b,z", "c b z"),
        ("c, b", "c b"),
        ("db:z", "c z"),
        ("db:web", "c b a.example.com"),
        ("b,web", "b a.example.com"),
        ("*.example.com", "a.example.com"),
        ("?", "z b c"),
        ("[bc]", "b c"),
        ("w*", "b a.example.com"),
        ("~(b|c)$", "b c"),
        ("~w.b", "b a.example.com"),
        ("all:!web", "z c"),
        ("!web", "z c"),
        ("prod:&web", "b a.example.com"),
        ("&web:prod:!b", "a.example.com"),
        ("web[0]", "b"),
        ("web[-1]", "a.example.com"),
        ("web[0:5]", "b a.example.com"),
        ("prod[0:1]", "b a.example.com"),
        ("prod[1:]", "a.example.com c"),
        ("prod[1-2]", "a.example.com c"),
        ("prod[1-]", "a.example.com c"),
        ("localhost", "localhost"),
        ("127.0.0.1", "127.0.0.1"),
        ("::1", "::1"),
        ("web:localhost", "b a.example.com localhost"),
    ],
)
def test_patterns_select_hosts(inventory: Inventory, pattern: str, hosts: str) -> None:
    assert inventory.select(pattern) == hosts.split()


def test_a_list_of_patterns_is_one_pattern(inventory: Inventory) -> None:
    assert inventory.select(["web", "db:z", "!b"]) == ["a.example.com", "c", "z"]


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("wbe", f'"wbe" matches no host; {UNMATCHED}: wbe (did you mean web?)'),
        ("all:&wbe", f'"all:&wbe" matches no host; {UNMATCHED}: wbe (did you mean web?)'),
        (TYPO, f'"{TYPO}" matches no host; {UNMATCHED}: {TYPO} (did you mean a.example.com?)'),
        ("web[7]", "No hosts matched the subscripted pattern 'web[7]'"),
        ("b:web[-3]", "No hosts matched the subscripted pattern 'web[-3]'"),
        ("web[7:]", f'"web[7:]" matches no host; {UNMATCHED}: web[7:] (did you mean web?)'),
        ("empty", '"empty" matches no host'),
        ("web:!web", '"web:!web" matches no host'),
        (
            "~(",
            '"~(" is not a regular expression: missing ), unterminated subpattern at position 0',
        ),
    ],
)
def test_a_pattern_without_a_host_is_an_error(
    inventory: Inventory, pattern: str, expected: str
) -> None:
    with pytest.raises(PatternError) as caught:
        inventory.select(pattern)
    assert str(caught.value) == expected


def test_parts_that_match_nothing_are_told(inventory: Inventory) -> None:
    selection = inventory.resolve("web,wbe,empty,web[9:],!nobody")
    assert selection.hosts == ("b", "a.example.com")
    assert selection.unmatched == ("wbe", "web[9:]", "nobody")


def test_without_an_inventory_there_is_localhost_but_not_in_all(tmp_path: Path) -> None:
    inventory = load([], tmp_path)
    assert inventory.select("localhost") == ["localhost"]
    assert inventory.host("localhost").implicit
    assert inventory.host("localhost").variables["ansible_connection"] == "local"
    assert inventory.hosts == {}
    with pytest.raises(PatternError, match="provided hosts list is empty; name one with -i"):
        inventory.select("all")


def test_a_localhost_of_the_inventory_answers_to_all_its_names(tmp_path: Path) -> None:
    inventory = load(["localhost,a"], tmp_path)
    assert inventory.select("127.0.0.1") == ["localhost"]
    assert inventory.select("all") == ["localhost", "a"]


def test_limit_may_name_a_file(tmp_path: Path) -> None:
    (tmp_path / "retry").write_text("b\n\n c\n")
    assert read_limit(f"web,!z,@{tmp_path}/retry") == ("web", "!z", "b", "c")
    with pytest.raises(NobodyLeft, match="Unable to find limit file nowhere"):
        read_limit("@nowhere")


@pytest.mark.parametrize(
    ("limit", "hosts", "unmatched"),
    [
        ("web:!b", "a.example.com", ""),
        ("web,!b", "a.example.com", ""),
        ("web:!b,c", "c", "web:!b"),
    ],
)
def test_colons_in_a_limit_divide_nothing_that_commas_have_divided(
    inventory: Inventory, limit: str, hosts: str, unmatched: str
) -> None:
    found = inventory.resolve(read_limit(limit))
    assert (" ".join(found.hosts), " ".join(found.unmatched)) == (hosts, unmatched)


HOSTS_AND_GROUPS = load(["a,ab,b1,localhost"], Path("nowhere"))


@pytest.mark.filterwarnings("ignore:Possible (nested set|set ):FutureWarning")
@given(st.text(st.sampled_from("ab1!&~:,*?[]()|^-@ "), max_size=12))
def test_any_pattern_selects_hosts_or_is_refused(pattern: str) -> None:
    try:
        hosts = HOSTS_AND_GROUPS.select(pattern)
    except PatternError:
        return
    assert hosts
    assert len(set(hosts)) == len(hosts)
    assert set(hosts) <= set(HOSTS_AND_GROUPS.hosts)


@pytest.mark.parametrize("written", [[], "", " ", [""], ["a", ""]])
def test_hosts_of_a_play_cannot_be_empty(written: object) -> None:
    with pytest.raises(PatternError, match="Hosts list cannot be empty"):
        of_play(written)


@pytest.mark.parametrize("written", [5, None, [5], ["a", ["b"]], {"a": "b"}])
def test_hosts_of_a_play_are_texts(written: object) -> None:
    with pytest.raises(PatternError, match="Hosts list c"):
        of_play(written)
