"""`plugin: generator`: hosts out of layers of words."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from opsplay.runner.errors import PlaybookError
from opsplay.runner.inventory import Inventory, load


def generated(folder: Path, text: str) -> Inventory:
    (folder / "hosts.yml").write_text("plugin: ansible.builtin.generator\n" + dedent(text))
    return load([str(folder / "hosts.yml")], folder)


def test_each_combination_is_a_host_in_the_groups_it_names(tmp_path: Path) -> None:
    inventory = generated(
        tmp_path,
        """
        layers: {stage: [test, prod], role: [web, db]}
        hosts:
          name: "{{ role }}-{{ stage }}"
          parents:
            - name: "{{ stage }}"
              vars: {stage: "{{ stage }}", one: 1}
              parents: [{name: stages}]
        """,
    )
    assert list(inventory.hosts) == ["web-test", "db-test", "web-prod", "db-prod"]
    assert inventory.groups["prod"].hosts == ("web-prod", "db-prod")
    assert inventory.groups["stages"].children == ("test", "prod")
    assert inventory.hosts["db-prod"].variables == {"stage": "prod", "one": 1}


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("hosts: {name: a}", "layers must be a mapping"),
        ("layers: {a: [1]}\nhosts: [a]", "hosts must be a mapping"),
        ("layers: {a: [1]}\nhosts: {name: '{{ nope }}'}", "'nope' is undefined"),
    ],
)
def test_what_is_wrong_is_told(tmp_path: Path, text: str, words: str) -> None:
    with pytest.raises(PlaybookError, match=words):
        generated(tmp_path, text)
