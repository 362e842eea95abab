"""The few names of Ansible that plugins import, for machines without it: errors, texts, LookupBase.

Nothing of Ansible is in here: what stands behind the names is opsplay.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import product
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

from .kinds.plain import FALSE, TRUE

if TYPE_CHECKING:
    from .lookups import LookupContext


class AnsibleError(Exception):
    """The root of the errors that plugins raise for people."""

    def __init__(self, message: object = "", *_: object, **__: object) -> None:
        self.message = str(message)
        super().__init__(self.message)


# Texts and values -----------------------------------------------------------------------------


def to_text(value: object, encoding: str = "utf-8", errors: str | None = None, **_: object) -> str:
    return value.decode(encoding, _handler(errors)) if isinstance(value, bytes) else str(value)


def to_bytes(
    value: object, encoding: str = "utf-8", errors: str | None = None, **_: object
) -> bytes:
    return value if isinstance(value, bytes) else str(value).encode(encoding, _handler(errors))


def _handler(errors: str | None) -> str:
    known = ("strict", "ignore", "replace", "surrogateescape")
    return errors if errors in known else "surrogateescape"


def boolean(value: object, strict: bool = True) -> bool:  # noqa: FBT001, FBT002  # as Ansible's
    word = str(value).strip().lower()
    if strict and word not in (*TRUE, *FALSE):
        raise TypeError(f"{value!r} is no boolean")
    return word in TRUE


def is_sequence(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str | bytes)


def is_iterable(value: object) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | bytes)


class Display:
    """Plugins may talk; what they say goes nowhere."""

    def __getattr__(self, _: str) -> Callable[..., None]:
        return lambda *_, **__: None


# Lookups --------------------------------------------------------------------------------------


class Folder:
    """What a plugin asks of the folder it works for."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def get_basedir(self) -> str:
        return str(self._path)

    def path_dwim(self, given: str) -> str:
        return str(self._path / Path(given).expanduser())

    def path_exists(self, path: str) -> bool:
        return Path(path).exists()


class Loader(Folder):
    """What a lookup asks of the place it stands at."""

    def __init__(self, context: LookupContext) -> None:
        super().__init__(context.playbook_dir)
        self.context = context


class Templar:
    """What a lookup asks of the templates; what came while the run goes on is none."""

    def __init__(self, context: LookupContext, variables: Mapping[str, Any]) -> None:
        self.available_variables = variables
        self._templar = context.templar

    def template(self, variable: object, **_: object) -> Any:
        return self._templar.render(variable)


class LookupBase:
    """What lookups inherit from."""

    _documentation = ""

    def __init__(self, loader: Loader, templar: Templar, **_: object) -> None:
        self._loader = loader
        self._templar = templar
        self._display = Display()
        self._options: dict[str, Any] = {}

    def set_options(
        self,
        task_keys: object = None,  # noqa: ARG002  # as Ansible's
        var_options: object = None,  # noqa: ARG002
        direct: Mapping[str, Any] | None = None,
    ) -> None:
        self._options = {**_defaults(self._documentation), **(direct or {})}

    def get_option(self, option: str, hostvars: object = None) -> Any:  # noqa: ARG002
        return self._options[option]

    def get_options(self, hostvars: object = None) -> dict[str, Any]:  # noqa: ARG002
        return self._options

    def has_option(self, option: str) -> bool:
        return option in self._options

    def find_file_in_search_path(
        self,
        myvars: object,  # noqa: ARG002
        subdir: str,
        needle: str,
        ignore_missing: bool = False,  # noqa: FBT001, FBT002  # as Ansible's
    ) -> str | None:
        found = (path for path in self._loader.context.candidates(needle, subdir) if path.exists())
        path = next(found, None)
        if path is None and not ignore_missing:
            raise AnsibleError(f'there is no file "{needle}"')
        return str(path) if path else None

    def get_basedir(self, variables: Mapping[str, Any]) -> str:
        return str(variables.get("role_path") or self._loader.get_basedir())

    @staticmethod
    def _flatten(terms: Iterable[Any]) -> list[Any]:
        return [item for term in terms for item in (term if isinstance(term, list) else [term])]

    @staticmethod
    def _combine(one: Iterable[Any], other: Iterable[Any]) -> list[list[Any]]:
        return [LookupBase._flatten(pair) for pair in product(one, other)]


def _defaults(documentation: str) -> dict[str, Any]:
    """What the options of a plugin are that nobody gives, as its documentation has it."""
    import yaml

    try:
        told = yaml.safe_load(documentation) or {}
    except yaml.YAMLError:
        return {}
    options = told.get("options") or {}
    return {name: (rules or {}).get("default") for name, rules in options.items()}


# Variables ------------------------------------------------------------------------------------


class Host:
    """A host, for a plugin that gives it variables."""

    def __init__(self, name: str) -> None:
        self.name = name

    def get_name(self) -> str:
        return self.name


class Group(Host):
    """A group, for the same."""


class BaseVarsPlugin:
    """What plugins of variables inherit from."""

    def __init__(self) -> None:
        self._display = Display()

    def get_vars(self, loader: Folder, path: str, entities: Sequence[Host]) -> dict[str, Any]:
        """Give nothing; a plugin gives more."""
        del loader, path, entities
        return {}


# The names ------------------------------------------------------------------------------------

_ERRORS = (
    *("ActionFail", "FilterError", "FilterTypeError", "LookupError", "OptionsError"),
    *("ParserError", "RuntimeError", "TemplateError", "UndefinedVariable", "ValueOmittedError"),
)
_TEXTS = {"to_text": to_text, "to_native": to_text, "to_bytes": to_bytes}
_COLLECTIONS = {"is_sequence": is_sequence, "is_iterable": is_iterable}
_COLLECTIONS |= {cls.__name__: cls for cls in (Mapping, Sequence)}  # type: ignore[misc]
_SIX = {"string_types": (str,), "text_type": str, "binary_type": bytes, "integer_types": (int,)}
_SIX |= {"iteritems": dict.items, "itervalues": dict.values, "iterkeys": dict.keys, "PY3": True}
_MODULES: Mapping[str, Mapping[str, Any]] = {
    "errors": {
        "AnsibleError": AnsibleError,
        **{f"Ansible{name}": type(f"Ansible{name}", (AnsibleError,), {}) for name in _ERRORS},
    },
    "plugins.lookup": {"LookupBase": LookupBase, "display": Display()},
    "plugins.vars": {"BaseVarsPlugin": BaseVarsPlugin},
    "inventory.host": {"Host": Host},
    "inventory.group": {"Group": Group},
    "module_utils._text": _TEXTS,
    "module_utils.common.text.converters": _TEXTS,
    "module_utils.common.collections": _COLLECTIONS,
    "module_utils.common._collections_compat": _COLLECTIONS,
    "module_utils.parsing.convert_bool": {"boolean": boolean},
    "module_utils.six": _SIX,
    "utils.display": {"Display": Display},
}


def provide() -> None:
    """Let plugins import these names. Ansible itself, if it was imported already, stays."""
    if "ansible" in sys.modules:
        return
    for name, members in _MODULES.items():
        parts = ["ansible", *name.split(".")]
        for end in range(1, len(parts) + 1):
            _module(".".join(parts[:end]))
        vars(sys.modules[".".join(parts)]).update(members)


def _module(name: str) -> None:
    if name not in sys.modules:
        module = sys.modules[name] = ModuleType(name)
        module.__path__ = []
        parent, _, own = name.rpartition(".")
        if parent:
            setattr(sys.modules[parent], own, module)
