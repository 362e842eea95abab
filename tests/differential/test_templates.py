"""What a template comes to with Ansible, it comes to with opsplay: each one in templates.yml."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml

from .both import Outcome, ansible, opsplay

_WRITTEN = yaml.safe_load(Path(__file__).with_name("templates.yml").read_text("utf-8"))
_VARIABLES = _WRITTEN.pop("variables")
_TEMPLATES = [template for group in _WRITTEN.values() for template in group]
_VALUES = """\
{% for number in range(count) %}
{{ lookup('vars', 'value' ~ number) | to_json }}
{% endfor %}
"""


def test_templates_come_to_the_same_as_with_ansible(tmp_path: Path) -> None:
    variables = {f"value{number}": template for number, template in enumerate(_TEMPLATES)}
    play = {
        "hosts": "localhost",
        "gather_facts": False,
        "vars": {**_VARIABLES, **variables, "count": len(_TEMPLATES)},
        "tasks": [{"template": {"src": "values.j2", "dest": "{{ playbook_dir }}/values"}}],
    }
    (tmp_path / "site.yml").write_text(json.dumps([play]), "utf-8")
    (tmp_path / "values.j2").write_text(_VALUES, "utf-8")
    theirs, ours = ansible(tmp_path, ["site.yml"]), opsplay(tmp_path, ["site.yml"])
    assert _told(ours) == _told(theirs)


def _told(outcome: Outcome) -> dict[str, Any]:
    assert len(outcome.values) == len(_TEMPLATES), outcome.text
    return dict(zip(_TEMPLATES, outcome.values, strict=True))
