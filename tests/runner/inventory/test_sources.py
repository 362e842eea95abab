from __future__ import annotations

import json
from pathlib import Path

import pytest

from opsplay.runner.errors import PatternError, PlaybookError
from opsplay.runner.inventory import load
from opsplay.runner.inventory.reading import KINDS, OddNames, Reading
from opsplay.runner.inventory.show import Shown, graph, to_dict
from played import lay

# One variable a line, from the lowest place to the highest: each place sets its own and all above.
PLACES = {
    "inventory/hosts": ["all", "parent", "child", "priority"],
    "inventory/group_vars/all.yml": [],
    "group_vars/all.yml": [],
    "inventory/group_vars/parent.yml": [],
    "inventory/group_vars/child.yml": [],
    "group_vars/parent.yml": [],
    "group_vars/child.yml": [],
    "inventory/hosts (host)": [],
    "inventory/host_vars/h.yml": [],
    "host_vars/h.yml": [],
}


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        lay(root, name, text)


def messages(sources: list[str], folder: Path) -> list[str]:
    with pytest.raises(PlaybookError) as caught:
        load(sources, folder)
    return [str(problem).replace(f"{folder}/", "") for problem in caught.value.problems]


def test_a_list_of_hosts(tmp_path: Path) -> None:
    inventory = load(["b,a, c[1:2],d:22,"], tmp_path)
    assert list(inventory.hosts) == ["b", "a", "c1", "c2", "d"]
    assert inventory.groups["ungrouped"].hosts == inventory.groups["all"].hosts
    assert inventory.hosts["d"].variables == {"ansible_port": 22}
    assert inventory.hosts["d"].source == "b,a, c[1:2],d:22,"


def test_a_list_says_nothing_new_of_hosts_that_are_known(tmp_path: Path) -> None:
    inventory = load(["a,b", "c,a:22"], tmp_path)
    assert inventory.select("all") == ["a", "b", "c"]
    assert inventory.hosts["a"].variables == {}


def test_a_list_may_be_longer_than_a_file_name(tmp_path: Path) -> None:
    assert len(load([",".join(f"host{number}" for number in range(5000))], tmp_path).hosts) == 5000


def test_sources_add_up(tmp_path: Path) -> None:
    write(tmp_path, {"one": "[web]\na x=1\n", "two.yml": "web: {hosts: {a: {x: 2}, b: }}"})
    inventory = load([str(tmp_path / "one"), str(tmp_path / "two.yml"), "c,"], tmp_path)
    assert inventory.groups["web"].hosts == ("a", "b")
    assert inventory.hosts["a"].variables == {"x": 2}
    assert inventory.hosts["a"].source == str(tmp_path / "one")
    assert inventory.select("all") == ["c", "a", "b"]


def test_a_folder_is_all_inventories_in_it(tmp_path: Path) -> None:
    write(
        tmp_path / "inv",
        {
            "2.yml": "web: {hosts: {b: }}",
            "1.ini": "[web]\na\n",
            "sub/hosts": "c\n",
            "group_vars/all": "x: 1",
            "notes.md": "# [none]",
            ".hidden": "d",
            "old~": "d",
        },
    )
    inventory = load([str(tmp_path / "inv")], tmp_path)
    assert inventory.select("all") == ["c", "a", "b"]
    assert inventory.hosts["c"].variables == {"x": 1}


@pytest.mark.parametrize("index", range(len(PLACES)))
def test_the_order_of_variables_is_that_of_ansible(tmp_path: Path, index: int) -> None:
    def value(place: str) -> str:
        return f"'{place}'" if list(PLACES).index(place) <= index else ""

    files = {
        place: f"x: {value(place)}\n" if value(place) else ""
        for place in PLACES
        if place.endswith(".yml")
    }
    host = value("inventory/hosts (host)")
    files["inventory/hosts"] = (
        f"[child]\nh {f'x={host!r}' if host else ''}\n[parent:children]\nchild\n"
        "[all:vars]\nx=all\n[parent:vars]\nx=parent\n[child:vars]\nx='inventory/hosts'\n"
    )
    write(tmp_path, files)
    inventory = load([str(tmp_path / "inventory")], tmp_path)
    assert str(inventory.hosts["h"].variables["x"]).strip("'") == list(PLACES)[index]


def test_what_lies_beside_the_last_source_wins_whichever_group_it_is_of(tmp_path: Path) -> None:
    hosts = {"one/hosts": "[parent:children]\nchild\n[child]\na\n", "two/hosts": "a\n"}
    variables = {"one/group_vars/child.yml": "x: 1", "two/group_vars/parent.yml": "x: 2"}
    write(tmp_path, hosts | variables)
    one, two = (str(tmp_path / name / "hosts") for name in ("one", "two"))
    for sources, last in ([one, two], 2), ([two, one], 1):
        assert load(sources, tmp_path / "play").hosts["a"].variables == {"x": last}
    # The playbook's are the last, wherever else they may count.
    assert load([two, one], tmp_path / "two").hosts["a"].variables == {"x": 2}


