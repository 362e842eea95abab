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
    reading = Reading(vars_plugins=[str(folder / "vars_plugins")])
    return load([str(folder / "hosts")], folder, reading=reading)


def test_a_plugin_gives_variables_to_hosts_and_groups(tmp_path: Path) -> None:
    hosts = loaded(tmp_path, PLUGIN).hosts
    assert hosts["li"].variables == {"kind": "group", "of": "web"}
    assert hosts["ann"].variables == {"x": 1, "kind": "host", "of": "web", "text": "{{ 1 }}"}


def test_a_host_or_a_group_as_text_is_its_name(tmp_path: Path) -> None:
    variables = loaded(tmp_path, PLUGIN.replace('of": name', "of\": f'{entities[0]} {entities}'"))
    assert variables.hosts["li"].variables["of"] == "web [web]"


def test_a_group_is_no_host(tmp_path: Path) -> None:
    plugin = PLUGIN.replace("inventory.group import Group", "inventory.host import Host")
    plugin = plugin.replace(
        "if isinstance(entities[0], Group)", "if not isinstance(entities[0], Host)"
    )
    assert loaded(tmp_path, plugin).hosts["li"].variables == {"kind": "group", "of": "web"}


def test_it_gives_variables_to_localhost_too_that_no_inventory_names(tmp_path: Path) -> None:
    plugin = PLUGIN.replace('"ann"', '"localhost"')
    variables = loaded(tmp_path, plugin).implicit["localhost"].variables
    assert variables["text"] == "{{ 1 }}"


def test_what_it_gives_is_data(tmp_path: Path) -> None:
    assert type(loaded(tmp_path, PLUGIN).hosts["ann"].variables["text"]) is str


def test_it_is_told_the_whole_path_of_the_folder_beside_which_it_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    loaded(tmp_path, PLUGIN.replace('"group", "of": name', '"group", "of": path'))
    reading = Reading(vars_plugins=["vars_plugins"])
    inventory = load(["hosts"], Path(), reading=reading)
    assert inventory.hosts["li"].variables["of"] == str(tmp_path)


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
    reading = Reading(enabled_vars=enabled, vars_plugins=[str(tmp_path / "vars_plugins")])
    inventory = load([str(tmp_path / "hosts")], tmp_path, reading=reading)
    assert inventory.hosts["li"].variables == variables


OF_OLD = """
class VarsModule:
    def get_host_vars(self, host):
        return {"host": host}

    def get_group_vars(self, group):
        return {"group": group}
"""


def test_one_of_old_is_asked_for_hosts_and_for_groups(tmp_path: Path) -> None:
    inventory = loaded(tmp_path, OF_OLD)
    assert inventory.hosts["li"].variables == {"group": "web", "host": "li"}
    (warning,) = inventory.warnings
    words = "is relying on the deprecated entrypoints `get_host_vars` and `get_group_vars`"
    assert (words in warning.message, warning.deprecation) == (True, True)


OPTIONS = """
DOCUMENTATION = '''
options:
    colour: {default: red, env: [{name: COLOUR}], ini: [{section: vars_more, key: colour}]}
'''
from ansible.plugins.vars import BaseVarsPlugin

class VarsModule(BaseVarsPlugin):
    def get_vars(self, loader, path, entities, cache=True):
        return {"colour": self.get_option("colour")}
"""


