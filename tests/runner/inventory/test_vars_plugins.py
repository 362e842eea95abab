"""Variables of hosts and groups that plugins give, in Ansible's form."""

from __future__ import annotations

from pathlib import Path

import pytest

from opsplay.runner.errors import PlaybookError
from opsplay.runner.inventory import Inventory, load
from opsplay.runner.inventory.reading import Reading

PLUGIN = """
from ansible.inventory.group import Group
from ansible.plugins.vars import BaseVarsPlugin

class VarsModule(BaseVarsPlugin):
    def get_vars(self, loader, path, entities, cache=True):
        name = entities[0].name
        if isinstance(entities[0], Group):
            return {"kind": "group", "of": name} if name == "web" else {}
        return {"kind": "host", "text": "{{ 1 }}"} if name == "ann" else None
"""


def loaded(folder: Path, plugin: str) -> Inventory:
    (folder / "hosts").write_text("[web]\nann x=1\nli\n")
    (folder / "vars_plugins").mkdir(exist_ok=True)
    (folder / "vars_plugins" / "more.py").write_text(plugin)
    return load([str(folder / "hosts")], folder)


def test_a_plugin_gives_variables_to_hosts_and_groups(tmp_path: Path) -> None:
    hosts = loaded(tmp_path, PLUGIN).hosts
    assert hosts["li"].variables == {"kind": "group", "of": "web"}
    assert hosts["ann"].variables == {"x": 1, "kind": "host", "of": "web", "text": "{{ 1 }}"}


def test_it_gives_variables_to_localhost_too_that_no_inventory_names(tmp_path: Path) -> None:
    plugin = PLUGIN.replace('"ann"', '"localhost"')
    variables = loaded(tmp_path, plugin).implicit["localhost"].variables
    assert variables["text"] == "{{ 1 }}"


def test_what_it_gives_is_data(tmp_path: Path) -> None:
    assert type(loaded(tmp_path, PLUGIN).hosts["ann"].variables["text"]) is str


def test_more_folders_may_be_named(tmp_path: Path) -> None:
    loaded(tmp_path, PLUGIN)
    (tmp_path / "vars_plugins").rename(tmp_path / "more")
    sources = [str(tmp_path / "hosts")]
    inventory = load(sources, tmp_path, reading=Reading(vars_plugins=[str(tmp_path / "more")]))
    assert inventory.hosts["li"].variables == {"kind": "group", "of": "web"}


@pytest.mark.parametrize(
    ("enabled", "variables"),
    [
        ([], {}),
        (["host_group_vars", "more"], {"kind": "group", "of": "web"}),
    ],
)
def test_one_that_wants_to_be_enabled_is_asked_only_then(
    tmp_path: Path, enabled: list[str], variables: dict[str, str]
) -> None:
    loaded(tmp_path, PLUGIN + "    REQUIRES_ENABLED = True\n")
    inventory = load([str(tmp_path / "hosts")], tmp_path, reading=Reading(enabled_vars=enabled))
    assert inventory.hosts["li"].variables == variables


@pytest.mark.parametrize(
    ("plugin", "told"),
    [
        ("import nowhere", "more.py:1:1: this vars plugin cannot be used: ModuleNotFoundError"),
        (
            PLUGIN.replace("name = ", "name = 1 / 0 #"),
            "more.py:7:1: this vars plugin failed for all: ZeroDivisionError: division by zero",
        ),
    ],
)
def test_a_plugin_that_fails_is_told_with_file_and_line(
    tmp_path: Path, plugin: str, told: str
) -> None:
    with pytest.raises(PlaybookError) as caught:
        loaded(tmp_path, plugin)
    first = str(caught.value.problems[0])
    assert first.removeprefix(f"{tmp_path}/vars_plugins/").startswith(told)