def test_groups_of_one_depth_go_by_priority_then_name(tmp_path: Path) -> None:
    groups = "[a]\nh\n[b]\nh\n[c]\nh\n"
    variables = "[a:vars]\nx=a\ny=a\nansible_group_priority=9\n[b:vars]\nx=b\ny=b\n[c:vars]\ny=c\n"
    write(tmp_path, {"hosts": groups + variables.replace("y=a\n", "")})
    inventory = load([str(tmp_path / "hosts")], tmp_path)
    assert inventory.hosts["h"].variables == {"x": "a", "y": "c"}


def test_a_deeper_group_wins_by_the_longest_way(tmp_path: Path) -> None:
    text = "[z]\nh\n[top:children]\nz\nmid\n[mid:children]\nz\n[z:vars]\nx=z\n[mid:vars]\nx=mid\n"
    write(tmp_path, {"hosts": text})
    inventory = load([str(tmp_path / "hosts")], tmp_path)
    assert inventory.groups["z"].depth == 3
    assert inventory.hosts["h"].variables == {"x": "z"}


def test_a_folder_of_variables_is_read_in_order_of_names(tmp_path: Path) -> None:
    write(
        tmp_path / "group_vars/all",
        {
            "b.yml": "x: b\ny: b",
            "a": "x: a\nz: a",
            "sub/c.json": '{"y": "c"}',
            ".hidden": "x: no",
            "backup~": "x: no",
            "notes.txt": "x: no",
        },
    )
    write(tmp_path, {"group_vars/all.yml": "never: read"})
    assert load(["h,"], tmp_path).hosts["h"].variables == {"x": "b", "y": "c", "z": "a"}


def test_variables_reach_the_implicit_localhost(tmp_path: Path) -> None:
    write(tmp_path, {"group_vars/all.yml": "x: 1", "host_vars/localhost.yml": "y: 2"})
    variables = load([], tmp_path).host("localhost").variables
    assert (variables["x"], variables["y"]) == (1, 2)


