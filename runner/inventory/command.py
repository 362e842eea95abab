"""`opsplay inventory`: what ansible-inventory shows, with its switches."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Callable, Collection, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from .. import extra_vars
from ..dataclasses import replace
from ..errors import NobodyLeft, PatternError, Problem, UsageError
from ..roles import merged
from ..spelling import did_you_mean
from ..terminal import in_json, printable
from . import show
from .patterns import UNMATCHED, read_limit
from .reading import NOTHING_READ, Expressions
from .sources import load

if TYPE_CHECKING:
    from ..vault.opening import Vault
    from .model import Inventory


# In Ansible's words: scripts look for them.
_NO_ACTION = "No action selected, at least one of --host, --graph or --list needs to be specified."

_CONFLICT = (
    "Conflicting options used, only one of --host, --graph or --list can be used at the same time."
)


def text(
    wanted: Namespace,
    vault: Vault,
    warn: Callable[[Problem], None],
    expressions: Callable[[], Expressions],
) -> str:
    """What is asked for, secrets covered; raises UsageError or PlaybookError."""
    asked = [how for how in (wanted.host, wanted.graph, wanted.list) if how]
    if len(asked) != 1:
        raise UsageError(_CONFLICT if asked else _NO_ACTION)
    settings = wanted.resolved.settings
    folder = Path(settings.playbook_dir or "")
    layers = [extra_vars.read(text, vault, warn) for text in wanted.extra_vars]
    reading = settings.of_inventories
    extra = merged(layers, deep=reading.deep)
    reading = replace(reading, extra_vars=lambda: extra, expressions=expressions)
    if settings.playbook_dir:
        plugins = [*reading.vars_plugins, str(folder / "vars_plugins")]
        reading = replace(reading, vars_plugins=plugins)
    elif _exports(wanted):  # what only happens to lie here is no part of the inventory
        reading = replace(reading, beside_playbook=False)
    inventory = load(settings.inventory, folder, vault, reading)
    for warning in inventory.warnings:
        warn(warning)
    if not settings.inventory and reading.warns:
        warn(Problem(None, NOTHING_READ))
    only = None if wanted.graph or wanted.host else _only(inventory, wanted.limit, warn)
    told = vault.secrets.mask_text(_told(wanted, inventory, extra, only))
    if details := list(inventory.draft.details(settings.verbosity)):
        told = "".join(f"{line}\n" for line in details) + told
    if wanted.graph or wanted.yaml:
        return printable(told)
    return "\n".join(map(in_json, told.split("\n")))


def _told(
    wanted: Namespace,
    inventory: Inventory,
    extra: Mapping[str, object],
    only: Collection[str] | None,
) -> str:
    shown = show.Shown(inventory=inventory, only=only, extra=extra, export=_exports(wanted))
    if wanted.graph:
        return show.graph(shown, _group(wanted, inventory), variables=wanted.vars)
    if wanted.host:
        return _dumped(shown.of_host(_host(inventory, wanted.host)), yaml=wanted.yaml)
    return _dumped(show.to_tree(shown) if wanted.yaml else show.to_dict(shown), yaml=wanted.yaml)


def _exports(wanted: Namespace) -> bool:
    return bool(wanted.export or wanted.resolved.settings.inventory_export)


def _group(wanted: Namespace, inventory: Inventory) -> str:
    """The group with which a graph begins; it may stand behind `--graph`, or anywhere."""
    name: str = wanted.group or wanted.graph
    if name not in inventory.groups:
        hint = did_you_mean(name, inventory.groups)
        told = f"Pattern must be valid group name when using --graph: {name}"
        raise UsageError(f"{told} {hint}".rstrip())
    return name


def _host(inventory: Inventory, pattern: str) -> str:
    """The one host that is meant, by its name or by a pattern that nobody else matches."""
    if inventory.find(pattern):
        return pattern
    hosts = inventory.resolve(pattern).hosts
    if len(hosts) == 1:
        return next(iter(hosts))
    hint = did_you_mean(pattern, inventory.hosts)
    nobody = f"Could not match supplied host pattern, ignoring: {pattern}"
    what = f"matches {len(hosts)} hosts" if hosts else f"is none: {nobody}"
    told = f"You must pass a single valid host to --host parameter; {pattern} {what}"
    raise UsageError(f"{told} {hint}".rstrip())


def _only(
    inventory: Inventory, limit: str | None, warn: Callable[[Problem], None]
) -> Collection[str] | None:
    """As in Ansible, nobody may be left: here is only shown who there is."""
    if limit is None:
        return None
    try:
        selection = inventory.resolve(read_limit(limit))
    except PatternError as error:
        raise NobodyLeft(f"--limit: {error}") from error
    for name in selection.unmatched:
        hint = did_you_mean(name, [*inventory.groups, *inventory.hosts])
        warn(Problem(None, f"{UNMATCHED}: {name}", hint))
    return selection.hosts


def _dumped(value: object, *, yaml: bool) -> str:
    if yaml:
        return _as_yaml(value)
    dump = partial(json.dumps, indent=4, ensure_ascii=False, default=str)
    try:
        return dump(value, sort_keys=True) + "\n"
    except TypeError:  # not all names in it are texts
        return dump(value) + "\n"


def _as_yaml(value: object) -> str:
    from yaml import Node, SafeDumper, dump

    class Dumper(SafeDumper):
        """Writes what is encrypted as an inventory has it."""

    def mapping(dumper: SafeDumper, value: dict[str, Any]) -> Node:
        if value.keys() == {show.SEALED}:
            return dumper.represent_scalar("!vault", value[show.SEALED], style="|")
        return dumper.represent_dict(value)

    Dumper.add_representer(dict, mapping)
    return str(dump(value, Dumper=Dumper, default_flow_style=False, allow_unicode=True))
