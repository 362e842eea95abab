"""What modules share, where its collection says that it is elsewhere or will not be there for long.

That stands in `meta/runtime.yml`, and counts more than a file of the name.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any

from ..collection_routing import routed, routing, since
from .base import AnsibleError

_SHARED = "ansible_collections.{}.plugins.module_utils.{}"


class Moved(MetaPathFinder, Loader):
    """Imports what a name leads to in its place."""

    def __init__(self, roots: Sequence[Path], deprecate: Callable[..., None]) -> None:
        """`roots` are the folders in which collections lie."""
        self._roots = roots
        self._deprecate = deprecate

    def find_spec(
        self, fullname: str, path: Sequence[str] | None = None, *_: object
    ) -> ModuleSpec | None:
        found = re.fullmatch(_SHARED.format(r"(\w+\.\w+)", r"([\w.]+)"), fullname)
        if found is None:
            return None
        collection, own = found.groups()
        told = routing(f"{collection}.{own}", "module_utils", self._roots)
        if gone := told.get("tombstone"):
            where = f"This feature was removed from collection {collection!r}{since(gone)}."
            raise AnsibleError(f"{_removal(fullname, gone)}. {where}")
        if late := told.get("deprecation"):
            when = late.get("removal_version"), late.get("removal_date")
            self._deprecate(_removal(fullname, late), *when, collection)
        if target := told.get("redirect"):
            return ModuleSpec(fullname, self, loader_state=_whole(target))
        if self._leads_into(collection, own) and not PathFinder.find_spec(fullname, path):
            return ModuleSpec(fullname, self, is_package=True)
        return None

    def _leads_into(self, collection: str, package: str) -> bool:
        """Whether a package, which need not be there, has parts that are elsewhere."""
        names = routed(collection, "module_utils", self._roots)
        return any(str(name).startswith(f"{package}.") for name in names)

    def exec_module(self, module: ModuleType) -> None:
        if target := module.__spec__ and module.__spec__.loader_state:
            sys.modules[module.__name__] = import_module(target)


def _removal(name: str, told: Mapping[str, Any]) -> str:
    """In Ansible's words, which are the same for what is only to be removed."""
    why = f" ({told['warning_text']})" if "warning_text" in told else ""
    return f"module_util {name} has been removed{why}"


def _whole(target: str) -> str:
    """What is imported for `namespace.collection.name`."""
    namespace, _, rest = target.partition(".")
    collection, _, own = rest.partition(".")
    is_whole = namespace == "ansible_collections"
    return target if is_whole else _SHARED.format(f"{namespace}.{collection}", own)
