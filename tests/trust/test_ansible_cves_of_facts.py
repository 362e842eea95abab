"""What was once wrong in Ansible with facts; each test bears its CVE's number."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest

from played import Play

BAIT = "{{ lookup('pipe', 'touch bitten') }}{% if true %}{% endif %}"
JSON = ("--output", "json")
FACTS = '''\
"""Tell facts, as a machine that somebody has taken over would."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from opsplay.runner.task import Context, Result


@dataclass(frozen=True, kw_only=True)
class Params:
    file: str = "facts.json"


def run(params: Params, ctx: Context) -> Result:
    return Result(facts=json.loads(Path(params.file).read_text()))
'''


@pytest.fixture(autouse=True)
def _taken_over(tmp_path: Path) -> None:
    (tmp_path / "task_modules").mkdir()
    (tmp_path / "task_modules" / "tell.py").write_text(FACTS)


def facts(folder: Path, told: Mapping[str, object]) -> None:
    (folder / "facts.json").write_text(json.dumps(told))


def unbitten(folder: Path) -> bool:
    return not (folder / "bitten").exists()


def test_cve_2016_8628_facts_do_not_say_how_a_host_is_reached(play: Play, tmp_path: Path) -> None:
    """Facts named like variables of the connection ran commands on the controller."""
    names = ("inventory_hostname", "playbook_dir", "hostvars", "groups", "ansible_connection")
    facts(tmp_path, dict.fromkeys(names, "x"))
    played = play(
        """
        - tell:
        - {name: Told, debug: {msg: '{{ inventory_hostname }} {{ playbook_dir }}'}}
        """,
        *JSON,
    )
    assert played.msg("Told") == f"localhost {tmp_path}"


def test_cve_2016_9587_facts_are_no_templates(play: Play, tmp_path: Path) -> None:
    """Facts of a host that was taken over were rendered on the controller."""
    facts(tmp_path, {"kernel": BAIT})
    played = play("- tell:\n- {name: Told, debug: {msg: '{{ kernel }}'}}", *JSON)
    assert played.msg("Told") == BAIT
    assert unbitten(tmp_path)


def test_cve_2017_7466_neither_are_names_of_facts_nor_what_is_deep_inside(
    play: Play, tmp_path: Path
) -> None:
    """The guard against the one before could be got around."""
    facts(tmp_path, {"deep": [{BAIT: [BAIT]}]})
    played = play("- tell:\n- {name: Told, debug: {msg: '{{ deep[0] }}'}}", *JSON)
    assert played.msg("Told") == {BAIT: [BAIT]}
    assert unbitten(tmp_path)


def test_cve_2020_10684_facts_do_not_replace_all_facts(play: Play, tmp_path: Path) -> None:
    """A fact called ansible_facts replaced what was cleaned before."""
    facts(tmp_path, {"ansible_facts": {"first": "evil"}, "second": 2})
    played = play(
        """
        - {set_fact: {first: 1, cacheable: true}}
        - tell:
        - {name: Told, debug: {msg: '{{ first }} {{ ansible_facts.second }}'}}
        """,
        *JSON,
    )
    assert played.msg("Told") == "1 2"
