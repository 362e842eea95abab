"""What lookup plugins in Ansible's form inherit from and are given: LookupBase and its loader."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Mapping
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .ansible_base import AnsibleError, Display, Folder, boolean

if TYPE_CHECKING:
    from .lookups import LookupContext


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
    _name = ""

    def __init__(
        self, loader: Loader | None = None, templar: Templar | None = None, **_: object
    ) -> None:
        self._loader = loader
        self._templar = templar
        self._display = Display()
        self._options: dict[str, Any] = {}

    def set_options(
        self,
        task_keys: object = None,  # noqa: ARG002  # as Ansible's
        var_options: Mapping[str, Any] | None = None,
        direct: Mapping[str, Any] | None = None,
    ) -> None:
        given = direct or {}
        told = _documented(self._documentation)
        found = {
            name: _found(name, rules, given, var_options or {}) for name, rules in told.items()
        }
        self._options = {
            **given,
            **{name: self._fitting(name, told[name], found[name], given) for name in found},
        }

    def _fitting(
        self, name: str, rules: Mapping[str, Any], value: Any, given: Mapping[str, Any]
    ) -> Any:
        if value is None:
            if rules.get("required"):
                raise AnsibleError(f"Required config {name!r} for {self._whose} not provided.")
            return None
        fitting = self._converted(name, str(rules.get("type", "")), value, given)
        for each in fitting if isinstance(fitting, list) else [fitting]:
            if each not in rules.get("choices", (each,)):
                raise AnsibleError(f"Invalid value {each!r} for config {name!r} for {self._whose}.")
        return fitting

    def _converted(self, name: str, kind: str, value: Any, given: Mapping[str, Any]) -> Any:
        if kind not in _KINDS:
            return value
        try:
            return _KINDS[kind](value)
        except (TypeError, ValueError):
            origin = " from 'Direct'" if name in given else ""
            where = f"Config {name!r} for {self._whose}{origin} has an invalid value"
            words = f"{where}: Invalid value provided for {kind!r}: {value!r}"
            raise AnsibleError(words) from None

    @property
    def _whose(self) -> str:
        return f"{self._name!r} lookup plugin"

    def get_option(self, option: str, hostvars: object = None) -> Any:  # noqa: ARG002
        return self._options[option]

    def get_options(self, hostvars: object = None) -> dict[str, Any]:  # noqa: ARG002
        return self._options

    def has_option(self, option: str) -> bool:
        return option in self._options

    def set_option(self, option: str, value: Any) -> None:
        self._options[option] = value

    def find_file_in_search_path(
        self,
        myvars: object,  # noqa: ARG002
        subdir: str,
        needle: str,
        ignore_missing: bool = False,  # noqa: FBT001, FBT002  # as Ansible's
    ) -> str | None:
        path = next(filter(os.path.exists, self._context.candidates(needle, subdir)), None)
        if path is None and not ignore_missing:
            raise AnsibleError(f"Unable to find '{needle}' in expected paths")
        return str(path) if path else None

    def get_basedir(self, variables: Mapping[str, Any]) -> str:
        return str(variables.get("role_path") or self._context.playbook_dir)

    @staticmethod
    def _flatten(terms: Iterable[Any]) -> list[Any]:
        return [item for term in terms for item in (term if isinstance(term, list) else [term])]

    @staticmethod
    def _combine(one: Iterable[Any], other: Iterable[Any]) -> list[list[Any]]:
        return [LookupBase._flatten(pair) for pair in product(one, other)]

    @property
    def _context(self) -> LookupContext:
        if self._loader is None:
            raise AnsibleError("a lookup without its loader finds no files")
        return self._loader.context


# Options --------------------------------------------------------------------------------------


def _documented(documentation: str) -> dict[str, Mapping[str, Any]]:
    """The options of a plugin, as its documentation has them."""
    import yaml

    try:
        told = yaml.safe_load(documentation) or {}
    except yaml.YAMLError:
        return {}
    return {name: rules or {} for name, rules in (told.get("options") or {}).items()}


def _found(
    name: str, rules: Mapping[str, Any], given: Mapping[str, Any], variables: Mapping[str, Any]
) -> Any:
    """As written at the place, else by a variable, by the environment, by default."""
    if name in given:
        return given[name]
    for source, key in ((variables, "vars"), (os.environ, "env")):
        for entry in rules.get(key) or ():
            if entry["name"] in source:
                return source[entry["name"]]
    return rules.get("default")


def _items(value: Any) -> list[Any]:
    return [part.strip() for part in value.split(",")] if isinstance(value, str) else list(value)


_KINDS: Mapping[str, Callable[[Any], Any]] = {
    "bool": boolean,
    "boolean": boolean,
    "float": float,
    "int": int,
    "integer": int,
    "list": _items,
    "path": lambda value: str(Path(value).expanduser()),
    "str": str,
    "string": str,
}
