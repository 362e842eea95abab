"""Plugins in Python, in Ansible's shapes, and what looks at them at work."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from opsplay.runner.cli import main
from played import lay
from said import Said

Show: TypeAlias = Callable[..., Any]
Run: TypeAlias = Callable[..., Said]

PLUGINS = {
    "filter_plugins/shouts.py": """
        from ansible.errors import AnsibleFilterError

        def shout(text, mark="!"):
            if not isinstance(text, str):
                raise AnsibleFilterError(f"only texts can be shouted, not {text!r}")
            return text.upper() + mark

        def flatten(value):
            return "flat"

        class FilterModule:
            def filters(self):
                return {"shout": shout, "flatten": flatten, "broken": lambda value: 1 / value}
    """,
    "test_plugins/sizes.py": """
        class TestModule(object):
            def tests(self):
                return {"big": lambda number: number > 99, "said": lambda text: text}
    """,
    "lookup_plugins/greet.py": """
        DOCUMENTATION = "options: {greeting: {default: Hello}, mark: {default: .}}"
        from ansible.errors import AnsibleError
        from ansible.plugins.lookup import LookupBase

        class LookupModule(LookupBase):
            def run(self, terms, variables=None, **kwargs):
                self.set_options(var_options=variables, direct=kwargs)
                if not terms:
                    raise AnsibleError("greet whom?")
                word, mark = self.get_option("greeting"), self.get_option("mark")
                return [f"{word} {term}, {variables['own']}{mark}" for term in self._flatten(terms)]
    """,
}


@pytest.fixture
def run(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Run a playbook in the test's folder."""
    monkeypatch.chdir(tmp_path)

    def run_playbook(text: str, *arguments: str) -> Said:
        lay(tmp_path, "site.yml", text)
        return Said(int(main(["run", "site.yml", *arguments])), *capsys.readouterr())

    return run_playbook


@pytest.fixture
def show(tmp_path: Path, run: Run) -> Show:
    """Give what a template comes to beside these plugins, or the words that go wrong."""
    for name, text in PLUGINS.items():
        lay(tmp_path, name, text)

    def show_template(template: str, *arguments: str) -> Any:
        task = {"name": "it", "debug": {"msg": template}, "vars": {"own": "Li"}}
        ran = run(json.dumps([{"tasks": [task]}]), "--output", "json", *arguments)
        found = [each["result"]["msg"] for each in ran.events if each["event"] == "StepFinished"]
        return found[0] if found else ran.err

    return show_template


COLLECTION = {
    "filter/texts.py": PLUGINS["filter_plugins/shouts.py"],
    "test/sub/sizes.py": PLUGINS["test_plugins/sizes.py"],
    "lookup/greet.py": PLUGINS["lookup_plugins/greet.py"],
    "module_utils/word.py": "WORD = 'shared'\n",
    "filter/sharing.py": """
        from ansible_collections.our.tools.plugins.module_utils import word
        from ..module_utils.word import WORD

        class FilterModule:
            def filters(self):
                return {"sharing": lambda text: text + (WORD if word.WORD == WORD else "")}
    """,
    "modules/told.py": """
        from ansible.module_utils.basic import AnsibleModule
        from ansible_collections.our.tools.plugins.module_utils.word import WORD

        AnsibleModule(argument_spec={}).exit_json(msg=WORD)
    """,
}


@pytest.fixture
def collection(tmp_path: Path) -> Path:
    folder = tmp_path / "collections/ansible_collections/our/tools/plugins"
    for name, text in COLLECTION.items():
        lay(folder, name, text)
    return folder
