"""The names of Ansible that plugins import, for machines without it: errors, texts, LookupBase.

Nothing of Ansible is in here: what stands behind the names is opsplay. Plugins import more than
they use: a name that is not in the table can be imported, and says so when it is called.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from collections.abc import Mapping, MutableMapping, Sequence
from importlib.abc import Loader as ModuleLoader
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from itertools import chain
from types import ModuleType
from typing import Any

from ..filters import FILTERS, TESTS
from . import six
from .base import (
    AnsibleError,
    AnsibleValueOmittedError,
    Display,
    Group,
    Host,
    accept_args_markers,
    boolean,
    combine_vars,
    get_first_marker_arg,
    is_iterable,
    is_sequence,
    to_bytes,
    to_text,
)
from .lookups import LookupBase, Others, Templar
from .plugin import BaseVarsPlugin
from .utils import UTILITIES

SHARED = "ansible.module_utils."
SHARED_NAMES = "opsplay.tasks.module_utils"
"""Where what modules in Python share is kept: the engine must not know more of the tasks."""

_ERRORS = (
    *("ActionFail", "ActionSkip", "AssertionError", "ConnectionFailure", "FileNotFound"),
    *("FilterError", "FilterTypeError", "InternalError", "LookupError", "OptionsError"),
    *("ParserError", "PluginError", "PluginNotFound", "PluginRemovedError", "RuntimeError"),
    *("JSONParserError", "TemplateError", "TemplatePluginError", "UndefinedConfigEntry"),
    *("TypeError", "UndefinedVariable", "VariableTypeError"),
)
_TEXTS = {"to_text": to_text, "to_native": to_text, "to_bytes": to_bytes}
_COLLECTIONS = {"is_sequence": is_sequence, "is_iterable": is_iterable}
_COLLECTIONS |= {cls.__name__: cls for cls in (Mapping, MutableMapping, Sequence)}  # type: ignore[misc]
_MARKERS = {
    "accept_args_markers": accept_args_markers,
    "accept_lazy_markers": lambda plugin: plugin,
    "get_first_marker_arg": get_first_marker_arg,
}
_SAME = {"wrap_var": lambda value: value, "AnsibleUnsafeText": str}
_SAME |= {"AnsibleUnsafe": type("AnsibleUnsafe", (), {})}


def _modules() -> Mapping[str, Mapping[str, Any]]:
    kinds = {f"Ansible{name}": type(f"Ansible{name}", (AnsibleError,), {}) for name in _ERRORS}
    return {
        "errors": {each.__name__: each for each in (AnsibleError, AnsibleValueOmittedError)}
        | kinds,
        "plugins.lookup": {"LookupBase": LookupBase, "display": Display()},
        "plugins.loader": {"lookup_loader": Others()},
        "plugins.vars": {"BaseVarsPlugin": BaseVarsPlugin},
        "inventory.host": {"Host": Host},
        "inventory.group": {"Group": Group},
        "module_utils._text": _TEXTS,
        "module_utils.basic": {**_TEXTS, "boolean": boolean},
        "module_utils.common.text.converters": _TEXTS,
        "module_utils.common.collections": _COLLECTIONS,
        "module_utils.common._collections_compat": _COLLECTIONS,
        "module_utils.parsing.convert_bool": {"boolean": boolean},
        "module_utils.six": six.NAMES,
        "template": {**_MARKERS, "Templar": Templar},
        "utils.display": {"Display": Display},
        "utils.unsafe_proxy": _SAME,
        "utils.vars": {"combine_vars": combine_vars},
    }


def provide() -> None:
    """Let plugins import these names. Ansible itself, if it was imported already, stays."""
    if "ansible" in sys.modules:
        return
    sys.meta_path.insert(0, _Others())
    for name, members in chain(_modules().items(), UTILITIES.items()):
        module = importlib.import_module(f"ansible.{name}")
        kept = {key: value for key, value in members.items() if not key.startswith("__")}
        vars(module).update(kept)


_SELDOM = {
    f"ansible.{name}": name
    for name in ("constants", "parsing.ajson", "parsing.vault", "utils.encrypt")
}
"""Modules of Ansible that few plugins import; what they have is read when one does."""
_GIVEN: dict[str, Mapping[str, Any]] = {}
"""What modules of Ansible have beside that, once they are imported."""


def give(module: str, names: Mapping[str, Any]) -> None:
    """Let plugins import more; a file of theirs that has the module's name takes its place."""
    _GIVEN[module] = names
    if module in sys.modules:
        vars(sys.modules[module]).update(names)


class _Others(MetaPathFinder, ModuleLoader):
    """Makes every other module of Ansible: with names that say that they are not there."""

    def find_spec(self, fullname: str, *_: object) -> ModuleSpec | None:
        ours = fullname == "ansible" or fullname.startswith("ansible.")
        return ModuleSpec(fullname, self, is_package=True) if ours else None

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return ModuleType(spec.name)

    def exec_module(self, module: ModuleType) -> None:
        module.__getattr__ = lambda name: _member(module.__name__, name)  # type: ignore[method-assign]
        if module.__name__ in _SELDOM:
            from . import seldom

            vars(module).update(seldom.names(_SELDOM[module.__name__]))
        vars(module).update(_GIVEN.get(module.__name__, {}))


def _member(module: str, name: str) -> object:
    """A module below this one that somebody has, or what says that it is not there."""
    if name.startswith("__"):
        raise AttributeError(name)
    whole = f"{module}.{name}"
    spec = importlib.util.find_spec(whole)
    if whole in {*_GIVEN, *_SELDOM} or (spec is not None and not isinstance(spec.loader, _Others)):
        return importlib.import_module(whole)
    found = _built_in(module, name)
    return _absent(module, name) if found is None else found


def _built_in(module: str, name: str) -> object:
    """A filter or test of the language, or what modules in Python share, if this is one."""
    if module.startswith("ansible.plugins.filter"):
        return FILTERS.get(name)
    if module.startswith("ansible.plugins.test"):
        return TESTS.get(name)
    if module.startswith(six.MOVES):
        return six.moved(module, name)
    shared = importlib.import_module(SHARED_NAMES).NAMES if module.startswith(SHARED) else {}
    return shared.get(module.removeprefix(SHARED), {}).get(name)


def _absent(module: str, name: str) -> type:
    def fail(*_: object, **__: object) -> None:
        raise AnsibleError(f"{module}.{name} is a part of Ansible that opsplay does not have")

    return type(name, (), {"__init__": fail})
