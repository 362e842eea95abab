"""Plugins and modules of collections, by their full names."""

from __future__ import annotations

from pathlib import Path

import pytest

from played import lay

from .conftest import COLLECTION, Run, Show


@pytest.mark.parametrize(
    ("template", "value"),
    [
        ("{{ 'hi' | our.tools.shout }}", "HI!"),
        ("{{ 100 is our.tools.sub.big }}", True),
        ("{{ lookup('our.tools.greet', 'ann') }}", "Hello ann, Li."),
        ("{{ 'a ' | our.tools.sharing }}", "a shared"),
    ],
)
@pytest.mark.usefixtures("collection")
def test_plugins_of_collections_are_used_by_their_full_name(
    show: Show, template: str, value: object
) -> None:
    assert show(template) == value


@pytest.mark.usefixtures("collection")
def test_a_plugin_that_its_collection_does_not_have_is_unknown(show: Show) -> None:
    assert "No filter named 'our.tools.nothing'." in show("{{ 1 | our.tools.nothing }}")


def test_what_cannot_be_used_of_a_collection_is_left_out_with_a_warning(
    show: Show, run: Run, collection: Path
) -> None:
    lay(collection, "filter/broken.py", "raise ValueError('no')\n")
    assert show("{{ 'hi' | our.tools.shout }}") == "HI!"
    told = "Skipping filter plugins in our.tools.broken'; an error occurred while loading: no"
    assert told in run('- tasks: [{debug: {msg: "{{ 1 | our.tools.shout }}"}}]').err


@pytest.mark.usefixtures("collection")
def test_modules_of_collections_are_steps_by_their_full_name(run: Run) -> None:
    ran = run("- tasks: [{our.tools.told: }]\n", "-v")
    assert ran.code == 0
    assert "shared" in ran.out


@pytest.mark.parametrize("file", ["hail.sh", "hail"])
def test_modules_of_collections_are_in_any_language(run: Run, collection: Path, file: str) -> None:
    lay(collection, "modules/hail.yml", "DOCUMENTATION: {}\n")
    lay(collection, f"modules/{file}", '#!/bin/sh\necho \'{"msg": "hello"}\'\n')
    ran = run("- tasks: [{our.tools.hail: }]\n", "-v")
    assert ran.code == 0
    assert "[localhost] => hello" in ran.out


def test_modules_of_collections_import_by_what_lies_beside_them(run: Run, collection: Path) -> None:
    text = COLLECTION["modules/told.py"].replace("ansible_collections.our.tools.plugins", ".")
    lay(collection, "modules/told.py", text)
    ran = run("- tasks: [{our.tools.told: }]\n", "-v")
    assert ran.code == 0
    assert "shared" in ran.out


def test_a_module_beside_a_playbook_imports_what_a_collection_shares(
    run: Run, tmp_path: Path, collection: Path
) -> None:
    shared = """
        from ansible.module_utils.basic import AnsibleModule

        def tell():
            AnsibleModule({}).exit_json(msg="shared")
    """
    lay(collection, "module_utils/telling.py", shared)
    text = (
        "from ansible_collections.our.tools.plugins.module_utils import telling\ntelling.tell()\n"
    )
    lay(tmp_path, "library/tell.py", text)
    ran = run("- tasks: [{tell: }]\n", "-v")
    assert ran.code == 0
    assert "[localhost] => shared" in ran.out


def test_a_module_of_a_collection_has_its_full_name(run: Run, collection: Path) -> None:
    text = """
        from ansible.module_utils.basic import AnsibleModule

        module = AnsibleModule({})
        module.exit_json(msg=module._name)
        """
    lay(collection, "modules/say.py", text)
    ran = run("- tasks: [{our.tools.say: }]\n", "-v")
    assert ran.code == 0
    assert "[localhost] => our.tools.say" in ran.out


def test_a_lookup_of_a_collection_knows_both_of_its_names(show: Show, collection: Path) -> None:
    text = """
        from ansible.plugins.lookup import LookupBase

        class LookupModule(LookupBase):
            def run(self, terms, variables=None, **kwargs):
                return [self.ansible_name, self._load_name]
    """
    lay(collection, "lookup/names.py", text)
    whole = "ansible_collections.our.tools.plugins.lookup.names"
    assert show("{{ query('our.tools.names') }}") == ["our.tools.names", whole]
