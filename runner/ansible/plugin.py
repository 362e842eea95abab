"""What plugins in Ansible's form inherit from, and the options that their documentation tells."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from .base import AnsibleError, Display, Entity, Folder, boolean

_DIRECT = "Direct"
"""Where an option comes from that is written at the place, in Ansible's words."""


class AnsiblePlugin:
    """A plugin with options."""

    _kind = ""
    _documentation = ""
    _name = ""

    def __init__(self) -> None:
        self._display = Display()
        self._options: dict[str, Any] = {}
        self._origins: dict[str, str] = {}

    def document(self, name: str, documentation: str) -> None:
        """Take its name, and what its file says of its options."""
        self._name, self._documentation = name, documentation

    def set_options(
        self,
        task_keys: object = None,  # noqa: ARG002  # as Ansible's
        var_options: Mapping[str, Any] | None = None,
        direct: Mapping[str, Any] | None = None,
    ) -> None:
        given = direct or {}
        told = _documented(self._documentation)
        sought = {
            name: _found(name, rules, given, var_options or {}) for name, rules in told.items()
        }
        found = {name: value for name, (value, _) in sought.items()}
        self._origins = {name: origin for name, (_, origin) in sought.items()}
        self._options = {
            **given,
            **{name: self._fitting(name, told[name], found[name], given) for name in found},
        }
        for name, rules in told.items():
            if rules.get("deprecated") and found[name] != rules.get("default"):
                self._deprecate(name, rules["deprecated"])

    def _deprecate(self, name: str, told: Mapping[str, Any]) -> None:
        others = told.get("alternatives") or told.get("alternative")
        more = f"\nAlternatives: {others}" if others else ""
        whose = told.get("collection_name")
        self._display.deprecated(
            f"{name} option. Reason: {told.get('why')}{more}",
            version=told.get("version"),
            collection_name=whose,
        )

    def _fitting(
        self, name: str, rules: Mapping[str, Any], value: Any, given: Mapping[str, Any]
    ) -> Any:
        if value is None:
            # The terms of a lookup are given to it when it runs.
            if rules.get("required") and name != "_terms":
                raise AnsibleError(f"Required config {name!r} for {self._whose} not provided.")
            return None
        fitting = self._converted(name, str(rules.get("type", "")), value, given)
        choices = rules.get("choices")
        chosen = fitting if isinstance(fitting, list) else [fitting]
        if choices and any(each not in choices for each in chosen):
            raise AnsibleError(f"Invalid value {fitting!r} for config {name!r} for {self._whose}.")
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
        return f"{self._name!r} {self._kind} plugin"

    def get_option(self, option: str, hostvars: object = None) -> Any:  # noqa: ARG002
        if option not in self._options:
            told = _documented(self._documentation)
            if option not in told:
                raise KeyError(f"No config definition exists for {option!r} for {self._whose}.")
            found, self._origins[option] = _found(option, told[option], {}, {})
            self._options[option] = self._fitting(option, told[option], found, {})
        return self._options[option]

    def get_option_and_origin(self, option: str, hostvars: object = None) -> tuple[Any, str]:
        value = self.get_option(option, hostvars)
        return value, self._origins.get(option, _DIRECT)

    def get_options(self, hostvars: object = None) -> dict[str, Any]:  # noqa: ARG002
        return self._options

    def has_option(self, option: str) -> bool:
        return option in self._options or option in _documented(self._documentation)

    def set_option(self, option: str, value: Any) -> None:
        rules = _documented(self._documentation).get(option, {})
        self._options[option] = self._fitting(option, rules, value, {option: value})
        self._origins[option] = _DIRECT


class BaseVarsPlugin(AnsiblePlugin):
    """What plugins of variables inherit from."""

    _kind = "vars"
    _display = Display()

    def get_vars(self, loader: Folder, path: str, entities: Sequence[Entity]) -> dict[str, Any]:
        """Give nothing; a plugin that gives more asks this first where it is."""
        del loader, entities
        self._basedir = path
        return {}


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
) -> tuple[Any, str]:
    """The value, and where it comes from.

    As written at the place, else by a variable, the environment, ansible.cfg, by default. As in
    Ansible, of several names the last that is there counts.
    """
    for each in (name, *rules.get("aliases", ())):
        if given.get(each) is not None:
            return given[each], _DIRECT
    for source, key, kind in ((variables, "vars", "var"), (os.environ, "env", "env")):
        for entry in reversed(rules.get(key) or ()):
            if entry["name"] in source:
                return source[entry["name"]], f"{kind}: {entry['name']}"
    told = _configured() if rules.get("ini") else {}
    for entry in reversed(rules.get("ini") or ()):
        if (entry["section"], entry["key"]) in told:
            return told[entry["section"], entry["key"]]
    return rules.get("default"), "default"


def _configured() -> Mapping[tuple[str, str], tuple[str, str]]:
    """What ansible.cfg says, with its path."""
    from ..settings import ansible_cfg

    path = ansible_cfg.find(os.environ)
    return {
        (entry.section, entry.key): (ansible_cfg.unquoted(entry.text), str(path))
        for entry in (ansible_cfg.entries(path) if path else ())
    }


def _items(value: Any, separator: str = ",") -> list[Any]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(separator)]
    if not isinstance(value, Sequence):
        raise TypeError(value)
    return list(value)


def _whole(value: Any) -> int:
    from fractions import Fraction

    number = Fraction(value)
    if number.denominator != 1:
        raise ValueError(value)
    return int(number)


def _text(value: Any) -> str:
    if not isinstance(value, str | int | float):
        raise TypeError(value)
    return str(value)


def _path(value: Any) -> str:
    return os.path.normpath(Path(os.path.expandvars(value)).expanduser().absolute())


def _paths(value: Any, separator: str) -> list[str]:
    return [_path(each) for each in _items(value, separator)]


def _nothing(value: Any) -> None:
    if value != "None":
        raise ValueError(value)


def _flag(value: Any) -> bool:
    """A word that is neither is off."""
    return boolean(value, strict=False)


def _mapping(value: Any) -> Mapping[Any, Any]:
    if not isinstance(value, Mapping):
        raise TypeError(value)
    return value


_KINDS: Mapping[str, Callable[[Any], Any]] = {
    "bool": _flag,
    "boolean": _flag,
    "dict": _mapping,
    "dictionary": _mapping,
    "float": float,
    "int": _whole,
    "integer": _whole,
    "list": _items,
    "none": _nothing,
    "path": _path,
    "pathlist": partial(_paths, separator=","),
    "pathspec": partial(_paths, separator=os.pathsep),
    "str": _text,
    "string": _text,
}
