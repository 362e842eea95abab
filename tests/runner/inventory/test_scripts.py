"""Inventories that programs print."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import pytest

from opsplay.runner.errors import PlaybookError
from opsplay.runner.inventory import Inventory, load
from opsplay.runner.template_text import Template, Vaulted

pytestmark = pytest.mark.slow

Printed: TypeAlias = Callable[..., Inventory]

HOSTVARS = "if '--host' in sys.argv: print(json.dumps({'own': sys.argv[2]})); sys.exit()"


@pytest.fixture
def printed(tmp_path: Path) -> Printed:
    """Load what a program prints, which sets nothing more by itself."""

    def load_printed(listed: object, before: str = "") -> Inventory:
        text = f"import json, sys\n{before}\nprint(json.dumps({listed!r}))\n"
        return load_script(tmp_path, f"#!/usr/bin/env python3\n{text}")

    return load_printed


def load_script(folder: Path, text: str) -> Inventory:
    path = folder / "hosts"
    path.write_text(text)
    path.chmod(0o755)
    return load([str(path)], folder)


def test_groups_have_hosts_variables_and_children(printed: Printed) -> None:
    web = {"hosts": ["a", "b"], "vars": {"port": 80, "paths": ["x", {"y": None}]}}
    inventory = printed({"web": web, "top": {"children": ["web"]}, "_meta": {"hostvars": {}}})
    assert inventory.select("top") == ["a", "b"]
    assert inventory.hosts["a"].variables == {"port": 80, "paths": ["x", {"y": None}]}
    assert inventory.hosts["a"].groups == ("top", "web")


def test_meta_spares_a_question_for_each_host(printed: Printed) -> None:
    meta = {"hostvars": {"a": {"own": 1}, "c": {"own": 3}}}
    inventory = printed({"web": {"hosts": ["a", "b"]}, "_meta": meta}, HOSTVARS)
    assert [inventory.hosts[name].variables for name in inventory.hosts] == [{"own": 1}, {}]


def test_without_meta_each_host_is_asked_for(printed: Printed) -> None:
    inventory = printed({"web": ["a", "b"]}, HOSTVARS)
    assert [inventory.hosts[name].variables for name in "ab"] == [{"own": "a"}, {"own": "b"}]


def test_a_group_of_variables_alone_is_a_host_of_its_own(printed: Printed) -> None:
    inventory = printed({"lone": {"port": 3}, "_meta": {"hostvars": {}}})
    assert inventory.select("lone") == ["lone"]
    assert inventory.hosts["lone"].variables == {"port": 3}


def test_forms_of_old_are_warned_of(printed: Printed) -> None:
    words = [warning.message for warning in printed({"a": ["x"], "b": {}}, HOSTVARS).warnings]
    assert words[0].startswith("Group 'a' was converted to 'dict' from 'list'.")
    assert words[1].startswith("Treating malformed group 'b' as the sole host of that group.")
    assert words[2].startswith("Inventory scripts should always provide 'meta.hostvars'.")


def test_what_a_program_says_on_its_standard_error_is_warned_of_once(printed: Printed) -> None:
    inventory = printed(
        {"web": {"hosts": ["a", "b"]}}, f"print('swan', file=sys.stderr)\n{HOSTVARS}"
    )
    assert [warning.message for warning in inventory.warnings].count("swan") == 1


def test_a_name_that_no_variable_should_have_is_warned_of_once(printed: Printed) -> None:
    hosts = {name: {"a-b": 1} for name in ("a", "b")}
    (warning,) = printed({"web": {"hosts": [*hosts]}, "_meta": {"hostvars": hosts}}).warnings
    assert "invalid name 'a-b'" in warning.message


def test_values_may_be_templates_or_encrypted_or_neither(printed: Printed) -> None:
    values = {"t": "{{ 1 }}", "v": {"__ansible_vault": "$A"}, "u": {"__ansible_unsafe": "{{ 2 }}"}}
    variables = printed({"web": ["a"], "_meta": {"hostvars": {"a": values}}}).hosts["a"].variables
    assert {name: type(value) for name, value in variables.items()} == {
        "t": Template,
        "v": Vaulted,
        "u": str,
    }


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "#!/bin/sh\necho oh >&2; echo no net >&2; exit 3",
            "Inventory script returned non-zero exit code 3: no net",
        ),
        (
            "#!/bin/sh\necho web:",
            (
                "Unable to get JSON decoder for inventory script result: "
                "Value could not be parsed as JSON: Expecting value: line 1 column 1"
            ),
        ),
        (
            "#!/bin/sh\nexit 0",
            (
                "Unable to get JSON decoder for inventory script result: "
                "Value could not be parsed as JSON: Expecting value: line 1 column 1"
            ),
        ),
        ("#!/nowhere/sh\n", "cannot be run: No such file or directory"),
        (
            "#!/bin/sh\necho []",
            (
                "Unable to get JSON decoder for inventory script result: "
                "Value is 'list' instead of 'dict'"
            ),
        ),
        ('#!/bin/sh\necho \'{"a": {"hosts": 1}}\'', "the hosts of a must be a list of n"),
        (
            "#!/bin/sh\necho '{\"_meta\": {}}'",
            "_meta.hostvars must be a mapping, not null",
        ),
        ("#!/bin/sh\necho '{\"a\": 1}'", "the group a must be a mapping, not 1"),
        (
            '#!/bin/sh\necho \'{"a": {"vars": {"__ansible_unsafe": "x"}}}\'',
            "the vars of a must be a mapping, not a single value",
        ),
    ],
)
def test_a_program_that_prints_no_inventory_is_told(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(PlaybookError) as caught:
        load_script(tmp_path, text)
    assert str(caught.value).startswith(f"the inventory script {tmp_path}/hosts: {told}")


def test_a_program_stands_in_a_folder_beside_files_and_its_variables(tmp_path: Path) -> None:
    folder = tmp_path / "inv"
    (folder / "group_vars").mkdir(parents=True)
    (folder / "group_vars" / "web.yml").write_text("port: 81\n")
    (folder / "more.ini").write_text("[web]\nb\n")
    listed = json.dumps({"web": ["a"], "_meta": {"hostvars": {}}})
    (folder / "hosts.sh").write_text(f"#!/bin/sh\necho '{listed}'\n")
    (folder / "hosts.sh").chmod(0o755)
    inventory = load([str(folder)], tmp_path)
    assert inventory.select("web") == ["a", "b"]
    assert inventory.hosts["a"].variables == {"port": 81}


def test_a_file_that_may_be_run_but_is_no_program_is_read(tmp_path: Path) -> None:
    assert load_script(tmp_path, "[web]\na\n").select("web") == ["a"]
