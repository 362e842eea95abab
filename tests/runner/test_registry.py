"""Where a step's name leads, and what is said of a plugin that is no step."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from textwrap import dedent

import pytest

from opsplay.runner import params
from opsplay.runner.errors import PlaybookError, Problem
from opsplay.runner.registry import ACTIONS, BUILT_IN, STEPS, Registry, TaskType
from opsplay.runner.task import Context, TaskModule

GREET = '''
    """Say hello."""

    from __future__ import annotations

    from dataclasses import dataclass
    from typing import Annotated

    from opsplay.runner.task import Context, Result


    @dataclass(frozen=True, kw_only=True)
    class Params:
        who: Annotated[str, "Who is greeted."]


    def run(params: Params, ctx: Context) -> Result:
        return Result(msg=f"Hello, {params.who}!")
'''


def plugin(folder: Path, name: str, source: str) -> Registry:
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.py").write_text(dedent(source), "utf-8")
    return Registry(folder)


def found(registry: Registry, name: str) -> TaskType:
    task_type = registry.find(name)
    assert task_type
    return task_type


def problem(registry: Registry, name: str) -> Problem:
    with pytest.raises(PlaybookError) as caught:
        registry.find(name)
    (only,) = caught.value.problems
    return only


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_built_in_is_whole(name: str) -> None:
    task_type = found(Registry(), name)
    assert task_type.summary.endswith("."), "the docstring's first line is a sentence"
    assert task_type.examples, "EXAMPLES shows how it is used"
    assert name in task_type.examples
    assert isinstance(task_type.returns, dict), "RETURNS says what register sees"
    assert task_type.is_action == (name in ACTIONS)


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_parameter_of_a_built_in_is_documented(name: str) -> None:
    for field in params.fields(found(Registry(), name).params):
        assert field.doc.endswith((".", "…")), f"{name}: {field.name} has no sentence"


@pytest.mark.parametrize("name", STEPS)
def test_a_step_keeps_the_contract(name: str) -> None:
    module: TaskModule = found(Registry(), name).module  # type: ignore[assignment]
    assert module.run.__annotations__.keys() >= {"params", "ctx", "return"}
    assert dataclasses.is_dataclass(module.Params)


@pytest.mark.parametrize("prefix", ["", "ansible.builtin.", "ansible.legacy.", "opsplay."])
def test_a_name_may_carry_its_collection(prefix: str) -> None:
    registry = Registry()
    assert registry.find(f"{prefix}debug") is not None
    assert found(registry, f"{prefix}debug").name == "debug"


def test_other_collections_are_unknown() -> None:
    assert Registry().find("community.general.debug") is None


def test_nothing_is_imported_before_it_is_found() -> None:
    script = (
        "import sys; from opsplay.runner.registry import Registry; r = Registry();"
        "r.find('debug'); print([m for m in sys.modules if m.startswith('opsplay.tasks.')],"
        "'importlib.metadata' in sys.modules, 'difflib' in sys.modules)"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert told.stdout.strip() == "['opsplay.tasks.debug'] False False"


def test_a_module_beside_the_playbook_is_a_step(
    tmp_path: Path, contexts: Callable[[], Context]
) -> None:
    task_type = found(plugin(tmp_path, "greet", GREET), "greet")
    made = params.build(task_type.params, {"who": "Li"})
    assert task_type.run(made, contexts()).msg == "Hello, Li!"
    assert (task_type.summary, task_type.is_action) == ("Say hello.", False)


def test_a_module_beside_the_playbook_wins_over_a_built_in(tmp_path: Path) -> None:
    assert found(plugin(tmp_path, "debug", GREET), "debug").summary == "Say hello."


def test_a_name_that_python_keeps_for_itself_takes_an_underscore(tmp_path: Path) -> None:
    assert "assert" in plugin(tmp_path, "assert_", GREET).names()
    assert "import" in plugin(tmp_path, "import_", GREET).names()


def test_modules_of_one_name_in_two_folders_do_not_meet(tmp_path: Path) -> None:
    one = found(plugin(tmp_path / "a", "greet", GREET), "greet")
    two = found(plugin(tmp_path / "b", "greet", GREET.replace("who", "whom")), "greet")
    assert [field.name for field in params.fields(one.params)] == ["who"]
    assert [field.name for field in params.fields(two.params)] == ["whom"]


def test_a_module_of_old_has_an_underscore_before_the_name_of_its_file(tmp_path: Path) -> None:
    (tmp_path / "_old.py").write_text("from ansible.module_utils.basic import AnsibleModule\n")
    assert {"_old", "old"} <= set(Registry(tmp_path).names())


def test_a_file_that_starts_with_an_underscore_is_no_step(tmp_path: Path) -> None:
    assert "_shared" not in plugin(tmp_path, "_shared", GREET).names()


def test_a_step_can_come_from_an_installed_package(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "acme.py").write_text(dedent(GREET), "utf-8")
    info = tmp_path / "acme-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: acme\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[opsplay.tasks]\nacme_greet = acme\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    registry = Registry()
    assert found(registry, "acme_greet").summary == "Say hello."
    assert "acme_greet" in registry.names()


def test_an_entry_point_that_leads_to_no_module_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "odd-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[opsplay.tasks]\nodd = json:dumps\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert "json:dumps (entry point opsplay.tasks)" in str(problem(Registry(), "odd"))


@pytest.mark.parametrize(
    ("source", "line", "why"),
    [
        ("import nowhere", 1, "No module named 'nowhere'"),
        ("'''Doc.'''\n\n1 / 0", 3, "ZeroDivisionError: division by zero"),
        ("def run(:", 1, "SyntaxError"),
        ("", 1, "it has no class Params"),
        ("class Params: ...", 1, "its Params is no dataclass"),
        (GREET.replace("frozen=True, ", ""), 1, "its Params is not frozen"),
        (GREET.replace("def run", "def walk"), 1, "it has no function run(params, ctx)"),
        (GREET.replace("[str", "[set"), 1, "a parameter cannot be of type set"),
        (GREET.replace("[str", "[strr"), 1, "name 'strr' is not defined"),
    ],
)
def test_a_broken_plugin_is_told_with_its_file_and_line(
    tmp_path: Path, source: str, line: int, why: str
) -> None:
    told = problem(plugin(tmp_path, "broken", source), "broken")
    assert told.place
    assert (told.place.file, told.place.line) == (str(tmp_path / "broken.py"), line)
    assert why in told.message
    assert told.message.startswith("the step broken cannot be used: ")


@pytest.mark.parametrize(
    ("source", "place"),
    [("\n1 / 0", "broken.py:2:1"), ("\nx = = 1", "broken.py:2:5"), ("x = 1", "broken.py:1:1")],
)
def test_a_place_in_a_plugin_is_told_as_its_folder_was_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, place: str
) -> None:
    plugin(tmp_path / "task_modules", "broken", source)
    monkeypatch.chdir(tmp_path)
    told = problem(Registry(Path("task_modules")), "broken")
    assert str(told.place) == f"task_modules/{place}"


def test_a_broken_package_is_told_with_its_entry_point(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    info = tmp_path / "gone-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: gone\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text("[opsplay.tasks]\ngone = gone_away\n", "utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    assert "gone_away (entry point opsplay.tasks)" in str(problem(Registry(), "gone"))
