"""Plugins in `vars_plugins/` of playbooks and roles: variables of hosts and groups, out of Python.

The form is Ansible's: a class VarsModule with `get_vars(loader, path, entities)`, which is asked
for each host and group, once for each folder beside which variables may lie. What it gives is data.
Those of old have `get_host_vars(name)` and `get_group_vars(name)`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ..ansible_words import ending
from ..errors import ExitCode, Place, Problem
from ..plugin_files import files_in, import_file, in_words, place_of
from ..source import MapNode
from .draft import Draft, GroupDraft, HostDraft, Spot

if TYPE_CHECKING:
    from ..ansible.base import Entity, Group


_METHODS = ("get_vars", "get_host_vars", "get_group_vars")
# In Ansible's words: scripts look for them.
_ENABLED_ANYHOW = (
    "Vars plugins in collections must be enabled to be loaded, REQUIRES_ENABLED is not supported."
    " This should be removed from the plugin {}."
)
_OF_OLD = (
    "The vars plugin {} from {} is relying on the deprecated entrypoints `get_host_vars` and"
    f" `get_group_vars`. {ending('2.20')} This plugin"
    " should be updated to inherit from `BaseVarsPlugin` and define a `get_vars` method as the main"
    " entrypoint instead."
)


class VarsPlugins:
    """The plugins of some folders; as in Ansible, a file that is none is left out.

    Those that nobody needs to enable come first, the others as they are enabled.
    """

    def __init__(self, draft: Draft, folders: Iterable[Path], more: Iterable[Path] = ()) -> None:
        """`more` are those of collections."""
        of_collections = list(more)
        files = [*(path for folder in folders for path in files_in(folder)), *of_collections]
        if files:
            from ..ansible.names import provide

            provide()
        found = [(path, plugin) for path in files if (plugin := _plugin(draft, path)) is not None]
        ranked: list[tuple[int, Path, Any]] = []
        for path, plugin in found:
            is_enabled = path in of_collections or hasattr(plugin, "REQUIRES_ENABLED")
            ranked.append((draft.reading.rank(path.stem) if is_enabled else -1, path, plugin))
            if path in of_collections and hasattr(plugin, "REQUIRES_ENABLED"):
                name = ".".join([*path.parts[-5:-3], path.stem])
                draft.warnings.append(Problem(None, _ENABLED_ANYHOW.format(name)))
        self._plugins = sorted(ranked, key=lambda each: each[0])

    def read(self, draft: Draft, base: Path, spot: Spot, *, later: bool) -> None:
        """Take what the plugins give for everything that there is, as if it lay in `base`.

        Those that count more than what does lie there come `later`.
        """
        hosts = [*draft.hosts.values(), *draft.implicit.values()]
        for rank, path, plugin in self._plugins:
            if later == (rank > max(0, draft.reading.rank("host_group_vars"))):
                for entity in (*draft.groups.values(), *hosts):
                    _take(draft, path, plugin, base, entity, spot)


def _plugin(draft: Draft, path: Path) -> Any:
    try:
        module = import_file(path, "opsplay_vars_plugins")
        made = module.VarsModule
        if getattr(made, "REQUIRES_ENABLED", False) and not draft.reading.asks(path.stem):
            return None
        plugin = _ready(made(), path, getattr(module, "DOCUMENTATION", ""))
    except Exception as error:  # noqa: BLE001  # a plugin may fail in any way
        words = error.msg if isinstance(error, SyntaxError) else error
        told = f"Skipping plugin ({path}), cannot load: {words}"
        draft.warnings.append(Problem(place_of(error, str(path)), told))
        return None
    if not any(hasattr(plugin, method) for method in _METHODS):
        kind = "Cannot use v1 type" if hasattr(plugin, "run") else "Invalid"
        told = f"{kind} vars plugin {path.stem} from {path.absolute()}"
        draft.problems.append(Problem(None, told, f"give it {_METHODS[0]}", status=ExitCode.ERROR))
        return None
    if not hasattr(plugin, _METHODS[0]):
        draft.deprecated(None, _OF_OLD.format(path.stem, path.absolute()))
    return plugin


def _ready(plugin: Any, path: Path, documentation: str) -> Any:
    """The plugin, its options known."""
    from ..ansible.plugin import AnsiblePlugin

    if isinstance(plugin, AnsiblePlugin):
        plugin.document(path.stem, documentation)
        plugin.set_options()
    return plugin


def _take(draft: Draft, path: Path, plugin: Any, base: Path, entity: HostDraft, spot: Spot) -> None:
    from ..ansible.base import Group, Host

    kind = Group if isinstance(entity, GroupDraft) else Host
    try:
        given = _given(plugin, base, kind(entity.name, partial(_groups, draft, entity)))
        variables = _mapping(given, Place(str(path), 1, 1))
    except Exception as error:  # noqa: BLE001  # as above
        message = f"this vars plugin failed for {entity.name}: {in_words(error)}"
        draft.problem(place_of(error, str(path)), message)
        return
    if variables:
        draft.take(entity.layer(*spot), variables)


def _groups(draft: Draft, entity: HostDraft) -> Iterator[Group]:
    from ..ansible.base import Group

    for name in _names_above(draft, entity):
        yield Group(name, partial(_groups, draft, draft.groups[name]))


def _names_above(draft: Draft, entity: HostDraft) -> list[str]:
    """All groups that it is in; of a group, those above it."""
    if isinstance(entity, GroupDraft):
        found = set(draft.above(entity.name))
    else:
        own = [group.name for group in draft.groups.values() if entity.name in group.hosts]
        found = {*own, *(name for each in own for name in draft.above(each))}
    return sorted((found | {"all"}) - {entity.name})


def _given(plugin: Any, base: Path, entity: Entity) -> Mapping[Any, Any] | None:
    from ..ansible.base import Folder, Group

    if hasattr(plugin, "get_vars"):
        return cast(
            "Mapping[Any, Any]", plugin.get_vars(Folder(base), str(base.absolute()), [entity])
        )
    of_old = "get_group_vars" if isinstance(entity, Group) else "get_host_vars"
    return cast("Mapping[Any, Any]", getattr(plugin, of_old, lambda _: {})(entity.name))


def _mapping(given: Mapping[Any, Any] | None, place: Place) -> MapNode:
    node = MapNode(place)
    for name, value in dict(given or {}).items():
        node.put(str(name), place, value, place)
    return node
