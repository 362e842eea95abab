"""Imports run one way, as docs/architecture.md draws it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import NamedTuple

import pytest

from opsplay.runner.registry import STEPS

ROOT = Path(__file__).parent.parent

# From the ground up. What is not named here lies between the modules that it links.
LAYERS = (
    ("errors", "task", "events"),
    ("source", "params", "template", "inventory"),
    ("validate", "registry", "variables"),
    ("playbook",),
    ("engine", "actions"),
    ("cli",),
)

CONTRACT = ("runner.task", "runner.dataclasses", "runner.mapping_text", "runner.type_names")


class Import(NamedTuple):
    module: str
    name: str | None = None


def module_name(file: Path) -> str:
    parts = file.relative_to(ROOT).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


FILES = {
    module_name(file): file for top in ("runner", "tasks") for file in (ROOT / top).rglob("*.py")
}


@cache
def imports(module: str, *, for_types: bool = True) -> Sequence[Import]:
    """What a module imports, ours without the package's name; wherever in the module."""
    return tuple(imported(module, for_types=for_types))


def imported(module: str, *, for_types: bool) -> Iterator[Import]:
    for node in walk(ast.parse(FILES[module].read_text("utf-8")), for_types=for_types):
        if isinstance(node, ast.Import):
            yield from (Import(alias.name.removeprefix("opsplay.")) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            source = absolute(module, node)
            for alias in node.names:
                inner = f"{source}.{alias.name}".removeprefix(".")
                yield Import(inner) if inner in FILES else Import(source, alias.name)


def walk(node: ast.AST, *, for_types: bool) -> Iterator[ast.AST]:
    yield node
    if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING" and not for_types:
        return
    for child in ast.iter_child_nodes(node):
        yield from walk(child, for_types=for_types)


def absolute(module: str, node: ast.ImportFrom) -> str:
    if not node.level:
        return (node.module or "").removeprefix("opsplay.")
    is_package = FILES[module].name == "__init__.py"
    parts = module.split(".") + [""] * is_package
    return ".".join([*parts[: -node.level], *filter(None, [node.module])])


@cache
def needs(module: str, *, for_types: bool = True) -> frozenset[str]:
    found = imports(module, for_types=for_types)
    return frozenset(one.module for one in found if one.module in FILES)


def needs_in_the_end(module: str) -> set[str]:
    found: set[str] = set()
    pending = {module}
    while pending := set().union(*map(needs, pending)) - found:
        found |= pending
    return found


def inside(*packages: str) -> list[str]:
    return [module for module in FILES if lies_in(module, *packages)]


def lies_in(module: str, *packages: str) -> bool:
    return any(module == package or module.startswith(f"{package}.") for package in packages)


def test_no_module_needs_itself_in_a_circle() -> None:
    """Two that name each other's types only are no circle when they run."""
    TopologicalSorter({module: needs(module, for_types=False) for module in FILES}).prepare()


@pytest.mark.parametrize("level", range(len(LAYERS)))
def test_a_layer_rests_only_on_those_below(level: int) -> None:
    above = [f"runner.{name}" for layer in LAYERS[level + 1 :] for name in layer]
    for module in inside(*(f"runner.{name}" for name in LAYERS[level])):
        assert [low for low in needs_in_the_end(module) if lies_in(low, *above)] == [], module


def test_only_the_command_line_knows_the_listeners() -> None:
    command_line = ("runner.telling", "runner.journal.table")
    for module in FILES:
        if not lies_in(module, *command_line, "runner.listeners"):
            assert [m for m in needs(module) if lies_in(m, "runner.listeners")] == [], module


def test_listeners_know_events_and_how_text_is_shown() -> None:
    known = {"dataclasses", "errors", "events", "listeners", "report", "terminal"}
    for module in inside("runner.listeners"):
        others = [m for m in needs(module) if not lies_in(m, *(f"runner.{name}" for name in known))]
        assert others == [], module


def test_the_runner_reaches_the_steps_by_name_only() -> None:
    for module in inside("runner"):
        assert [found for found in imports(module) if lies_in(found.module, "tasks")] == [], module


def test_tasks_know_the_contract_and_what_they_share_but_no_step_knows_another() -> None:
    steps = [path.removeprefix("opsplay.") for path in STEPS.values()]
    for module in inside("tasks"):
        others = [m for m in needs(module) if not lies_in(m, *CONTRACT, "tasks")]
        assert others == [], module
        assert [m for m in needs(module) if lies_in(m, *steps)] == [], module


def test_clients_servers_and_messages_know_no_context() -> None:
    for module in inside("tasks.clients", "tasks.servers", "tasks.message"):
        assert Import("runner.task", "Context") not in imports(module), module


def test_the_engine_does_not_log() -> None:
    for module in inside("runner"):
        assert not {"logging", "warnings"} & {found.module for found in imports(module)}, module


def test_dataclasses_are_ours() -> None:
    own = "runner.dataclasses"
    others = {name for name in FILES if Import("dataclasses", "dataclass") in imports(name)}
    assert others == {own}


@pytest.mark.parametrize("file", sorted((ROOT / "runner").glob("[a-z]*.py")), ids=lambda f: f.stem)
def test_every_module_of_the_runner_has_its_place_on_the_map(file: Path) -> None:
    assert f"`{file.name}`" in (ROOT / "docs" / "architecture.md").read_text("utf-8")
