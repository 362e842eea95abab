"""Lookups of variables, hosts and the environment by name."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from ..catalogue import complain
from ..environment import whole
from ..errors import LookupFailed, NotSet
from ..settings import ANSIBLE, Settings, table
from ..spelling import did_you_mean
from . import LookupContext

Variables = Mapping[str, Any]
_ON_MISSING = ("error", "warn", "skip")
_WITHOUT_EFFECT: Mapping[tuple[str, str] | None, Mapping[str, Any]] = {
    None: {
        "ACTION_WARNINGS": True,
        "COLOR_CHANGED": "yellow",
        "COLOR_ERROR": "red",
        "COLOR_OK": "green",
        "COLOR_SKIP": "cyan",
        "DEFAULT_BECOME": False,
        "DEFAULT_BECOME_METHOD": "sudo",
        "DEFAULT_BECOME_USER": "root",
        "DEFAULT_EXECUTABLE": "/bin/sh",
        "DEFAULT_REMOTE_PORT": None,
        "DEFAULT_REMOTE_USER": None,
        "DEFAULT_TIMEOUT": 10,
        "DEFAULT_TRANSPORT": "ssh",
        "HOST_KEY_CHECKING": True,
        "RETRY_FILES_SAVE_PATH": None,
    },
    ("connection", "ssh"): {"port": None, "remote_user": None},
    ("shell", "sh"): {"remote_tmp": "~/.ansible/tmp"},
}
"""What playbooks ask of Ansible that means nothing here, by the plugin: its defaults."""


def vars_(
    terms: list[Any], variables: Variables, *, context: LookupContext, default: Any = None
) -> list[Any]:
    """The values of variables; for those that are not defined, the default."""
    values = []
    for term in terms:
        if not isinstance(term, str):
            complain(term)
            raise TypeError(f"Variable name must be 'str' not {type(term).__name__!r}.")
        if term not in variables and default is None:
            hint = did_you_mean(term, variables)
            raise NotSet(f"No variable named {term!r} was found." + (f" {hint}" if hint else ""))
        values.append(context.templar.render(variables[term]) if term in variables else default)
    return values


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
    _: Variables,
    *,
    context: LookupContext,
    on_missing: str = "error",
    plugin_type: str = "",
    plugin_name: str = "",
    show_origin: bool = False,
) -> list[Any]:
    """The values of settings, by opsplay's names or Ansible's (`DEFAULT_FORKS`)."""
    if on_missing not in _ON_MISSING:
        config_of = (
            f"config 'on_missing' for 'config' lookup plugin. It is {' or '.join(_ON_MISSING)}"
        )
        raise ValueError(f"Invalid value {on_missing!r} for {config_of}")
    if bool(plugin_type) != bool(plugin_name):
        both = "Both plugin_type and plugin_name are required"
        raise LookupFailed(f"{both}, cannot use one without the other.")
    plugin = (plugin_type, plugin_name) if plugin_name else None
    found = []
    for term in terms:
        if not isinstance(term, str):
            words = f"Invalid setting identifier, {term} is not a {str}"
            raise TypeError(f"{words}, its a {type(term)}.")
        try:
            value = _setting(term, plugin, context.settings)
            found.append([value, _origin(term)] if show_origin else value)
        except LookupFailed as error:
            if on_missing == "error":
                raise
            if on_missing == "warn":
                context.warn(f"Skipping {term}: {error}")
    return found


def _setting(name: str, plugin: tuple[str, str] | None, settings: Settings) -> Any:
    known = {} if plugin else table()
    ansible = {setting.ansible: own for own, setting in known.items() if setting.ansible}
    own = name if name in known else ansible.get(ANSIBLE + name.removeprefix("DEFAULT_"))
    if own:
        return getattr(settings, own)
    if name in (others := _WITHOUT_EFFECT.get(plugin, {})):
        return others[name]
    words = f"No config definition exists for {name!r}"
    if plugin:
        words += f" for {plugin[1]!r} {plugin[0]} plugin"
    hint = did_you_mean(name, known)
    raise LookupFailed(f"{words}; {hint}" if hint else f"{words}.")


def _origin(name: str) -> str:
    """Where a setting comes from, as Ansible tells it."""
    variable = ANSIBLE + name.removeprefix("DEFAULT_")
    return f"env: {variable}" if variable in whole() else "default"


def env(terms: list[Any], _: Variables, *, context: LookupContext, default: Any = "") -> list[Any]:
    """The values of variables of the environment, also of those that are set aside."""
    variables = whole()
    names = [term.split()[0] for term in terms]
    missing = next((name for name in names if name not in variables), None)
    if missing and hasattr(type(default), "_fail_with_undefined_error"):
        raise NotSet(f"The environment variable {missing!r} is not set.")
    return [variables.get(name, default) for name in names]


def inventory_hostnames(terms: list[Any], _: Variables, *, context: LookupContext) -> list[str]:
    """The hosts that a pattern selects."""
    return list(context.inventory.resolve([str(term) for term in terms]).hosts) if terms else []
