"""Plugins in `vars_plugins/` beside the playbook: variables of hosts and groups, out of Python.

The form is Ansible's: a class VarsModule with `get_vars(loader, path, entities)`, which is asked
for each host and group, once for each folder beside which variables may lie. What it gives is data.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ..errors import Place
from ..plugin_files import files_in, import_file, in_words, place_of
from ..source import MapNode
from .draft import Draft, GroupDraft, HostDraft, Where


class VarsPlugins:
    """The plugins of some folders; a file that is none becomes a problem."""

    def __init__(self, draft: Draft, folders: Iterable[Path]) -> None:
        files = [path for folder in folders for path in files_in(folder)]
        if files:
            from ..ansible_names import provide

            provide()
        self._plugins = [
            (path, plugin) for path in files if (plugin := _plugin(draft, path)) is not None
        ]

    def read(self, draft: Draft, base: Path, where: Where) -> None:
        """Take what the plugins give for everything that there is, as if it lay in `base`."""
        hosts = [*draft.hosts.values(), *draft.implicit.values()]
        for path, plugin in self._plugins:
            for entity in (*draft.groups.values(), *hosts):
                _take(draft, path, plugin, base, entity, where)


def _plugin(draft: Draft, path: Path) -> Any:
    try:
        module = import_file(path, "opsplay_vars_plugins")
        made = getattr(module, "VarsModule", None)
        wanted = not getattr(made, "REQUIRES_ENABLED", False) or draft.reading.asks(path.stem)
        return made() if made and wanted else None
    except Exception as error:  # noqa: BLE001  # a plugin may fail in any way
        message = f"this vars plugin cannot be used: {in_words(error)}"
        draft.problem(place_of(error, str(path)), message)
        return None


def _take(
    draft: Draft, path: Path, plugin: Any, base: Path, entity: HostDraft, where: Where
) -> None:
    from ..ansible_base import Folder, Group, Host

    kind = Group if isinstance(entity, GroupDraft) else Host
    try:
        given = plugin.get_vars(Folder(base), str(base), [kind(entity.name)])
        variables = _mapping(given, Place(str(path), 1, 1))
    except Exception as error:  # noqa: BLE001  # as above
        message = f"this vars plugin failed for {entity.name}: {in_words(error)}"
        draft.problem(place_of(error, str(path)), message)
        return
    if variables:
        entity.layer(where).take(variables)


def _mapping(given: Mapping[Any, Any] | None, place: Place) -> MapNode:
    node = MapNode(place)
    for name, value in dict(given or {}).items():
        node.put(str(name), place, value, place)
    return node
