"""Short names of what collections have, where `collections` names them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from played import lay

from .conftest import Run

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    "playbook",
    [
        "- collections: our.tools\n  tasks: [{told: }]\n",
        "- tasks:\n    - {collections: [our.none, our.tools], block: [{told: }]}\n",
        "- collections: [our.tools]\n  roles: [teller]\n",
        "- roles: [our.tools.teller]\n",
        "- roles: [searcher]\n",
        "- import_playbook: our.tools.telling\n",
        "- import_playbook: our.tools.telling.yml\n",
    ],
)
def test_in_collections_that_are_searched_short_names_are_found(
    run: Run, tmp_path: Path, collection: Path, playbook: str
) -> None:
    lay(collection.parent, "roles/teller/tasks/main.yml", "- told:\n")
    lay(collection.parent, "playbooks/telling.yml", "- tasks: [{told: }]\n")
    lay(tmp_path, "roles/searcher/meta/main.yml", "collections: [our.tools]\n")
    lay(tmp_path, "roles/searcher/tasks/main.yml", "- told:\n")
    ran = run(playbook, "-v")
    assert ran.code == 0
    assert "shared" in ran.out


@pytest.mark.parametrize(
    ("play", "told"),
    [
        ("{collections: [our.tools, our.others], tasks: [{say: }]}", "tools"),
        ("{collections: [our.others, our.tools], tasks: [{say: }]}", "others"),
        (
            "{collections: our.tools, tasks: [{block: [{say: }], collections: our.others}]}",
            "others",
        ),
        ("{collections: our.tools, tasks: [{include_tasks: said.yml}]}", "tools"),
        ("{collections: our.tools, tasks: [{say: , collections: [our.others]}]}", "others"),
        ("{collections: our.others, tasks: [{action: '{{ w }}', vars: {w: say}}]}", "others"),
        ("{collections: our.tools, roles: [of_others]}", "others"),
        ("{collections: our.tools, tasks: [{include_role: {name: of_others}}]}", "others"),
        ("{collections: our.others, roles: [our.tools.sayer]}", "tools"),
        ("{collections: our.others, roles: [sayer]}", "others"),
        ("{collections: our.others, tasks: [{include_role: {name: sayer}}]}", "others"),
        ("{collections: our.others, tasks: [{import_role: {name: sayer}}]}", "others"),
    ],
)
def test_a_short_name_is_that_of_the_collection_which_is_named_where_it_stands(
    run: Run, tmp_path: Path, collection: Path, play: str, told: str
) -> None:
    text = """
        from ansible.module_utils.basic import AnsibleModule

        AnsibleModule({{}}).exit_json(msg="of {}")
        """
    others = collection.parents[1] / "others/plugins"
    for folder in (collection, others):
        lay(folder, "modules/say.py", text.format(folder.parent.name))
        lay(folder.parent, "roles/sayer/tasks/main.yml", "- say:\n")
    lay(tmp_path, "said.yml", "- say:\n")
    lay(tmp_path, "roles/of_others/meta/main.yml", "collections: [our.others]\n")
    lay(tmp_path, "roles/of_others/tasks/main.yml", "- say:\n")
    ran = run("- {collections: [our.tools, our.others]}\n- " + play + "\n", "-v")
    assert ran.code == 0
    assert f"[localhost] => of {told}" in ran.out


def test_a_collection_that_is_named_comes_before_the_library(
    run: Run, tmp_path: Path, collection: Path
) -> None:
    text = '#!/bin/sh\necho \'{{"msg": "of {}"}}\'\n'
    lay(collection, "modules/say.sh", text.format("tools"))
    lay(tmp_path, "library/say.sh", text.format("library"))
    ran = run("- tasks: [{say: }, {say: , collections: our.tools}]\n", "-v")
    assert re.findall(r"=> (of \w+)", ran.out) == ["of library", "of tools"]
