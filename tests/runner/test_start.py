"""Every start pays for what it imports: a run of one debug task needs none of this."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

_ONE_TASK = """
- hosts: localhost
  gather_facts: false
  tasks:
    - debug:
        msg: hello
"""
_NOT_NEEDED_FROM_OTHERS = frozenset(
    {
        *("asyncio", "bz2", "dataclasses", "decimal", "email", "encodings.utf_8_sig", "heapq"),
        *("importlib.metadata", "inspect", "jinja2", "jsonschema", "logging", "random", "shutil"),
        *("socket", "ssl"),
        *("subprocess", "tempfile", "unicodedata", "urllib.request", "uuid"),
    }
)
_NOT_NEEDED_OF_OURS = frozenset(
    f"opsplay.runner.{name}"
    for name in (
        *("ansible", "commands.doc", "commands.listing", "commands.serve", "jinja", "key_values"),
        *("loader.errors", "prompts"),
        *("engine.includes", "engine.items", "engine.jobs", "engine.lanes", "engine.looped"),
        *("engine.debugger", "engine.deprecations", "engine.obey", "engine.ordered"),
        *("engine.repeated", "engine.steering", "engine.time_limit", "engine.vars_files"),
        *("actions.orders", "engine.delegated", "listeners.ansible_outcome"),
        *("report", "roles.uses", "validate.complaints", "validate.roles", "validate.unfit"),
        *("validate.wording",),
        *("journal.resuming", "loader.quoting", "roles.builder", "rules", "vault.contents"),
        *("inventory.ini", "inventory.scripts", "inventory.yaml", "vault.commands"),
    )
)
_LOOK = """
import sys
of_python = set(sys.modules)
from opsplay.runner.cli import main
assert main(sys.argv[1:]) == 0
sys.stderr.write("\\n".join(sys.modules.keys() - of_python))
"""


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> frozenset[str]:
    """The modules that a run of one task has loaded at its end."""
    folder = tmp_path_factory.mktemp("start")
    (folder / "one.yml").write_text(_ONE_TASK, "utf-8")
    command = [sys.executable, "-c", _LOOK, "run", "one.yml", "--state-dir", "state"]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    return frozenset(done.stderr.split())


def test_a_run_loads_nothing_large_that_it_does_not_need(loaded: frozenset[str]) -> None:
    assert loaded & _NOT_NEEDED_FROM_OTHERS == set()


def test_a_run_loads_nothing_of_ours_that_it_does_not_need(loaded: frozenset[str]) -> None:
    assert loaded & _NOT_NEEDED_OF_OURS == set()


def test_the_names_of_ours_that_are_not_needed_are_those_of_modules() -> None:
    root = Path(__file__).parents[2]
    for name in _NOT_NEEDED_OF_OURS:
        path = root.joinpath(*name.removeprefix("opsplay.").split("."))
        assert path.is_dir() or path.with_suffix(".py").is_file(), name


def test_the_version_is_told_without_what_a_run_needs(tmp_path: Path) -> None:
    look = _LOOK.replace("sys.argv[1:]", '["--version"]')
    done = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True)
    assert not {"argparse", "pathlib", "typing"} & set(done.stderr.split())


def test_what_is_right_is_checked_without_jsonschema(tmp_path: Path) -> None:
    tasks = ["file: {dest: a, state: absent}", "copy: {content: a, dest: b}", "stat: {path: a}"]
    text = "- hosts: localhost\n  tasks:\n" + "".join(f"    - {task}\n" for task in tasks)
    (tmp_path / "right.yml").write_text(text, "utf-8")
    command = [sys.executable, "-c", _LOOK, "run", "--syntax-check", "right.yml"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert "jsonschema" not in done.stderr.split()
