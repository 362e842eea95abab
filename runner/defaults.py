"""Arguments that `module_defaults` gives to many steps at once: by a step's name, or by a group's.

As in Ansible, what a nearer node says for a name takes the place of all that was said for this
name further out, and what is said for a step wins over what is said for its group.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import reduce
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias, TypeGuard

from . import collection_routing, params
from .collection_files import root_of
from .collection_routing import redirected
from .errors import Place
from .nodes import MapNode, SeqNode
from .registry import GROUPS, bare
from .template_text import Template

if TYPE_CHECKING:
    from .registry import TaskType

GROUP = "group/"
Defaults: TypeAlias = Mapping[str, MapNode | Template]
"""By a step's name without a prefix, or by `group/` and the name of a group.

A template stands for all arguments, of a step or of a group of a collection.
"""


def inside(outer: Defaults, raw: MapNode) -> Defaults:
    """The defaults of what is inside `raw`."""
    found = dict(entry for own in layers(raw) for entry in _entries(own))
    # What is said nearer stands further down.
    return {**{name: outer[name] for name in outer if name not in found}, **found}


def layers(raw: MapNode) -> list[MapNode]:
    """What `module_defaults` of `raw` says: a mapping, or a list of them."""
    own = raw.get("module_defaults")
    listed = own if isinstance(own, SeqNode) else [own]
    return [each for each in listed if isinstance(each, MapNode)]


def _entries(own: MapNode) -> Iterator[tuple[str, MapNode | Template]]:
    for name, given in own.items():
        nothing = MapNode(own.value_places[name])
        yield plain(str(name)), given if isinstance(given, MapNode | Template) else nothing


def plain(name: str) -> str:
    """The name of a step or a group without `opsplay.` or the like."""
    if name.startswith(GROUP):
        return GROUP + bare(name.removeprefix(GROUP))
    return bare(name)


def identity(defaults: Defaults) -> frozenset[tuple[str, Place]]:
    """What tells these defaults from others."""
    return frozenset((name, given.place) for name, given in defaults.items())


def completed(args: MapNode, step: TaskType, defaults: Defaults) -> MapNode:
    """A step's arguments, and its defaults for those that are not given."""
    if not defaults or not step.takes_defaults:
        return args
    name = bare(step.name)
    groups = [f"{GROUP}{group}" for group, members in GROUPS.items() if name in members]
    groups += _of_collections(step, defaults)
    of_groups = [known_to(step, own) for own in map(defaults.get, groups) if _is_map(own)]
    given = [*of_groups, *filter(_is_map, map(defaults.get, _names(step, defaults)))]
    names: dict[object, str] = {
        each: field.name for field in params.fields(step.params) for each in field.names
    }
    return reduce(lambda lower, upper: _over(lower, upper, names), [*given, args])


def late(step: TaskType, defaults: Defaults) -> list[Template]:
    """The templates that come to a step's defaults when it runs."""
    if not defaults or not step.takes_defaults:
        return []
    given = map(defaults.get, [*_of_collections(step, defaults), *_names(step, defaults)])
    return [own for own in given if isinstance(own, Template)]


def _is_map(given: object) -> TypeGuard[MapNode]:
    return isinstance(given, MapNode)


def _names(step: TaskType, defaults: Defaults) -> list[str]:
    """The names of a step, the lower ones first: `gather_facts` takes those of `setup`, too.

    As in Ansible, all names of a collection that mean this step are one: the nearest counts.
    """
    file = getattr(step.module, "__file__", None)
    whole = collection_routing.full_name(Path(file)) if file else None
    if whole:
        return _leading_to(whole, root_of(Path(str(file))), defaults)[-1:]
    name = bare(step.name)
    return ["setup", name] if name == "gather_facts" else [name]


def _leading_to(whole: str, root: Path | None, defaults: Defaults) -> list[str]:
    """This name and others from which a collection leads to it, as far as there are defaults."""
    roots = [root] if root else []
    named = [name for name in defaults if name.count(".") > 1 and not name.startswith(GROUP)]
    return [name for name in named if redirected(name, "modules", roots) == whole]


def _of_collections(step: TaskType, defaults: Defaults) -> list[str]:
    """The groups of collections that the step is in."""
    return [group for group in defaults if is_of_collection(group) and _is_in(step, group)]


def is_of_collection(group: str) -> bool:
    """Whether a collection says what is in a group."""
    return group.startswith(GROUP) and group.count(".") > 1


def _is_in(step: TaskType, group: str) -> bool:
    file = getattr(step.module, "__file__", None)
    return bool(file) and collection_routing.is_in(Path(str(file)), group.removeprefix(GROUP))


def known_to(step: TaskType, given: MapNode) -> MapNode:
    """Those of a group's arguments that this step has."""
    if step.schema["additionalProperties"] is not False:
        return given
    found = MapNode(given.place)
    for key in given.keys() & step.schema["properties"].keys():
        found.put(key, given.key_places[key], given[key], given.value_places[key])
    return found


def _over(lower: MapNode, upper: MapNode, names: Mapping[object, str]) -> MapNode:
    """Both together; what is given above under any of its names is not taken from below."""
    given = {names.get(key) for key in upper if key in names}
    whole = MapNode(upper.place)
    for key, value in lower.items():
        if names.get(key) not in given:
            whole.put(key, lower.key_places[key], value, lower.value_places[key])
    whole.take(upper)
    return whole
