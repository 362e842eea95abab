"""Lookups of variables, hosts and the environment by name."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

from ..catalogue import complain
from ..environment import whole
from ..errors import LookupFailed, UnmatchedError
from ..inventory.patterns import UNMATCHED
from ..settings import ANSIBLE, Settings
from ..settings.table import Setting, table
from ..spelling import did_you_mean
from ..whole_paths import whole_path
from . import LookupContext
from .foreign_settings import KINDS, Plugin, of_ansible, of_plugins, set_or, variable_of

Variables = Mapping[str, Any]
_ON_MISSING = ("error", "warn", "skip")
_RENAMED: Mapping[str, str] = {
    "COLLECTIONS_PATHS": "collections_path",
    "DEFAULT_HOST_LIST": "inventory",
    "INJECT_FACTS_AS_VARS": "inject_fact_vars",
    "MAX_FILE_SIZE_FOR_DIFF": "max_diff_size",
}
"""Settings of Ansible whose variable is called otherwise than they are."""


def vars_(
    terms: list[Any], variables: Variables, *, context: LookupContext, default: Any = None
) -> list[Any]:
    """The values of variables; for those that are not defined, the default."""
    values = []
    for term in terms:
        if not isinstance(term, str):
            complain(term)
            raise TypeError(f"Variable name must be 'str' not {type(term).__name__!r}.")
        if term in variables:
            values.append(context.templar.render(variables[term]))
        else:
            values.append(_no_such(term, variables) if default is None else default)
    return values


def _no_such(name: str, variables: Variables) -> Any:
    """What fails where it is used, as any variable that is not defined."""
    from ..jinja.undefined import Missing

    hint = did_you_mean(name, variables)
    return Missing(hint=f"No variable named {name!r} was found." + (f" {hint}" if hint else ""))


def varnames(terms: list[Any], variables: Variables, *, context: LookupContext) -> list[str]:
    """The names of the variables that the regular expressions find."""
    return [name for term in terms for name in filter(_finder(term), variables)]


def _finder(term: Any) -> Callable[[str], Any]:
    if not isinstance(term, str):
        kind = f"it is a {type(term)}"
        raise TypeError(f'Invalid setting identifier, "{term}" is not a string, {kind}')
    try:
        return re.compile(term).search
    except re.error as error:
        raise ValueError(f'Unable to use "{term}" as a search parameter: {error}') from None


def config(
    terms: list[Any],
    variables: Variables,
    *,
    context: LookupContext,
    on_missing: str = "error",
    plugin_type: str = "",
    plugin_name: str = "",
    show_origin: bool = False,
) -> list[Any]:
    """The values of settings, by opsplay's names or Ansible's (`DEFAULT_FORKS`)."""
    _choose("on_missing", on_missing, _ON_MISSING)
    plugin = _plugin(plugin_type, plugin_name)
    found = []
    for term in terms:
        if not isinstance(term, str):
            words = f"Invalid setting identifier, {term} is not a {str}"
            raise TypeError(f"{words}, its a {type(term)}.")
        try:
            value, origin = _setting(term, plugin, context.settings), _origin(term)
            if (variable := variable_of(term, plugin)) in variables:
                value, origin = variables[variable], f"var: {variable}"
            found.append([value, origin] if show_origin else value)
        except LookupFailed as error:
            if on_missing == "error":
                raise
            if on_missing == "warn":
                context.warn(f"Skipping {term}: {error}")
    return found


def _choose(option: str, value: object, choices: Collection[str]) -> None:
    if value not in choices:
        hint = f"it is {', '.join(choices)}"
        where = f"config {option!r} for 'config' lookup plugin."
        raise ValueError(f"Invalid value {str(value)!r} for {where} ({hint})")


def _plugin(kind: str, name: str) -> Plugin | None:
    if bool(kind) != bool(name):
        both = "Both plugin_type and plugin_name are required"
        raise LookupFailed(f"{both}, cannot use one without the other.")
    if not name:
        return None
    _choose("plugin_type", kind, KINDS)
    if of_plugins((kind, name)) is None:
        raise LookupFailed(f"Unable to load {kind} plugin {name!r}.")
    return kind, name


def _setting(name: str, plugin: Plugin | None, settings: Settings) -> Any:
    if plugin:
        return _of_plugin(name, plugin)
    known, others = table(), of_ansible()
    own = _own_name(name, known)
    value = getattr(settings, own) if own else None
    if own and (value not in (None, []) or name not in others):
        return _whole(value) if known[own].paths else value
    if name in others:
        return set_or(_variable(name), others[name])
    words = f"No config definition exists for {name!r}"
    hint = did_you_mean(name, known)
    raise LookupFailed(f"{words}; {hint}" if hint else f"{words}.")


def _of_plugin(name: str, plugin: Plugin) -> Any:
    settings = of_plugins(plugin) or {}
    if name not in settings:
        of_it = f"{plugin[1]!r} {plugin[0]} plugin"
        raise LookupFailed(f"No config definition exists for {name!r} for {of_it}.")
    return settings[name]


def _own_name(name: str, known: Mapping[str, Setting]) -> str | None:
    """The name here of a setting that may be called as in Ansible."""
    if name in known:
        return name
    ansible = {setting.ansible: own for own, setting in known.items() if setting.ansible}
    ansible |= _RENAMED
    return ansible.get(name) or ansible.get(_variable(name))


def _whole(paths: Any) -> Any:
    """Paths as Ansible tells them."""
    if isinstance(paths, list):
        return [_whole(path) for path in paths]
    if not isinstance(paths, str) or "," in paths:
        return paths
    return str(whole_path(Path(os.path.expandvars(paths)).expanduser()))


def _origin(name: str) -> str:
    """Where a setting comes from, as Ansible tells it."""
    return f"env: {_variable(name)}" if _variable(name) in whole() else "default"


def _variable(name: str) -> str:
    return ANSIBLE + name.removeprefix("DEFAULT_")


def env(terms: list[Any], _: Variables, *, context: LookupContext, default: Any = "") -> list[Any]:
    """The values of variables of the environment, also of those that are set aside."""
    variables = whole()
    names = [term.split()[0] for term in terms]
    return [variables[name] if name in variables else _unset(name, default) for name in names]


def _unset(name: str, default: Any) -> Any:
    """The default; if that is `undef()` without a hint, it says which variable is missing."""
    from ..jinja.undefined import Missing

    if isinstance(default, Missing) and default.is_unhinted():
        return Missing(hint=f"The environment variable {name!r} is not set.")
    return default


def inventory_hostnames(terms: list[Any], _: Variables, *, context: LookupContext) -> list[str]:
    """The hosts that a pattern selects."""
    if not terms:
        return []
    try:
        found = context.inventory.resolve([str(term) for term in terms])
    except UnmatchedError:
        return []
    for part in found.unmatched:
        context.warn(f"{UNMATCHED}: {part}")
    return list(found.hosts)