@pytest.mark.parametrize(
    ("source", "files", "expected"),
    [
        (
            "hosts.toml",
            {"hosts.toml": "x = 1\ny = ?\n"},
            "hosts.toml:2:1: this is not TOML: Invalid value (at line 2, column 5)",
        ),
        (
            "hosts.toml",
            {"hosts.toml": "[web]\nhosts = ['ann']\n"},
            (
                'hosts.toml:1:1: Invalid "hosts" entry for "web" group, requires a dictionary,'
                " found a list (write each host as a key: `web1:`)"
            ),
        ),
        ("hosts", {"hosts": "a\0b"}, "the inventory hosts is a binary file"),
        (
            "a[1:,",
            {},
            (
                "-i a[1:,: Invalid host pattern 'a[1:' supplied, ending in ':' is not allowed, "
                "this character is reserved to provide a port"
            ),
        ),
        (
            "a,",
            {"group_vars/all.yml": "- x"},
            "group_vars/all.yml:1:1: a file of variables must be a mapping: `name: value`",
        ),
        (
            "a,",
            {"host_vars/a": "$ANSIBLE_VAULT;1.1;AES256\n6162\n"},
            (
                "host_vars/a:1:1: Vault vaulttext format error: this encrypted text is damaged: "
                "it is cut off"
            ),
        ),
        ("a,", {"group_vars": "x"}, "group_vars cannot be read: Not a directory"),
    ],
)
def test_what_cannot_be_read_is_told(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    source: str,
    files: dict[str, str],
    expected: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    write(tmp_path, files)
    assert messages([source], tmp_path) == [expected]


def test_text_that_is_not_utf8_is_refused(tmp_path: Path) -> None:
    (tmp_path / "hosts").write_bytes(b"a\n\xff\n")
    found = messages([str(tmp_path / "hosts")], tmp_path)
    assert found == ["hosts:2:1: the byte 0xff is not UTF-8 (save the file as UTF-8)"]


def test_all_mistakes_of_all_files_are_told_at_once(tmp_path: Path) -> None:
    write(
        tmp_path, {"hosts": "a b\n", "group_vars/all.yml": "x: [", "host_vars/a.yml": "x: 1\nx: 2"}
    )
    assert len(messages([str(tmp_path / "hosts"), "a,"], tmp_path)) == 3


def test_a_source_that_is_missing_is_warned_of(tmp_path: Path) -> None:
    inventory = load(["nowhere", "a,"], tmp_path)
    (warning,) = inventory.warnings
    assert warning.told == (
        f"Unable to parse {Path.cwd()}/nowhere as an inventory source: it is not there;"
        " a list of hosts needs a comma: -i nowhere,"
    )
    assert list(inventory.hosts) == ["a"]


def test_a_play_for_nobody_is_told_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(PatternError, match="nowhere as an inventory source: it is not there"):
        load(["nowhere"], tmp_path).select("all")


def test_of_a_folder_without_an_inventory_is_warned(tmp_path: Path) -> None:
    write(tmp_path, {"empty/notes.md": "", "some/inner/notes.md": "", "some/hosts": "a\n"})
    inventory = load([f"{tmp_path}/some", f"{tmp_path}/empty"], tmp_path)
    assert [warning.message for warning in inventory.warnings] == [
        f"Unable to parse {tmp_path}/{folder} as an inventory source"
        for folder in ("some/inner", "empty")
    ]
    assert list(inventory.hosts) == ["a"]


def test_a_source_that_is_missing_may_be_an_error(tmp_path: Path) -> None:
    with pytest.raises(PlaybookError, match="nowhere as an inventory source: it is not there"):
        load(["nowhere", "a,"], tmp_path, reading=Reading(all_there=True))


def test_toml_is_read_as_well(tmp_path: Path) -> None:
    text = """
        [web]
        children = ["east"]
        hosts = { a = { x = 1 }, b = {} }
        vars = { y = "{{ x }}" }
        [east.hosts.c]
    """
    write(tmp_path, {"hosts.toml": text})
    inventory = load([str(tmp_path / "hosts.toml")], tmp_path)
    assert inventory.groups["web"].hosts == ("a", "b", "c")
    assert inventory.hosts["a"].variables == {"x": 1, "y": "{{ x }}"}
    assert list(inventory.templates) == ["{{ x }}"]


def test_a_name_of_a_host_and_a_group_is_warned_of(tmp_path: Path) -> None:
    write(tmp_path, {"hosts": "[web]\nweb\n"})
    (warning,) = load([str(tmp_path / "hosts")], tmp_path).warnings
    assert "Found both group and host with same name: web" in str(warning)


def test_it_is_shown_as_ansible_inventory_does(tmp_path: Path) -> None:
    write(tmp_path, {"hosts": "z\n[db]\nc x=1\n[prod:children]\ndb\n"})
    shown = Shown(inventory=load([str(tmp_path / "hosts")], tmp_path))
    assert graph(shown) == (
        "@all:\n  |--@ungrouped:\n  |  |--z\n  |--@prod:\n  |  |--@db:\n  |  |  |--c\n"
    )
    assert to_dict(shown) == {
        "_meta": {"hostvars": {"c": {"x": 1}}, "profile": "inventory_legacy"},
        "all": {"children": ["ungrouped", "prod"]},
        "ungrouped": {"hosts": ["z"]},
        "db": {"hosts": ["c"]},
        "prod": {"children": ["db"]},
    }
    assert json.dumps(to_dict(shown))


def test_hosts_of_the_same_groups_share_what_comes_from_them(tmp_path: Path) -> None:
    variables = "".join(f"v{number}: {number}\n" for number in range(100))
    hosts = "[web]\nweb[1:500]\n[prod:children]\nweb\n"
    write(tmp_path, {"hosts": hosts, "group_vars/all.yml": variables})
    inventory = load([str(tmp_path / "hosts")], tmp_path)
    first, last = inventory.hosts["web1"], inventory.hosts["web500"]
    assert first.layers[0] is last.layers[0]
    assert last.variables["v99"] == 99
    assert last.variables is last.variables


@pytest.mark.parametrize(
    ("how", "name", "words"),
    [
        ("never", "a-b", "but not replaced, use -vvvv to see details: a-b"),
        ("ignore", "a-b", None),
        ("always", "a_b", "and automatically replaced, use -vvvv to see details: a-b"),
        ("silently", "a_b", None),
    ],
)
def test_names_of_groups_that_no_variable_could_have(
    tmp_path: Path, how: OddNames, name: str, words: str | None
) -> None:
    write(tmp_path, {"hosts": "[a-b]\nx\n"})
    inventory = load([str(tmp_path / "hosts")], tmp_path, reading=Reading(odd_names=how))
    assert name in inventory.groups
    told = [f"Invalid characters were found in group names {words}"] if words else []
    assert [warning.message for warning in inventory.warnings] == told


def test_a_link_that_leads_nowhere_is_passed_over(tmp_path: Path) -> None:
    write(tmp_path, {"hosts": "a\n", "host_vars/a/more.yml": "x: 1\n"})
    (tmp_path / "host_vars/a/gone.yml").symlink_to("nowhere")
    inventory = load([str(tmp_path / "hosts")], tmp_path)
    assert inventory.hosts["a"].variables == {"x": 1}


# What cannot be read ---------------------------------------------------------------------------


MISTAKE = "[web]\nann\nbob\nli x\n"


def test_a_source_with_a_mistake_may_be_warned_of_and_read_until_there(tmp_path: Path) -> None:
    write(tmp_path, {"hosts": MISTAKE})
    inventory = load([f"{tmp_path}/hosts", "tom,"], tmp_path, reading=Reading(lenient=True))
    assert list(inventory.hosts) == ["ann", "bob", "tom"]
    mistake, source = inventory.warnings
    assert mistake.message == (
        "Failed to parse inventory with 'ini' plugin: "
        "Expected key=value host variable assignment, got: x"
    )
    assert source.message == f"Unable to parse {tmp_path}/hosts as an inventory source"


@pytest.mark.parametrize(
    "text",
    [
        "all:\n  hosts: {ann: }\n  children: {web: {hosts: 5}}\n  vars: {x: 1}\n",
        "all: {hosts: {ann: , 'b[': , cat: }}\n",
        "web: {hosts: {ann: }}\nprod: {children: {prod: {hosts: {bob: 5}}}}\nx: {hosts: {tom: }}\n",
    ],
)
def test_of_yaml_counts_what_stands_before_the_mistake(tmp_path: Path, text: str) -> None:
    write(tmp_path, {"hosts.yml": text})
    inventory = load([f"{tmp_path}/hosts.yml"], tmp_path, reading=Reading(lenient=True))
    assert [host.variables for host in inventory.hosts.values()] == [{}]
    assert list(inventory.hosts) == ["ann"]
    assert "Failed to parse inventory with 'yaml' plugin: " in inventory.warnings[0].message


def test_all_may_not_lie_in_another_group(tmp_path: Path) -> None:
    write(tmp_path, {"hosts.yml": "web: {children: {all: }}\n"})
    with pytest.raises(PlaybookError, match="Adding group 'web' as child to 'all' creates a rec"):
        load([f"{tmp_path}/hosts.yml"], tmp_path, reading=Reading(lenient=True))


@pytest.mark.parametrize("source", ["hosts", "nowhere"])
def test_that_nothing_could_be_read_is_warned_of(tmp_path: Path, source: str) -> None:
    write(tmp_path, {"hosts": MISTAKE})
    told = "No inventory was parsed, only implicit localhost is available"
    for warns in (True, False):
        reading = Reading(lenient=True, warns=warns)
        warnings = load([f"{tmp_path}/{source}"], tmp_path, reading=reading).warnings
        assert (told in [each.message for each in warnings]) is warns


def test_that_nothing_could_be_read_may_be_an_error_and_says_why(tmp_path: Path) -> None:
    write(tmp_path, {"hosts": MISTAKE})
    reading = Reading(lenient=True, needs_one=True)
    with pytest.raises(PlaybookError, match=r"got: x(?s:.*)No inventory was parsed") as caught:
        load([f"{tmp_path}/hosts"], tmp_path, reading=reading)
    assert caught.value.exit_code == 1
    assert list(load([f"{tmp_path}/hosts", "a,"], tmp_path, reading=reading).hosts)[-1] == "a"
    with pytest.raises(PlaybookError, match="No inventory was parsed, please check"):
        load([], tmp_path, reading=reading)


@pytest.mark.parametrize(
    ("kind", "source", "text"),
    [
        ("ini", "hosts", "ann\n"),
        ("yaml", "hosts.yml", "all: {hosts: {ann: }}\n"),
        ("toml", "hosts.toml", "[web.hosts]\nann = {}\n"),
        ("script", "hosts.sh", '#!/bin/sh\necho \'{"web": ["ann"]}\'\n'),
        ("host_list", "ann,", ""),
    ],
)
def test_only_what_is_enabled_is_read(tmp_path: Path, kind: str, source: str, text: str) -> None:
    if text:
        write(tmp_path, {source: text})
        (tmp_path / source).chmod(0o700 if kind == "script" else 0o600)
        source = f"{tmp_path}/{source}"
    others = [each for each in KINDS if each not in (kind, "auto")]
    assert list(load([source], tmp_path, reading=Reading(kinds=[kind])).hosts) == ["ann"]
    with pytest.raises(PlaybookError, match="inventory_enabled has nothing for it"):
        load([source], tmp_path, reading=Reading(kinds=others))


def test_files_of_a_folder_may_be_ignored(tmp_path: Path) -> None:
    write(tmp_path, {"all/a.ini": "a", "all/b.old": "b", "all/c.txt": "c", "all/draft-d": "d"})
    reading = Reading(ignored_endings=[".old"], ignored_patterns=["^draft"])
    assert sorted(load([f"{tmp_path}/all"], tmp_path, reading=reading).hosts) == ["a", "c"]
