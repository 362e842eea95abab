"""The specification of a role's arguments: where it stands, and the step that checks them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ..dataclasses import replace
from ..nodes import MapNode
from ..playbook import Inherited, Step

if TYPE_CHECKING:
    from ..registry import TaskType
    from . import Role
    from .uses import RoleUse


def of(whole: object, entry_point: str) -> MapNode | None:
    """What a file specifies for this file of tasks."""
    specs = whole.get("argument_specs") if isinstance(whole, MapNode) else None
    found = specs.get(entry_point) if isinstance(specs, MapNode) else None
    # As in Ansible, where nothing is said of the file, nothing is checked.
    return found if isinstance(found, MapNode) and found else None


def step(spec: MapNode, use: RoleUse, role: Role, kind: TaskType, inherited: Inherited) -> Step:
    """The step that checks the arguments, whatever tags are asked for."""
    name = f"Validating arguments against arg spec '{use.entry_point}'"
    if about := spec.get("short_description"):
        name += f" - {about}"
    inside = replace(inherited, tags=inherited.tags | {"always"})
    return Step(
        name=name,
        word=f"ansible.builtin.{kind.name}",
        type=kind,
        args=_arguments(spec, use, role),
        place=spec.place,
        file=Path(spec.place.file),
        folder=role.folder / "tasks",
        inherited=inside,
        around=inherited,
        own_vars={},
    )


def _arguments(spec: MapNode, use: RoleUse, role: Role) -> MapNode:
    given: Mapping[str, object] = {
        "argument_spec": spec.get("options", {}),
        "provided_arguments": _node(spec, role.own_params),
        "validate_args_context": {
            "type": "role",
            "name": role.facts["role_name"],
            "argument_spec_name": use.entry_point,
            "path": str(role.folder),
        },
    }
    return _node(spec, given)


def _node(spec: MapNode, values: Mapping[str, object]) -> MapNode:
    node = MapNode(spec.place)
    for name, value in values.items():
        node.put(name, spec.place, value, spec.place)
    return node
