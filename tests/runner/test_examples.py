"""The examples in the manual of a step are right, as the check before a run sees it."""

from __future__ import annotations

from pathlib import Path
from textwrap import indent

import pytest

from opsplay.runner.lookups import LOOKUPS
from opsplay.runner.registry import BUILT_IN, Registry
from opsplay.runner.template import Templates
from opsplay.runner.validate import check

NAMED = {
    "import_playbook": "- hosts: localhost\n  tasks: []\n",
    "import_tasks": "- debug:\n",
}
"""What stands in the files that an example imports."""


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_examples_of_a_step_pass_the_check(name: str, tmp_path: Path) -> None:
    registry = Registry()
    task_type = registry.find(name)
    assert task_type
    for line in task_type.examples.splitlines():
        word, _, file = line.removeprefix("- ").partition(": ")
        if word in NAMED:
            (tmp_path / file).write_text(NAMED[word], "utf-8")
    tasks = tmp_path / "roles" / "partner" / "tasks"
    tasks.mkdir(parents=True)
    (tasks / "upload.yml").write_text("- debug:\n")
    plays = task_type.examples
    if name != "import_playbook":
        plays = f"- hosts: localhost\n  tasks:\n{indent(plays, '    ')}\n"
    playbook = tmp_path / "site.yml"
    playbook.write_text(plays, "utf-8")
    checked = check([playbook], registry, Templates(lambda: LOOKUPS))
    assert playbook in checked.documents
    assert not checked.warnings