def test_its_options_come_from_the_environment_from_ansible_cfg_or_are_as_documented(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    def colour() -> object:
        return loaded(tmp_path, OPTIONS).hosts["li"].variables["colour"]

    assert colour() == "red"
    (tmp_path / "ansible.cfg").write_text("[vars_more]\ncolour = green\n")
    assert colour() == "green"
    monkeypatch.setenv("COLOUR", "blue")
    assert colour() == "blue"


def test_one_of_a_collection_is_asked_if_it_is_enabled_by_its_full_name(tmp_path: Path) -> None:
    loaded(tmp_path, PLUGIN)
    folder = tmp_path / "far/ansible_collections/our/tools/plugins"
    folder.mkdir(parents=True)
    (tmp_path / "vars_plugins").rename(folder / "vars")

    def variables(*enabled: str) -> object:
        reading = Reading(enabled_vars=enabled, collections=[tmp_path / "far"])
        return load([str(tmp_path / "hosts")], tmp_path, reading=reading).hosts["li"].variables

    assert variables() == {}
    assert variables("our.tools.more") == {"kind": "group", "of": "web"}


def test_one_of_a_collection_must_be_enabled_in_any_case_and_need_not_say_so(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "ansible_collections/our/tools/plugins/vars"
    folder.mkdir(parents=True)
    (folder / "more.py").write_text(f"{PLUGIN}    REQUIRES_ENABLED = True\n")
    reading = Reading(enabled_vars=["our.tools.more"], collections=[tmp_path])
    (warning,) = load([], tmp_path, reading=reading).warnings
    assert "REQUIRES_ENABLED is not supported" in warning.message
    assert "from the plugin our.tools.more." in warning.message


@pytest.mark.parametrize(
    ("plugin", "told"),
    [
        ("import nowhere", "cannot load: No module named 'nowhere'"),
        ("x = 1", "has no attribute 'VarsModule'"),
    ],
)
def test_what_cannot_be_used_is_left_out_with_a_warning(
    tmp_path: Path, plugin: str, told: str
) -> None:
    inventory = loaded(tmp_path, plugin)
    assert inventory.hosts["li"].variables == {}
    message = inventory.warnings[0].message
    assert message.startswith(f"Skipping plugin ({tmp_path}/vars_plugins/more.py), cannot load: ")
    assert message.endswith(told)


@pytest.mark.parametrize(
    ("method", "told"),
    [("run", "Cannot use v1 type vars plugin more from"), ("x", "Invalid vars plugin more from")],
)
def test_one_that_gives_nothing_is_refused(tmp_path: Path, method: str, told: str) -> None:
    with pytest.raises(PlaybookError, match=told) as caught:
        loaded(tmp_path, f"class VarsModule:\n    def {method}(self): pass\n")
    assert caught.value.exit_code == 1


def test_a_plugin_that_fails_is_told_with_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(PlaybookError) as caught:
        loaded(tmp_path, PLUGIN.replace("name = ", "name = 1 / 0 #"))
    told = "more.py:7:1: this vars plugin failed for all: ZeroDivisionError: division by zero"
    first = str(caught.value.problems[0])
    assert first.removeprefix(f"{tmp_path}/vars_plugins/") == told


def test_a_plugin_may_read_files_beside_which_it_is_asked(tmp_path: Path) -> None:
    (tmp_path / "ann.yml").write_text("kept: here\n")
    plugin = """
import os
from ansible.plugins.vars import BaseVarsPlugin
from ansible.utils.vars import combine_vars

class VarsModule(BaseVarsPlugin):
    def get_vars(self, loader, path, entities, cache=True):
        super().get_vars(loader, path, entities)
        file = os.path.join(self._basedir, entities[0].name + ".yml")
        if not os.path.exists(file):
            return {}
        return combine_vars({"y": 2}, loader.load_from_file(file, cache="all"))
"""
    variables = loaded(tmp_path, plugin).hosts["ann"].variables
    assert variables == {"x": 1, "y": 2, "kept": "here"}


@pytest.mark.parametrize(
    ("enabled", "came"),
    [
        (["host_group_vars"], "of the folder"),
        (["more", "host_group_vars"], "of the folder"),
        (["host_group_vars", "more"], "of the plugin"),
    ],
)
def test_folders_count_more_than_a_plugin_unless_that_is_enabled_behind_them(
    tmp_path: Path, enabled: list[str], came: str
) -> None:
    plugin = """
from ansible.plugins.vars import BaseVarsPlugin

class VarsModule(BaseVarsPlugin):
    {}
    def get_vars(self, loader, path, entities):
        return {{"kind": "of the plugin"}} if entities[0].name == "ann" else {{}}
"""
    needs = "REQUIRES_ENABLED = True" if "more" in enabled else ""
    loaded(tmp_path, plugin.format(needs))
    (tmp_path / "host_vars").mkdir()
    (tmp_path / "host_vars/ann.yml").write_text("kind: of the folder\n")
    reading = Reading(vars_plugins=[str(tmp_path / "vars_plugins")], enabled_vars=enabled)
    inventory = load([str(tmp_path / "hosts")], tmp_path, reading=reading)
    assert inventory.hosts["ann"].variables["kind"] == came


def test_a_host_knows_its_groups_and_a_group_those_above_it(tmp_path: Path) -> None:
    plugin = """
from ansible.inventory.group import Group
from ansible.plugins.vars import BaseVarsPlugin

class VarsModule(BaseVarsPlugin):
    def get_vars(self, loader, path, entities):
        one = entities[0]
        if isinstance(one, Group):
            return {f"above_{one}": list(map(str, one.get_ancestors()))}
        return {"mine": {str(own): list(map(str, own.get_ancestors())) for own in one.groups}}
"""
    assert loaded(tmp_path, plugin).hosts["ann"].variables == {
        "x": 1,
        "above_all": [],
        "above_web": ["all"],
        "mine": {"web": ["all"], "all": []},
    }
